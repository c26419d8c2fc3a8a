"""What sets the bad backends apart from the good ones: the one thing that all bad ones share and no good one has."""

from collections.abc import Callable, Sequence
from enum import StrEnum

from msgspec import Struct

from bot.checks.facts.backends import Backend
from bot.checks.facts.rollouts import HASH
from bot.model.text import count, one_line

# StatefulSets and DaemonSets tell their revisions apart by this label (apps/v1, ControllerRevisionHashLabelKey).
_REVISIONS = (HASH, "controller-revision-hash")


class Trait(StrEnum):
    """What backends may differ in."""

    WORKLOAD = "workload"
    IMAGE = "image"
    REVISION = "revision"
    NODE = "node"
    ZONE = "zone"
    RESTARTS = "restarts"


class Discriminator(Struct, frozen=True):
    """What sets the bad ones apart; `value` is what all of them have."""

    kind: Trait
    value: str

    @property
    def words(self) -> str:
        match self.kind:
            case Trait.NODE:
                return f"all of them are on node {self.value}, and no working one is"
            case Trait.ZONE:
                return f"all of them are in zone {self.value}, and no working one is"
            case Trait.RESTARTS:
                return "they have restarted, and the working ones have not"
        return f"only they are of {self.kind} {self.value}"


def contrast(bad: Sequence[Backend], good: Sequence[Backend]) -> Discriminator | None:
    """Find the first thing that separates them; a place separates only several from several.

    With one bad backend its node is no finding: each pod is somewhere.
    """
    for kind, read in _READERS:
        values = {read(each) for each in bad}
        value = values.pop() if len(values) == 1 else ""
        is_place = kind in (Trait.NODE, Trait.ZONE)
        if value and value not in {read(each) for each in good} and not (is_place and len(bad) == 1):
            return Discriminator(kind, value)
    return None


def _workload(backend: Backend) -> str:
    return str(backend.pod.workload or "") if backend.pod else ""


def _image(backend: Backend) -> str:
    images = [each.image for each in backend.pod.spec.containers or ()] if backend.pod else []
    return one_line(", ".join(images), limit=120)


def _revision(backend: Backend) -> str:
    labels = backend.pod.labels if backend.pod else {}
    return next((labels[key] for key in _REVISIONS if key in labels), "")


def _node(backend: Backend) -> str:
    return backend.endpoint.node or (backend.pod.spec.node_name if backend.pod else "")


def _restarts(backend: Backend) -> int:
    return sum(each.restart_count for each in backend.pod.container_statuses) if backend.pod else 0


_READERS: tuple[tuple[Trait, Callable[[Backend], str]], ...] = (
    (Trait.WORKLOAD, _workload),
    (Trait.IMAGE, _image),
    (Trait.REVISION, _revision),
    (Trait.NODE, _node),
    (Trait.ZONE, lambda each: each.endpoint.zone),
    (Trait.RESTARTS, lambda each: "some" if _restarts(each) else ""),
)


def describe(backend: Backend) -> str:
    """Where a backend is and what it runs, for evidence."""
    words = [f"node {_node(backend)}" if _node(backend) else "", _image(backend)]
    if backend.pod:
        words.append(count(_restarts(backend), "restart"))
    return ", ".join(word for word in words if word)
