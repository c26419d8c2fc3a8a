"""The pods that serve an Ingress, by the labels that charts of controllers give them and the class that the Ingress names.

https://kubernetes.io/docs/concepts/services-networking/ingress/#ingress-class
"""

from bot.model.kube.pods import Pod
from bot.model.kube.workloads import Ingress
from bot.model.memo import memo
from bot.model.snapshot import Snapshot

NAME_LABEL, _COMPONENT = "app.kubernetes.io/name", "app.kubernetes.io/component"
_CALLED_AS_THEIR_CLASS = frozenset(("kong", "traefik"))
_OTHER_PARTS = frozenset(("admission-webhook", "default-backend"))


def controller_of(snapshot: Snapshot, ingress: Ingress) -> Pod | None:
    """Return a pod of the one workload that serves the Ingress; None where none was read, or several may be meant."""
    found = _controllers(snapshot).get(ingress.class_name, ())
    return found[0] if len({each.workload for each in found}) == 1 else None


def names_of_controllers(of_class: str) -> tuple[str, ...]:
    """Return the names that charts give controllers which serve a class, as `app.kubernetes.io/name` has them."""
    bare = (f"ingress-{of_class}", f"{of_class}-ingress", *([of_class] if of_class in _CALLED_AS_THEIR_CLASS else []))
    return tuple(each for one in bare for each in (one, f"{one}-controller") if _class_of(each) == of_class)


@memo
def _controllers(snapshot: Snapshot) -> dict[str, tuple[Pod, ...]]:
    """Return by class the pods, each with a network of its own, whose labels call them its controllers."""
    found: dict[str, list[Pod]] = {}
    for pod in sorted(snapshot.pods, key=lambda each: (each.namespace, each.name)):
        if pod.is_terminal or pod.spec.host_network or not pod.workload or pod.labels.get(_COMPONENT) in _OTHER_PARTS:
            continue
        if name := _class_of(pod.labels.get(NAME_LABEL, "")):
            found.setdefault(name, []).append(pod)
    return {name: tuple(pods) for name, pods in found.items()}


def _class_of(name: str) -> str:
    """Return the class that a controller of this name serves by its chart: nginx for ingress-nginx; empty for others."""
    if name in _CALLED_AS_THEIR_CLASS:
        return name
    kept = name.removesuffix("-controller")
    bare = kept.removeprefix("ingress-").removesuffix("-ingress")
    return bare if bare != kept else ""
