"""Further networks of a pod (Multus and the like): one of them may take its default route, and with it its calls.

Rule: ClusterIPs, and the cluster's DNS, lie in no network that a pod has an address of, so calls of them leave by the default
route. https://github.com/k8snetworkplumbingwg/multi-net-spec (Network Attachment Selection Annotation, `default-route`)
"""

import msgspec

from bot.model.kube.annotations import Annotation
from bot.model.kube.pods import Pod


class _Selected(msgspec.Struct, frozen=True):
    name: str = ""
    default_route: tuple[str, ...] = msgspec.field(default=(), name="default-route")


def diverted(pod: Pod | None) -> str:
    """Return in words that a further network of a pod has its default route; empty where none is known to."""
    said = pod.annotation(Annotation.NETWORKS) if pod else ""
    if pod is None or "default-route" not in said:
        return ""
    try:
        networks = msgspec.json.decode(said, type=tuple[_Selected, ...])
    except msgspec.DecodeError:
        return ""
    name = next((each.name for each in networks if each.default_route), "")
    if not name:
        return ""
    route = f"further network {name} (annotation {Annotation.NETWORKS}, default-route)"
    return f"the default route of {pod.name} is that of its {route}; no object shows whether ClusterIPs have one of their own"
