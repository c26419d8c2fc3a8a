"""What sets the bad backends apart from the good ones: the one thing that all bad ones share and no good one has."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from enum import StrEnum

from msgspec import Struct

from bot.checks.facts.backends import Backend
from bot.model.text import count, one_line

# Pods of one rollout begin within minutes of each other; and two that happen to be the oldest prove nothing of two.
_APART, _SEVERAL = timedelta(minutes=10), 2


class Trait(StrEnum):
    """What backends may differ in."""

    WORKLOAD = "workload"
    IMAGE = "image"
    REVISION = "revision"
    NODE = "node"
    ZONE = "zone"
    RESTARTS = "restarts"
    AGE = "age"


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
            case Trait.AGE:
                return f"they are the {self.value} ones"
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
    return _by_age(bad, good)


def _by_age(bad: Sequence[Backend], good: Sequence[Backend]) -> Discriminator | None:
    """Return whether several bad ones all began clearly before, or clearly after, several good ones."""
    began = [[each.pod.status.start_time for each in group if each.pod] for group in (bad, good)]
    bad_ones, good_ones = ([moment for moment in group if moment] for group in began)
    if min(len(bad_ones), len(good_ones)) < _SEVERAL or (len(bad_ones), len(good_ones)) != (len(bad), len(good)):
        return None
    if max(bad_ones) + _APART <= min(good_ones):
        return Discriminator(Trait.AGE, "oldest")
    return Discriminator(Trait.AGE, "youngest") if max(good_ones) + _APART <= min(bad_ones) else None


def _workload(backend: Backend) -> str:
    return str(backend.pod.workload or "") if backend.pod else ""


def _image(backend: Backend) -> str:
    images = [each.image for each in backend.pod.spec.containers or ()] if backend.pod else []
    return one_line(", ".join(images), limit=120)


def _node(backend: Backend) -> str:
    return backend.endpoint.node or (backend.pod.spec.node_name if backend.pod else "")


def _restarts(backend: Backend) -> int:
    return sum(each.restart_count for each in backend.pod.container_statuses) if backend.pod else 0


_READERS: tuple[tuple[Trait, Callable[[Backend], str]], ...] = (
    (Trait.WORKLOAD, _workload),
    (Trait.IMAGE, _image),
    (Trait.REVISION, lambda each: each.pod.revision if each.pod else ""),
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
