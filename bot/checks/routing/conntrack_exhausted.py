"""A node may have no room for new connections: its connection tracking is full

## Meaning
The kernel of a node keeps each connection in a table (conntrack), and the ports for masqueraded ones are limited. Where
either is used up, new connections are dropped at random, whatever they are for, until old ones end.

## Impact
Connections from that node time out now and then, to all destinations alike. Those that exist go on.

## How it is detected
The Node Problem Detector said `ConntrackFull` in the last hour of the caller's or the measuring pod's node: then it is
likely, and context. Or, measured: endpoints on several nodes both answered and gave no answer in one run, which the node
has in common that they were called from: possible, and a warning only where the question complains of time-outs, resets or
intermittent failures.

## When it stays silent
If one endpoint alone is unsteady, or those of one node alone: that is their own fault. If an endpoint never answers
(APP-013). For events older than an hour, or of other nodes.

## Fix
The printed command shows how full the table is. Raise its limit (`conntrack.maxPerCore` of kube-proxy), let fewer
connections be made (pools, keep-alive, a DNS cache on the node), or spread the callers over nodes.

## Known limits
The counters of the kernel (`node_nf_conntrack_entries`, `conntrack -S`) are not read. Events of nodes lie in the namespace
`default`, of which a live question reads them only where it is about a Service or a caller there.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe, on_node
from bot.model.call.hop import Hop
from bot.model.call.hops.endpoints import behind
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.workloads import Event
from bot.model.memo import memo
from bot.model.probe import Outcome
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity
from bot.model.snapshot import Snapshot
from bot.model.text import count, one_line

# The reason that the Node Problem Detector's custom plugin for the network uses.
# https://github.com/kubernetes/node-problem-detector/blob/v0.8.20/config/network-problem-monitor.json
_FULL = "ConntrackFull"
_COMPLAINTS = (Symptom.TIMEOUT, Symptom.INTERMITTENT, Symptom.RESET)
_SEVERAL = 2


@memo
def full_nodes(snapshot: Snapshot) -> dict[str, Event]:
    """Return the nodes of which an Event of the last hour says that their table is full; one look for a digest."""
    told = (each for each in snapshot.events if each.reason == _FULL and each.involved_object.kind == "Node")
    return {each.involved_object.name: each for each in told if snapshot.is_recent(each.last_seen)}


def may_be_exhausted(case: Case) -> bool:
    """Return whether anything was measured, or some node's table is said to be full."""
    return case.service is not None and (bool(case.observations) or bool(full_nodes(case.snapshot)))


@check(
    "RTE-034",
    "conntrack-exhausted",
    hop=Hop.PROXY,
    needs=("services",),
    uses=("events", "endpointslices", "pods"),
    fits=_COMPLAINTS,
    when=may_be_exhausted,
    only=(Occasion.SAID, Occasion.BACKENDS),
)
def conntrack_exhausted(case: Case) -> Iterator[Detection]:
    told = full_nodes(case.snapshot)
    for node in dict.fromkeys((case.caller.node, case.vantage.node)):
        if node in told:
            yield _told(node, told[node])
            return
    unsteady = _unsteady(case) if case.vantage.is_in_cluster and case.observations else {}
    if len(set(unsteady.values())) >= _SEVERAL:
        yield _measured(case, unsteady)


def _unsteady(case: Case) -> dict[str, str]:
    """Return endpoints that answered and were silent in one run, each with its node; none where one is dead."""
    found: dict[str, str] = {}
    for each, pod in behind(case):
        seen = case.measured.tcp_to(each)
        if seen is None:
            continue
        if Outcome.ANSWERED not in (seen.outcomes or (seen.outcome,)):
            return {}
        if Outcome.TIMEOUT in seen.outcomes:
            found[each.address] = each.node_of(pod)
    return found if len(found) >= _SEVERAL else {}


def _told(node: str, event: Event) -> Detection:
    ref = Ref("Node", node)
    return Detection(
        about=ref,
        message=f"The connection tracking of node {node} is full ({_FULL}), so that new connections from there fail at random: "
        f"{one_line(event.text, limit=200)}.",
        severity=Severity.INFO,  # Events may not be readable, which must not make an answer sounder
        confidence=Confidence.LIKELY,
        evidence=(Evidence(ref, "events", _FULL, one_line(event.text, limit=200)),),
        check=(describe(ref),),
        fix=(_settles(node),),
        since=event.last_seen,
    )


def _measured(case: Case, unsteady: dict[str, str]) -> Detection:
    node = case.vantage.node
    ref = Ref("Node", node)
    complained = case.question.symptom in _COMPLAINTS
    return Detection(
        about=ref,
        message=f"{count(len(unsteady), 'endpoint')} on {count(len(set(unsteady.values())), 'node')} were silent in one try "
        f"and answered in another, all called from node {node}: perhaps its connection tracking is full, or its ports are.",
        severity=Severity.WARN if complained else Severity.INFO,
        confidence=Confidence.POSSIBLE,
        evidence=tuple(
            Evidence(ref, "tcp", "answered and silent", f"{address} on {where or 'an unknown node'}")
            for address, where in sorted(unsteady.items())[:4]
        ),
        check=(describe(ref),),
        fix=(_settles(node),),
        key=(node,),
    )


def _settles(node: str) -> Fix:
    risk = "settles it and changes nothing; the pod that it starts on the node has to be deleted afterwards"
    words = ("sysctl", "net.netfilter.nf_conntrack_count", "net.netfilter.nf_conntrack_max")
    return Fix(about=Ref("Node", node), command=on_node(node, *words), risk=risk)
