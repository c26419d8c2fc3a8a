"""What somebody saw, beside hops that nothing but objects calls sound: what no object shows of it, and so where to look.

Rule: a complaint chooses words and changes no verdict. Where nothing was measured and nothing found that explains it, its cause
may lie in what no object shows: a firewall of a node, the tunnel between two, where a program listens, what it answers. That is
told beside the `ok` (docs/decisions.md, "A complaint chooses words, and changes no verdict").
"""

from collections.abc import Callable, Mapping
from itertools import takewhile

from bot.model.call.asked_name import asked_name
from bot.model.call.former_network import left_over
from bot.model.call.hop import Hop
from bot.model.call.hops.endpoints import behind, is_api_server
from bot.model.call.hops.node import claimed_address
from bot.model.call.onward import at_service
from bot.model.case import Case
from bot.model.dns.cluster_dns import cluster_dns
from bot.model.kube.annotations import Annotation
from bot.model.planning.http import answers_kubelet
from bot.model.policy.enforcement import BGP, CILIUM_CONFIG, OWN_ROUTES, ROUTING, cilium_settings
from bot.model.probe import DnsQuery, Outcome
from bot.model.question.question import Symptom
from bot.model.result.finding import Layer
from bot.model.text import listing

_BESIDE = "; not probed, and "  # parts what a hop is from what no object shows of the complaint


def unseen(case: Case, hop: Hop) -> str:
    """Return what no object shows of the complaint at a hop, in words that follow what it is; empty where there is none."""
    symptom = case.question.symptom
    look = _OPEN.get(symptom, {}).get(hop) if symptom and not case.in_table else None
    if look is None or _is_measured(case, hop.layer):
        return ""
    why = look(at_service(case))
    return f"{_BESIDE}{why}" if why else ""


def told_beside(because: str) -> str:
    """Return what no object shows of the complaint, of what is told of a hop; empty where there is none."""
    return because.partition(_BESIDE)[2]


def without_beside(because: str) -> str:
    """Return what a hop is, without what no object shows of the complaint."""
    return because.partition(_BESIDE)[0]


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
    told = f"no object shows whether packets get through {places} (firewalls, the tunnel between nodes, its MTU)"
    return told + _unrouted(case) + _claimed(case, {own, *nodes})


def _unrouted(case: Case) -> str:
    """Return in words that Cilium leaves routes between nodes to somebody whom no setting of it shows."""
    said = cilium_settings(case.snapshot)
    is_alone = said.get(ROUTING) == "native" and "true" not in (said.get(OWN_ROUTES), said.get(BGP))
    return f"; {CILIUM_CONFIG} has {ROUTING}=native and installs no routes itself ({OWN_ROUTES})" if is_alone else ""


def _claimed(case: Case, names: set[str]) -> str:
    """Return in words that a Service has a node's own address as its external one, which a mode of kube-proxy keeps everywhere.

    https://github.com/kubernetes/kubernetes/issues/127410
    """
    claimed = claimed_address(case.snapshot, names)
    if claimed is None:
        return ""
    service, owner, address = claimed
    said = f"{service} has the address of {owner}, {address}, among its externalIPs"
    return f"; {said}, which kube-proxy in mode ipvs keeps on every node"


def _packets_outside(case: Case) -> str:
    """The same for endpoints of which no node is known, such as those of the API server."""
    return "" if _nodes(case) else _packets(case)


def _nodes(case: Case) -> list[str]:
    return sorted({each.node_of(pod) for each, pod in behind(case)} - {""})


def _lookups(case: Case) -> str:
    nodes = sorted({each.node for each in cluster_dns(case.snapshot).usable if each.node} - {case.caller.node})
    servers = [pod for each in cluster_dns(case.snapshot).usable if (pod := case.snapshot.pod_by_ip(each.address))]
    old = left_over(case.snapshot, servers)
    if not nodes and not old:
        return ""
    if old is not None:
        return (
            f"{old.name} ({old.status.pod_ip}) is older than the network agent of its node, and younger pods have addresses of "
            "other ranges: no object shows whether that one is reached"
        )
    places = f"from {case.caller.node} to" if case.caller.node else "to the DNS pods on"
    return f"no object shows whether lookups get through {places} {listing(nodes, 3)} (firewalls, UDP and TCP)"


def _asked_before(case: Case) -> str:
    """Return in words that names of other zones are tried before the Service's own: a wildcard there takes the call away."""
    asked = asked_name(case)
    steps = takewhile(lambda each: each.name != case.fqdn, asked.steps) if asked else ()
    foreign = [each.name.rstrip(".") for each in steps if each.a.outcome is Outcome.NOT_RUN]
    return (
        f"no object shows who answers {listing(foreign, 2)}, asked for before the Service's own name" if foreign else ""
    )


def _naming(case: Case) -> str:
    return "; ".join(filter(None, (_NAMING, _asked_before(case))))


def _opening(case: Case) -> str:
    """What takes the call where it enters by a node's port, or a load balancer's address."""
    entry = case.question.entry
    return (
        f"no object shows that {entry.place} is opened (nodePortAddresses and mode of kube-proxy, firewalls)"
        if entry
        else ""
    )


def _listening(case: Case) -> str:
    if ports := _proven(case):
        return (
            f"the kubelet's probe reaches {ports}: who is refused may call another address, such as localhost, or one that "
            "the application itself sends its clients to"
        )
    family = f"{case.service.families[0]} " if case.service and len(case.service.families) > 1 else ""
    return (
        f"no object shows that the application listens on {_ports(case) or 'that port'} at the {family}address of its pod "
        "(one on 127.0.0.1 does not)"
    )


def _silence(case: Case) -> str:
    is_heard = _proven(case) or (case.service is not None and is_api_server(case.service))
    return "" if is_heard else "no object shows that the application listens on that port, and answers"


def _proven(case: Case) -> str:
    """Return the ports of the endpoints in words, if a probe of the kubelet passes on each; else nothing."""
    found, families = behind(case), case.service.families if case.service else ()
    if len(families) > 1 and any(pod and pod.ip_of(families[0]) != pod.ip for _, pod in found):
        return ""  # the kubelet's probe is of the pod's first family, and callers begin with the Service's
    if not found or not all(pod and answers_kubelet(pod, each.port) for each, pod in found):
        return ""
    return _ports(case)


def _ports(case: Case) -> str:
    """Return the ports at the endpoints in words; empty where none is known."""
    known = sorted({str(each.port) for each, _ in behind(case) if each.port})
    return f"port {listing(known, 3)}" if known else ""


def _taking(case: Case) -> str:
    told = "no object shows how long the application takes, nor which of its pods one kept connection leads to"
    limits = (Annotation.BANDWIDTH_IN, Annotation.BANDWIDTH_OUT)
    held = next(((pod, each) for _, pod in behind(case) if pod for each in limits if pod.annotation(each)), None)
    if held is None:
        return told
    return f"{held[0].name} is held to {held[0].annotation(held[1])} bit/s (annotation {held[1]}); {told}"


def _words(words: str) -> Callable[[Case], str]:
    return lambda _: words


_ON_THE_WAY = {
    Hop.DNS_ACCESS: _lookups,
    Hop.RECORD: _asked_before,
    Hop.PROXY: _opening,
    Hop.ENDPOINTS: _packets_outside,
    Hop.NODE: _packets,
}
_CLOSING = _words("no object shows who closes connections: its log, a proxy between, time-outs for idle ones")
_ANSWERING = _words("no object shows what the application answers: its log tells, and what it depends on itself")
_NAMING = "no object shows what the DNS answers, nor which name the caller really asks for (a Secret may hold it)"

# The hops at which each complaint may have its cause although all objects are in order.
_OPEN: Mapping[Symptom, Mapping[Hop, Callable[[Case], str]]] = {
    Symptom.NXDOMAIN: {Hop.RECORD: _naming},
    Symptom.TIMEOUT: {**_ON_THE_WAY, Hop.APPLICATION: _silence},
    Symptom.REFUSED: {Hop.RECORD: _asked_before, Hop.PROXY: _opening, Hop.APPLICATION: _listening},
    Symptom.RESET: {Hop.APPLICATION: _CLOSING},
    Symptom.SERVER_ERROR: {Hop.RECORD: _asked_before, Hop.APPLICATION: _ANSWERING},
    Symptom.INTERMITTENT: {**_ON_THE_WAY, Hop.APPLICATION: _taking},
    Symptom.SLOW: {**_ON_THE_WAY, Hop.APPLICATION: _taking},
}
