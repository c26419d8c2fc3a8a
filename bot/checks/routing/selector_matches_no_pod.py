"""The Service's selector matches no pod

## Meaning
A Service finds its pods by labels. Every pair of `spec.selector` must be on a pod, letter by letter, in the Service's
own namespace. Here no pod carries all pairs, so the Service has no endpoint and nobody to hand a connection to.

## Impact
Every request fails: "connection refused" at once with most networks, a time-out with some. A headless Service does
not even resolve (NXDOMAIN).

## How it is detected
The Service has a selector, and no pod of its namespace has all pairs, nor does the pod template of any workload
there. Pods and templates that nearly match are ranked: a value mistyped by a letter or two, the right value under
another key (`app` and `app.kubernetes.io/name`), a version or release left behind. The nearest is named with the one
label that differs. Where a leader is selected (`role=master`) among pods that are labelled while they run, it is told that
none of them is labelled so.

## When it stays silent
Without a selector (that is RTE-014). When a workload's template does match, but it has no pods: scaled to zero, or
its pods are refused (APP-017, RTE-004). When matching pods exist but have all finished (RTE-004). If hand-made
EndpointSlices serve the Service all the same, it is told as context only. A DNS Service without any DNS pod is a warning, and
context in a table: where DNS runs outside of pods, its Service is kept for tools that look it up.

## Fix
Make selector and pod labels equal. Usually the selector is wrong and can be patched at once; the printed patch
changes only the pair that differs. It is printed only if it leads to the pods of one workload, and if no other
Service of that name already stands for them. If Helm or GitOps keeps the Service, change it there too.

## Known limits
Labels that Argo Rollouts or Flagger add flip during a promotion: ask again after ten seconds. Workloads of kinds that are
not read (Rollout, DeploymentConfig, CloneSet, Knative) are seen only through their pods and revisions (APP-017); where the
namespace has any, one at zero replicas may be meant, so this is likely and not certain.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_labels, get_field
from bot.checks.facts.emptiness import empty_since
from bot.checks.facts.job_words import job_words
from bot.checks.facts.ownership import managed_by
from bot.checks.facts.unread_owners import asleep, may_hide_workloads, unread_owner
from bot.checks.routing._selector_suggestions import Candidate, claimed_by, leaderless, nearest, only_reaches
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.annotations import Annotation
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.memo import memo
from bot.model.question.question import Symptom
from bot.model.result.changes import Writer, writer_of
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity, Written
from bot.model.text import count, listing


@check(
    "RTE-001",
    "selector-matches-no-pod",
    hop=Hop.ENDPOINTS,
    needs=("services", "pods"),
    uses=("workloads", "endpointslices", "events"),
    shows=Effect.NO_POD_SELECTED,
    fits=(Symptom.REFUSED,),
    silent_when_plain=True,
    only=(Occasion.NO_POD,),
)
def selector_matches_no_pod(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None or not has_no_pod(case):
        return
    is_foreign = bool(unread_owner(case, service)) and not service.annotation(Annotation.ARGO_ROLLOUT)
    misses = () if is_foreign else nearest(service, case.snapshot)
    leader = None if misses else leaderless(service, case.snapshot)
    writer = writer_of(service, "spec", "selector")
    yield Detection(
        about=service.ref,
        message=_leaderless(service, *leader) if leader else _message(case, service, misses),
        severity=_severity(case),
        confidence=_confidence(case, service, misses),
        evidence=(_selector(service), *(_members(service, *leader) if leader else _evidence(case, service, misses))),
        check=(get_field(service.ref, "selector"), at_labels(service.namespace)),
        fix=_fixes(case, service, misses),
        key=(str(service.selector),),
        since=_since(case, writer, misses) or (_unlabelled(*leader) if leader else None),
        written=Written(service.ref, ("spec", "selector"), begins=False),
    )


def _severity(case: Case) -> Severity:
    """Where DNS runs outside of pods (EKS Auto Mode), its Service is kept for tools that look it up, and has no pods."""
    if case.dns.service is case.service and not case.dns.pods:
        return Severity.INFO if case.in_table else Severity.WARN
    return Severity.FAIL if case.backends.has_no_endpoint or not case.ports else Severity.INFO


@memo
def has_no_pod(case: Case) -> bool:
    """The selector finds neither a pod, finished ones included, nor a workload that would make one."""
    service = case.service
    if service is None or service.is_external_name or not service.selector.pairs:
        return False
    if case.backends.selected:
        return False
    return not case.snapshot.workloads_behind(service) and asleep(case, service) is None


def _message(case: Case, service: Service, misses: tuple[Candidate, ...]) -> str:
    begin = f"Service {service.namespace}/{service.name} selects {service.selector}"
    if not misses and (owner := unread_owner(case, service)):
        return f"{begin}; no pod in {service.namespace} carries that, and what {owner} makes is not known."
    if not misses and (said := job_words(case)):
        return f"{begin}; no pod in {service.namespace} carries that{said}."
    if not misses:
        live = [pod for pod in case.snapshot.pods_in(service.namespace) if not pod.is_terminal]
        if not live:
            return f"{begin}; there is no pod in {service.namespace} at all."
        if not case.snapshot.knows_pods(service.namespace):
            return f"{begin}; no pod in {service.namespace} carries that."
        if len(live) == 1:
            return f"{begin}; the only pod in {service.namespace} ({live[0].name}) does not carry that."
        return f"{begin}; none of the {len(live)} pods in {service.namespace} carries that."
    if len(misses) > 1:
        return f"{begin}; equally near are {listing([f'{each.about} ({_carried(each)})' for each in misses])}."
    miss = misses[0]
    other = claimed_by(miss, service, case.snapshot)
    whose = f", but they belong to Service {other.name}" if other else ""
    return f"{begin}; {_who(miss)} {_carried(miss)}{whose}."


def _leaderless(service: Service, key: str, pods: tuple[Pod, ...]) -> str:
    has = listing(sorted({f"{key}={each.labels[key]}" if key in each.labels else f"no {key}" for each in pods}))
    who = f"none of the {len(pods)} pods that fit it else" if len(pods) > 1 else "the one pod that fits it else"
    verb = "is" if len(pods) > 1 else "is not"
    return (
        f"Service {service.namespace}/{service.name} selects {service.selector}; {who} {verb} labelled "
        f"{key}={service.selector.pairs[key]} ({has}): they elected nobody, or whoever labels them does not run."
    )


def _members(service: Service, key: str, pods: tuple[Pod, ...]) -> Iterator[Evidence]:
    for each in sorted(pods, key=lambda one: one.name)[:3]:
        wanted = service.selector.pairs[key]
        yield Evidence(each.ref, f"metadata.labels.{key}", each.labels.get(key), f"selected is {wanted}")


def _unlabelled(key: str, pods: tuple[Pod, ...]) -> datetime | None:
    """Return when the label of one of them was last written, after it was made."""
    written = [(each.metadata.creation_timestamp, writer_of(each, "metadata", "labels", key)) for each in pods]
    times = [writer.time for born, writer in written if born and writer and writer.time and writer.time > born]
    return max(times, default=None)


def _who(miss: Candidate) -> str:
    ready = sum(pod.is_ready for pod in miss.pods)
    if not miss.pods:
        return f"the template of {miss.about} carries"
    if ready == len(miss.pods):
        return f"{count(ready, 'ready pod')} {'carries' if ready == 1 else 'carry'}"
    verb = "carries" if len(miss.pods) == 1 else "carry"
    return f"{count(len(miss.pods), 'pod')} ({ready} ready) {verb}"


def _carried(miss: Candidate) -> str:
    return listing([str(each) for each in miss.differences])


def _confidence(case: Case, service: Service, misses: tuple[Candidate, ...]) -> Confidence:
    """Certain, unless workloads could not be seen or are of kinds that are not, or a rollout moves the selector just now."""
    unsure = (
        not case.snapshot.has("workloads", service.namespace)
        or any(_is_moved(service, each) for each in misses)
        or may_hide_workloads(case, service)
    )
    return Confidence.LIKELY if unsure else Confidence.CERTAIN


def _selector(service: Service) -> Evidence:
    return Evidence(service.ref, "spec.selector", service.selector.pairs, "no pod of the namespace has all of it")


def _evidence(case: Case, service: Service, misses: tuple[Candidate, ...]) -> Iterator[Evidence]:
    for miss in misses[:3]:
        place = "metadata.labels" if miss.pods else "spec.template.metadata.labels"
        pods = listing(sorted(pod.name for pod in miss.pods), most=3)
        for each in miss.differences:
            field = f"{place}.{each.has_key or each.key}"
            yield Evidence(miss.about, field, each.has or None, f"{pods or 'its template'}; selected is {each.wanted}")
    if not misses:
        for key in sorted(service.selector.pairs):
            seen = sorted({pod.labels[key] for pod in case.snapshot.pods_in(service.namespace) if key in pod.labels})
            note = f"values of this label in {service.namespace}: {listing(seen, most=6)}" if seen else "no pod has it"
            note = note if case.snapshot.knows_pods(service.namespace) else f"{note}, of those that were read"
            yield Evidence(service.ref, f"spec.selector.{key}", service.selector.pairs[key], note)


def _fixes(case: Case, service: Service, misses: tuple[Candidate, ...]) -> tuple[Fix, ...]:
    if len(misses) != 1:
        return ()
    miss = misses[0]
    if (
        _is_moved(service, miss)
        or claimed_by(miss, service, case.snapshot)
        or not only_reaches(miss, service, case.snapshot)
    ):
        return ()
    risk = f"sends the Service's traffic to {miss.about}{_and_others(case, service)}{managed_by(service)}"
    return (Fix(about=service.ref, merge={"spec": {"selector": miss.patch}}, risk=risk),)


def _is_moved(service: Service, miss: Candidate) -> bool:
    """A rollout controller writes the hash into the selector itself; elsewhere it was copied, and has to go."""
    return miss.is_rollout and bool(service.annotation(Annotation.ARGO_ROLLOUT))


def _and_others(case: Case, service: Service) -> str:
    """What may come along where not every pod was read."""
    if case.snapshot.knows_pods(service.namespace):
        return ""
    return f" and to any other pod with these labels: not all of {service.namespace} were read"


def _since(case: Case, writer: Writer | None, misses: tuple[Candidate, ...]) -> datetime | None:
    """Return when the selector was written, where its pods are older; else since when it has had no endpoint."""
    written = writer.time if writer else None
    if written and _is_newer(written, misses):
        return written
    emptied = empty_since(case)
    return max(emptied, written) if emptied and written else emptied


def _is_newer(moment: datetime | None, misses: tuple[Candidate, ...]) -> bool:
    """The selector was written after the pods it misses: then the fault began with that write."""
    made = [pod.metadata.creation_timestamp for miss in misses for pod in miss.pods]
    return bool(made) and all(each is not None and moment is not None and each < moment for each in made)
