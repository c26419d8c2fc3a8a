"""What a use case is given, as functions: what reads, what measures, the clock. So it knows neither Kubernetes nor sockets."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from bot.model.probe import Observation, Probe
from bot.model.question.question import Question
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot

if TYPE_CHECKING:  # saved objects are not measured
    from bot.model.probe_result import ProbeResult
    from bot.usecases.from_caller import Plans

Read = Callable[[Question], Awaitable[tuple[Question, Snapshot]]]
Run = Callable[[tuple[Probe, ...], float], Awaitable[tuple[Observation, ...]]]  # probes, and the seconds that they have
# The caller's pod, what it and what the worker are to measure, and the worker's seconds: what both saw.
Beside = Callable[[Ref, "Plans", float], Awaitable[tuple["ProbeResult", tuple[Observation, ...]]]]
Clock = Callable[[], datetime]
Left = Callable[[], float]  # the seconds that a question has left; below 0: none


class Again(NamedTuple):
    """How to read once more, within some seconds, what may have changed since: all from the API server, nothing kept."""

    backends: Callable[[tuple[Ref, ...], float], Awaitable[Snapshot]]  # these Services, their slices and pods, alone
    all: Callable[[Question, float], Awaitable[tuple[Question, Snapshot]]]  # as Read
