"""A watch and what one more look makes of it. Pure: every time is that of a look, so the same looks tell the same.

An outcome counts when two looks in a row see it, the second soon after the first, so a blink tells nothing. Two changes are
told each; a third within a while is flapping, which is told once, and then nothing until the outcome has stayed.
A look that could not judge (no worker, no cluster, verdict unknown) changes no outcome: it is told once if it goes on.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from bot.model.question.question import Question
from bot.model.result.status import Status

CONFIRM = timedelta(seconds=10)  # from the first sight of another outcome to the look that confirms it
FLAPS = 3  # changes within the window that are flapping
_WINDOW = 10  # pauses between looks, and at least as many minutes, in which changes are counted
_SETTLES = 5  # the same for how long an outcome has to stay until it is no flapping any more
_BLIND_LOOKS = 2  # in a row, before it is told that nothing can be judged
_DOWN = (Status.FAIL, Status.WARN)


# Of a time without a zone nobody can tell whether it has passed: such a watch is unreadable.
Moment = Annotated[datetime, Meta(tz=True)]


class Sight(Struct, frozen=True):
    """What one look saw. `outcome` is unknown where nothing could be judged; `why` is a sentence on it."""

    run_id: str
    at: datetime
    outcome: Status
    why: str = ""


class Standing(Struct, frozen=True, omit_defaults=True):
    """How what is watched stands. `outcome` is None until a look judged it."""

    outcome: Status | None = None
    since: datetime | None = None
    why: str = ""
    from_start: bool = True  # it was so at the first look, so nobody knows since when
    other: Status | None = None  # another outcome, seen once
    other_since: datetime | None = None
    changes: tuple[datetime, ...] = ()  # confirmed ones of the last while
    flapping: bool = False
    blind: int = 0  # looks in a row that could judge nothing
    blind_since: datetime | None = None
    blind_why: str = ""
    blind_told: bool = False
    looks: int = 0
    flips: int = 0
    down: timedelta = timedelta()  # of the times that are over


class Watch(Struct, frozen=True, omit_defaults=True):
    """One call that a thread wants to hear of, until a time. `message_ts` tells how it stands, and is edited."""

    id: str
    channel: str
    question: Question
    created_at: Moment
    until: Moment
    every: timedelta = timedelta(minutes=1)
    created_by: str = ""
    team: str = ""
    asker: str = ""  # the creator's name
    thread_ts: str = ""
    message_ts: str = ""
    opens_thread: bool = False  # the thread may have no replies yet
    believed: Status | None = None  # what the thread was told last, where a mute kept later changes from it
    muted: str = ""  # the mute that held at the last look, in words
    ended: bool = False  # kept until its message says so
    ended_by: str = ""  # the name of who ended it
    given_up: str = ""  # why it may not go on, for its creator alone
    standing: Standing = Standing()

    @property
    def pause(self) -> timedelta:
        """Return how long after a look the next one is due."""
        return min(CONFIRM, self.every) if self.standing.other else self.every

    def is_same_call(self, other: "Watch") -> bool:
        """Return whether another watch tells the same thread of the same call; a namespace that was not said fits any."""
        mine, theirs = self.question, other.question
        threads = self.thread_ts == other.thread_ts or (not other.thread_ts and self.thread_ts == self.message_ts)
        places = mine.namespace == theirs.namespace or "" in (mine.namespace, theirs.namespace)
        return self.channel == other.channel and threads and places and _end(mine) == _end(theirs)


class Told(StrEnum):
    """What a thread is told."""

    CHANGED = "changed"
    FLAPPING = "flapping"
    SETTLED = "settled"
    BLIND = "blind"  # nothing can be judged
    UNMUTED = "unmuted"  # it is muted no longer, and changed meanwhile
    SEES = "sees"  # it can again, and the outcome is the old one, or the first


class Event(Struct, frozen=True):
    """Something to tell. `lasted` is how long the outcome before did, `at_least` that it was so from the start."""

    told: Told
    outcome: Status
    before: Status | None = None
    lasted: timedelta = timedelta()
    at_least: bool = False
    changes: int = 0
    why: str = ""


def look(watch: Watch, sight: Sight) -> tuple[Watch, Event | None]:
    """Return the watch after a look, and what its thread is told of it, if anything."""
    now = watch.standing
    seen = replace(now, looks=now.looks + 1)
    after, event = _blind(seen, sight) if sight.outcome is Status.UNKNOWN else _judged(seen, sight, watch.every)
    return replace(watch, standing=after), event


def after_mute(watch: Watch, event: Event | None, muted: str) -> tuple[Watch, Event | None]:
    """Return the watch after a look, and what its thread is told, where a mute (`muted`, in words) may hold.

    A change for the worse is kept back while it is muted, and told when the mute is over, if it is still another outcome than
    the thread believes. A repair is told at once, unless the thread never heard of what was broken; that nothing can be
    judged is never kept.
    """
    if event and event.told is Told.BLIND:
        return replace(watch, muted=muted), event
    believed = watch.believed or (event.before if event else None)
    if muted and event:
        is_repair = event.outcome is Status.OK
        return replace(watch, muted=muted, believed=None if is_repair else believed), (
            event if is_repair and believed is not Status.OK else None
        )
    if muted or watch.believed is None or watch.standing.outcome is None:
        return replace(watch, muted=muted), event
    told = replace(watch, muted="", believed=None)
    if watch.standing.outcome is watch.believed:
        return told, None
    return told, Event(Told.UNMUTED, watch.standing.outcome, watch.believed, why=watch.standing.why)


def down_for(standing: Standing, at: datetime) -> timedelta:
    """Return how long it was down in all, as far as looks saw it."""
    going_on = standing.outcome in _DOWN and standing.since
    return standing.down + (max(at - standing.since, timedelta()) if going_on and standing.since else timedelta())


def _end(asked: Question) -> tuple[object, ...]:
    return asked.cluster, asked.service, asked.address, asked.port, asked.source


def _blind(now: Standing, sight: Sight) -> tuple[Standing, Event | None]:
    after = replace(now, blind=now.blind + 1, blind_since=now.blind_since or sight.at, blind_why=sight.why, other=None)
    if now.blind_told or after.blind < _BLIND_LOOKS:
        return after, None
    return replace(after, blind_told=True), Event(Told.BLIND, Status.UNKNOWN, now.outcome, why=sight.why)


def _judged(now: Standing, sight: Sight, every: timedelta) -> tuple[Standing, Event | None]:
    sees = replace(now, blind=0, blind_since=None, blind_why="", blind_told=False)
    again = Event(Told.SEES, sight.outcome, now.outcome, why=sight.why)
    if now.outcome is None:
        first = replace(sees, outcome=sight.outcome, since=sight.at, why=sight.why)
        return first, again if now.blind else None
    if sight.outcome is now.outcome:
        same = replace(sees, why=sight.why, other=None, other_since=None)
        settled, event = _settled(same, sight.at, every)
        return settled, event or (again if now.blind_told else None)
    if now.other is not sight.outcome:
        return replace(sees, other=sight.outcome, other_since=sight.at), None
    return _changed(sees, sight, every)


def _changed(now: Standing, sight: Sight, every: timedelta) -> tuple[Standing, Event | None]:
    began = now.other_since or sight.at
    lasted = began - (now.since or began)
    recent = tuple(each for each in now.changes if sight.at - each <= _span(_WINDOW, every))
    changes = (*recent, began)
    after = replace(
        now,
        outcome=sight.outcome,
        since=began,
        why=sight.why,
        from_start=False,
        other=None,
        other_since=None,
        changes=changes,
        flapping=now.flapping or len(changes) >= FLAPS,
        flips=now.flips + 1,
        down=now.down + (lasted if now.outcome in _DOWN else timedelta()),
    )
    event = Event(
        Told.FLAPPING if after.flapping else Told.CHANGED,
        sight.outcome,
        now.outcome,
        lasted=lasted,
        at_least=now.from_start,
        changes=len(changes),
        why=sight.why,
    )
    return after, None if now.flapping else event


def _settled(now: Standing, at: datetime, every: timedelta) -> tuple[Standing, Event | None]:
    if not now.flapping or now.since is None or at - now.since < _span(_SETTLES, every):
        return now, None
    event = Event(Told.SETTLED, now.outcome or Status.UNKNOWN, lasted=at - now.since, changes=now.flips, why=now.why)
    return replace(now, flapping=False, changes=()), event


def _span(times: int, every: timedelta) -> timedelta:
    return times * max(every, timedelta(minutes=1))
