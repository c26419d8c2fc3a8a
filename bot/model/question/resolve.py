"""From what was asked to what is meant: the one Service a question is about, and in which namespace.

A namespace that was said, or that follows from the caller, is never replaced: if the Service is not there, that is the
answer (DNS-010, DNS-011). One that was not said may be filled in, and is then told in `assumed`.
"""

from msgspec.structs import replace

from bot.errors import AmbiguousNameError, Slot
from bot.model.kube.kinds import SHORT
from bot.model.kube.services import Service
from bot.model.kube.workloads import StatefulSet
from bot.model.question.address import by_address
from bot.model.question.question import Question, Source
from bot.model.question.refusals import both_exist, two_namespaces
from bot.model.question.target import is_member_name
from bot.model.refs import is_label
from bot.model.snapshot import Snapshot
from bot.model.text import count, listing

_QUALIFIED = 2  # labels of SERVICE.NAMESPACE
_MEMBER = 3  # labels of POD.SERVICE.NAMESPACE


def resolve(question: Question, snapshot: Snapshot, default_namespace: str = "") -> Question:
    """Return the question with service and namespace filled in.

    Order for the namespace: said; the caller's; the default (of the channel or kubeconfig context) if the Service is
    there; the only namespace that has the Service; else the default. Raises AmbiguousNameError if several others have it, and
    UnknownNameError for an IP that is no Service's, where all Services were read.
    """
    if question.address:
        found = by_address(question, snapshot)
        return found if found.namespace else replace(found, namespace=default_namespace or "default")
    if question.name and not question.service:
        return _by_name(question, snapshot, default_namespace or "default")
    if question.namespace:
        return question
    if question.source and question.source.namespace:
        said = f"namespace: {question.source.namespace}, the caller's"
        return _placed(question, question.source.namespace, said)
    default = question.default_namespace or default_namespace or "default"
    here = " here" if question.default_namespace else ""
    if snapshot.service(default, question.service):
        return _placed(question, default, f"namespace: {default}, the default{here}")
    return _elsewhere(question, default, snapshot.services_named(question.service))


def _elsewhere(question: Question, default: str, found: tuple[Service, ...]) -> Question:
    if len(found) > 1:
        places = tuple(sorted(f"{each.name}.{each.namespace}" for each in found))
        raise AmbiguousNameError(
            f"{count(len(found), 'namespace')} have a Service {question.service}: say which, e.g. {listing(places)}.",
            suggestions=places,
            slot=Slot.TARGET,
        )
    if found:
        place = found[0].namespace
        return _placed(question, place, f"namespace: {place}, the only one with a Service of that name")
    here = " here" if question.default_namespace else ""
    return _placed(question, default, f"namespace: {default}, the default{here}")


def meant(question: Question) -> tuple[tuple[str, str], ...]:
    """Return the Services that the asked name may mean: also that of POD.SERVICE, where a namespace or a caller is known.

    It is one of the namespace that was said, or of the caller's: the first that its resolver asks for.
    """
    found = candidates(question.name)
    place = question.namespace or (question.source.namespace if question.source else "")
    if not place or not is_member_name(question.name):
        return found
    service = question.name.rstrip(".").rpartition(".")[2].lower()
    return ((service, place), *(found if question.namespace in ("", service) else ()))


def candidates(name: str) -> tuple[tuple[str, str], ...]:
    """Return the Services (name, namespace) that a longer name may mean: SERVICE.NAMESPACE… and POD.SERVICE.NAMESPACE."""
    labels = name.lower().rstrip(".").split(".")
    pairs = ((labels[at], labels[at + 1]) for at in (0, 1) if at + 1 < len(labels))
    return tuple(pair for pair in pairs if all(is_label(each) for each in pair))


def _by_name(question: Question, snapshot: Snapshot, default: str) -> Question:
    """A name that is no Service's full name: the Service that it most likely means, else none. The name is kept as asked.

    Raises UsageError where a namespace was said, and a name of two labels lies in another one and is no host of an Ingress.
    """
    if is_elsewhere(question):
        from bot.model.call.fronts import has_host  # noqa: PLC0415 (most questions name a Service)

        host, _, second = question.name.lower().rstrip(".").partition(".")
        if snapshot.namespace(second) or snapshot.service(second, host) or not has_host(snapshot, question.name, ""):
            raise two_namespaces(question.name, second, question.namespace)
    for service, namespace in meant(question):
        if snapshot.service(namespace, service):
            said = f"service: {namespace}/{service}, which {question.name} may mean"
            return replace(question, service=service, namespace=namespace, assumed=(*question.assumed, said))
    place = question.namespace or (question.source.namespace if question.source else "") or default
    if is_member_name(question.name):
        return _as_service(question, snapshot, place)
    labels = question.name.lower().rstrip(".").split(".")
    if len(labels) == _MEMBER and _is_member(snapshot, labels[2], labels[0], labels[1]):
        return replace(question, service=labels[1], namespace=labels[2])
    return replace(question, namespace=place)


def is_elsewhere(question: Question) -> bool:
    """Return whether the name is that of a web address, has two labels, and not the namespace that was said."""
    labels = question.name.lower().rstrip(".").split(".")
    return bool(question.scheme) and len(labels) == _QUALIFIED and question.namespace not in ("", labels[1])


def _as_service(question: Question, snapshot: Snapshot, place: str) -> Question:
    """A name like POD.SERVICE where neither that Service nor SERVICE.NAMESPACE is there: what is missing is what was meant.

    A namespace that was said is the pod's, and so is the caller's where the pod is known; else it is SERVICE.NAMESPACE.
    Raises UsageError where a namespace was said, and the name may be that of a Service in another one that there is.
    """
    first, second = question.name.lower().rstrip(".").split(".")
    is_said = question.namespace not in ("", second)
    if is_said and (snapshot.namespace(second) or snapshot.service(second, first)):
        raise two_namespaces(question.name, second, question.namespace)
    if is_said or _is_member(snapshot, place, first, second):
        return replace(question, service=second, namespace=place)
    homes = [each.namespace for each in snapshot.services_named(second)]
    homes = [each for each in homes if _is_member(snapshot, each, first, second)]
    if len(homes) == 1 and not snapshot.namespace(second):
        return _placed(
            replace(question, service=second), homes[0], f"service: {homes[0]}/{second}, of a pod of that name"
        )
    return replace(question, service=first, namespace=second)


def _is_member(snapshot: Snapshot, namespace: str, pod: str, service: str) -> bool:
    """Return whether a pod was made to have a name under a Service, whether that is there or not (`subdomain`, core/v1)."""
    known = snapshot.pod(namespace, pod)
    if known is not None:
        return known.spec.subdomain == service
    sets = (each for each in snapshot.workloads_in(namespace) if isinstance(each, StatefulSet))
    return any(each.number_of(pod) is not None and each.spec.service_name == service for each in sets)


def _placed(question: Question, namespace: str, said: str) -> Question:
    return replace(question, namespace=namespace, assumed=(*question.assumed, said))


def _of_two(named: Source, other: Source, snapshot: Snapshot) -> Source:
    """Return the one of two readings that exists. Raises AmbiguousNameError where both do; `other` is known to."""
    made = snapshot.workloads_in(named.namespace)
    kind, _, name = named.workload.partition("/")
    exists = any(each.name == name and SHORT.get(each.kind, each.kind.lower()) == kind for each in made)
    if not (exists or (named.pod and snapshot.pod(named.namespace, named.pod))):
        return other
    raise both_exist(named, other)


def resolve_source(question: Question, snapshot: Snapshot) -> Question:
    """Return the question with its caller's namespace filled in, after `resolve`.

    A name that no pod has and a workload does stands for the workload, which is told in `assumed`: people name
    Deployments, and pods are named by chance. KIND/NAME is a pod of a namespace that is called like a kind where only that
    exists. Raises AmbiguousNameError where both do.
    """
    source = question.source
    if source is None:
        return question
    placed = replace(source, namespace=source.namespace or question.namespace, word="")
    if (other := source.as_pod) and snapshot.pod(other.namespace, other.pod):
        return replace(question, source=_of_two(placed, other, snapshot), assumed=question.assumed)
    if not placed.pod or snapshot.pod(placed.namespace, placed.pod):
        return replace(question, source=placed)
    found = next((each for each in snapshot.workloads_in(placed.namespace) if each.name == placed.pod), None)
    if found is None:
        return replace(question, source=placed)
    said = f"caller: {found.ref}, since no pod is called {placed.pod}"
    workload = replace(placed, pod="", workload=f"{SHORT.get(found.kind, found.kind)}/{found.name}")
    return replace(question, source=workload, assumed=(*question.assumed, said))
