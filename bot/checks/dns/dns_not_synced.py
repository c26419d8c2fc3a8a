"""The cluster's DNS runs, but has not read the cluster's Services

## Meaning
CoreDNS answers cluster names from what it reads from the API server. It runs, but it could not read yet: it may not
(a permission is missing, often after an upgrade), or it cannot reach the API server. Until then it refuses to answer
for the cluster's zone.

## Impact
Every cluster name gives SERVFAIL, while names outside of the cluster resolve. Pods of CoreDNS show as Running and 0/1
ready, so that usually all of DNS is gone.

## How it is detected
By asking the DNS pods themselves: SERVFAIL with the authoritative bit (AA) for a cluster name is this and nothing
else. Without a measurement: a DNS pod that runs unready, whose log says that the API is unsynced, or whose readiness
probe gets 503. A log that names a forbidden resource proves it even where the pod answers: it may lack one kind of many.

## When it stays silent
For SERVFAIL without AA, which comes from elsewhere (an upstream server). In the first seconds after a start. If the
replicas that take traffic answer.

## Fix
If the log names one forbidden resource, add it to the ClusterRole of CoreDNS; the patch is printed for the usual names.
Where it names several, the account has lost its ClusterRoleBinding or its role: apply those again (`kubeadm init phase
addon coredns`, or the manifest that they came from). Otherwise find out why the DNS pods do not reach the API server. Their
log says, with one exception: since 1.14.2 CoreDNS logs no cause where the API server refuses the connection or hangs up.
Then its silence is the sign: look at the Service default/kubernetes, its EndpointSlices, and the API server itself; the
commands are printed.

## Known limits
With `fallthrough` for all zones in the Corefile the same fault shows as NXDOMAIN from the upstream server, which this
check does not see.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints_whole, at_pods
from bot.checks.facts.pod_state import ready_by
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kubectl import kubectl
from bot.model.pattern import pattern
from bot.model.probe import DnsQuery, Outcome, Purpose
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Fix, Severity
from bot.model.text import count, listing, one_line

# CoreDNS waits five seconds for the API before it serves unsynced (plugin/kubernetes); twice that is no start any more.
WARM_UP = timedelta(seconds=10)
_FORBIDDEN = pattern(r'(?P<what>[\w.-]+) is forbidden: User "system:serviceaccount:(?P<user>[\w.:-]+)"')
_CAUSE = pattern(r"[Ff]ailed to (?:watch|list)")
# What client-go adds to a line behind its cause (CoreDNS 1.15.0).
_ADDED = pattern(r' logger="[^"]*" reflector="[^"]*".*$')
_API_SERVER = (
    kubectl("get", "svc", "kubernetes", "-o", "wide", namespace="default"),
    at_endpoints_whole(Ref("Service", "kubernetes", "default")),
    kubectl("get", "--raw", "/readyz?verbose"),
)
_UNSYNCED = pattern(r"unsynced Kubernetes API|waiting for Kubernetes API|Kubernetes API connection failure")
# What kubeadm calls CoreDNS's account, and the role that belongs to it.
_ACCOUNT, _ROLE = "kube-system:coredns", "system:coredns"


@check(
    "DNS-006",
    "dns-not-synced",
    hop=Hop.DNS_SERVER,
    needs=("dns",),
    uses=("events", "logs", "nodes"),
    causes=(Effect.DNS_SERVERS_DOWN,),
    of_cluster=True,
    only=(Occasion.DNS_ODD,),
)
def dns_not_synced(case: Case) -> Iterator[Detection]:
    service = case.dns.service
    if service is None:
        return
    asked, unsynced = _measured(case)
    stuck = [pod for pod in case.dns.pods if _is_stuck(case, pod)]
    if not unsynced and not stuck:
        return
    logged = {pod.name: line for pod in case.dns.pods if (line := _log_line(case, pod))}
    told = [pod for pod in stuck if pod.name in logged or _gets_503(case, pod)]
    refused = {name: found for name, line in logged.items() if (found := _FORBIDDEN.search(line))}
    addresses = sorted(unsynced | {pod.ip for pod in told if pod.ip not in asked or pod.name in refused})
    if not addresses:
        return
    pods = [pod for pod in case.dns.pods if pod.ip in addresses]
    replicas = max(len(asked), len(case.dns.pods), len(case.dns.endpoints))
    forbidden = _forbidden(case)
    is_silent = bool(logged) and not any(_has_cause(case, pod) for pod in pods)
    yield Detection(
        about=service.ref,
        message=f"{_who(case, addresses, replicas)} {_state(measured=bool(unsynced), forbidden=forbidden)}"
        f"{'; no cause is logged, so the API server refuses or hangs up' if is_silent else ''}.",
        severity=_severity(case, set(addresses)),
        confidence=Confidence.CERTAIN if unsynced or forbidden else Confidence.LIKELY,
        evidence=(
            *(Evidence(service.ref, "dns", "SERVFAIL, authoritative", f"from {each}") for each in sorted(unsynced)[:3]),
            *(
                Evidence(pod.ref, "log", one_line(_ADDED.sub("", logged[pod.name]), limit=300))
                for pod in pods
                if pod.name in logged
            ),
            *(Evidence(pod.ref, "status.conditions[Ready]", "False", "readiness probe gets 503") for pod in told[:3]),
        ),
        check=(
            kubectl("logs", "-l", str(service.selector), "--tail=50", "--prefix", namespace=service.namespace),
            at_pods(service.namespace, service.selector),
            at_endpoints_whole(service.ref),
            *(_API_SERVER if is_silent else ()),
            *(_may_do(each) for each in forbidden[:1]),
        ),
        fix=_fixes(forbidden),
        affected=None if case.dns.address in addresses else Affected(len(addresses), replicas),
        pods=frozenset(pod.name for pod in pods),
        key=tuple(sorted(each["what"] for each in forbidden)),
        since=min((pod.ready_since for pod in told if pod.ready_since), default=None),
    )


def _measured(case: Case) -> tuple[set[str], set[str]]:
    """The servers that were asked for cluster names, and those that gave nothing but SERVFAIL with authority."""
    asked: set[str] = set()
    fine: set[str] = set()
    for each in case.measured.queries(Purpose.REPLICA) or case.measured.queries(Purpose.SERVICE):
        if isinstance(each.probe, DnsQuery) and each.probe.name.endswith(f".{case.snapshot.zone}."):
            asked.add(each.probe.server)
            if each.outcome is not Outcome.SERVFAIL or each.detail.get("aa") is not True:
                fine.add(each.probe.server)
    return asked, asked - fine


def _severity(case: Case, bad: set[str]) -> Severity:
    """Only replicas that take traffic cost requests; those that are out of the Service are less capacity."""
    serving = {each.address for each in case.dns.usable}
    if serving <= bad or case.dns.address in bad:
        return Severity.FAIL
    return Severity.WARN if serving & bad else Severity.INFO


def _who(case: Case, addresses: list[str], replicas: int) -> str:
    """Count replicas, unless only the DNS Service as a whole was asked."""
    if case.dns.address in addresses:
        return f"The cluster's DNS at {case.dns.address}"
    return f"{len(addresses)} of {count(replicas, 'DNS replica')}"


def _state(*, measured: bool, forbidden: tuple[re.Match[str], ...]) -> str:
    how = "gave SERVFAIL for cluster names" if measured else "ran without getting ready"
    what = listing(sorted(each["what"] for each in forbidden))
    why = f"may not read {what}" if forbidden else "has not read the cluster's Services"
    lost = ", so the ClusterRoleBinding of its account, or its ClusterRole, is lost" if len(forbidden) > 1 else ""
    return f"{how}: CoreDNS {why}{lost}"


def _is_stuck(case: Case, pod: Pod) -> bool:
    """It runs, should be ready by now, and is not."""
    if pod.is_ready or pod.is_terminating or case.snapshot.is_lost(pod.spec.node_name):
        return False
    started = [each.state.running.started_at for each in pod.container_statuses if each.state.running]
    warm = all(moment is None or case.snapshot.is_older(moment, WARM_UP) for moment in started)
    return bool(started) and warm and ready_by(case, pod) is None


def _gets_503(case: Case, pod: Pod) -> bool:
    events = case.snapshot.events_about(pod.ref, "Unhealthy")
    return any(
        case.snapshot.is_recent(each.last_seen) and "503" in each.message and "Readiness" in each.message
        for each in events
    )


def _has_cause(case: Case, pod: Pod) -> bool:
    """Return whether its log says why it could not read."""
    tails = (each for each in case.snapshot.logs if (each.namespace, each.pod) == (pod.namespace, pod.name))
    return any(_CAUSE.search(line) or _FORBIDDEN.search(line) for tail in tails for line in tail.lines)


def _log_line(case: Case, pod: Pod) -> str:
    """The line of its log that says that it may not read from the API server, else why it could not, else that it did not."""
    tails = (each for each in case.snapshot.logs if (each.namespace, each.pod) == (pod.namespace, pod.name))
    lines = [line for tail in tails for line in tail.lines]
    forbidden, unsynced, cause = (
        next((each for each in lines if words.search(each)), "") for words in (_FORBIDDEN, _UNSYNCED, _CAUSE)
    )
    return forbidden or (unsynced and (cause or unsynced))


def _forbidden(case: Case) -> tuple[re.Match[str], ...]:
    """Return what the DNS pods say in their logs that they may not read, each resource once."""
    own = {(each.namespace, each.name) for each in case.dns.pods}
    lines = (line for tail in case.snapshot.logs if (tail.namespace, tail.pod) in own for line in tail.lines)
    return tuple({found["what"]: found for line in lines if (found := _FORBIDDEN.search(line))}.values())


def _may_do(forbidden: re.Match[str]) -> str:
    """Show what the account may do, by role and binding together."""
    return kubectl("auth", "can-i", "--list", f"--as=system:serviceaccount:{forbidden['user']}")


def _fixes(forbidden: tuple[re.Match[str], ...]) -> tuple[Fix, ...]:
    """Let CoreDNS read what it says it may not; only for the account and role whose names are known.

    An account that may read nothing has lost its binding or its role: a rule more in the role would not tell which.
    """
    if len(forbidden) != 1 or forbidden[0]["user"] != _ACCOUNT:
        return ()
    resource, _, group = forbidden[0]["what"].partition(".")
    rule = {"apiGroups": [group], "resources": [resource], "verbs": ["list", "watch"]}
    operation = {"op": "add", "path": "/rules/-", "value": rule}
    risk = f"lets {listing([_ACCOUNT])} list and watch {resource} in all namespaces, as CoreDNS needs it"
    return (Fix(about=Ref("ClusterRole", _ROLE), operations=(operation,), risk=risk),)
