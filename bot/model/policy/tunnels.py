"""The port of a pod on which a mesh carries a call between two pods of its own, where it is not the pod's own port.

Policies see that port alone, whatever they say of the pod's: https://istio.io/latest/docs/ambient/usage/networkpolicy/ (with
sidecars that ambient pods call, too) · https://linkerd.io/2/common-errors/network-policy/, which is so of each port since
edge-25.3 and 2.18 (https://github.com/linkerd/linkerd2/pull/13715), and before of those that are opaque
(https://linkerd.io/2/features/protocol-detection/). Sidecars of Istio by themselves are called at the pod's own port.
"""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from bot.model.kube.annotations import Annotation
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.pattern import pattern
from bot.model.policy.index import PolicyIndex
from bot.model.policy.opaque import AMBIENT, ISTIO_PROXY, LINKERD_PROXY, is_ambient
from bot.model.policy.parties import Party
from bot.model.snapshot import Snapshot

_HBONE, _LINKERD = 15008, 4143
# Those of Linkerd's installation; what an annotation says stands in their place.
_OPAQUE = "25,587,3306,4444,5432,6379,9300,11211"
# The tag of a proxy's image, as Linkerd and Buoyant give it.
_TAG = pattern(r":(edge|stable|enterprise|preview|version)-(\d+)\.(\d+)")
_ALL_PORTS = {"edge": (25, 3)}  # the first release that carries all ports there; others by Linkerd's own numbers
_SINCE = (2, 18)


class Tunnel(Struct, frozen=True):
    """What carries a call to a pod, in words, and the pod's port that it calls for that."""

    mesh: str
    port: int


def tunnel_to(
    snapshot: Snapshot, service: Service, port: int, party: Party, caller: Party | None, *, guess: bool = False
) -> Tunnel | None:
    """Return how a mesh may carry a call to a port of a pod, of this caller or of anybody in that mesh; None if it does not.

    With `guess` also where namespaces that would say so were not read.
    """
    ends = (party,) if caller is None else (caller, party)
    pods = [each.pod for each in ends if each.pod is not None and not each.host_network]
    if len(pods) < len(ends):
        return None
    if any(is_ambient(each) for each in ends) and all(_is_of_istio(each) for each in ends):
        return Tunnel("Istio's ambient mesh", _HBONE)
    if all(_has(each, LINKERD_PROXY) for each in pods):
        return _linkerd(snapshot, service, port, pods)
    if guess and all(_is_of_istio(each) or _may_be_ambient(each) for each in ends) and any(map(_may_be_ambient, ends)):
        return Tunnel("Istio's ambient mesh, if it has these namespaces, which were not read,", _HBONE)
    return None


def _linkerd(snapshot: Snapshot, service: Service, port: int, pods: list[Pod]) -> Tunnel | None:
    if _is_opaque(snapshot, pods[-1], service, port):
        return Tunnel(f"Linkerd, for which {port} is opaque,", _LINKERD)
    return None if all(_carries_opaque_alone(each) for each in pods) else Tunnel("Linkerd", _LINKERD)


def closed_tunnel(
    snapshot: Snapshot, policies: PolicyIndex, service: Service, port: int, ends: tuple[Party, Party]
) -> str:
    """Return in words why policies stop a call between these ends (caller, pod) on its way through the mesh; else empty."""
    caller, party = ends
    tunnel = tunnel_to(snapshot, service, port, party, caller)
    found = policies.decide(caller, party, tunnel.port) if tunnel else None
    if tunnel is None or found is None or found.decision != "deny":
        return ""
    said = f"{tunnel.mesh} calls {party.name} on {tunnel.port}/TCP in place of {port}"
    return f"{said}, and policies deny that: {found.decisive[0]}"


def _is_of_istio(party: Party) -> bool:
    return is_ambient(party) or (party.pod is not None and _has(party.pod, ISTIO_PROXY))


def _may_be_ambient(party: Party) -> bool:
    return not party.knows_namespace and is_ambient(replace(party, namespace_labels={AMBIENT: "ambient"}))


def _has(pod: Pod, proxy: str) -> bool:
    return any(each.name == proxy for each in pod.serving_containers)


def _carries_opaque_alone(pod: Pod) -> bool:
    """Return whether a pod's proxy is of a release that calls other pods at their own ports, but for opaque ones."""
    known = [found for image in _images(pod) if (found := _TAG.search(image))]
    return bool(known) and all((int(each[2]), int(each[3])) < _ALL_PORTS.get(each[1], _SINCE) for each in known)


def _images(pod: Pod) -> Iterator[str]:
    return (each.image for each in pod.serving_containers if each.name == LINKERD_PROXY)


def _is_opaque(snapshot: Snapshot, pod: Pod, service: Service, port: int) -> bool:
    space = snapshot.namespace(pod.namespace)
    known = (pod, service, *((space,) if space else ()))
    said = next(filter(None, (each.annotation(Annotation.LINKERD_OPAQUE) for each in known)), _OPAQUE)
    return any(_holds(each.strip(), port) for each in said.split(","))


def _holds(ports: str, port: int) -> bool:
    first, _, last = ports.partition("-")
    return first.isdecimal() and (last or first).isdecimal() and int(first) <= port <= int(last or first)
