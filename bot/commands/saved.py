"""Answers from saved objects: no network, no event loop, nothing loaded that only a cluster needs."""

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from bot.answer import DEFAULT_NAMESPACE, Runtime, answer
from bot.cluster.dump import read_dump
from bot.commands.parse import Place
from bot.model.question.question import Question
from bot.model.question.request import Request
from bot.model.snapshot import Snapshot
from bot.usecases.saved import resolved_in

if TYPE_CHECKING:  # an answer is of one kind, and loads no other
    from bot.model.result.answer import Answered

T = TypeVar("T")


def ask_saved(request: Request, where: Place) -> "Answered":
    """Answer a request on saved objects. Raises DumpUnreadableError, and UsageError for what cannot be asked."""

    async def read(question: Question) -> tuple[Question, Snapshot]:
        return read_saved(question, where)

    async def read_scope(_namespaces: tuple[str, ...]) -> Snapshot:
        return read_dump(where.dump)

    async def read_triage(_namespaces: tuple[str, ...]) -> Snapshot:
        return read_dump(where.dump, calls=True)

    scope = (DEFAULT_NAMESPACE,)
    return _finished(answer(request, Runtime(read, read_scope, default_scope=scope, read_triage=read_triage)))


def _finished(work: Coroutine[Any, Any, T]) -> T:
    """Return what a coroutine returns that waits for nothing, without an event loop (whose import alone takes 20 ms)."""
    try:
        work.send(None)
    except StopIteration as ended:
        value: T = ended.value
        return value
    work.close()
    raise RuntimeError("reading saved objects waits for nothing")


def read_saved(question: Question, where: Place) -> tuple[Question, Snapshot]:
    """Return the question as it is meant, and the saved objects. A caller they do not hold is refused, or is a gap."""
    return resolved_in(question, read_dump(where.dump, question), DEFAULT_NAMESPACE)
