"""The one scheduler of reading: rows in waves, by priority, as long as there are requests.

A wave are the rows whose predecessors have ended. It begins as soon as one of them is ready: no row waits for what it does
not depend on. What an answer rests on is always read. The rest waits while requests are set aside for rows that may turn
out not to be wanted, and is left out, with a Gap, when none are left.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from bot.cluster.collector import together, what
from bot.cluster.reading.need import BASIS, Known, Need, Where
from bot.model.gaps import Gap

USED_UP = "left out, since the requests for one question are used up"
Room = Callable[[], int]  # how many more requests may be made


class _Request(NamedTuple):
    row: Need
    where: Where


async def read_rows(rows: Iterable[Need], known: Known, room: Room | None = None) -> None:
    """Read all rows that are wanted; what comes, and what could not be read, is then known.

    `room` is asked before each wave (None: there is no limit). What a row raises ends the reading, after what has begun.
    """
    schedule = _Schedule(tuple(rows), known, room)
    try:
        await schedule.run()
    finally:
        await schedule.end()


class _Schedule:
    """Rows that are not decided yet, requests that wait for room, and tasks that read."""

    def __init__(self, rows: tuple[Need, ...], known: Known, room: Room | None) -> None:
        self._undecided = list(rows)
        self._waiting: list[_Request] = []
        self._running: dict[asyncio.Task[list[tuple[Any, ...]]], Need] = {}
        self._known, self._room = known, room
        self._error: BaseException | None = None

    async def run(self) -> None:
        """Read wave by wave until nothing is wanted any more."""
        self._begin()
        while self._running:
            ended, _ = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                self._note(task)
            if self._error is None:
                self._begin()
        if self._error:
            raise self._error

    async def end(self) -> None:
        """Cancel what still reads: nothing, unless the reading itself was cancelled."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _note(self, task: asyncio.Task[list[tuple[Any, ...]]]) -> None:
        row = self._running.pop(task)
        if error := task.exception():
            self._error = self._error or error
            return
        self._known.keep(row, (each for objects in task.result() for each in objects))

    def _begin(self) -> None:
        """Decide the rows that are ready, and begin what there is room for; what is left out ends its row."""
        while True:
            self._decide()
            left_out = self._start()
            for row, where in left_out:
                place = where.namespace
                self._known.reading.gaps.append(Gap(row.left_out, place, what(row.resource, place), USED_UP))
            if not left_out:
                return

    def _decide(self) -> None:
        """Decide every row whose predecessors have ended; one that is not wanted ends at once."""
        while ready := self._ready():
            for row in ready:
                self._undecided.remove(row)
                self._waiting.extend(_Request(row, where) for where in row.wanted(self._known))

    def _ready(self) -> list[Need]:
        """Return the undecided rows that are after none that has not ended."""
        rows = (*self._undecided, *(each.row for each in self._waiting), *self._running.values())
        unended = {each.name for each in rows}
        return [each for each in self._undecided if unended.isdisjoint(each.after)]

    def _start(self) -> list[_Request]:
        """Start the waiting requests by priority, and return those for which there is no room, and will be none."""
        room = self._room() if self._room else len(self._waiting)
        kept = sum(each.kept for each in self._undecided)
        started: dict[Need, list[Where]] = {}
        waiting: list[_Request] = []
        for request in sorted(self._waiting, key=lambda each: each.row.priority):
            if request.row.priority == BASIS or room > kept:
                room -= 1
                started.setdefault(request.row, []).append(request.where)
            else:
                waiting.append(request)
        for row, wheres in started.items():
            self._known.ask(row, wheres)
            reads = together(*(row.read(self._known.reading, row, each) for each in wheres))
            self._running[asyncio.ensure_future(reads)] = row
        may_come = bool(kept and self._running)
        self._waiting = waiting if may_come else []
        return [] if may_come else waiting
