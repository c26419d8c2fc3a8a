"""A pod has no name of its own under this Service

## Meaning
POD.SERVICE.NAMESPACE exists only where the Service selects the pod, the pod's `hostname` and `subdomain` are its own name and
the Service's, and the pod is ready. A StatefulSet's controller sets both, the latter from `serviceName`; a Deployment's sets
neither. EndpointSlices carry the host name from there.

## Impact
Peers that find each other by name (databases, brokers) get "Name or service not known" for this member, while the Service's
own name resolves to the others, or to all of them.

## How it is detected
The name asked is resolved as the caller's pod resolves it and does not exist, and its first label is a pod that the
Service selects, or would be one of a StatefulSet behind it:

- the StatefulSet names another Service in `serviceName`;
- its number is beyond the StatefulSet's replicas, or before the first one (`spec.ordinals`);
- the pod is not ready, which takes its name away unless the Service has `publishNotReadyAddresses`;
- the pod is not of a StatefulSet, and has no `hostname` and `subdomain` itself;
- a pod has that `hostname`, and no `subdomain`, or that of another Service.

## When it stays silent
If the name resolves, by `endpoint_pod_names` in the Corefile as well. If what the pod belongs to, or the Corefile,
could not be read.

## Fix
`serviceName` cannot be changed: make a headless Service of that name with the same selector, or create the StatefulSet anew.
A member beyond the last one is scaled up, or taken out of the caller's list of peers. Peers that have to find each other
before they are ready need `publishNotReadyAddresses`.

## Known limits
What a rolling update takes down for a moment is not told from what stays down.
"""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe, get_field
from bot.checks.facts.pod_words import why
from bot.model.call.asked_name import AskedName, asked_name
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.dns.configured import configured_dns
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.kube.workloads import StatefulSet
from bot.model.kubectl import kubectl, resource
from bot.model.pattern import pattern
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Layer

_ORDINAL = pattern(r"(?P<name>.+)-(?P<number>\d{1,9})")
# How many replicas more are still a next member, and not another cluster's size.
_NEXT = 3


class _Member(Struct, frozen=True):
    """The pod's name that was asked under a Service, and the lookup."""

    label: str
    service: Service
    asked: AskedName

    @property
    def name(self) -> str:
        return self.asked.name.rstrip(".")

    @property
    def tried(self) -> Evidence:
        return Evidence(self.service.ref, "names tried", [each.name for each in self.asked.steps], self.asked.conf.why)


def _may_be_member(case: Case) -> bool:
    service = case.service
    return service is not None and not service.is_external_name and _below(case.question.name.lower()) == service.name


def _below(name: str) -> str:
    """Return the second label of a name: the Service's, where the first is a pod's."""
    return name.partition(".")[2].partition(".")[0]


@check(
    "DNS-024",
    "per-pod-name-missing",
    hop=Hop.RECORD,
    needs=("services", "endpointslices", "pods"),
    uses=("workloads", "dns", "corefile"),
    shows=Effect.NAME_WITHOUT_ADDRESS,
    fits=(Symptom.NXDOMAIN,),
    when=_may_be_member,
    silent_when_plain=True,
    only=(Occasion.SAID,),
)
def per_pod_name_missing(case: Case) -> Iterator[Detection]:
    asked, service = asked_name(case), case.service
    if asked is None and service is not None and not case.snapshot.has("dns"):
        yield from _by_objects(case, service)
    if asked is None or service is None or not asked.is_denied:
        return
    label = asked.name.partition(".")[0]
    member = _Member(label, service, asked)
    pod = case.snapshot.pod(service.namespace, label)
    if pod is not None and pod in case.backends.pods:
        found = _of_pod(case, member, pod)
    else:
        called = next((each for each in case.backends.pods if each.spec.hostname == label), None)
        found = _elsewhere(member, called) if called else _of_nobody(case, member, pod)
    if found:
        yield found


def _by_objects(case: Case, service: Service) -> Iterator[Detection]:
    """Yield what a StatefulSet says itself, where the cluster's DNS was not read."""
    label = case.question.name.lower().partition(".")[0]
    pod = case.snapshot.pod(service.namespace, label)
    owner = case.snapshot.workload(pod.workload) if pod is not None and pod.workload else None
    if pod is None or pod not in case.backends.pods:
        return
    if isinstance(owner, StatefulSet) and owner.spec.service_name != service.name:
        found = _of_another_service(case.question.name, service, pod, owner)
        yield replace(found, confidence=Confidence.LIKELY)


def _of_pod(case: Case, member: _Member, pod: Pod) -> Detection | None:
    owner = case.snapshot.workload(pod.workload) if pod.workload else None
    if isinstance(owner, StatefulSet) and owner.spec.service_name != member.service.name:
        found = _of_another_service(member.name, member.service, pod, owner)
        return replace(found, evidence=(*found.evidence, member.tried))
    if pod.spec.subdomain == member.service.name and pod.spec.hostname == pod.name:
        return _unready(case, member, pod)
    if pod.workload is None or isinstance(owner, StatefulSet) or configured_dns(case.snapshot) is None:
        return None  # without the Corefile nobody knows of `endpoint_pod_names`
    return _nameless(member, pod)


def _of_another_service(name: str, service: Service, pod: Pod, owner: StatefulSet) -> Detection:
    named = owner.spec.service_name
    return Detection(
        about=owner.ref,
        message=f"{name} does not exist: {owner.ref} has serviceName {named or '(none)'}, so its pods have names "
        f"under {named or 'no Service'} and none under {service.name}.",
        confidence=Confidence.CERTAIN,
        evidence=(Evidence(owner.ref, "spec.serviceName", named, f"the Service asked is {service.name}"),),
        check=(get_field(owner.ref, "serviceName"),),
        pods=frozenset({pod.name}),
        key=(service.name,),
    )


def _unready(case: Case, member: _Member, pod: Pod) -> Detection | None:
    """A member's name goes with its readiness, as that of a whole Service does (DNS-023)."""
    if pod.is_ready or member.service.spec.publish_not_ready_addresses:
        return None
    ready = pod.condition("Ready")
    return Detection(
        about=pod.ref,
        layer=Layer.APPLICATION,
        message=f"{member.name} does not exist for now: its pod is not ready ({why(case, pod)}), and {member.service.name} "
        "publishes no address that is not.",
        confidence=Confidence.CERTAIN,
        evidence=(
            Evidence(pod.ref, "status.conditions[Ready]", ready.status if ready else None, why(case, pod)),
            Evidence(member.service.ref, "spec.publishNotReadyAddresses", False, "names are of ready pods alone"),
            member.tried,
        ),
        check=(describe(pod.ref),),
        pods=frozenset({pod.name}),
        key=(member.service.name, pod.name),
    )


def _has(service: Service) -> str:
    return "has the addresses of all of them" if service.is_headless else "leads to any of them"


def _elsewhere(member: _Member, pod: Pod) -> Detection | None:
    """A pod is called so, and has its name under the Service that its subdomain says: under none, or another one."""
    service, subdomain, about = member.service, pod.spec.subdomain, pod.workload or pod.ref
    if subdomain == service.name:
        return None
    under = (
        f"has subdomain {subdomain}, so its name is under that one"
        if subdomain
        else "has no subdomain, so it has no name"
    )
    return Detection(
        about=about,
        message=f"{member.name} does not exist: {pod.ref} has hostname {member.label} and {under}; with subdomain "
        f"{service.name} it has one under {service.name}.",
        confidence=Confidence.CERTAIN,
        evidence=(
            Evidence(pod.ref, "spec.hostname", member.label),
            Evidence(pod.ref, "spec.subdomain", subdomain, f"a name under {service.name} needs that one"),
            member.tried,
        ),
        check=(get_field(pod.ref, "hostname", "subdomain"),),
        pods=frozenset({pod.name}),
        key=(service.name, member.label),
    )


def _nameless(member: _Member, pod: Pod) -> Detection:
    assert pod.workload is not None  # the caller's condition
    return Detection(
        about=pod.workload,
        message=f"{member.name} does not exist: pods of {pod.workload} have no names of their own, since it sets no hostname "
        f"and no subdomain; {member.service.name}.{member.service.namespace} {_has(member.service)}.",
        confidence=Confidence.CERTAIN,
        evidence=(
            Evidence(
                pod.ref, "spec.subdomain", pod.spec.subdomain, f"a name under {member.service.name} needs that one"
            ),
            member.tried,
        ),
        check=(get_field(pod.ref, "hostname", "subdomain"),),
        pods=frozenset({pod.name}),
        key=(member.service.name, str(pod.workload)),
    )


def _of_nobody(case: Case, member: _Member, pod: Pod | None) -> Detection | None:
    """No pod of the Service has this name: a StatefulSet behind it has no such number."""
    split = _ORDINAL.fullmatch(member.label)
    if split is None or pod is not None:
        return None
    owners = {each.workload for each in case.backends.pods if each.workload}
    known = case.snapshot.workloads_in(member.service.namespace)
    of_it = (each for each in known if isinstance(each, StatefulSet) and each.name == split["name"])
    owner = next((each for each in of_it if each.ref in owners or each.spec.service_name == member.service.name), None)
    number = int(split["number"])
    if owner is None or number in owner.ordinals:
        return None
    return _beyond(member, owner, number)


def _beyond(member: _Member, owner: StatefulSet, number: int) -> Detection:
    has = owner.ordinals
    names = (
        f"{owner.name}-{has[0]}"
        if len(has) == 1
        else f"{owner.name}-{has[0]} to {owner.name}-{has[-1]}"
        if has
        else "none"
    )
    found = Detection(
        about=owner.ref,
        message=f"{member.name} does not exist: {owner.ref} has replicas {len(has)}, so its pods are {names}.",
        confidence=Confidence.CERTAIN,
        evidence=(Evidence(owner.ref, "spec.replicas", len(has), f"its pods are {names}"), member.tried),
        check=(kubectl("get", resource(owner.ref), owner.name, "-o", "wide", namespace=owner.namespace),),
        key=(member.service.name, owner.name, str(number)),
    )
    more = number - has.stop + 1
    if not 0 < more <= _NEXT:
        return found
    risk = f"makes {more} more {'pod' if more == 1 else 'pods'}, with volumes of their own where it claims some"
    return replace(found, fix=(Fix(about=owner.ref, replicas=len(has) + more, risk=risk),))
