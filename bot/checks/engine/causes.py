"""The cause graph: which finding explains which, by the effects that their checks name and the objects they are about."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from bot.checks.engine.check import Check
from bot.model.call.hop import Hop
from bot.model.result.finding import GRAVITY, Detection, Layer, Severity


class Held(Struct, frozen=True):
    """A `Detection` with its check, on the way to being a Finding."""

    check: Check
    found: Detection
    at: Hop | None = None  # where it is seen, of a cause in another Service

    @property
    def hop(self) -> Hop:
        """The hop of the call at which it is seen."""
        return self.at or self.check.hop

    @property
    def layer(self) -> Layer:
        """The layer of the cause; a check that can find causes of two layers says it in what it found."""
        return self.found.layer or self.check.layer


def causes_of(held: Sequence[Held], known: Iterable[tuple[int, int]] = ()) -> dict[int, tuple[int, ...]]:
    """Return for each finding the indexes of those that cause it. No finding causes itself, not even through others.

    Edges of the worse cause are taken first; one that would close a cycle is left out. `known` are the edges to causes in
    other Services, cause and effect: such a cause explains nothing else by itself.
    """
    causes: dict[int, tuple[int, ...]] = dict.fromkeys(range(len(held)), ())
    for cause, effect in known:
        causes[effect] = (*causes[effect], cause)
    for cause in range(len(held)):
        for effect in range(len(held)):
            if cause != effect and _explains(held[cause], held[effect]) and not _leads(causes, effect, cause):
                causes[effect] = (*causes[effect], cause)
    return causes


def _explains(cause: Held, effect: Held) -> bool:
    """One brings about what the other shows, about the same pods, and is no lesser trouble; info explains nothing."""
    return (
        cause.at is None
        and effect.at is None
        and effect.check.shows in cause.check.explains
        and cause.found.severity is not Severity.INFO
        and GRAVITY[cause.found.severity] <= GRAVITY[effect.found.severity]
        and _related(cause.found, effect.found)
    )


def _leads(causes: dict[int, tuple[int, ...]], first: int, last: int) -> bool:
    """`first` is among the causes of `last`, directly or through others."""
    return any(each == first or _leads(causes, first, each) for each in causes[last])


def _related(cause: Detection, effect: Detection) -> bool:
    """Return whether two findings are about the same pods; one that is about no pods is about the Service as a whole.

    Where pods do not tell, findings about two different Services are not related.
    """
    if cause.pods and effect.pods:
        return bool(cause.pods & effect.pods)
    return cause.about.kind != "Service" or effect.about.kind != "Service" or cause.about == effect.about
