"""What a mesh's proxy in a backend's pod takes by itself, where no object of the mesh selects it.

Linkerd's default policy: https://linkerd.io/2/reference/authorization-policy/#default-policies · Kuma denies without a
MeshTrafficPermission once mTLS is on: https://kuma.io/docs/latest/policies/meshtrafficpermission/ · Consul's intentions:
https://developer.hashicorp.com/consul/docs/connect/config-entries/service-intentions
"""

from bot.model.kube.annotations import Annotation
from bot.model.kube.pods import Pod
from bot.model.memo import memo
from bot.model.policy.opaque import AMBIENT, LINKERD_PROXY, PROXIES, is_ambient
from bot.model.policy.parties import Party
from bot.model.snapshot import Snapshot

# Proxies whose mesh is not read at all, and that may refuse whom nobody permits.
_UNREAD = {"kuma-sidecar": "Kuma", "consul-dataplane": "Consul"}
# Whom Linkerd's default policies take without a proxy of their own, and who must have one.
_ALL = ("all-unauthenticated", "cluster-unauthenticated", "audit")
ZTUNNEL, _COMPONENT = "ztunnel", "linkerd.io/control-plane-component"
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


def without_ztunnel(snapshot: Snapshot, party: Party, node: str) -> str:
    """Return in words that the ztunnel of a pod's node does not carry its calls; empty where it is ready, or not known.

    Rule: of the ambient mesh all traffic of a pod passes the ztunnel of its node, or none does.
    https://istio.io/latest/docs/ambient/architecture/data-plane/
    """
    may_be = not party.knows_namespace and AMBIENT not in party.labels
    if not node or not (may_be or is_ambient(party)):
        return ""
    known = _ztunnels(snapshot)
    own = [each for each in known if each.spec.node_name == node]
    if not known or any(each.is_ready for each in own):
        return ""
    lacks = f"{own[0].namespace}/{own[0].name} is not ready" if own else "none runs there"
    return f"traffic of {party.name} passes the {ZTUNNEL} of node {node}, and {lacks}"


@memo
def _ztunnels(snapshot: Snapshot) -> tuple[Pod, ...]:
    return tuple(each for each in snapshot.pods if each.labels.get("app") == ZTUNNEL and not each.is_terminal)


def without_destinations(snapshot: Snapshot, caller: Pod | None) -> str:
    """Return in words that Linkerd's proxy beside the caller has nobody to ask where calls go; empty where somebody is ready.

    Rule: proxies ask the destination service for each address that they do not know yet, and fail without it.
    https://linkerd.io/2/reference/architecture/#the-destination-service
    """
    if caller is None or not any(each.name == LINKERD_PROXY for each in caller.serving_containers):
        return ""
    known = _destinations(snapshot)
    if not known or any(each.is_ready for each in known):
        return ""
    return f"none of Linkerd's destination pods is ready ({known[0].namespace}/{known[0].name}), whom the caller's proxy asks"


@memo
def _destinations(snapshot: Snapshot) -> tuple[Pod, ...]:
    return tuple(
        each for each in snapshot.pods if each.labels.get(_COMPONENT) == "destination" and not each.is_terminal
    )


def _default(snapshot: Snapshot, pod: Pod) -> str:
    """Return the policy that the pod, or else its namespace, says; empty for that of the installation."""
    space = snapshot.namespace(pod.namespace)
    return pod.annotation(Annotation.LINKERD_INBOUND) or (space.annotation(Annotation.LINKERD_INBOUND) if space else "")
