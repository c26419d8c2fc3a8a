"""The scheduler of reading: waves, priorities, requests that are set aside, and what is told of the rest."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from bot.cluster.collector import SnapshotBuilder
from bot.cluster.reading.need import Known, Need, Where, always
from bot.cluster.reading.schedule import USED_UP, read_rows
from bot.cluster.resources import PODS
from bot.cluster.transport import Cluster


class Lab:
    """Rows whose requests are written down, and end when their event is set (at once, where there is none)."""

    def __init__(self) -> None:
        self.known = Known(SnapshotBuilder(Cluster()))
        self.begun: list[str] = []
        self.asked: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.held: dict[str, asyncio.Event] = {}
        self.error: dict[str, Exception] = {}
        self.cancelled: list[str] = []

    def row(self, name: str, *, when: Callable[[Known], bool] = always, places: int = 1, **more: Any) -> Need:
        wheres = tuple(Where(f"{name}-{number}") for number in range(places))
        return Need(name, f"need of {name}", PODS, lambda _: wheres, when=when, read=self._read, **more)

    def hold(self, name: str) -> asyncio.Event:
        self.held[name] = asyncio.Event()
        return self.held[name]

    async def _read(self, _: SnapshotBuilder, row: Need, where: Where) -> tuple[Any, ...]:
        self.begun.append(row.name)
        self.asked[where.namespace].set()
        try:
            if event := self.held.get(row.name):
                await event.wait()
        except asyncio.CancelledError:
            self.cancelled.append(row.name)
            raise
        if error := self.error.get(row.name):
            raise error
        return (where.namespace,)

    def room(self, most: int) -> Callable[[], int]:
        """Return how many of so many requests are left."""
        return lambda: most - len(self.begun)

    @property
    def left_out(self) -> list[str]:
        assert all(each.why == USED_UP for each in self.known.reading.gaps)
        return [each.need for each in self.known.reading.gaps]


@pytest.fixture
def lab() -> Lab:
    return Lab()


async def test_row_waits_for_its_own_predecessors_only(lab: Lab) -> None:
    """One slow request keeps nobody waiting that does not depend on it."""
    slow = lab.hold("slow")
    rows = (
        lab.row("slow"),
        lab.row("quick"),
        lab.row("next", after=("quick",)),
        lab.row("last", after=("slow", "next")),
    )

    reading = asyncio.ensure_future(read_rows(rows, lab.known))
    await lab.asked["next-0"].wait()
    assert lab.begun == ["slow", "quick", "next"]
    slow.set()
    await reading

    assert lab.begun[-1] == "last"
    assert lab.known.found("quick", "last") == ("quick-0", "last-0")


async def test_conditions_see_what_came(lab: Lab) -> None:
    """A row is decided when its predecessors have ended; one that is not wanted ends at once, and asks for nothing."""
    rows = (
        lab.row("first", places=2),
        lab.row("wanted", when=lambda known: len(known.found("first")) == 2, after=("first",)),
        lab.row("unwanted", when=lambda known: not known.found("first"), after=("first",)),
        lab.row("after it", after=("unwanted",)),
    )

    await read_rows(rows, lab.known)

    assert sorted(lab.begun) == ["after it", "first", "first", "wanted"]
    assert lab.known.was_asked("first")
    assert not lab.known.was_asked("unwanted")


async def test_what_is_worth_least_is_left_out(lab: Lab) -> None:
    """By priority, wherever it stands; each request that was left out is a gap, under its name for that."""
    rows = (
        lab.row("least", priority=3, places=2, left="a hint"),
        lab.row("most", priority=1),
        lab.row("more", priority=2, cut="cut"),
        lab.row("basis"),
    )

    await read_rows(rows, lab.known, lab.room(3))

    assert lab.begun == ["basis", "most", "more"]
    assert lab.left_out == ["a hint", "a hint"]
    assert {each.namespace for each in lab.known.reading.gaps} == {"least-0", "least-1"}


async def test_what_an_answer_rests_on_is_always_read(lab: Lab) -> None:
    """Even if no request is left; and nothing is left out while there is room."""
    await read_rows((lab.row("basis", places=3),), lab.known, lab.room(0))
    assert lab.begun == ["basis"] * 3
    await read_rows((lab.row("hint", priority=9, places=3),), lab.known, lab.room(6))

    assert lab.begun == ["basis"] * 3 + ["hint"] * 3
    assert lab.left_out == []


@pytest.mark.parametrize("is_wanted", [True, False])
async def test_requests_are_set_aside_until_it_is_known(lab: Lab, *, is_wanted: bool) -> None:
    """A hint waits for a row that may need the last request: it is left out only where that row does."""
    first = lab.hold("first")
    rows = (
        lab.row("first"),
        lab.row("kept", when=lambda _: is_wanted, after=("first",), kept=True),
        lab.row("hint", priority=1),
    )

    reading = asyncio.ensure_future(read_rows(rows, lab.known, lab.room(2)))
    await lab.asked["first-0"].wait()
    assert lab.begun == ["first"]
    first.set()
    await reading

    assert lab.begun == ["first", "kept" if is_wanted else "hint"]
    assert lab.left_out == (["need of hint"] if is_wanted else [])


async def test_row_after_one_that_was_left_out(lab: Lab) -> None:
    """It is decided like any other."""
    await read_rows((lab.row("hint", priority=1), lab.row("next", after=("hint",))), lab.known, lab.room(0))

    assert lab.begun == ["next"]
    assert lab.left_out == ["need of hint"]


async def test_an_error_ends_the_reading(lab: Lab) -> None:
    """What has begun goes on to its end, nothing else begins, and the first error is raised."""
    slow = lab.hold("slow")
    lab.error["bad"] = ValueError("credentials refused")
    rows = (lab.row("slow"), lab.row("bad"), lab.row("quick"), lab.row("next", after=("quick", "bad", "slow")))

    reading = asyncio.ensure_future(read_rows(rows, lab.known))
    await lab.asked["quick-0"].wait()
    slow.set()
    with pytest.raises(ValueError, match="credentials refused"):
        await reading

    assert sorted(lab.begun) == ["bad", "quick", "slow"]
    assert lab.known.found("slow") == ("slow-0",)


async def test_cancelled_reading_leaves_no_request_behind(lab: Lab) -> None:
    """A question that is given up takes its requests with it."""
    lab.hold("slow")
    reading = asyncio.ensure_future(read_rows((lab.row("slow", places=2),), lab.known))
    await lab.asked["slow-1"].wait()

    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading

    assert lab.cancelled == ["slow", "slow"]
