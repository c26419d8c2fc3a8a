"""Lookups stay on the caller's node, and that node has no DNS pod

## Meaning
The cluster's DNS Service has `internalTrafficPolicy: Local`: kube-proxy hands a lookup only to a DNS pod of the caller's own
node, and never to one of another. The caller runs on a node that has none which takes lookups.

## Impact
Each lookup from that node is dropped: after 5 to 10 seconds programs say EAI_AGAIN ("Temporary failure in name resolution") or,
as misleading, "Name or service not known". On nodes with a DNS pod all works, so it looks like a fault of some pods. Calls by
IP work.

## How it is detected
The policy is in force, the caller's node is known, and no endpoint of the DNS Service on it is ready (or serving while it
terminates), while there are some elsewhere. If nobody said who calls, it is a warning where a node that takes any pod has none.

## When it stays silent
Where a node-local cache runs, which is asked on the node itself. If the caller does not ask the cluster's DNS, or the Service
was asked for by its IP. If lookups from the caller's own node were answered. If the DNS has no endpoint at all (DNS-008).

## Fix
The printed patch sets the policy back to Cluster. If lookups are to stay on the node, run the DNS as a DaemonSet that tolerates
each node's taints, or NodeLocal DNSCache; `trafficDistribution: PreferSameNode` prefers the node without insisting on it.

## Known limits
A calling workload whose pods are on several nodes is judged for all its live pods: if only some of them are cut off, it is a
warning.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.local_traffic import (
    calling_pods,
    cut_off,
    let_it_cross_nodes,
    look_at_policy,
    policy_evidence,
    policy_of,
    policy_written,
)
from bot.model.call.hop import Hop
from bot.model.call.hops.resolver import asks_cluster_dns
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.dns.node_local import node_local_caches
from bot.model.kube.endpoints import local_to
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.probe import Outcome, Purpose
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Layer, Severity
from bot.model.text import count, listing

_UNHEARD = (Outcome.TIMEOUT, Outcome.UNREACHABLE, Outcome.NOT_RUN)


@check(
    "DNS-038",
    "dns-kept-on-node",
    hop=Hop.DNS_SERVER,
    layer=Layer.ROUTING,
    needs=("services", "dns"),
    uses=("pods", "nodes", "source"),
    fits=(Symptom.TIMEOUT, Symptom.INTERMITTENT, Symptom.NXDOMAIN),
    only=(Occasion.DNS_ODD,),
)
def dns_kept_on_node(case: Case) -> Iterator[Detection]:
    service, asked = case.dns.service, case.question
    if service is None or not service.local_only or not case.dns.usable or node_local_caches(case.snapshot) is not None:
        return
    if asked.address or not asks_cluster_dns(case):
        return
    if asked.source is None:
        yield from _without_caller(case, service)
        return
    cut = [
        pod
        for pod in calling_pods(case)
        if not local_to(case.dns.endpoints, pod.spec.node_name) and not _is_heard(case, pod)
    ]
    if cut:
        yield _found(case, service, cut)


def _is_heard(case: Case, caller: Pod) -> bool:
    """Return whether a lookup from the caller's own node came back."""
    asked = case.measured.queries(Purpose.SERVICE)
    return case.vantage.node == caller.spec.node_name and any(each.outcome not in _UNHEARD for each in asked)


def _found(case: Case, service: Service, cut: list[Pod]) -> Detection:
    return cut_off(
        case,
        service,
        case.dns.pods,
        cut,
        keeps=f"The DNS Service {service.name} keeps lookups",
        lacks="DNS pod that takes them",
        elsewhere=_elsewhere(case),
        risk="",
    )


def _elsewhere(case: Case) -> str:
    where = sorted({each.node for each in case.dns.usable if each.node})
    return f"{listing(where)} {'has' if len(where) == 1 else 'have'}" if where else "another node has"


def _without_caller(case: Case, service: Service) -> Iterator[Detection]:
    takes = [each.name for each in case.snapshot.nodes if each.takes_any_pod]
    nodes = sorted(each for each in takes if not local_to(case.dns.endpoints, each))
    if nodes:
        yield Detection(
            about=service.ref,
            message=f"The DNS Service {service.name} keeps lookups on the caller's node (internalTrafficPolicy: Local), and "
            f"{len(nodes)} of {count(len(takes), 'node')} that {'takes' if len(takes) == 1 else 'take'} any pod "
            f"({listing(nodes, 3)}) {'has' if len(nodes) == 1 else 'have'} no DNS pod: pods there can look nothing up.",
            severity=Severity.WARN,
            confidence=Confidence.LIKELY,
            evidence=policy_evidence(service, []),
            check=look_at_policy(service),
            fix=(let_it_cross_nodes(service, ""),),
            key=tuple(nodes),
            written=policy_written(service),
            common=policy_of(service),
        )
