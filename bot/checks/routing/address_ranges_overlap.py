"""What fails lies in an address range that is used twice

## Meaning
The ranges of pods, Services and nodes must not overlap. Where they do, a packet for an address of both goes where the more
specific route says: to another node, or onto the wire instead of into the pod network. Ranges are fixed when a cluster is
made, and a node that joins later, a VPN or a new subnet may bring the overlap.

## Impact
Addresses within the overlap time out or are answered by somebody else, from some nodes or from all; the rest works.

## How it is detected
Measured from a pod: an endpoint, or the ClusterIP, gives no answer, and its address also lies in a range that the Nodes say
is another one's. Listed with the likeliest first: the pods' range of a second node; a pods' range in which a node's own address
lies; a pods' range in which the ClusterIP lies. It is context only and never a verdict: which way a packet takes is not in
the API.

Where nothing was measured, and a caller or a complaint was told: the address of the calling pod, or of one behind the
Service, lies in the pods' range of a second node, too, or in a block of Cilium's pool that has a node's own address (a
warning); or a node's own address lies in a pods' range, or among the
ClusterIPs, which is a warning for somebody who sees time-outs, and else context.

## When it stays silent
Where what was measured answers: an overlap of ranges that nobody routes is harmless. Where pods have no addresses of their
node's range, since the network plugin then uses ranges of its own. Where the Nodes could not be read. Where ClusterIPs are so
far apart that they are of two ranges.

## Fix
The printed command asks the node by which way it sends to that address. A node's range is changed by draining the node,
deleting its object and letting it join again; the range of Services by a second ServiceCIDR (Kubernetes 1.33) and new
Services; the range of pods or nodes by a new cluster.

## Known limits
Ranges outside of the cluster (a VPN's, docker's 172.17.0.0/16) are in no object and are not compared.
"""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from msgspec import Struct

from bot.checks.engine.check import check
from bot.checks.facts.address_ranges import NodeRanges, neighbours, node_ranges
from bot.checks.facts.commands import on_node
from bot.model.call.hop import Hop
from bot.model.call.hops.endpoints import behind
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.kubectl import kubectl
from bot.model.policy.enforcement import CILIUM_CONFIG, IPAM, POOL_SIZE, cilium_settings
from bot.model.probe import Outcome, Purpose
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity

_SILENT = (Outcome.TIMEOUT, Outcome.UNREACHABLE)
_COMPLAINTS = (Symptom.TIMEOUT, Symptom.INTERMITTENT)
_COLUMNS = "custom-columns=NAME:.metadata.name,ADDRESSES:.status.addresses[*].address,PODS:.spec.podCIDRs"
_LOOK = kubectl("get", "nodes", "-o", _COLUMNS)
_MOST_BITS = 20


class Overlap(Struct, frozen=True):
    """An address that gave no answer, why its range is used twice, and what shows it."""

    address: str
    why: str
    evidence: tuple[Evidence, ...]
    confidence: Confidence


@check(
    "RTE-038",
    "address-ranges-overlap",
    hop=Hop.NODE,
    needs=("services", "endpointslices", "nodes"),
    uses=("pods",),
    fits=_COMPLAINTS,
    when=lambda case: not case.in_table,
    silent_when_plain=True,
    only=(Occasion.SAID,),
)
def address_ranges_overlap(case: Case) -> Iterator[Detection]:
    service, here = case.service, case.vantage.node
    ranges = node_ranges(case.snapshot.nodes)
    if service is not None and not case.observations and (case.caller.is_known or case.question.symptom):
        yield from _by_objects(case, service, ranges)
    if service is None or not here or not case.vantage.is_in_cluster:
        return
    found = next((each for each in _overlaps(case, ranges) if each is not None), None)
    if found is None:
        return
    yield Detection(
        about=service.ref,
        message=f"{found.address} gives no answer from node {here}, and {found.why}: packets for it may go astray.",
        severity=Severity.INFO,
        confidence=found.confidence,
        evidence=found.evidence,
        check=(_LOOK,),
        fix=(_settles(here, found.address),),
        key=(found.address,),
    )


def _by_objects(case: Case, service: Service, ranges: NodeRanges) -> Iterator[Detection]:
    """Yield the likeliest overlap that this call meets, where nothing was measured."""
    ends = _ends(case)
    called = [(each.ip, each) for each in ends if _uses_its_range(each.ip, each, ranges)]
    twice = next((one for address, pod in called if (one := _second_range(address, pod, ranges))), None)
    inside = next((one for address, pod in called if (one := _node_within(address, pod, ranges))), None)
    pooled = next((one for each in ends if (one := _within_pool(case, each))), None)
    found = twice or pooled or inside or _node_among_services(case, {each.spec.node_name for each in ends})
    if found is None:
        return
    warns = found in (twice, pooled) or case.question.symptom in _COMPLAINTS
    yield Detection(
        about=service.ref,
        message=f"An address of this call, {found.address}, is in ranges that overlap: {found.why}. Packets may go astray.",
        severity=Severity.WARN if warns else Severity.INFO,
        confidence=found.confidence,
        evidence=found.evidence,
        check=(_LOOK,),
        key=(found.address,),
    )


def _ends(case: Case) -> tuple[Pod, ...]:
    """Return the calling pod and those behind the Service."""
    called = [pod for _, pod in behind(case) if pod is not None]
    return tuple(each for each in (case.caller.pod, *called) if each is not None)


def _within_pool(case: Case, pod: Pod) -> Overlap | None:
    """Return that a range which Cilium gave to a node for its pods has a node's own address, too.

    Rule: it cuts its pool into blocks of one size, a block a node. https://docs.cilium.io/en/stable/network/concepts/ipam/cluster-pool/
    """
    data = cilium_settings(case.snapshot)
    size = data.get(POOL_SIZE, "")
    if data.get(IPAM) != "cluster-pool" or not size.isdigit() or pod.spec.host_network or "." not in pod.ip:
        return None
    block = str(ip_network(f"{pod.ip}/{size}", strict=False))
    if (found := node_ranges(case.snapshot.nodes).within(block)) is None:
        return None
    node, each = found
    said = f"the block {block} of {pod.spec.node_name}'s pods has the address {each} of node {node.name}, too"
    evidence = (Evidence(CILIUM_CONFIG, POOL_SIZE, size), Evidence(node.ref, "status.addresses", each))
    return Overlap(pod.ip, said, evidence, Confidence.LIKELY)


def _node_among_services(case: Case, names: set[str]) -> Overlap | None:
    """Return the address of a node of this call that lies between two ClusterIPs of one range.

    Rule: a range of Services has at most 20 bits of addresses, or the API server does not start.
    https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/ (--service-cluster-ip-range)
    """
    known = (case.snapshot.node(each) for each in sorted(names))
    for node in filter(None, known):
        for each in node.addresses:
            beside = neighbours(each, case.snapshot)
            if beside and _bits_between(*beside) <= _MOST_BITS:
                low, high = beside
                said = f"it is that of node {node.name}, and lies between the ClusterIPs {low} and {high}"
                return Overlap(each, said, (Evidence(node.ref, "status.addresses", each),), Confidence.POSSIBLE)
    return None


def _bits_between(low: str, high: str) -> int:
    return (int(ip_address(low)) ^ int(ip_address(high))).bit_length()


def _overlaps(case: Case, ranges: NodeRanges) -> Iterator[Overlap | None]:
    """Yield what may be, the likeliest first."""
    silent = [(each.address, pod) for each, pod in behind(case) if pod is not None and _is_silent(case, each)]
    silent = [(address, pod) for address, pod in silent if _uses_its_range(address, pod, ranges)]
    yield from (_second_range(address, pod, ranges) for address, pod in silent)
    yield from (_node_within(address, pod, ranges) for address, pod in silent)
    if service := case.service:
        dead = {each.place[0] for each in case.measured.tcp(Purpose.SERVICE) if each.outcome in _SILENT}
        yield from (_service_within(case, each, ranges) for each in service.cluster_ips if each in dead)


def _is_silent(case: Case, endpoint: Endpoint) -> bool:
    seen = case.measured.tcp_to(endpoint)
    return seen is not None and seen.outcome in _SILENT


def _uses_its_range(address: str, pod: Pod, ranges: NodeRanges) -> bool:
    """Return whether a pod has an address of its node's range, as with most network plugins."""
    return not pod.spec.host_network and any(each.name == pod.spec.node_name for each in ranges.holding(address))


def _second_range(address: str, pod: Pod, ranges: NodeRanges) -> Overlap | None:
    both = sorted(ranges.holding(address), key=lambda each: each.name != pod.spec.node_name)[:2]
    if len(both) < 2:  # noqa: PLR2004 (its own and another)
        return None
    return Overlap(
        address,
        f"it is in the pods' range of {both[0].name}, where its pod is, and of {both[1].name}, too",
        tuple(Evidence(each.ref, "spec.podCIDR", each.spec.pod_cidr) for each in both),
        Confidence.LIKELY,
    )


def _node_within(address: str, pod: Pod, ranges: NodeRanges) -> Overlap | None:
    own = next(each for each in ranges.holding(address) if each.name == pod.spec.node_name)
    if (found := ranges.within(own.spec.pod_cidr)) is None:
        return None
    other, each = found
    said = f"the pods' range of {own.name}, in which it is, also has the address of node {other.name}"
    evidence = (Evidence(own.ref, "spec.podCIDR", own.spec.pod_cidr), Evidence(other.ref, "status.addresses", each))
    return Overlap(address, said, evidence, Confidence.POSSIBLE)


def _service_within(case: Case, address: str, ranges: NodeRanges) -> Overlap | None:
    each = next(ranges.holding(address), None)
    if each is None or case.service is None:
        return None
    evidence = (
        Evidence(case.service.ref, "spec.clusterIP", address),
        Evidence(each.ref, "spec.podCIDR", each.spec.pod_cidr),
    )
    return Overlap(address, f"it is a ClusterIP in the pods' range of {each.name}", evidence, Confidence.POSSIBLE)


def _settles(node: str, address: str) -> Fix:
    risk = "settles it and changes nothing; the pod that it starts on the node has to be deleted afterwards"
    return Fix(about=Ref("Node", node), command=on_node(node, "ip", "route", "get", address), risk=risk)
