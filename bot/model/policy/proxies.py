"""What a mesh's proxy in a backend's pod takes by itself, where no object of the mesh selects it.

Linkerd's default policy: https://linkerd.io/2/reference/authorization-policy/#default-policies · Kuma denies without a
MeshTrafficPermission once mTLS is on: https://kuma.io/docs/latest/policies/meshtrafficpermission/ · Consul's intentions:
https://developer.hashicorp.com/consul/docs/connect/config-entries/service-intentions
"""

from bot.model.kube.annotations import Annotation
from bot.model.kube.pods import Pod
from bot.model.policy.opaque import LINKERD_PROXY, PROXIES
from bot.model.snapshot import Snapshot

# Proxies whose mesh is not read at all, and that may refuse whom nobody permits.
_UNREAD = {"kuma-sidecar": "Kuma", "consul-dataplane": "Consul"}
# Whom Linkerd's default policies take without a proxy of their own, and who must have one.
_ALL = ("all-unauthenticated", "cluster-unauthenticated", "audit")
_MESHED = ("all-authenticated", "cluster-authenticated")


def refusal(snapshot: Snapshot, pod: Pod, caller: Pod | None) -> str:
    """Return in words why the proxy in a pod may refuse the caller; empty where none is known to."""
    names = {each.name for each in pod.serving_containers}
    for proxy in sorted(names & set(_UNREAD)):
        return f"{proxy} of {_UNREAD[proxy]} stands in {pod.name}, and whom it permits is not read"
    if LINKERD_PROXY not in names:
        return ""
    said = _default(snapshot, pod)
    if not said and (gaps := snapshot.gaps_for("namespaces", pod.namespace)):
        return f"Linkerd's proxy stands in {pod.name}, and {gaps[0].what} could not be read ({gaps[0].why})"
    meshed = caller is not None and any(each.name == LINKERD_PROXY for each in caller.serving_containers)
    if not said or said in _ALL or (said in _MESHED and meshed):
        return ""
    return f"Linkerd's proxy in {pod.name} takes whom {Annotation.LINKERD_INBOUND} lets in ({said})"


def not_ready(caller: Pod | None) -> str:
    """Return the name of the caller's own proxy where it is not ready, so that no call leaves through it; else empty."""
    proxies = {each.name for each in caller.serving_containers} & set(PROXIES) if caller else set()
    states = (each for each in caller.container_statuses if each.name in proxies) if caller and proxies else ()
    return next((each.name for each in states if not each.ready), "")


def _default(snapshot: Snapshot, pod: Pod) -> str:
    """Return the policy that the pod, or else its namespace, says; empty for that of the installation."""
    space = snapshot.namespace(pod.namespace)
    return pod.annotation(Annotation.LINKERD_INBOUND) or (space.annotation(Annotation.LINKERD_INBOUND) if space else "")
