"""The cluster's DNS has no ready replica

## Meaning
Every name in the cluster is resolved by the pods behind the DNS Service (usually `kube-dns` in `kube-system`). None
of them takes traffic. This is an outage of the whole cluster, not of the Service you asked about.

## Impact
Every lookup fails, in-cluster and external names alike: "Temporary failure in name resolution" at once where the
network refuses, after 5 to 10 seconds where it drops. Much else breaks as a consequence, and restarts make it look
worse.

## How it is detected
The DNS Service has a selector, and its EndpointSlices hold no endpoint that takes traffic. The pods and their
workload say why: scaled to zero, crash loop, image, scheduling, lost nodes, or running without being ready. What the
scheduler, the kubelet or CoreDNS itself said last of it is quoted.

## When it stays silent
If one replica is ready, or still serves while it terminates. Where no DNS Service is found, it has no selector, or
neither a pod nor a workload is meant for it: then DNS is managed outside of the cluster (GKE Cloud DNS, EKS Auto Mode)
and unknown, not down. If lookups are answered all the same, by a node-local cache or another server, this is context
only.

## Fix
If it was scaled to zero, scale it up again with the printed command. Otherwise mend what stops its pods, as for any
workload.

## Known limits
A node-local cache keeps answering for some seconds, so some names may still work for a moment. An autoscaler that
scaled DNS to zero does it again.
"""

from collections.abc import Iterator, Sequence

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints, at_pods
from bot.checks.facts.pod_groups import grouped
from bot.checks.facts.pod_words import last_words, why_by_reason, why_each
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.workloads import DaemonSet, Workload
from bot.model.kubectl import kubectl
from bot.model.probe import Outcome, Purpose
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence, Fix, Severity, Written
from bot.model.text import count, listing

# kubeadm's own number: one replica is lost with its node.
REPLICAS = 2


@check(
    "DNS-001",
    "no-ready-dns-replica",
    hop=Hop.DNS_SERVER,
    needs=("dns",),
    uses=("workloads", "nodes"),
    shows=Effect.DNS_SERVERS_DOWN,
    of_cluster=True,
    only=(Occasion.DNS_ODD,),
)
def no_ready_dns_replica(case: Case) -> Iterator[Detection]:
    dns = case.dns
    if dns.service is None or dns.port is None or not dns.service.selector.pairs or dns.usable:
        return
    if not case.snapshot.has("endpointslices", dns.service.namespace):
        return  # its replicas were not looked at: the hop is unknown
    owners = case.snapshot.workloads_behind(dns.service)
    if not dns.pods and not owners and not case.measured.queries(Purpose.SERVICE):
        return  # nothing here was ever meant to run: DNS is managed elsewhere (EKS Auto Mode), and was not asked
    asleep = [each for each in owners if not isinstance(each, DaemonSet) and each.wanted_replicas == 0]
    answered = _answered(case)
    note = "; lookups are answered all the same, so something else serves them" if answered else ""
    yield Detection(
        about=asleep[0].ref if asleep else dns.service.ref,
        message=f"The cluster's DNS ({dns.service.namespace}/{dns.service.name}, {dns.address}) has no ready replica: "
        f"{_reason(case, owners, asleep)}{note}.",
        severity=Severity.INFO if answered else Severity.FAIL,
        evidence=(
            Evidence(dns.service.ref, "EndpointSlices", f"0 of {count(len(dns.endpoints), 'endpoint')} usable"),
            *(Evidence(each.ref, "spec.replicas", each.wanted_replicas) for each in asleep),
            *_pods(case, dns.pods),
        ),
        check=(
            at_endpoints(dns.service.ref),
            at_pods(dns.service.namespace, dns.service.selector),
            kubectl("get", "deploy,ds", "-o", "wide", namespace=dns.service.namespace),
        ),
        fix=_fixes(asleep),
        pods=frozenset(pod.name for pod in dns.pods),
        key=("scaled to zero",) if asleep else (),
        written=Written(asleep[0].ref, ("spec", "replicas")) if asleep else None,
    )


def _reason(case: Case, owners: Sequence[Workload], asleep: list[Workload]) -> str:
    pods = case.dns.pods
    if pods and all(pod.is_ready and not pod.is_terminating for pod in pods):
        return f"{count(len(pods), 'ready pod')}, and none is in its EndpointSlices"
    if pods:
        said = last_words(case, pods)
        return f"{count(len(pods), 'pod')}, {why_each(case, pods)}{f'; {said}' if said else ''}"
    if asleep:
        return f"{listing([str(each.ref) for each in asleep])} is scaled to 0"
    if owners:
        return f"{listing([str(each.ref) for each in owners])} has no pods"
    service = case.dns.service
    return f"no pod in {service.namespace} carries {service.selector}" if service else "no pod"


def _pods(case: Case, pods: tuple[Pod, ...]) -> Iterator[Evidence]:
    for group in grouped(pods)[:3]:
        yield Evidence(group.about, "status.conditions[Ready]", "False", why_by_reason(case, group.pods))


def _answered(case: Case) -> bool:
    return any(
        each.outcome in (Outcome.ANSWERED, Outcome.NXDOMAIN, Outcome.NO_DATA)
        for each in case.measured.queries(Purpose.SERVICE)
    )


def _fixes(asleep: list[Workload]) -> tuple[Fix, ...]:
    risk = "if an autoscaler set it to 0 (HPA, KEDA, cluster-proportional), it does so again: mend that, too"
    return tuple(Fix(about=each.ref, replicas=REPLICAS, risk=risk) for each in asleep[:1])
