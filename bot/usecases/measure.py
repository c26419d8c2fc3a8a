"""Measures a case in up to two rounds: what is planned, then what its answers leave open. Both share the seconds."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from msgspec.structs import replace

from bot.model.case import Case
from bot.model.planning.again import plan_again
from bot.model.probe import Observation, Probe

Run = Callable[[tuple[Probe, ...], float], Awaitable[tuple[Observation, ...]]]  # probes, and the seconds that they have
Clock = Callable[[], datetime]
# Below this a second round could only be cut short; above it nobody waits for it.
_LEAST, _MOST = 0.2, 2.0  # seconds


async def measure(
    case: Case, probes: tuple[Probe, ...], run: Run, seconds: float, clock: Clock
) -> tuple[Observation, ...]:
    """Return what the probes saw, and after it what the second round did."""
    began = clock()
    seen = await run(probes, seconds)
    left = seconds - (clock() - began).total_seconds()
    more = plan_again(replace(case, observations=seen)) if left >= _LEAST else ()
    return (*seen, *await run(more, min(left, _MOST))) if more else seen
