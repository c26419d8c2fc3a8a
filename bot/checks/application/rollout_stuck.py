"""The API server refuses the workload's pods

## Meaning
A controller asks the API server to create pods, and is told no: a ResourceQuota is used up, a LimitRange or Pod Security
admission forbids them, the ServiceAccount does not exist, or an admission webhook says no or does not answer. The pods do not
exist then, so there is nothing to describe and no log.

## Impact
The workload has fewer pods than it wants, or none. With none every request fails; where some run, requests are answered with
less room than was meant: a warning where the workload has fewer ready pods than it is to have at least (a Deployment says so by
its condition Available), else context. So it is where all pods are there, but none of a Deployment's newest revision: the
rollout does not go on.

## How it is detected
By the newest FailedCreate Event of the last hour about the workload or its ReplicaSets, else by the condition ReplicaFailure.
Where the workload itself was not read, an Event about one of the Service's name, or of a label's, will do (likely).
The condition keeps the first refusal and is not renewed, so that the Event is believed where there is one. The API server's
sentence is quoted.

## When it stays silent
Where the workload has all the pods that it wants, and some of its newest revision: an older refusal is over. A StatefulSet
that waits for its first pod has another cause.

## Fix
It stands in the sentence: raise the quota or lower what the pods ask for, create the ServiceAccount, mend the webhook's own
Service. A controller tries again with pauses of up to many minutes; deleting its newest ReplicaSet's refusal is not needed,
`kubectl rollout restart` makes it try at once.

## Known limits
Events are kept for an hour, and of StatefulSets, DaemonSets and Jobs nothing else tells.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe
from bot.checks.facts.refusals import (
    Refused,
    lacks_pods,
    newest_refused,
    pods_of,
    refused,
    refused_unread,
    refusing_namespaces,
)
from bot.checks.facts.rollouts import way_back
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.dependencies.dependencies import refused_for
from bot.model.kube.pods import Pod
from bot.model.kube.replicas import is_short, wanted_pods
from bot.model.kube.workloads import DaemonSet, Workload
from bot.model.kubectl import kubectl
from bot.model.pattern import pattern
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Severity
from bot.model.text import count

_QUOTA = pattern(r"exceeded quota: ([^,\s]{1,253})")
_WEBHOOK = pattern(r'failed calling webhook "([^"]{1,253})"')


def _may_be_refused(case: Case) -> bool:
    """Return whether pods of some workload of the Service's namespace are refused: cheap, since a digest asks it of all."""
    return case.service is not None and case.service.namespace in refusing_namespaces(case.snapshot)


@check(
    "APP-021",
    "rollout-stuck",
    hop=Hop.BACKEND,
    needs=("services", "pods", "workloads"),
    uses=("events", "endpointslices", "dependencies"),
    causes=(Effect.NO_POD_SELECTED, Effect.NO_USABLE_ENDPOINT),
    when=_may_be_refused,
)
def rollout_stuck(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    behind = case.snapshot.workloads_behind(service)
    if not behind and not case.backends.selected and (said := refused_unread(case, service)) is not None:
        yield _of_unread(case, said)
    for each in behind:
        own = pods_of(case, each)
        if lacks_pods(each, own) and (said := refused(case, each)) is not None:
            yield _found(case, each, own, said)
        elif newest := newest_refused(case, each, own):
            yield _held_back(case, each, own, newest)


def _held_back(case: Case, workload: Workload, own: tuple[Pod, ...], said: Refused) -> Detection:
    """All pods that it wants are there, but of an older revision: nothing is lost, and the rollout does not go on."""
    has_set = said.about != workload.ref
    newest = f"its newest revision ({said.about.name})" if has_set else "its newest revision"
    return Detection(
        about=workload.ref,
        message=f"{workload.ref} gets no pod of {newest}; those of an older one serve; the API server refuses to create "
        f"{'them' if has_set else 'its ReplicaSet'}: {said.said}.",
        severity=Severity.INFO,
        evidence=(
            _words_of(said),
            Evidence(workload.ref, "spec.replicas", workload.spec.replicas, f"{len(own)} exist, none of {newest}"),
        ),
        check=(describe(said.about), *_listed(workload.namespace, said)),
        key=("refused", "newest"),
        since=said.since,
        waits_for=refused_for(case.snapshot, said.said, said.about, said.field),
        common=_common(workload.namespace, said),
    )


def _found(case: Case, workload: Workload, own: tuple[Pod, ...], said: Refused) -> Detection:
    served = any(each.is_ready and not each.is_terminating for each in case.backends.pods)
    wanted = "pods on its nodes" if _counts_nodes(workload) else count(wanted_pods(workload), "pod")
    has = f"has {len(own)}" if own else "has none"
    return Detection(
        about=workload.ref,
        message=f"{workload.ref} wants {wanted} and {has}; the API server refuses to create them: {said.said}.",
        severity=_severity(workload, own, served=served),
        evidence=(
            _words_of(said),
            Evidence(workload.ref, "spec.replicas", workload.spec.replicas, f"{len(own)} exist"),
        ),
        check=(describe(said.about), *_listed(workload.namespace, said)),
        fix=way_back(case, workload.ref, own) if own else (),
        key=("refused",),
        since=said.since,
        waits_for=refused_for(case.snapshot, said.said, said.about, said.field),
        common=_common(workload.namespace, said),
    )


def _words_of(said: Refused) -> Evidence:
    return Evidence(said.about, said.field, said.said, f"at {said.at:%H:%M} UTC" if said.at else "")


def _common(namespace: str, said: Refused) -> str:
    """Return what refuses others, too: a quota that is used up, a webhook that does not answer; empty for its own fault."""
    if quota := _QUOTA.search(said.said):
        return f"quota {namespace}/{quota[1]}"
    webhook = _WEBHOOK.search(said.said)
    return f"webhook {webhook[1]}" if webhook else ""


def _of_unread(case: Case, said: Refused) -> Detection:
    return Detection(
        about=said.about,
        message=f"{said.about}, which was not read, gets no pods; the API server refuses to create them: {said.said}.",
        confidence=Confidence.LIKELY,
        evidence=(_words_of(said),),
        check=(describe(said.about), *_listed(said.about.namespace, said)),
        key=("refused",),
        since=said.since,
        waits_for=refused_for(case.snapshot, said.said, said.about, said.field),
    )


def _counts_nodes(workload: Workload) -> bool:
    """Return whether nobody says how many pods it wants."""
    return isinstance(workload, DaemonSet) and not workload.status.desired_number_scheduled


def _severity(workload: Workload, own: tuple[Pod, ...], *, served: bool) -> Severity:
    if not served:
        return Severity.FAIL
    return Severity.WARN if is_short(workload, own) else Severity.INFO


def _listed(namespace: str, said: Refused) -> tuple[str, ...]:
    """Show what decides: quotas, limits or service accounts of the namespace, or the cluster's webhooks."""
    kinds = {"quota": "resourcequota", "per Container": "limitrange", "service account": "serviceaccount"}
    for words, kind in kinds.items():
        if words in said.said:
            return (kubectl("get", kind, namespace=namespace),)
    if "webhook" in said.said:
        return (kubectl("get", "validatingwebhookconfigurations,mutatingwebhookconfigurations"),)
    return ()
