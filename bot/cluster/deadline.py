"""One run of reading: how many requests it made, whether any was answered, and how long it may still take.

Two kinds of limits: a question has its seconds as a whole; a scope, whose lists may be long, goes on as long as answers
come, and ends when the server has been silent for its seconds.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from bot.cluster.errors import NoConnectionError
from bot.errors import ClusterUnreachableError

Clock = Callable[[], float]


class Run:
    """Counts and limits the requests of one question. `seconds` 0: without limit; `idle`: they count from the last byte."""

    def __init__(self, seconds: float = 0.0, *, idle: bool = False, clock: Clock = time.monotonic) -> None:
        self.requests, self.answered = 0, 0
        self.apart = 0  # requests among them that a question's budget does not hold
        self.seconds, self.idle = seconds, idle
        self.unanswered: NoConnectionError | None = None
        self._clock, self._last = clock, clock()

    @property
    def left(self) -> float | None:
        """Return the seconds that a request may still take (0: none); None where there is no limit."""
        return max(0.0, self._last + self.seconds - self._clock()) if self.seconds else None

    def begin(self) -> None:
        """Count a request."""
        self.requests += 1
        self.apart += _is_apart.get()

    def heard(self) -> None:
        """Note that bytes came from the server."""
        if self.idle:
            self._last = self._clock()

    def require_answer(self) -> None:
        """Raise ClusterUnreachableError where a connection failed and none of all requests so far was answered."""
        if self.unanswered and not self.answered:
            raise ClusterUnreachableError(str(self.unanswered), hint=self.unanswered.hint)


_run: ContextVar[Run | None] = ContextVar("run", default=None)
_is_apart: ContextVar[bool] = ContextVar("is_apart", default=False)


def current() -> Run | None:
    """Return the run on whose behalf this task reads."""
    return _run.get()


@contextmanager
def running(run: Run) -> Iterator[Run]:
    """Count and limit, by this run, the requests of this task and of those it starts."""
    token = _run.set(run)
    try:
        yield run
    finally:
        _run.reset(token)


@contextmanager
def apart() -> Iterator[None]:
    """Count the requests of this task, and of those it starts, apart from the budget of their run."""
    token = _is_apart.set(True)
    try:
        yield
    finally:
        _is_apart.reset(token)
