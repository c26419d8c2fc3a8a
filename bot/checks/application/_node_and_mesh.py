"""What a container that ends meets outside of itself: a port of its node that is taken, a mesh's proxy that has not begun.

Both are told beside the way it ended, where it said nothing itself that speaks against them.
"""

from bot.checks.application._crash_evidence import termination_message
from bot.checks.facts.pod_state import Troubled
from bot.model.pattern import pattern

# https://kubernetes.io/docs/reference/networking/ports-and-protocols/ (and the health checks of both)
_OF_THE_NODE = {10248: "the kubelet's", 10249: "kube-proxy's", 10250: "the kubelet's", 10256: "kube-proxy's"}
_IN_USE = pattern(r"(?i)address (?:already )?in use|EADDRINUSE|bind")
# An init container that sends all connections of its pod to the proxy beside it, which is no native sidecar.
# https://istio.io/latest/docs/setup/additional-setup/cni/#compatibility-with-application-init-containers
_REDIRECTS = {"istio-init": "istio-proxy", "linkerd-init": "linkerd-proxy"}
_NO_NETWORK = pattern(r"(?i)refused|time[d-]? ?out|no such host|unreachable|reset|name resolution|not resolve|lookup")


def taken_port(each: Troubled) -> str:
    """Return in words that a container on the host network listens on a port of the node's own; empty where it does not."""
    said = termination_message(each)
    if each.container is None or not each.pod.spec.host_network or (said and not _IN_USE.search(said)):
        return ""
    own = {port.container_port for port in each.container.ports or ()}
    number = next((port for port in sorted(own) if port in _OF_THE_NODE), 0)
    where = f"it is on the host network, where port {number} is {_OF_THE_NODE[number]} own" if number else ""
    return f"; {where}, so it may find the address in use" if where else ""


def before_proxy(each: Troubled) -> str:
    """Return in words that an init container has no network, since its mesh's proxy begins after it; empty where it has."""
    said, inits = termination_message(each), [one.name for one in each.pod.spec.init_containers or ()]
    if each.container is None or each.container.name not in inits or (said and not _NO_NETWORK.search(said)):
        return ""
    earlier = inits[: inits.index(each.container.name)]
    late = {one.name for one in each.pod.spec.containers or ()}
    for init, proxy in _REDIRECTS.items():
        if init in earlier and proxy in late:
            return (
                f"; {init} sends the pod's connections to {proxy}, which begins only after the init containers, so this one "
                f"gets none (a native sidecar begins before)"
            )
    return ""
