"""The ledger of open questions: each accepted run stays in it until its answer is delivered, whatever crashes.

Steps are scripts (scripts.py), so no two processes see half of one. Every method raises StoreUnreachableError within 1 s.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from bot.jobs import keys, scripts
from bot.jobs.cache import fingerprint
from bot.jobs.keys import Timing
from bot.jobs.messages import Answer, Run, State
from bot.jobs.store import Store, answering
from bot.model.result.error import AnswerError

Opened = Literal["queued", "again", "joined", "cached", "busy"]
CLOSED, BUSY = 0, -1  # what `take` says instead of a number of tries
_AT_ONCE = 500  # places that are read in one step, for which Redis serves nobody else
_STATES = frozenset(map(str, State))
NOT_NEEDED, SPENT = 0, -1  # what `put_back` says instead of a job's number


class Entry(Struct, frozen=True):
    """A run's place in the ledger. `age` in seconds, `owner` the Slack process that accepted it."""

    state: State
    tries: int = 0
    jobs: int = 0
    holder: str = ""
    owner: str = ""
    age: float = 0.0


class Ledger:
    """Open questions, and who is at them."""

    def __init__(self, store: Store, timing: Timing, process: str = "") -> None:
        self._store = store
        self._timing = timing
        self._process = process  # the Slack process that accepts and delivers here; a worker does neither
        self._scripts: dict[str, Any] = {}

    async def _call(self, body: str, *words: str | bytes | float) -> Any:
        script = self._scripts.get(body)
        if script is None:
            script = self._scripts[body] = self._store.quick.register_script(scripts.whole(body))
        async with answering():
            return await script(args=words)

    async def open(self, run: Run, *, anew: bool = False, attempt: str = "") -> tuple[Opened, str, float]:
        """Accept a run unless the same question is answered or running; asked again with the same id, nothing changes.

        `anew`: it was accepted before and the store forgot it, so it is neither cached nor one too many.
        `attempt` tells it from others to accept the same run, should it have to be taken back (`withdraw`).

        Returns what happened, the other run's id where there is one, and for how many seconds more it stays cached; of
        "busy", whether the asker or the channel has too many open.
        """
        said, *rest = await self._call(
            scripts.OPEN,
            run.id,
            msgspec.json.encode(run),
            fingerprint(run),
            int(run.fresh or anew),
            keys.LOOK_LIFE if run.watch else keys.RUN_LIFE,
            self._timing.patience,
            "" if run.watch else run.channel,  # looks are no questions of the channel's
            keys.CHANNEL_LENGTH,
            run.asked_by,
            self._process,
            *((keys.MOST_OPEN, keys.MOST_OPEN_HERE) if run.is_persons and not anew else (0, 0)),
            attempt,
        )
        other = _text(rest[0]) if rest else ""
        opened: Opened = said.decode()
        return opened, other, int(rest[1]) / 1000 if opened == "cached" else 0.0

    async def share(self, run: Run, holder: str) -> None:
        """Accept a run whose answer is that of an answered one, so that it is delivered as any other."""
        words = (
            run.id,
            msgspec.json.encode(run),
            keys.RUN_LIFE,
            run.channel,
            keys.CHANNEL_LENGTH,
            holder,
            self._process,
        )
        await self._call(scripts.SHARE, *words)

    async def take(self, run_id: str, worker: str) -> int:
        """Begin a run: how often it was begun, or CLOSED (no answer is needed), or BUSY (a worker is at it)."""
        return int(await self._call(scripts.TAKE, run_id, worker, self._timing.alive, self._timing.silence))

    async def touch(self, run_id: str, worker: str) -> bool:
        """Return the words that the worker is still at it; False where the run is no longer its own."""
        return bool(await self._call(scripts.TOUCH, run_id, worker, self._timing.silence))

    async def release(self, run_id: str, worker: str) -> None:
        """Return a run up in good order: the try does not count."""
        await self._call(scripts.RELEASE, run_id, worker, self._timing.patience)

    async def answer(self, answer: Answer, *, cache_seconds: float = 0.0, life: int = keys.RUN_LIFE) -> bool:
        """Write an answer and ring; False where another answer came first. Errors are not cached."""
        result = answer.result
        cached = 0 if isinstance(result, AnswerError) else int(cache_seconds * 1000)
        text = msgspec.json.encode(answer)
        words = (answer.run_id, text, life, cached)
        return bool(await self._call(scripts.ANSWER, *words))

    async def claim(self, most: int) -> tuple[str, ...]:
        """Return runs that must be looked at, each to one caller; those of another process that lives are left to it."""
        words = (most, self._timing.lease, self._process, self._timing.owner)
        return tuple(_text(each) for each in await self._call(scripts.CLAIM, *words))

    async def lease(self, run_id: str, process: str) -> bool:
        """Take or renew the right to deliver a run's answer."""
        return bool(await self._call(scripts.LEASE, run_id, process, self._timing.lease))

    async def postpone(self, run_id: str, process: str, *, failed: bool) -> float:
        """Return the right back; gives the seconds until the next try, which grow with each failure."""
        return float(await self._call(scripts.POSTPONE, run_id, process, self._timing.backoff, int(failed)))

    async def broken(self, run_id: str) -> float:
        """Note that a delivery failed in a way that nobody foresaw; gives the seconds since it first did."""
        return float(await self._call(scripts.BROKEN, run_id))

    async def put_back(self, run_id: str) -> int:
        """Mark a run as waiting again: the number of its new job, or NOT_NEEDED, or SPENT."""
        words = (run_id, self._timing.tries, self._timing.patience, self._timing.alive)
        return int(await self._call(scripts.PUT_BACK, *words))

    async def wait(self, run_id: str, *, has_workers: bool) -> float:
        """Look again later; gives the seconds for which the run's cluster has had no worker."""
        return float(await self._call(scripts.WAIT, run_id, self._timing.patience, int(has_workers)))

    async def drop(self, run_id: str) -> bool:
        """Strike off what is no run at all; False where the run exists (its JSON may still be garbage)."""
        return bool(await self._call(scripts.DROP, run_id))

    async def close(self, run_id: str) -> None:
        """Strike a run off: its answer is delivered, or can never be."""
        await self._call(scripts.CLOSE, run_id)

    async def withdraw(self, run_id: str, attempt: str) -> None:
        """Strike off a run that was refused to its asker, unless others wait for it or it was accepted when asked again."""
        await self._call(scripts.WITHDRAW, run_id, attempt)

    async def states(self, run_ids: Sequence[str]) -> tuple[State | None, ...]:
        """Read how runs stand; None where there is no such place or it cannot be read."""
        found: list[State | None] = []
        for begin in range(0, len(run_ids), _AT_ONCE):
            words = [_text(each) for each in await self._call(scripts.STATES, *run_ids[begin : begin + _AT_ONCE])]
            found += [State(each) if each in _STATES else None for each in words]
        return tuple(found)

    async def entry(self, run_id: str) -> Entry | None:
        """Read a run's place; None where there is none or it cannot be read."""
        flat, age = await self._call(scripts.ENTRY, run_id)
        fields = {_text(name): _text(value) for name, value in zip(flat[::2], flat[1::2], strict=True)}
        try:
            return msgspec.convert({**fields, "age": float(age)}, Entry, strict=False)
        except msgspec.ValidationError:
            return None


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")
