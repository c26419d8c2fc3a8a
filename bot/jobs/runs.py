"""Runs and answers by id. What cannot be read (garbage, another version's shape) counts as absent, and is logged."""

import os
from collections.abc import Awaitable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
import structlog

from bot.errors import ErrorKind
from bot.jobs import keys
from bot.jobs.ledger import Ledger
from bot.jobs.messages import Answer, Audience, Delivery, Run
from bot.jobs.store import Store, answering
from bot.model.question.question import Question
from bot.model.result.digest import Digest
from bot.model.result.error import AnswerError
from bot.model.ulid import ulid

log = structlog.get_logger()
Word = TypeVar("Word")


def new_run_id() -> str:
    """Return a fresh run id of this moment."""
    return ulid(datetime.now(UTC), os.urandom(10))


def run_id_of(text: str, at: datetime) -> str:
    """Return the one run id of what happened then: asked for it twice, by two processes, it is still one run."""
    return ulid(at, sha256(text.encode()).digest()[:10])


class _Place(msgspec.Struct):
    """Of a Run's JSON what says where its answer goes: it has not changed since the first version."""

    asked_by: str = ""
    team: str = ""
    channel: str = ""
    thread_ts: str = ""
    message_ts: str = ""
    root_ts: str = ""
    response_url: str = ""
    delivery: dict[str, Any] = {}


class Runs:
    """Runs, answers and last digests."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger

    async def get(self, run_id: str) -> Run | None:
        """Read a run with its state; None where it is unknown or older than a week."""
        run = await self._read(keys.run(run_id), Run)
        entry = await self._ledger.entry(run_id) if run else None
        if run is None or entry is None:
            return run
        return msgspec.structs.replace(run, state=entry.state, tries=entry.tries)

    async def place_of(self, run_id: str) -> Run | None:
        """Read only where a run's answer goes, of one that another version wrote; None where that is no such JSON either.

        Its question is empty, and whoever cannot be read as its audience is the asker alone.
        """
        place = await self._read(keys.run(run_id), _Place)
        if place is None or not place.channel:
            return None
        known = {str(each): each for each in Audience}
        audience = known.get(str(place.delivery.get("audience", Audience.THREAD)), Audience.ASKER)
        fields = {name: getattr(place, name) for name in _Place.__struct_fields__ if name != "delivery"}
        return Run(run_id, Question(), delivery=Delivery(audience=audience), **fields)

    async def remember(self, run: Run) -> None:
        """Write a run anew, e.g. once its message is posted and has a `ts`."""
        async with answering():
            await self._store.quick.set(keys.run(run.id), msgspec.json.encode(run), ex=keys.RUN_LIFE)

    async def keep(self, run_id: str) -> None:
        """Keep a run of short life, and its answer, for a week: something that a person sees leads to it."""
        async with answering(), self._store.quick.pipeline(transaction=False) as pipe:
            for key in (keys.run(run_id), keys.answer(run_id), keys.entry(run_id)):
                pipe.expire(key, keys.RUN_LIFE)
            await pipe.execute()

    async def recent(self, channel: str, limit: int) -> tuple[Run, ...]:
        """Return a channel's runs, newest first."""
        return await self._newest(keys.channel(channel), limit)

    async def asked_by(self, user: str, limit: int) -> tuple[Run, ...]:
        """Return somebody's own runs, newest first."""
        return await self._newest(keys.person(user), limit)

    async def note_asker(self, run: Run) -> None:
        """Keep a run among the last ones of who asked it, for their Home."""
        key, at = keys.person(run.asked_by), (run.asked_at or datetime.now(UTC)).timestamp()
        async with answering(), self._store.quick.pipeline(transaction=False) as pipe:
            pipe.zadd(key, {run.id: at})
            pipe.zremrangebyrank(key, 0, -1 - keys.PERSON_LENGTH)
            pipe.expire(key, keys.RUN_LIFE)
            await pipe.execute()

    async def _newest(self, key: str, limit: int) -> tuple[Run, ...]:
        async with answering():
            ids = await self._store.quick.zrevrange(key, 0, limit - 1)
        found = [await self.get(each.decode(errors="replace")) for each in ids]
        return tuple(each for each in found if each)

    async def answer(self, run_id: str) -> Answer | None:
        """Read a run's answer. One that cannot be read is an apology, since it will never become readable."""
        key = keys.answer(run_id)
        answer = await self._read(key, Answer)
        if answer is None and await self._exists(key):
            answer = await self._read(key, Answer)  # it may have come between the two
            return answer or Answer(run_id, _UNREADABLE)
        return answer

    async def last_digest(self, schedule_id: str) -> Digest | None:
        """Read the last digest of a schedule, which the next one is compared with."""
        return await self._read(keys.digest(schedule_id), Digest)

    async def _read(self, key: str, kind: type[Word]) -> Word | None:
        """Read at most one byte more than may be there: what is larger is not ours, and must not fill our memory."""
        raw = await self._ask(self._store.quick.getrange(key, 0, keys.MOST_BYTES))
        if len(raw) > keys.MOST_BYTES:
            log.error("too large to be read", key=key, most=keys.MOST_BYTES)
            return None
        return decode(raw or None, kind, key)

    async def _exists(self, key: str) -> bool:
        return bool(await self._ask(self._store.quick.exists(key)))

    async def _ask(self, command: Awaitable[Any]) -> Any:
        async with answering():
            return await command


_UNREADABLE = AnswerError(ErrorKind.UNREADABLE, "The answer came in a form that I cannot read.", hint="Ask again.")


def decode(raw: bytes | None, kind: type[Word], where: str) -> Word | None:
    """Read a word from JSON; None for nothing and, logged, for what is not such a word."""
    if raw is None:
        return None
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:  # ValidationError is a DecodeError
        log.warning("unreadable", key=where, reason=str(error))
        return None
