"""What stands around every listener: when Slack is told that a payload was taken, and what is said when one fails.

Slack waits three seconds for the acknowledgement and delivers an event again without it, so it is given once the question
is in the ledger, and not before: a process that dies earlier has promised nothing. Nothing leaves a listener as an
exception: Bolt 1.30 loses the acknowledgement of one that raises. https://docs.slack.dev/apis/events-api/#retries
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from inspect import signature
from typing import Any, Protocol

import structlog
from slack_bolt.async_app import AsyncAck
from slack_bolt.kwargs_injection.async_args import AsyncArgs
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError

from bot.errors import K8snetError
from handlers.messages.message import Message

log = structlog.get_logger()
Listener = Callable[..., Awaitable[None]]

_TELLING = 2.5  # seconds within which a refusal is told, else its payload is not acknowledged: Slack waits for three

End = Callable[[bool], Awaitable[None]]


class NotTakenError(K8snetError):
    """The question was not accepted; `told` says so to its asker."""

    def __init__(self, told: Message) -> None:
        super().__init__()
        self.told = told


class Ack(Protocol):
    """Tells Slack that a payload was taken; a view's errors go with it. Said again, it changes nothing."""

    async def __call__(self, **said: Any) -> None: ...

    async def withhold(self) -> None:
        """Leave it at that: Slack delivers an event again, and tells a person itself that their click failed."""

    def then(self, end: End) -> None:
        """Have something done when the payload is acknowledged (True) or withheld (False)."""


Speak = Callable[[Exception, Mapping[str, Any], Ack], Awaitable[None]]


class Acknowledgement:
    """Bolt's `ack`, which others can wait for."""

    def __init__(self, ack: AsyncAck) -> None:
        self._ack = ack
        self._said = asyncio.Event()
        self._ends: list[End] = []

    async def __call__(self, **said: Any) -> None:
        """Acknowledge; only the first time counts."""
        if not self._said.is_set():
            await self._ack(**said)
            await self._end(is_acknowledged=True)

    async def withhold(self) -> None:
        """Leave it at that: Slack delivers an event again, and tells a person itself that their click failed."""
        if not self._said.is_set():
            self._ack.response = BoltResponse(status=503)
            await self._end(is_acknowledged=False)

    def then(self, end: End) -> None:
        """Have something done when the payload is acknowledged (True) or withheld (False)."""
        self._ends.append(end)

    async def _end(self, *, is_acknowledged: bool) -> None:
        self._said.set()
        for end in self._ends:
            await end(is_acknowledged)

    async def response(self) -> BoltResponse:
        """Wait for the acknowledgement, and return what goes to Slack."""
        await self._said.wait()
        assert self._ack.response is not None
        return self._ack.response


class Listening:
    """Runs the listeners of one process beside their acknowledgements. `speak` tells a person what went wrong."""

    def __init__(self, speak: Speak) -> None:
        self._speak = speak
        self._begun: set[asyncio.Task[None]] = set()

    def __call__(self, listener: Listener) -> Callable[[AsyncArgs], Awaitable[BoltResponse]]:
        """Wrap a listener, which is given by name what it asks for, as Bolt does it."""
        names = tuple(signature(listener).parameters)

        async def hear(args: AsyncArgs) -> BoltResponse:
            ack = Acknowledgement(args.ack)
            given = {name: _given(args, name) for name in names} | ({"ack": ack} if "ack" in names else {})
            self._begin(self._run(listener(**given), ack, args.body))
            return await ack.response()

        return hear

    def _begin(self, what: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(what)
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)

    async def finish(self, seconds: float) -> None:
        """Wait for what is begun, that long at most."""
        if self._begun:
            await asyncio.wait(self._begun, timeout=seconds)

    async def _run(self, listening: Awaitable[None], ack: Acknowledgement, body: Mapping[str, Any]) -> None:
        try:
            await listening
        except K8snetError as error:
            await self._refuse(error, body, ack)
        except Exception as error:  # whatever it is, its cause hears of it, and Slack does not deliver it again
            log.exception("a listener failed")
            await self._refuse(error, body, ack)
        finally:
            await ack()

    async def _refuse(self, error: Exception, body: Mapping[str, Any], ack: Acknowledgement) -> None:
        """Say that nothing was taken, and acknowledge then: who dies in between, or cannot say it, has promised nothing."""
        if not await is_told(self._speak(error, body, ack), error):
            await ack.withhold()


async def is_told(telling: Awaitable[None], reason: object) -> bool:
    """Return whether somebody was told why they are refused, before Slack's patience ends."""
    try:
        async with asyncio.timeout(_TELLING):
            await telling
    except (K8snetError, SlackApiError, TimeoutError) as silence:
        log.warning("nobody could be told", error=repr(reason), reason=repr(silence))
        return False
    return True


def _given(args: AsyncArgs, name: str) -> Any:
    return getattr(args, name) if hasattr(args, name) else args.context[name]
