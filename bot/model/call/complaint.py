"""What somebody saw, held against hops that nothing but objects calls sound.

Rule: objects show what was meant, and a complaint says that it does not work. Where nothing was measured and nothing found that
explains it, its cause may lie in what no object shows: a firewall of a node, the tunnel between two, where a program listens,
what it answers. So the hops of which the complaint may come are open, each with what to look at (docs/decisions.md, "A
complaint stands against configuration alone").
"""

from collections.abc import Callable, Mapping

from bot.model.call.hop import Hop
from bot.model.call.hops.endpoints import behind, is_api_server
from bot.model.call.onward import at_service
from bot.model.case import Case
from bot.model.dns.cluster_dns import cluster_dns
from bot.model.planning.http import answers_kubelet
from bot.model.probe import DnsQuery
from bot.model.question.question import Symptom
from bot.model.result.finding import Layer
from bot.model.text import listing


def stands_against(case: Case, hop: Hop) -> str:
    """Return in words why a hop that only objects call sound is open to the complaint; empty where it is not."""
    symptom = case.question.symptom
    look = _OPEN.get(symptom, {}).get(hop) if symptom and not case.in_table else None
    if look is None or _is_measured(case, hop.layer):
        return ""
    why = look(at_service(case))
    return f"not probed, and {why}" if why else ""


def _is_measured(case: Case, layer: Layer) -> bool:
    seen = (*case.measured.counted, *at_service(case).measured.counted)
    return any(isinstance(each.probe, DnsQuery) is (layer is Layer.DNS) for each in seen)


def _packets(case: Case) -> str:
    """What carries packets on the way to the endpoints: within a node, or between two."""
    own, nodes = case.caller.node, _nodes(case)
    if own and nodes == [own]:
        return (
            f"no object shows how {own} passes packets on between its own pods (net.bridge.bridge-nf-call-iptables, "
            "the rules of kube-proxy and of firewalls on it)"
        )
    places = (
        f"from {own} to {listing([each for each in nodes if each != own], 3)}" if own and nodes else "between nodes"
    )
    return f"no object shows whether packets get through {places} (firewalls, the tunnel between nodes, its MTU)"


def _packets_outside(case: Case) -> str:
    """The same for endpoints of which no node is known, such as those of the API server."""
    return "" if _nodes(case) else _packets(case)


def _nodes(case: Case) -> list[str]:
    return sorted({each.node_of(pod) for each, pod in behind(case)} - {""})


def _lookups(case: Case) -> str:
    nodes = sorted({each.node for each in cluster_dns(case.snapshot).usable if each.node} - {case.caller.node})
    if not nodes:
        return ""
    places = f"from {case.caller.node} to" if case.caller.node else "to the DNS pods on"
    return f"no object shows whether lookups get through {places} {listing(nodes, 3)} (firewalls, UDP and TCP)"


def _opening(case: Case) -> str:
    """What takes the call where it enters by a node's port, or a load balancer's address."""
    entry = case.question.entry
    return f"no object shows that {entry.place} is opened (settings of kube-proxy, firewalls)" if entry else ""


def _listening(case: Case) -> str:
    if ports := _proven(case):
        return (
            f"the kubelet's probe reaches {ports}: who is refused may call another address, such as one that the "
            "application itself sends its clients to"
        )
    return "no object shows that the application listens on the address of its pod (one on 127.0.0.1 does not)"


def _silence(case: Case) -> str:
    is_heard = _proven(case) or (case.service is not None and is_api_server(case.service))
    return "" if is_heard else "no object shows that the application listens on that port, and answers"


def _proven(case: Case) -> str:
    """Return the ports of the endpoints in words, if a probe of the kubelet passes on each; else nothing."""
    found = behind(case)
    if not found or not all(pod and answers_kubelet(pod, each.port) for each, pod in found):
        return ""
    return f"port {listing(sorted({str(each.port) for each, _ in found}), 3)}"


def _words(words: str) -> Callable[[Case], str]:
    return lambda _: words


_ON_THE_WAY = {Hop.DNS_ACCESS: _lookups, Hop.PROXY: _opening, Hop.ENDPOINTS: _packets_outside, Hop.NODE: _packets}
_CLOSING = _words("no object shows who closes connections: its log, a proxy between, time-outs for idle ones")
_ANSWERING = _words("no object shows what the application answers: its log tells, and what it depends on itself")
_TAKING = _words("no object shows how long the application takes, nor which of its pods one kept connection leads to")
_NAMING = _words(
    "no object shows what the DNS answers, nor which name the caller really asks for (a Secret may hold it)"
)

# The hops from which each complaint may come although all objects are in order.
_OPEN: Mapping[Symptom, Mapping[Hop, Callable[[Case], str]]] = {
    Symptom.NXDOMAIN: {Hop.RECORD: _NAMING},
    Symptom.TIMEOUT: {**_ON_THE_WAY, Hop.APPLICATION: _silence},
    Symptom.REFUSED: {Hop.PROXY: _opening, Hop.APPLICATION: _listening},
    Symptom.RESET: {Hop.APPLICATION: _CLOSING},
    Symptom.SERVER_ERROR: {Hop.APPLICATION: _ANSWERING},
    Symptom.INTERMITTENT: {**_ON_THE_WAY, Hop.APPLICATION: _TAKING},
    Symptom.SLOW: {**_ON_THE_WAY, Hop.APPLICATION: _TAKING},
}
