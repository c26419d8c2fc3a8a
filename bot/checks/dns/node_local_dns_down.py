"""The node-local DNS cache of the caller's node is down

## Meaning
NodeLocal DNSCache runs one pod on every node, on the host network. Pods ask it at an address that exists on their own
node alone (169.254.20.10), or at the DNS Service's address, which it takes over on its node. On the caller's node it is
not ready.

## Impact
All lookups of all pods of that node fail, or the first of each name takes seconds. With kube-proxy in IPVS mode pods
know no other nameserver. Pods of other nodes resolve, and asking CoreDNS directly works as well.

## How it is detected
The pod of `node-local-dns` on the caller's node was read, and is not ready although it is no longer starting. Where the
caller's own `dnsConfig` names the cache's address, a node without any such pod is told as well.

## When it stays silent
If the cache of that node is ready, or still starts. Without a known caller, or where the caller does not ask the cluster's
DNS. On a node without a cache, as long as nothing says that its pods ask one: they then ask the DNS Service, as before. If
a lookup made on that node was answered.

## Fix
Mend the pod as any other: its state and last words are told. While it is down, pods of the node can be moved away
(`kubectl cordon`, then delete them).

## Known limits
A cache that ended by itself may have removed its address and rules; lookups then reach the DNS Service directly and work.
The API does not tell, so without a measurement this is likely and not certain.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe
from bot.checks.facts.lookups import has_caller
from bot.checks.facts.pod_state import ready_by
from bot.checks.facts.pod_words import why
from bot.model.call.hop import Hop
from bot.model.call.hops.resolver import asks_cluster_dns
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.dns.node_local import NODE_LOCAL, cache_address, node_local_caches
from bot.model.kube.pods import Pod
from bot.model.kubectl import kubectl
from bot.model.probe import Outcome, Purpose
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Detection, Evidence
from bot.model.text import count, one_line

_NAMESPACE = "kube-system"
_LONGEST = 200


def _asks_a_cache(case: Case) -> bool:
    return has_caller(case) and node_local_caches(case.snapshot) is not None


@check(
    "DNS-028",
    "node-local-dns-down",
    hop=Hop.DNS_SERVER,
    needs=("dns",),
    uses=("pods", "nodes", "source", "events"),
    fits=(Symptom.TIMEOUT, Symptom.NXDOMAIN),
    when=_asks_a_cache,
    silent_when_plain=True,
    only=(Occasion.CALLER,),
)
def node_local_dns_down(case: Case) -> Iterator[Detection]:
    node = case.caller.node
    if not node or case.question.address or not asks_cluster_dns(case) or _answered_on(case, node):
        return
    if case.snapshot.is_lost(node):
        return  # nothing of that node is known: its loss is the finding
    own = [each for each in node_local_caches(case.snapshot) or () if each.spec.node_name == node]
    if any(_works(case, each) for each in own):
        return
    is_named = cache_address(case.snapshot) in case.caller.resolv_conf.nameservers
    if own:
        yield _down(case, own[0], is_named=is_named)
    elif is_named:
        yield _missing(case, node)


def _works(case: Case, cache: Pod) -> bool:
    """It is ready, or has only just been started."""
    return not cache.is_terminating and (cache.is_ready or ready_by(case, cache) is not None)


def _answered_on(case: Case, node: str) -> bool:
    """A lookup that was made on this node, the way its pods make it, came back."""
    asked = (
        (*case.measured.queries(Purpose.SERVICE), *case.measured.queries(Purpose.CACHE))
        if case.vantage.node == node
        else ()
    )
    return any(each.outcome in (Outcome.ANSWERED, Outcome.NXDOMAIN, Outcome.NO_DATA) for each in asked)


def _down(case: Case, cache: Pod, *, is_named: bool) -> Detection:
    node = cache.spec.node_name
    return Detection(
        about=cache.ref,
        message=f"The node-local DNS cache of the caller's node {node} is down: {cache.name}, {why(case, cache)}. "
        f"Lookups of pods there end at it, whatever the cluster's DNS does{_behind(case)}.",
        confidence=Confidence.CERTAIN if is_named else Confidence.LIKELY,
        evidence=tuple(_evidence(case, cache)),
        check=(
            kubectl("get", "pods", "-l", f"k8s-app={NODE_LOCAL}", "-o", "wide", namespace=cache.namespace),
            describe(cache.ref),
            kubectl("logs", cache.name, "--tail=20", namespace=cache.namespace),
        ),
        pods=frozenset({cache.name}),
        key=(node,),
        since=cache.ready_since,
    )


def _missing(case: Case, node: str) -> Detection:
    daemon_set = Ref("DaemonSet", NODE_LOCAL, _NAMESPACE)
    return Detection(
        about=daemon_set,
        message=f"The caller asks {cache_address(case.snapshot)}, the node-local DNS cache, and its node {node} has no pod of "
        f"{NODE_LOCAL}: nothing answers there{_behind(case)}.",
        evidence=(
            Evidence(daemon_set, "pods", None, f"none on {node}"),
            Evidence(Ref("Node", node), "nameserver", cache_address(case.snapshot), case.caller.resolv_conf.why),
        ),
        check=(
            kubectl("get", "pods", "-l", f"k8s-app={NODE_LOCAL}", "-o", "wide", namespace=_NAMESPACE),
            describe(daemon_set),
        ),
        key=(node, "no pod"),
    )


def _behind(case: Case) -> str:
    ready = len(case.dns.usable)
    return f" ({count(ready, 'pod')} of it {'is' if ready == 1 else 'are'} ready)" if ready else ""


def _evidence(case: Case, cache: Pod) -> Iterator[Evidence]:
    yield Evidence(cache.ref, "status.conditions[Ready]", "False", why(case, cache))
    for each in cache.container_statuses:
        if ended := each.last_state.terminated or each.state.terminated:
            words = one_line(ended.message or "", limit=_LONGEST)
            said = f"{ended.reason or 'ended'}, exit code {ended.exit_code}{f': {words}' if words else ''}"
            yield Evidence(cache.ref, f"status.containerStatuses[{each.name}]", said, f"{each.restart_count} restarts")
