"""The DNS servers that the caller's lookups meet: the DNS pods, and a node-local cache where there is one.

A server is sound where it answered a probe, or where its pod was read, is ready and has not just been restarted again
and again; a node-local cache (NodeLocal DNSCache) must run on the caller's own node, since nothing else answers there.
"""

from bot.model.call.hops.policy import undecided_policies
from bot.model.call.hops.resolver import asks_cluster_dns
from bot.model.call.service_proxies import said_of_kube_proxy
from bot.model.call.sight import Sight, gap_words, not_probed, off_path, sound, unknown, unplaced_caller, unsure_place
from bot.model.call.steady import restarts_often
from bot.model.case import Case
from bot.model.dns.cluster_dns import ClusterDns, cluster_dns
from bot.model.dns.node_local import listening_addresses, node_local_caches
from bot.model.gaps import KUBELET_SETTINGS, NODE_AGENTS
from bot.model.kube.endpoints import local_to
from bot.model.kube.kube_proxy_config import KUBE_PROXY_CONFIG, MODE
from bot.model.memo import memo
from bot.model.policy.rules import Direction
from bot.model.probe import Outcome, Purpose
from bot.model.question.question import Question
from bot.model.result.status import Basis
from bot.model.snapshot import Snapshot
from bot.model.text import count

_CAME_BACK = (Outcome.ANSWERED, Outcome.NXDOMAIN, Outcome.NO_DATA)


def dns_server(case: Case) -> Sight:
    """Return whether the servers that answer this caller's lookups are known to work."""
    if case.question.address:
        return off_path("an address was asked for, no name")
    if case.in_table and case.question.source is None and not case.observations:
        return _for_nobody(case.snapshot)
    return _for_caller(case)


@memo
def _for_nobody(snapshot: Snapshot) -> Sight:
    """Return what the servers are where nobody is named and nothing was measured: the same for each row of a table."""
    return _for_caller(Case(Question(), snapshot))


def _for_caller(case: Case) -> Sight:
    if why := _node_local(case):
        return unknown(why)
    if why := _mute_cache(case):
        return unknown(why, Basis.PROBED)
    if why := _kept_local(case):
        return unknown(why, Basis.CONFIG)
    asked = case.measured.queries(Purpose.SERVICE) or case.measured.queries(Purpose.REPLICA)
    answered = any(each.outcome in _CAME_BACK for each in asked)
    if case.dns.service is None:
        if answered:
            return sound("a DNS server answers", Basis.PROBED)
        return unknown(
            gap_words(case, "dns")
            or f"no DNS Service was found in the cluster, and none was asked ({not_probed(case)})"
        )
    if not answered and (why := gap_words(case, KUBELET_SETTINGS)):
        return unknown(f"whether kubelets write the address of the DNS Service into pods is not known: {why}")
    if restarting := _restarting(case.snapshot):
        return unknown(restarting, Basis.PROBED if answered else Basis.CONFIG)
    if answered:
        return sound("DNS answers", Basis.PROBED)
    if why := gap_words(case, "dns"):
        return unknown(why)
    return _by_pods(case)


def _mute_cache(case: Case) -> str:
    """Return that the cache of the node was asked by itself and gave no answer; no policy may have kept the asker from it."""
    asked, party = case.measured.queries(Purpose.CACHE), case.measured.policies.party
    if not asked or any(each.outcome in _CAME_BACK for each in asked):
        return ""
    if party is None or case.policies.isolating(Direction.EGRESS, party) or undecided_policies(case, (party,)):
        return ""
    seen = asked[0]
    return (
        f"the node-local DNS cache of node {case.vantage.node} was asked at {seen.query.server} and gave {seen.outcome}"
    )


def _kept_local(case: Case) -> str:
    """Return that lookups stay on the caller's node (`internalTrafficPolicy: Local`), where no DNS pod is; empty else.

    A node-local cache in front is asked there instead.
    """
    service, node = case.dns.service, case.caller.node
    if service is None or not service.local_only or not asks_cluster_dns(case) or node_local_caches(case.snapshot):
        return ""
    begin = f"the DNS Service {service.name} keeps lookups on the caller's node (internalTrafficPolicy: Local)"
    if why := unplaced_caller(case) or unsure_place(case, lambda name: _has_dns(case, name), "DNS pod"):
        return f"{begin}, and on which it is, is not known: {why}"
    if not node or _has_dns(case, node) or (case.vantage.node == node and case.measured.queries(Purpose.SERVICE)):
        return ""
    return f"{begin}, and {node} has no DNS pod that takes them"


def _bound_twice(case: Case) -> str:
    """Return that caches listen on the DNS Service's own address, which kube-proxy in mode ipvs has on an interface of its own.

    Who asks a cache at an address that no Service has does not meet it.
    https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/ (Configuration)
    """
    address, asked = case.dns.address, case.caller.resolv_conf.nameservers
    if said_of_kube_proxy(case.snapshot).get(MODE) != "ipvs" or asked[:1] != (address,):
        return ""
    if address not in listening_addresses(case.snapshot):
        return ""
    told = f"node-local DNS caches listen on {address}, the DNS Service's own address"
    return f"{told}, which kube-proxy keeps on an interface of its own ({KUBE_PROXY_CONFIG}: {MODE} ipvs)"


def _has_dns(case: Case, node: str) -> bool:
    return bool(local_to(case.dns.endpoints, node))


def _by_pods(case: Case) -> Sight:
    dns = case.dns
    if why := _bound_twice(case):
        return unknown(why, Basis.CONFIG)
    if dns.port is None:
        return unknown(f"the DNS Service {dns.address} offers no UDP port", Basis.CONFIG)
    if not dns.usable:
        return unknown(f"no usable DNS endpoint behind {dns.address}, and DNS was not asked ({not_probed(case)})")
    if any(each.node for each in dns.usable) and (why := gap_words(case, "nodes")):
        return unknown(why)
    if lost := _lost(case.snapshot):
        return unknown(lost)
    return _owned(dns)


@memo
def _lost(snapshot: Snapshot) -> str:
    """Return that a DNS endpoint is still listed on a node that does not report: lookups that meet it are lost."""
    dns = cluster_dns(snapshot)
    lost = [each for each in dns.usable if each.node and snapshot.is_lost(each.node)]
    if not lost:
        return ""
    return (
        f"{len(lost)} of {count(len(dns.usable), 'DNS endpoint')} ({lost[0].address}) is on {lost[0].node}, "
        "which does not report"
    )


@memo
def _owned(dns: ClusterDns) -> Sight:
    foreign = [each.address for each in dns.usable if not any(each.address in pod.ips for pod in dns.pods)]
    if foreign:
        return unknown(f"{foreign[0]} answers for {dns.address}, and belongs to no DNS pod that was read")
    return sound(f"{len(dns.usable)} of {count(max(len(dns.pods), len(dns.endpoints)), 'DNS pod')} ready")


@memo
def _restarting(snapshot: Snapshot) -> str:
    """Return why DNS pods that are ready now may not be so in a minute; empty where at least one is steady."""
    dns = cluster_dns(snapshot)
    usable = {each.address for each in dns.usable}
    serving = [pod for pod in dns.pods if usable & set(pod.ips)]
    shaky = [each for each in serving if restarts_often(snapshot, each)]
    if not serving or len(shaky) < len(serving):
        return ""
    last = [
        each.last_state.terminated
        for pod in shaky
        for each in pod.container_statuses
        if each.last_state.terminated is not None
    ]
    reason = next((each.reason for each in last if each.reason), None) or "restarts"
    restarts = max(each.restart_count for pod in shaky for each in pod.container_statuses)
    which = (
        "the one DNS pod that serves restarts" if len(shaky) == 1 else f"all {len(shaky)} DNS pods that serve restart"
    )
    return f"{which} again and again ({reason}, {restarts} times)"


def _node_local(case: Case) -> str:
    """Return why the node-local cache of the caller's node cannot be relied on; empty where there is none or it runs."""
    node = case.caller.node
    if node_local_caches(case.snapshot) is not None and (why := unplaced_caller(case)):
        return f"on which node the caller asks its DNS cache is not known: {why}"
    if node and asks_cluster_dns(case) and (why := gap_words(case, NODE_AGENTS)):
        return why
    caches = node_local_caches(case.snapshot)
    if caches is None or not asks_cluster_dns(case):
        return ""
    serving = {each.spec.node_name for each in caches if each.is_ready and not each.is_terminating}
    if why := unsure_place(case, lambda name: name in serving, "node-local DNS cache that is ready"):
        return why
    if not node or node in serving:
        return ""
    own = [each for each in caches if each.spec.node_name == node]
    if own:
        return f"the node-local DNS cache {own[0].name} of the caller's node {node} is not ready"
    return f"no node-local DNS cache was found on the caller's node {node}, though this cluster has one on its nodes"
