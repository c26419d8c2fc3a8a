"""A container cannot be created or started

## Meaning
The image is there, but the container cannot be made or its process cannot begin: a ConfigMap, Secret or key that it
refers to does not exist, the command is not in the image or may not be executed, or a mount fails.

## Impact
The affected pods never run, so they take no traffic. If they are all of the Service's pods, every request fails.

## How it is detected
A container of a selected pod waits with CreateContainerConfigError, CreateContainerError, RunContainerError or a failed
start hook; or its last end was StartError or ContainerCannotRun. What is missing is read from the kubelet's message.

## When it stays silent
For references that are marked optional, since the kubelet then does not wait. If other pods serve, this is told as
context only.

## Fix
Create the ConfigMap, Secret or key that is named, or correct the reference or the command in the workload. If the
failing pods came with a recent rollout, going back is printed. Contents of an object that is missing cannot be guessed.

## Known limits
k8snet never reads Secrets: what it says about them are the kubelet's words.
"""

from collections.abc import Iterator

from bot.checks.application._start_errors import Missing, missing_in, why_not_started
from bot.checks.engine.check import check
from bot.checks.facts import pod_groups
from bot.checks.facts.commands import describe
from bot.checks.facts.pod_groups import TroubledGroup
from bot.checks.facts.pod_state import Trouble
from bot.checks.facts.rollouts import way_back
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kubectl import kubectl
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence
from bot.model.text import one_line


@check(
    "APP-004",
    "container-not-created",
    hop=Hop.BACKEND,
    needs=("services", "pods"),
    uses=("workloads", "endpointslices"),
    causes=(Effect.PROCESS_NOT_RUNNING,),
    silent_when_plain=True,
    only=(Occasion.UNSTEADY,),
)
def container_not_created(case: Case) -> Iterator[Detection]:
    for group in pod_groups.groups(case, Trouble.CREATE):
        said = _said(group)
        missing = missing_in(said)
        why = missing.words if missing else why_not_started(said)
        yield Detection(
            about=group.about,
            message=f"Container {group.container} of {group.whose} cannot be "
            f"{'started' if group.first.reason.startswith(('Run', 'Start', 'Crash')) else 'created'}: "
            f"{why or one_line(said, limit=300) or group.first.reason}.",
            severity=pod_groups.severity(case, group),
            evidence=tuple(_evidence(group)),
            check=(describe(group.first.pod.ref), *_listed(group, missing)),
            fix=way_back(case, group.about, group.pods),
            affected=pod_groups.affected(case, group),
            pods=group.names,
            key=(group.container, f"{missing.kind}/{missing.name}/{missing.key}" if missing else ""),
            since=group.since,
            common=f"{missing.kind} {group.about.namespace}/{missing.name}/{missing.key}" if missing else "",
        )


def _said(group: TroubledGroup) -> str:
    """The message that tells most; a waiting container may have lost it to the back-off, its last end keeps it."""
    texts = [each.said for each in group.members]
    texts += [one_line(each.ended.message or "", limit=1000) for each in group.members if each.ended]
    known = (text for text in texts if missing_in(text) or why_not_started(text))
    speaking = (text for text in texts if text and not text.startswith("back-off"))
    return next(known, None) or next(speaking, texts[0])


def _evidence(group: TroubledGroup) -> Iterator[Evidence]:
    for each in group.members[:3]:
        field = f"status.containerStatuses[{group.container}].state"
        yield Evidence(each.pod.ref, field, each.reason, one_line(_said(group), limit=300))


def _listed(group: TroubledGroup, missing: Missing | None) -> tuple[str, ...]:
    """Show which objects there are; a list ends with 0 even where the one that is looked for is missing."""
    if missing is None:
        return ()
    return (kubectl("get", {"ConfigMap": "cm", "Secret": "secrets"}[missing.kind], namespace=group.about.namespace),)
