"""The port of a pod on which a mesh carries a call between two pods of its own, where it is not the pod's own port.

Policies see that port alone. Istio's ambient mode: https://istio.io/latest/docs/ambient/usage/networkpolicy/ · Linkerd, for
ports that it takes for opaque: https://linkerd.io/2/features/protocol-detection/
"""

from bot.model.kube.annotations import Annotation
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.policy.index import PolicyIndex
from bot.model.policy.opaque import LINKERD_PROXY, is_ambient
from bot.model.policy.parties import Party
from bot.model.snapshot import Snapshot

_HBONE, _LINKERD = 15008, 4143
# Those of Linkerd's installation; what an annotation says stands in their place.
_OPAQUE = "25,587,3306,4444,5432,6379,9300,11211"


def closed_tunnel(
    snapshot: Snapshot, policies: PolicyIndex, service: Service, port: int, ends: tuple[Party, Party]
) -> str:
    """Return in words why policies stop a call between these ends (caller, pod) on its way through the mesh; else empty."""
    caller, party = ends
    if caller.pod is None or party.pod is None or caller.host_network or party.host_network:
        return ""
    if is_ambient(caller) and is_ambient(party):
        mesh, number = "Istio's ambient mesh", _HBONE
    elif _is_meshed(caller.pod) and _is_meshed(party.pod) and _is_opaque(snapshot, party.pod, service, port):
        mesh, number = f"Linkerd, for which {port} is opaque,", _LINKERD
    else:
        return ""
    found = policies.decide(caller, party, number)
    if found.decision != "deny":
        return ""
    return f"{mesh} calls {party.name} on {number}/TCP in place of {port}, and policies deny that: {found.decisive[0]}"


def _is_meshed(pod: Pod) -> bool:
    return any(each.name == LINKERD_PROXY for each in pod.serving_containers)


def _is_opaque(snapshot: Snapshot, pod: Pod, service: Service, port: int) -> bool:
    space = snapshot.namespace(pod.namespace)
    known = (pod, service, *((space,) if space else ()))
    said = next(filter(None, (each.annotation(Annotation.LINKERD_OPAQUE) for each in known)), _OPAQUE)
    return any(_holds(each.strip(), port) for each in said.split(","))


def _holds(ports: str, port: int) -> bool:
    first, _, last = ports.partition("-")
    return first.isdecimal() and (last or first).isdecimal() and int(first) <= port <= int(last or first)
