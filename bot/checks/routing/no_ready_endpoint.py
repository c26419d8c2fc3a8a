"""The Service selects pods, but none of them is ready

## Meaning
The selector is right: it finds pods, or a workload that should have pods. But a Service hands connections only to
pods whose Ready condition is True, and there is none. This is where a broken application shows in routing; the cause
is in the pods.

## Impact
Every request fails: refused at once with most networks, a time-out with some, NXDOMAIN for a headless Service, 503
behind an ingress.

## How it is detected
For each port asked about, the EndpointSlices hold no endpoint that takes traffic: none is ready, and none is serving
while it terminates. The pods behind the selector are listed with their reason, as the kubelet gives it. Where another
check knows that reason better (crash loop, image, node), this finding is folded under it. Pods that have finished
(Succeeded, Failed) never count.

## When it stays silent
If one pod is ready: fewer pods are less capacity, not an outage (where slices lack it: RTE-018). If all endpoints are
terminating but still serving, since kube-proxy then uses those. If the Service publishes unready addresses. If the port's
name is missing in ready pods (RTE-011).

## Fix
Mend the pods: their events and logs say why. A pod that is still starting only needs time; the message then says
until when.

## Known limits
The time by which a starting pod should be ready is computed from its probes; an application that needs longer than
its probes allow is restarted before it is ready. Without permission to read workloads a missing pod cannot be told
from a wrong selector.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints, at_pods, describe
from bot.checks.facts.emptiness import empty_since
from bot.checks.facts.job_words import job_words
from bot.checks.facts.not_begun import not_begun, not_begun_words
from bot.checks.facts.pod_groups import Group, grouped
from bot.checks.facts.pod_state import missing_gates, ready_by
from bot.checks.facts.pod_words import kept_words, said_of, why_by_reason, why_each
from bot.checks.facts.refusals import refused
from bot.checks.facts.unread_owners import asleep
from bot.checks.facts.waiting import missed_by_unready
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.kube.workloads import POD_NAME_LABEL, DaemonSet, StatefulSet, Workload
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Detection, Evidence, Layer
from bot.model.text import count, listing, one_line


@check(
    "RTE-004",
    "no-ready-endpoint",
    hop=Hop.ENDPOINTS,
    layer=Layer.APPLICATION,
    needs=("services", "endpointslices", "pods"),
    uses=("workloads", "nodes", "events", "logs", "dependencies"),
    shows=Effect.NO_USABLE_ENDPOINT,
    fits=(Symptom.REFUSED,),
    silent_when_plain=True,
    only=(Occasion.NOT_PLAIN,),
)
def no_ready_endpoint(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None or service.is_external_name or not service.selector.pairs:
        return
    dead = tuple(port for port in case.ports if not case.backends.usable_anywhere(port))
    if not dead:
        return
    if not case.backends.pods:
        yield from _without_pods(case, service)
        return
    if not any(pod.is_ready and not pod.is_terminating for pod in case.backends.pods):
        yield _unready(case, service, dead)


def _unready(case: Case, service: Service, dead: tuple[ServicePort, ...]) -> Detection:
    pods = case.backends.pods
    moments = [ready_by(case, pod) for pod in pods if not pod.is_terminating]
    expected = max((each for each in moments if each), default=None) if moments and all(moments) else None
    gated = all(missing_gates(pod) and _containers_ready(pod) for pod in pods)
    return Detection(
        about=service.ref,
        message=f"Service {service.namespace}/{service.name} selects {count(len(pods), 'pod')}, none of them ready"
        f"{_ports(service, dead)}: {why_each(case, pods)}{_said(case, pods)}.",
        evidence=tuple(_why(case, group) for group in grouped(pods)[:5]),
        check=(
            at_endpoints(service.ref),
            at_pods(service.namespace, service.selector),
            describe(min(pods, key=lambda pod: pod.name).ref),
        ),
        affected=Affected(len(pods), len(pods)),
        pods=frozenset(pod.name for pod in pods),
        key=_ports_key(service, dead),
        since=max((pod.ready_since for pod in pods if pod.ready_since), default=None),
        waits_for=() if expected or gated else missed_by_unready(case),
        common=" ".join(sorted(str(pod.ref) for pod in pods)),
        layer=Layer.ROUTING if gated else None,
    )


def _why(case: Case, group: Group) -> Evidence:
    return Evidence(group.about, "status.conditions[Ready]", "False", why_by_reason(case, group.pods))


def _said(case: Case, pods: tuple[Pod, ...]) -> str:
    """Return the words about the first pod of which there are some: those of a workload fail alike."""
    said = next(filter(None, (said_of(case, each) or _stuck(case, each) for each in pods)), "")
    return f"; {said}" if said else ""


def _stuck(case: Case, pod: Pod) -> str:
    """Return that no container of a pod has begun, where no trouble of its own is known; empty where one has."""
    found = not_begun(case, pod)
    return f"of {pod.name} {not_begun_words(case, pod, found).replace(' of it', '', 1)}" if found else ""


def _containers_ready(pod: Pod) -> bool:
    inside = pod.condition("ContainersReady")
    return inside is not None and inside.status == "True"


def _ports(service: Service, dead: tuple[ServicePort, ...]) -> str:
    """Name the ports only where others of the Service are served."""
    return "" if len(dead) == len(service.ports) else f" for port {listing([str(port) for port in dead])}"


def _ports_key(service: Service, dead: tuple[ServicePort, ...]) -> tuple[str, ...]:
    return () if len(dead) == len(service.ports) else tuple(str(port) for port in dead)


def _without_pods(case: Case, service: Service) -> Iterator[Detection]:
    """Only finished pods match, or a workload that has none; else the selector is to blame (RTE-001)."""
    finished = case.backends.selected
    owners = case.snapshot.workloads_behind(service)
    begin = f"Service {service.namespace}/{service.name} has no endpoint"
    if owners:
        words = f"{begin}: {listing([_missing(case, service, each) for each in owners])}."
        evidence = tuple(
            Evidence(each.ref, "spec.replicas", each.spec.replicas, _refusal(case, each)) for each in owners
        )
        check = tuple(describe(each.ref) for each in owners[:2])
    elif finished:
        only = f"{count(len(finished), 'finished pod')} only ({why_each(case, finished)})"
        words = f"{begin}: it selects {only}{job_words(case)}."
        evidence = tuple(_why(case, group) for group in grouped(finished)[:5])
        check = ()
    elif known := asleep(case, service):
        words, check = f"{begin}: {known.owner} runs no pods.", (describe(known.owner),)
        evidence = tuple(Evidence(each, "spec.replicas", 0) for each in known.revisions)
    else:
        return
    yield Detection(
        about=service.ref,
        message=words,
        evidence=evidence,
        check=(*check, at_pods(service.namespace, service.selector)),
        key=("no pods",),
        since=empty_since(case),
    )


def _missing(case: Case, service: Service, workload: Workload) -> str:
    refusal = _refusal(case, workload)
    if isinstance(workload, StatefulSet) and (one := service.selector.pairs.get(POD_NAME_LABEL)):
        if workload.number_of(one) not in workload.ordinals:
            return f"{workload.ref} has {count(workload.wanted_replicas, 'replica')}, and {one} is none of them"
        return f"{workload.ref} has no pod {one} now{f' ({refusal})' if refusal else ''}"
    if (
        isinstance(workload, DaemonSet)
        and workload.status.observed_generation
        and not workload.status.desired_number_scheduled
    ):
        return f"{workload.ref} wants no pod: no node fits its nodeSelector, affinity or tolerations (desiredNumberScheduled 0)"
    wanted = "pods on its nodes" if isinstance(workload, DaemonSet) else count(workload.wanted_replicas, "pod")
    # One that was paused before its first rollout makes no ReplicaSet, and says nothing but that (DeploymentPaused).
    why = refusal or ("it is paused" if workload.spec.paused and not case.snapshot.revisions_of(workload.ref) else "")
    why = why or _kept(case, workload)
    return f"{workload.ref} wants {wanted} and has none{f' ({why})' if why else ''}"


def _kept(case: Case, workload: Workload) -> str:
    """Return which ended pod holds the place of a StatefulSet's next one: its name is given only once."""
    own = (each for each in case.backends.selected if each.workload == workload.ref and each.is_terminating)
    held = next(((each.name, words) for each in own if (words := kept_words(each))), None)
    return f"{held[0]}{held[1].removeprefix(',')}" if held and isinstance(workload, StatefulSet) else ""


def _refusal(case: Case, workload: Workload) -> str:
    """What the API server said last of pods that could not be created, e.g. an exceeded quota."""
    said = refused(case, workload) if workload.wanted_replicas else None
    return one_line(said.said, limit=200) if said else ""
