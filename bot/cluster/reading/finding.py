"""Which Service is meant: scopes and conditions of the rows that find it where its namespace, or its name, was not said."""

from bot.cluster.reading.need import Known, Where
from bot.cluster.resources import checked
from bot.model.dns.about_name import address_of, is_reverse
from bot.model.gaps import SIMILAR_SERVICES, Gap
from bot.model.question import resolve

_OF_SERVICES = 2  # labels of a name that may be SERVICE.NAMESPACE


def is_unplaced(known: Known) -> bool:
    """Return whether the Service must be looked for: an address, or a name without a namespace."""
    question = known.question
    said = question.namespace or (question.source and question.source.namespace)
    return bool(question.address or (question.service and not said))


def everywhere(known: Known) -> tuple[Where, ...]:
    """Look in all namespaces, by ClusterIP or by name."""
    return (Where(fields=_fields(known)),)


def is_no_cluster_ip(known: Known) -> bool:
    """Return whether it is a load balancer's IP, an external one or a node's, which no selector finds."""
    return bool(known.question.address) and not known.found("located")


def may_not_look_everywhere(known: Known) -> bool:
    """Return whether nothing was found, and not all namespaces were searched."""
    return is_unplaced(known) and not known.found("located") and not known.reading.has(SIMILAR_SERVICES)


def in_default_namespace(known: Known) -> tuple[Where, ...]:
    """Look in the default namespace, by ClusterIP or by name."""
    return (Where(_default(known), fields=_fields(known)),)


def by_reverse_name(known: Known) -> tuple[Where, ...]:
    """Look in all namespaces for the Service whose address a reverse name is."""
    address = address_of(known.question.name) if is_reverse(known.question.name) else ""
    return (Where(fields=f"spec.clusterIP={checked(address)}"),) if address else ()


def may_be_public(known: Known) -> bool:
    """Return whether the name is one that an Ingress or HTTPRoute may have, and no Service's."""
    question = known.question
    labels = question.name.lower().rstrip(".").split(".")
    if question.service or not question.name or is_reverse(question.name) or "svc" in labels:
        return False
    return len(labels) > _OF_SERVICES or resolve.is_elsewhere(question)


def meant(known: Known) -> tuple[Where, ...]:
    """Get the Services that a longer name may mean, in the namespace that was said or in any other."""
    question = known.question
    is_open = question.name and not question.service and not is_reverse(question.name)
    pairs = dict.fromkeys((*resolve.meant(question), *resolve.candidates(question.name))) if is_open else ()
    return tuple(Where(place, service) for service, place in pairs)


def require_found(known: Known) -> None:
    """Leave a Gap where a Service is not in the default namespace and may be in another one, which nobody may search."""
    if not known.was_asked("in the default namespace") or known.found("in the default namespace"):
        return
    gap = next(each for each in known.reading.gaps if each.need == SIMILAR_SERVICES)
    known.reading.gaps.append(Gap("services", _default(known), "services of all namespaces", gap.why, gap.grant))


def _default(known: Known) -> str:
    return known.default or "default"


def _fields(known: Known) -> str:
    address, name = known.question.address, known.question.service
    return f"spec.clusterIP={checked(address)}" if address else f"metadata.name={checked(name)}"
