"""A container's image cannot be pulled

## Meaning
Before a container can start, its node fetches the image from a registry. This fails, so the container never starts and
the pod never gets ready. Kubernetes tries again with growing pauses (ImagePullBackOff).

## Impact
The affected pods take no traffic. If they are all of the Service's pods, every request fails. In a rollout the old pods
usually go on serving, and only the new version is missing.

## How it is detected
A container of a selected pod waits with ErrImagePull, ImagePullBackOff, InvalidImageName, ErrImageNeverPull or a similar
word of the kubelet. Its message, or that of the recent Kubernetes Event "Failed", says why: the image or tag does not
exist, the registry wants other credentials, limits the rate, cannot be resolved or reached, or its certificate is not
trusted.

## When it stays silent
If the pods that cannot pull are not selected by the Service. If other pods serve, this is told as context only, never
as the cause of an outage.

## Fix
Correct the image's name or tag, or the pull secret. If the failing pods came with a recent rollout, going back is
printed: the former image was pulled before.

## Known limits
Docker Hub gives the same words for a private and for a missing repository. Whether a pull secret is right is not looked
at: k8snet never reads Secrets.
"""

from collections.abc import Iterator

from bot.checks.application._pull_errors import common_ground, why_not_pulled
from bot.checks.engine.check import check
from bot.checks.facts import pod_groups
from bot.checks.facts.commands import describe, get_fields
from bot.checks.facts.pod_groups import TroubledGroup
from bot.checks.facts.pod_state import Trouble, Troubled
from bot.checks.facts.rollouts import way_back
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.pattern import pattern
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence
from bot.model.text import listing, one_line

_TEXT = 300
# https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/kubelet/kubelet_pods.go (getPullSecretsForPod)
_NOT_FOUND = "FailedToRetrieveImagePullSecret"
_NAMES = pattern(r"pull secrets \(([^()]{1,500})\)")
_BARE = pattern(r'(?:Back-off pulling image "[^"]*"|Err\w+)?')


@check(
    "APP-003",
    "image-not-pulled",
    hop=Hop.BACKEND,
    needs=("services", "pods"),
    uses=("workloads", "events", "endpointslices"),
    causes=(Effect.PROCESS_NOT_RUNNING,),
    silent_when_plain=True,
    only=(Occasion.UNSTEADY,),
)
def image_not_pulled(case: Case) -> Iterator[Detection]:
    for group in pod_groups.groups(case, Trouble.IMAGE):
        first = max(group.members, key=lambda each: len(_said(case, each)))
        image, said = _image(first), _said(case, first)
        why = why_not_pulled(first.reason, said)
        yield Detection(
            about=group.about,
            message=f"Image {image} of container {group.container} of {group.whose} cannot be pulled"
            f"{f': {why}' if why else _unknown(first, said)}{_without_secret(case, group)}.",
            severity=pod_groups.severity(case, group),
            evidence=tuple(_evidence(case, group)),
            check=(describe(first.pod.ref), _images(first)),
            fix=way_back(case, group.about, group.pods),
            affected=pod_groups.affected(case, group),
            pods=group.names,
            key=(group.container, image),
            since=group.since,
            common=common_ground(image, why, {each.pod.spec.node_name for each in group.members}),
        )


def _unknown(first: Troubled, said: str) -> str:
    """Return the kubelet's words where no phrase of them is known."""
    words = "" if _BARE.fullmatch(said) else one_line(said, limit=_TEXT).rstrip(". ")
    return f' ({first.reason}): the kubelet says "{words}"' if words else f" ({first.reason})"


def _without_secret(case: Case, group: TroubledGroup) -> str:
    """Return which pull secrets the kubelet did not find: it tries without, and the registry answers as to anybody."""
    told = (event for each in group.members for event in case.snapshot.events_about(each.pod.ref, _NOT_FOUND))
    found = next((_NAMES.search(each.message) for each in told if case.snapshot.is_recent(each.last_seen)), None)
    names = found[1].split(", ") if found else []
    many = "secrets" if len(names) > 1 else "secret"
    return f"; the kubelet finds no pull {many} {listing(names)}" if names else ""


def _image(each: Troubled) -> str:
    named = each.container.image if each.container else ""
    return one_line(named or (each.status.image if each.status else ""), limit=200) or "(unnamed)"


def _said(case: Case, each: Troubled) -> str:
    """The reason in the registry's words. A bare back-off message leaves them out, and the Event before it has them.

    What waits now says the present cause: an Event of an earlier one stays beside it for an hour.
    """
    if each.said and not _BARE.fullmatch(each.said):
        return each.said
    events = (
        event.message
        for event in case.snapshot.events_about(each.pod.ref, "Failed")
        if case.snapshot.is_recent(event.last_seen) and "pull" in event.message
    )
    texts = (each.said, *(one_line(text, limit=1000) for text in events))
    return next((text for text in texts if why_not_pulled(each.reason, text)), each.said)


def _evidence(case: Case, group: TroubledGroup) -> Iterator[Evidence]:
    for each in group.members[:3]:
        field = f"status.containerStatuses[{group.container}].state.waiting"
        yield Evidence(each.pod.ref, field, each.reason, one_line(_said(case, each), limit=300))


def _images(each: Troubled) -> str:
    images = {kind: f".spec.{kind}[*].image" for kind in ("initContainers", "containers")}
    return get_fields(each.pod.ref, {**images, "imagePullSecrets": ".spec.imagePullSecrets"})
