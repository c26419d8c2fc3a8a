"""Why nothing was measured from a caller's pod, in words."""

from bot.cluster.errors import ApiError
from bot.cluster.resources import rule
from bot.errors import K8snetError
from bot.model.kube.pods import ContainerStatus
from bot.model.text import one_line

GRANT = rule("", "pods/ephemeralcontainers", ("patch",))
FORBIDDEN, NOT_FOUND, INVALID = 403, 404, 422
REPLACED = "the pod was replaced by another one of its name meanwhile"
# Reasons of a waiting container out of which no later moment leads, or none that a question waits for
# (pkg/kubelet/images/types.go and pkg/kubelet/kuberuntime of Kubernetes).
_PULL = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"}
_NOT_STARTED = {"CreateContainerError", "CreateContainerConfigError", "RunContainerError", "PreCreateHookError"}
_OOM = "OOMKilled"
_WORDS = 240


class NotMeasuredError(K8snetError):
    """Nothing was measured from the caller's pod. The hint is the RBAC rule that is missing, if that is what is."""


def not_permitted(namespace: str) -> NotMeasuredError:
    """Return that this account may not add one."""
    return NotMeasuredError(f"this account may not add ephemeral containers to pods in {namespace}", hint=GRANT)


def not_taken(error: ApiError) -> NotMeasuredError:
    """Return why the API server did not take it, in its own words: pod security, webhooks, static pods, a pod that is gone."""
    if error.status == NOT_FOUND:
        return NotMeasuredError("the pod is gone, or this API server knows no ephemeral containers")
    said = one_line(str(error), limit=_WORDS)
    if error.status == INVALID and "metadata.uid" in said:
        return NotMeasuredError(REPLACED)
    is_rbac = error.status == FORBIDDEN and "cannot patch resource" in said
    return NotMeasuredError(f"the API server did not take the container: {said}", hint=GRANT if is_rbac else "")


def not_reached(error: K8snetError) -> NotMeasuredError:
    """Return that the API server gave no answer."""
    return NotMeasuredError(f"the API server gave no answer: {one_line(str(error), limit=_WORDS)}")


def expect_starting(status: ContainerStatus | None) -> None:
    """Raise NotMeasuredError where the kubelet says that the container does not come up."""
    waiting = status.state.waiting if status else None
    if waiting is None or waiting.reason not in _PULL | _NOT_STARTED:
        return
    what = "its image cannot be pulled" if waiting.reason in _PULL else "it cannot be started"
    raise NotMeasuredError(f"{what} ({waiting.reason}: {one_line(waiting.message or 'no message', limit=_WORDS)})")


def too_late(status: ContainerStatus | None, seconds: float) -> NotMeasuredError:
    """Return that the container did not end within `seconds`, and how far it came."""
    if status and status.state.running:
        return NotMeasuredError(f"the container runs, and had not ended after {seconds:.0f} s")
    waiting = status.state.waiting if status else None
    why = f" ({waiting.reason})" if waiting and waiting.reason else ", the kubelet says nothing of it"
    return NotMeasuredError(f"the container was not started within {seconds:.0f} s{why}")


def ended_badly(status: ContainerStatus, why: str) -> NotMeasuredError:
    """Return why a container that ended left no result. `why` is what its log lacks."""
    ended = status.state.terminated
    if ended and ended.reason == _OOM:
        return NotMeasuredError(
            "the pod's memory limit left no room for the probe, which was ended before anything else"
        )
    if ended and ended.reason not in (None, "Completed", "Error"):
        said = one_line(ended.message or "", limit=_WORDS)
        return NotMeasuredError(f"the container did not run ({ended.reason}{f': {said}' if said else ''})")
    return NotMeasuredError(f"{why} (exit code {ended.exit_code if ended else 'not known'})")
