"""The service proxy that sends the address which is called to an endpoint (kube-proxy, or what replaces it).

That of the caller's node translates a ClusterIP, and a load balancer's IP, too; a node port that of the node that is called.
"""

from collections.abc import Mapping
from ipaddress import ip_address, ip_network

from bot.model.call.doubt import doubt_words
from bot.model.call.service_proxies import VALUE, holder_of, name_of, proxies, said_of_kube_proxy, stand_ins
from bot.model.call.sight import NO_CALLER, Sight, failing, gap_words, milliseconds, off_path, sound, unknown
from bot.model.call.steady import restarts_often
from bot.model.case import Case
from bot.model.gaps import NODE_AGENTS
from bot.model.kube.kube_proxy_config import ADDRESSES, KUBE_PROXY_CONFIG, MODE
from bot.model.kube.pods import Pod
from bot.model.kube.workloads import Node
from bot.model.policy.enforcement import CILIUM_CONFIG, REPLACEMENT, cilium_settings
from bot.model.probe import Outcome, Purpose, TcpConnect
from bot.model.question.entry import Entry, EntryKind
from bot.model.refs import family_of, is_ip
from bot.model.result.status import Basis
from bot.model.text import listing

_OFF = ("false", "disabled")
_PRIMARY = "primary"  # of nodePortAddresses: the node's first address of a family
_NO_POD = "kube-proxy is no pod here, or another service proxy runs"


def proxy(case: Case) -> Sight:
    """Return whether the ClusterIP is known to be translated for this caller."""
    if case.service is not None and not case.service.cluster_ips:
        return off_path("there is no ClusterIP to translate")
    if why := doubt_words(case, TcpConnect, through_service=True):
        return unknown(why, Basis.PROBED)
    if case.question.entry is not None:
        return _entered(case, case.question.entry)
    virtual = case.measured.tcp(Purpose.SERVICE)
    bad = [each for each in virtual if each.outcome is not Outcome.ANSWERED]
    if bad:
        place = bad[0].place[0]
        return failing(f"ClusterIP {place}: {bad[0].outcome}")
    if not virtual and (why := _left_alone(case)):
        return unknown(why)
    node = case.caller.node
    if not node:
        if virtual:
            fastest = min(each.ms for each in virtual)
            return sound(f"the ClusterIP connects in {milliseconds(fastest)}", Basis.PROBED)
        return NO_CALLER if case.question.source is None else off_path("the caller's node is not known")
    if virtual and case.vantage.node == node:
        return sound(f"the ClusterIP connects from {node}", Basis.PROBED)
    return _by_pods(case, node)


def _entered(case: Case, entry: Entry) -> Sight:
    """Another address than the ClusterIP: measured itself, else by the proxy of the node where it is translated."""
    if case.service is not None and entry.address in case.service.uncut_addresses:
        return unknown(f"{entry} is not translated in the cluster (ipMode: Proxy): the call leaves it and comes back")
    tried = case.measured.tcp(Purpose.ENTRY)
    if bad := [each for each in tried if each.outcome is not Outcome.ANSWERED]:
        return failing(f"{entry}: {bad[0].outcome}")
    if tried:
        return sound(f"{entry.place} connects in {milliseconds(min(each.ms for each in tried))}", Basis.PROBED)
    if why := _left_alone(case):
        return unknown(why)
    if address := excluded(case):
        unseen = "" if proxies(case.snapshot) else f"; {_NO_POD}, so whether the node keeps to that was not looked at"
        return unknown(
            f"{entry.place} admits other addresses than {address} (loadBalancerSourceRanges), as far as can be told{unseen}"
        )
    if why := _unopened(case, entry):
        return unknown(why)
    if entry.node and case.snapshot.is_lost(entry.node):
        return unknown(f"node {entry.node}, whose port is called, is lost")
    if not case.proxy_node:
        return NO_CALLER if case.question.source is None else off_path("the caller's node is not known")
    return _by_pods(case, case.proxy_node)


def _unopened(case: Case, entry: Entry) -> str:
    """Return in words that a node's port was asked at an address where kube-proxy does not open it; empty where it may.

    It opens node ports at the addresses that `nodePortAddresses` holds; where that says nothing, in mode nftables at the
    node's primary ones, and else at all. Blocks count for addresses of their own family.
    https://kubernetes.io/docs/reference/networking/virtual-ips/#migrating-from-iptables-mode-to-nftables
    """
    said = said_of_kube_proxy(case.snapshot)
    node = case.snapshot.node(entry.node) if entry.kind is EntryKind.NODE_PORT else None
    blocks = said.get(ADDRESSES, _PRIMARY if said.get(MODE) == "nftables" else "").split()
    if blocks == [_PRIMARY]:
        return _secondary(node, entry, said) if node else ""
    own = [each for each in blocks if family_of(each.partition("/")[0]) == family_of(entry.address)]
    if node is None or not own or any(_holds(each, entry.address) for each in own):
        return ""
    return (
        f"kube-proxy opens node ports at addresses of {listing(own, 3)} alone, and {entry.address} is none of these "
        f"({KUBE_PROXY_CONFIG}: {ADDRESSES})"
    )


def _secondary(node: Node, entry: Entry, said: Mapping[str, str]) -> str:
    known = sorted(node.status.addresses or (), key=lambda each: each.type != "InternalIP")
    alike = [
        each.address for each in known if is_ip(each.address) and family_of(each.address) == family_of(entry.address)
    ]
    if not alike or alike[0] == entry.address:
        return ""
    why = ADDRESSES if ADDRESSES in said else f"{MODE} nftables"
    return (
        f"kube-proxy opens node ports on {alike[0]} of {node.name} alone, and {entry.address} is another address of it "
        f"({KUBE_PROXY_CONFIG}: {why})"
    )


def _left_alone(case: Case) -> str:
    """Return that kube-proxy makes no rules for the Service, by a label of it; empty where it has none of these."""
    label = case.service.not_proxied_by if case.service else ""
    if not label:
        return ""
    return f"kube-proxy leaves a Service with the label {label} to another proxy, and which one runs was not looked at"


def restricts_balancer(case: Case) -> bool:
    """Return whether the address of a load balancer was asked for that admits some addresses only."""
    entry, service = case.question.entry, case.service
    if entry is None or service is None or entry.kind is not EntryKind.LOAD_BALANCER:
        return False
    return bool(service.spec.load_balancer_source_ranges) and entry.address not in service.uncut_addresses


def excluded(case: Case) -> str:
    """Return the calling pod's address, if none of the ranges holds it that the load balancer admits; else nothing."""
    entry, service, caller = case.question.entry, case.service, case.caller.pod
    if entry is None or service is None or caller is None or not restricts_balancer(case):
        return ""
    address = caller.ip_of(f"IPv{family_of(entry.address)}")
    ranges = service.spec.load_balancer_source_ranges or ()
    return address if address and not any(_holds(each, address) for each in ranges) else ""


def _holds(block: str, address: str) -> bool:
    """Return whether a range holds an address; one that cannot be read may hold any."""
    try:
        return ip_address(address) in ip_network(block.strip(), strict=False)
    except ValueError:
        return True


def _by_pods(case: Case, node: str) -> Sight:
    if why := gap_words(case, "dns", "kube-system") or gap_words(case, NODE_AGENTS):
        return unknown(f"whether kube-proxy runs on {node} is not known: {why}")
    own = proxies(case.snapshot)
    known = own or stand_ins(case.snapshot)
    if not own and case.question.entry and cilium_settings(case.snapshot).get(REPLACEMENT) in _OFF:
        return unknown(
            f"kube-proxy is no pod here, and {CILIUM_CONFIG} has {REPLACEMENT} off: ClusterIPs alone are translated"
        )
    if not known:
        return _without_pods(case, node)
    name = name_of(known[0])
    if not any(each.spec.node_name == node for each in known):
        if (host := case.snapshot.node(node)) is not None and host.is_windows:
            return _unseen(f"{node} runs Windows, where kube-proxy is a service of the node")
        return unknown(f"{name} pods run on other nodes, none was found on {_whose(case, node)} node {node}")
    sick = _sick(case, known, node)
    if sick is None:
        return sound(f"{name} runs on {node}{'' if name == VALUE else ', where kube-proxy is no pod'}")
    return unknown(f"{name} {sick.name} of {_whose(case, node)} node {node} does not run steadily: {trouble(sick)}")


def _without_pods(case: Case, node: str) -> Sight:
    """No pod is known that translates: where the kubelet's own process does, the node tells; else nobody looked."""
    host = case.snapshot.node(node)
    if host is None or not (holder := holder_of(host)):
        return _unseen(f"which service proxy runs on {node} no object tells ({_NO_POD})")
    if case.snapshot.is_lost(node):
        return unknown(f"{_whose(case, node)} node {node}, whose {holder} holds kube-proxy, is lost")
    return sound(f"{holder} holds kube-proxy and kubelet in one process on {node}, and the node is Ready")


def _unseen(why: str) -> Sight:
    """It is on the way, and neither sound nor open: no reader of objects could look at it, so the other hops decide."""
    return off_path(f"{why}: it was not looked at")


def _whose(case: Case, node: str) -> str:
    return "the caller's" if node == case.caller.node else "the called"


def sick_proxy(case: Case, node: str) -> Pod | None:
    """Return the kube-proxy pod of a node that has one and none that runs steadily."""
    return _sick(case, proxies(case.snapshot), node)


def _sick(case: Case, known: tuple[Pod, ...], node: str) -> Pod | None:
    own = [each for each in known if each.spec.node_name == node]
    return None if any(_is_steady(case, each) for each in own) else next(iter(own), None)


def _is_steady(case: Case, pod: Pod) -> bool:
    return pod.is_ready and not pod.is_terminating and not restarts_often(case.snapshot, pod)


def trouble(pod: Pod) -> str:
    """Return in words what keeps a kube-proxy pod from running, and how often it restarted."""
    waiting = next((each.state.waiting.reason for each in pod.container_statuses if each.state.waiting), None)
    restarts = sum(each.restart_count for each in pod.container_statuses)
    return f"{waiting or ('not ready' if not pod.is_ready else 'ready again')}, {restarts} restarts"
