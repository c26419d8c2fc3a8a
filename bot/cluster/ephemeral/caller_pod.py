"""The caller's pod, as far as it decides whether a container can be put beside its own, and what became of that one."""

from msgspec import field

from bot.cluster.ephemeral.refusals import REPLACED, NotMeasuredError
from bot.model.kube.objects import ApiObject, Meta
from bot.model.kube.pods import ContainerStatus

OURS = "k8snet-"  # how the names of our containers begin
# They stay in the pod's spec until it ends, so that questions about one pod must not add up.
MOST_OF_OURS = 5
WINDOWS = "windows"
OS_LABEL = "kubernetes.io/os"
# A static pod is shown by the API server and run from a file: https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/
_MIRROR = "kubernetes.io/config.mirror"
# These accept every connection that leaves the pod, and then connect themselves: that one came about proves nothing.
_INTERCEPTING = ("istio-proxy", "linkerd-proxy", "consul-dataplane", "kuma-sidecar")
_AMBIENT = "ambient.istio.io/redirection"  # set by Istio's node agent where the pod's traffic passes its ztunnel


class _Named(ApiObject, frozen=True):
    name: str = ""


class _System(ApiObject, frozen=True):
    name: str = ""


class _Security(ApiObject, frozen=True):
    run_as_user: int | None = None


class _Spec(ApiObject, frozen=True):
    node_name: str = ""
    os: _System | None = None
    containers: tuple[_Named, ...] | None = None
    init_containers: tuple[_Named, ...] | None = None
    ephemeral_containers: tuple[_Named, ...] | None = None
    security_context: _Security | None = None


class _Status(ApiObject, frozen=True):
    phase: str = ""
    ephemeral_container_statuses: tuple[ContainerStatus, ...] | None = None


class CallerPod(ApiObject, frozen=True):
    metadata: Meta = field(default_factory=Meta)
    spec: _Spec = field(default_factory=_Spec)
    status: _Status = field(default_factory=_Status)

    @property
    def ours(self) -> tuple[str, ...]:
        """Return the names of our containers that were ever put into it."""
        return tuple(each.name for each in self.spec.ephemeral_containers or () if each.name.startswith(OURS))

    @property
    def is_root(self) -> bool:
        """Return whether its containers run as root where they say nothing else."""
        return self.spec.security_context is not None and self.spec.security_context.run_as_user == 0

    def container(self, name: str) -> ContainerStatus | None:
        """Return what the kubelet says of an ephemeral container; None until it says something."""
        found = (each for each in self.status.ephemeral_container_statuses or () if each.name == name)
        return next(found, None)

    def expect_alive(self, uid: str = "") -> None:
        """Raise NotMeasuredError where nothing can run in it any more, or not yet, or it is another than `uid`."""
        if uid and self.metadata.uid != uid:
            raise NotMeasuredError(REPLACED)
        if self.metadata.deletion_timestamp is not None:
            raise NotMeasuredError("the pod is being deleted")
        if self.status.phase != "Running":
            raise NotMeasuredError(f"the pod is not running (its phase is {self.status.phase or 'not known'})")

    def expect_room(self, node_os: str) -> None:
        """Raise NotMeasuredError where no container of ours can be put into it, or would see nothing that counts."""
        if _MIRROR in (self.metadata.annotations or {}):
            raise NotMeasuredError("it is a static pod, and these cannot have ephemeral containers")
        if WINDOWS in (node_os, self.spec.os.name if self.spec.os else ""):
            raise NotMeasuredError("its node runs Windows, and the image of k8snet is for Linux")
        if proxy := self._intercepted_by():
            words = f"{proxy} takes every connection that leaves the pod itself"
            raise NotMeasuredError(f"{words}: one that comes about there says nothing of the way behind it")
        if len(self.ours) >= MOST_OF_OURS:
            words = f"it has {len(self.ours)} ephemeral containers of k8snet already, which stay until the pod ends"
            raise NotMeasuredError(words)

    def _intercepted_by(self) -> str:
        names = [each.name for each in (*(self.spec.containers or ()), *(self.spec.init_containers or ()))]
        if (self.metadata.annotations or {}).get(_AMBIENT) == "enabled":
            return "Istio's ztunnel"
        return next((each for each in _INTERCEPTING if each in names), "")
