"""An address that was entered by hand can take no call

## Meaning
Addresses of a Service without a selector, or of slices beside those of the controller, are whatever somebody wrote. Nobody
checks their health. These cannot work: the ClusterIP of a Service, which no proxy translates a second time; an address that
means the machine itself; an address in the pods' range that no pod has; or one that gave no answer from here. Or the
address is a pod's, and the port that was entered with it is none of that pod's.

## Impact
Their share of the connections times out, or is refused.

## How it is detected
The address is the ClusterIP of a Service that was read; or it lies in a loopback, link-local or multicast range; or it is
in the podCIDR of a node whose pods do have addresses of it, while no pod has it and all pods were read. Without one of
these, a connection that timed out or found no route makes it likely. Where it is that of a ready pod, which declares the
port that the Service has or sends to, and not the one that was entered, the port is likely a slip, a warning.

Of the API server's own Service (`default/kubernetes`): an address of no node, while the other ones are nodes'. An API server
that is gone may have left it. A warning for somebody who sees time-outs, and else context.

## When it stays silent
For the addresses of the EndpointSlice controller, which are pods'. For pods that declare the port that was entered, or
neither that nor the Service's own, since nobody has to declare any. For machines outside of the cluster that were not tried,
or did answer. For the API server's own Service where no address is a node's (managed control planes).

## Fix
Correct the address, or take it out. Stand for another Service with an ExternalName, or with the addresses of its pods. The
API servers write their own Service from leases that each of them renews (`/registry/masterleases/ADDRESS` in etcd): what is
left of one that is gone is removed there, and Endpoints that are deleted are written anew.

## Known limits
An outside machine that gives no answer may refuse pods by its firewall, or admit nodes only: look there first.
"""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from msgspec import Struct

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints_whole
from bot.checks.facts.listening import declares
from bot.model.call.hop import Hop
from bot.model.call.hops.endpoints import foreign
from bot.model.call.occasions import Occasion
from bot.model.call.strays import looked_after, may_have_strays
from bot.model.case import Case
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.kubectl import kubectl
from bot.model.probe import Outcome
from bot.model.question.question import Symptom
from bot.model.refs import Ref, is_ip
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Severity
from bot.model.text import count, listing

_SILENT = (Outcome.TIMEOUT, Outcome.UNREACHABLE)
_COMPLAINTS = (Symptom.TIMEOUT, Symptom.INTERMITTENT)


class Invalid(Struct, frozen=True):
    """An endpoint that takes no call, why, and how sure that is."""

    endpoint: Endpoint
    why: str
    confidence: Confidence


def _may_have_some(case: Case) -> bool:
    return may_have_strays(case) or (case.service is not None and case.service.is_api_server)


@check(
    "RTE-016",
    "endpoint-address-invalid",
    hop=Hop.ENDPOINTS,
    needs=("services", "endpointslices", "pods"),
    uses=("nodes",),
    causes=(Effect.BACKEND_FAILS,),
    fits=_COMPLAINTS,
    when=_may_have_some,
    silent_when_plain=True,
    only=(Occasion.NOT_PLAIN, Occasion.BACKENDS),
)
def endpoint_address_invalid(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    if service.is_api_server:
        yield from _of_no_node(case, service)
        return
    # What names a pod that is gone is a leftover (RTE-017).
    by_hand = [each for each in foreign(case) if not each.pod]
    found = [one for each in by_hand if (one := _judged(case, each))]
    if found:
        yield _found(case, service, found)
    if slips := [*_at_other_ports(case, service)]:
        yield _misdirected(case, service, slips)


def _of_no_node(case: Case, service: Service) -> Iterator[Detection]:
    """Yield the API server's addresses that are no node's, where others are: the cluster runs its own control plane."""
    if not case.snapshot.has("nodes"):
        return
    machines = {address for each in case.snapshot.nodes for address in each.addresses}
    listed = {each.address: each for each in case.backends.all_usable if is_ip(each.address)}
    seen = {each: case.measured.tcp_to(one) for each, one in listed.items()} if case.observations else {}
    answered = {each for each, one in seen.items() if one is not None and one.outcome not in _SILENT}
    strange = sorted(listed.keys() - machines - answered)
    if not strange or not listed.keys() & machines:
        return
    is_one = len(strange) == 1
    yield Detection(
        about=service.ref,
        message=f"{len(strange)} of {len(listed)} addresses of Service {service.namespace}/{service.name} "
        f"({listing(strange, 3)}) {'is' if is_one else 'are'} no node's, while the others are: an API server that is gone "
        "may have left it, and its share of the calls times out.",
        severity=Severity.WARN if case.question.symptom in _COMPLAINTS else Severity.INFO,
        confidence=Confidence.POSSIBLE,
        evidence=tuple(
            Evidence(
                Ref("EndpointSlice", listed[each].slice, service.namespace), "endpoints.addresses", each, "no node's"
            )
            for each in strange[:3]
        ),
        check=(kubectl("get", "nodes", "-o", "wide"), at_endpoints_whole(service.ref)),
        affected=Affected(len(strange), len(listed)),
        key=tuple(strange),
    )


def _judged(case: Case, endpoint: Endpoint) -> Invalid | None:
    address = endpoint.address
    if not is_ip(address):
        return None
    seen = case.measured.tcp_to(endpoint) if case.observations else None
    if seen is not None and seen.outcome not in _SILENT:
        return None
    if others := case.snapshot.services_by_ip(address):
        name = f"{others[0].namespace}/{others[0].name}"
        return Invalid(endpoint, f"it is the ClusterIP of Service {name}", Confidence.CERTAIN)
    known = ip_address(address)
    if known.is_loopback or known.is_unspecified or known.is_multicast or known.is_link_local:
        return Invalid(endpoint, "no pod can reach an address of that range", Confidence.CERTAIN)
    if node := _empty_place(case, address):
        return Invalid(endpoint, f"it is in the pods' range of {node}, and no pod has it", Confidence.LIKELY)
    if seen is not None:
        return Invalid(endpoint, "it gave no answer from here", Confidence.LIKELY)
    return None


def _at_other_ports(case: Case, service: Service) -> Iterator[tuple[ServicePort, Endpoint, Pod]]:
    """Yield what was entered by hand of ready pods that declare the Service's own port, or its target, and not this one."""
    kept = {each.name for each in case.snapshot.slices_of(service) if looked_after(service, each)}
    for port in case.ports:
        for each, pod in case.backends.behind(port):
            if pod is None or not pod.is_ready or each.slice in kept or declares(pod, each.port):
                continue
            seen = case.measured.tcp_to(each) if case.observations else None
            is_slip = declares(pod, port.port) or declares(pod, port.resolve(pod))
            if is_slip and (seen is None or seen.outcome is not Outcome.ANSWERED):
                yield port, each, pod


def _misdirected(case: Case, service: Service, found: list[tuple[ServicePort, Endpoint, Pod]]) -> Detection:
    bad = sorted({each.address for _, each, _ in found})
    port, first, pod = found[0]
    own = port.port if declares(pod, port.port) else port.resolve(pod)
    lead = "leads" if len(bad) == 1 else "lead"
    return Detection(
        about=service.ref,
        message=f"{count(len(bad), 'address', 'addresses')} of Service {service.namespace}/{service.name} "
        f"({listing(bad, 3)}), entered by hand, {lead} port {port.port} to {first.port}, which no container there declares: "
        f"Pod {pod.name} declares {own}.",
        severity=Severity.WARN,
        confidence=Confidence.LIKELY,
        evidence=tuple(
            Evidence(
                Ref("EndpointSlice", each.slice, service.namespace),
                "ports.port",
                each.port,
                f"of {each.address}, {one.ref}",
            )
            for _, each, one in found[:4]
        ),
        check=(at_endpoints_whole(service.ref),),
        affected=Affected(len(bad), len({each.address for each in case.backends.all_usable})),
        key=("port", *bad),
    )


def _empty_place(case: Case, address: str) -> str:
    """Return the node whose pods have addresses of a range in which nobody has this one; all pods have to be known."""
    if not case.snapshot.was_listed(Pod) or not case.snapshot.has("nodes"):
        return ""
    for node in case.snapshot.nodes:
        if node.spec.pod_cidr and _is_in(address, node.spec.pod_cidr):
            on_it = (
                each for each in case.snapshot.pods if each.spec.node_name == node.name and not each.spec.host_network
            )
            return node.name if any(_is_in(each.ip, node.spec.pod_cidr) for each in on_it) else ""
    return ""


def _is_in(address: str, block: str) -> bool:
    try:
        return ip_address(address) in ip_network(block, strict=False)
    except ValueError:
        return False


def _found(case: Case, service: Service, found: list[Invalid]) -> Detection:
    bad = sorted({each.endpoint.address for each in found})
    whole = {each.address for each in case.backends.all_usable}
    first = found[0]
    sure = [each.confidence for each in found]
    return Detection(
        about=service.ref,
        message=f"{len(bad)} of {count(len(whole), 'address', 'addresses')} of Service {service.namespace}/{service.name} "
        f"({listing(bad, 3)}) {'was' if len(bad) == 1 else 'were'} entered by hand and cannot take a call: {first.why}.",
        severity=Severity.FAIL if len(bad) == len(whole) else Severity.WARN,
        confidence=Confidence.CERTAIN if Confidence.CERTAIN in sure else Confidence.LIKELY,
        evidence=tuple(
            Evidence(
                Ref("EndpointSlice", each.endpoint.slice, service.namespace),
                "endpoints.addresses",
                each.endpoint.address,
                each.why,
            )
            for each in found[:4]
        ),
        check=(at_endpoints_whole(service.ref),),
        affected=Affected(len(bad), len(whole)),
        key=tuple(bad),
    )
