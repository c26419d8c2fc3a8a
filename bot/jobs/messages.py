"""What the Slack process and the workers say to each other. Pure data; every field added later needs a default."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from bot.model.question.question import Question, Source
from bot.model.question.request import Kind, Request
from bot.model.question.timetable import EVERY_DAY, WEEKDAYS
from bot.model.result.answer import Result
from bot.model.result.digest import Digest


class State(StrEnum):
    """Where a run is. CLOSED: delivered, or nobody waits for it any more."""

    NEW = "new"
    QUEUED = "queued"
    RUNNING = "running"
    JOINED = "joined"
    ANSWERED = "answered"
    CLOSED = "closed"


class Step(StrEnum):
    """What a worker does for a run, in order. Not every question is measured."""

    READING = "reading"
    MEASURING = "measuring"
    JUDGING = "judging"


class Audience(StrEnum):
    """Who sees the answer. UNINVITED: the asker alone, since the bot may not speak in the channel; the answer says so."""

    THREAD = "thread"
    ASKER = "asker"
    UNINVITED = "uninvited"


class Delivery(Struct, frozen=True, omit_defaults=True):
    """How the surface shows an answer. Workers carry it untouched; it does not make two questions different."""

    audience: Audience = Audience.THREAD
    reading: str = ""  # how a sentence was read, where that was a guess
    asker: str = ""  # the asker's name
    opens_thread: bool = False  # the asker's own message is the root, and may have no replies yet
    waiting: str = ""  # the line in the thread that the answer takes the place of
    is_earlier: bool = False  # its answer was made before it was asked
    may_stand: bool = False  # its answer may have been posted without a note of that: look before posting
    missed: int = 0  # earlier times of a schedule that passed while nobody could ask

    @property
    def is_alone(self) -> bool:
        """Whether the asker alone sees the answer."""
        return self.audience is not Audience.THREAD


class Run(Struct, frozen=True):
    """One question asked by one person, and where its answer goes.

    `message_ts` is the message of its answer, once posted, `root_ts` the channel message above it. `state` and `tries` are
    filled when a run is read back.
    """

    id: str
    question: Question
    kind: Kind = Kind.WHY
    asked_at: datetime | None = None
    asked_by: str = ""
    team: str = ""
    channel: str = ""
    thread_ts: str = ""
    message_ts: str = ""
    root_ts: str = ""
    response_url: str = ""
    fresh: bool = False  # neither the cache nor a run that began earlier will do
    namespaces: tuple[str, ...] = ()  # scope of a digest or table; empty: all
    pod: Source | None = None  # where a path ends at a pod
    from_caller: bool = False  # its asker has agreed to a container in the caller's pod
    visible: tuple[str, ...] = ()  # patterns of the namespaces whose names its asker may be told beside; empty: all
    schedule: str = ""  # the schedule that asks, if one does
    watch: str = ""  # the watch that asks, if one does
    baseline: str = ""  # the schedule whose last digest this one is compared with, and does not replace
    delivery: Delivery = Delivery()
    state: State = State.NEW
    tries: int = 0
    since: Digest | None = None  # the schedule's last digest, given to the worker; never stored

    @property
    def is_first(self) -> bool:
        """Whether it was asked by a person for the first time, so that something may be asked back."""
        return not self.fresh and not self.schedule and not self.watch

    @property
    def is_persons(self) -> bool:
        """Whether a person asked it, and not a schedule or watch of theirs."""
        return not self.schedule and not self.watch

    @property
    def request(self) -> Request:
        """What is to be answered."""
        return Request(
            self.kind,
            self.question,
            namespaces=self.namespaces,
            pod=self.pod,
            since=self.since,
            id=self.id,
            from_caller=self.from_caller,
            visible=self.visible,
        )


class Answer(Struct, frozen=True):
    """What came of a run; rendered where it is shown."""

    run_id: str
    result: Result
    answered_at: datetime | None = None


class Asked(Struct, frozen=True):
    """What became of a question that was asked.

    again: it was accepted before, and nothing changed. queued: a worker will take it; `position` runs of its cluster wait
    before it. joined: `run` is being answered, and its answer will be delivered for this run too. cached: `answer` of
    `run` is `age` seconds old; nothing will follow.
    """

    state: Literal["again", "queued", "joined", "cached"]
    run: Run
    position: int = 0
    answer: Answer | None = None
    age: float = 0.0


class Schedule(Struct, frozen=True):
    """A digest at a time of day in a time zone (IANA name). `mode`: post on changes, on problems, always.

    `days` are those of ISO 8601, Monday is 1; none: those of an earlier version, by `weekdays_only`. A pause that has
    an end ends by itself. `failures` counts times in a row at which it could not be posted, the last of them `failed_run`.
    """

    id: str
    channel: str
    cluster: str = ""
    namespaces: tuple[str, ...] = ()
    hour: int = 8
    minute: int = 0
    weekdays_only: bool = True
    timezone: str = "UTC"
    mode: Literal["changes", "problems", "always"] = "changes"
    created_by: str = ""
    team: str = ""
    days: tuple[int, ...] = ()
    asker: str = ""  # the creator's name
    paused: bool = False
    paused_until: Annotated[datetime, Meta(tz=True)] | None = None
    paused_by: str = ""  # who, or why, where it paused itself
    failures: int = 0
    failed_run: str = ""

    @property
    def weekdays(self) -> tuple[int, ...]:
        """Return the days on which it is sent."""
        return self.days or (WEEKDAYS if self.weekdays_only else EVERY_DAY)

    def is_paused(self, at: datetime) -> bool:
        """Return whether it is paused at a moment."""
        return self.paused and (self.paused_until is None or at < self.paused_until)


class Posted(Struct, frozen=True):
    """The last message of a schedule, which quiet days edit. `failed`: it says that nothing could be checked.

    `sign`: it is the weekly sign of life. `quiet` counts the quiet times since, the last of them that of `quiet_run`;
    `since` is when something changed last; `why` is the sentence of a failure, `hidden` are the fingerprints of what was
    muted when it was last looked, `back` of what the message tells as muted no longer.
    """

    run_id: str
    ts: str
    at: datetime
    failed: bool = False
    sign: bool = False
    quiet: int = 0
    quiet_run: str = ""
    why: str = ""
    hidden: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    since: datetime | None = None  # None: when it was posted


class Due(Struct, frozen=True):
    """A schedule whose time has come. Ask with `run_id` and `schedule=schedule.id`: asked twice, it still runs once.

    `missed` counts earlier times that passed while nobody could ask; the digest says so. `is_broken`: it has no time any
    more, and cannot be asked.
    """

    schedule: Schedule
    at: datetime
    run_id: str
    missed: int = 0
    is_broken: bool = False


class QueueState(Struct, frozen=True):
    """How a cluster's queue stands, for `doctor` and App Home."""

    cluster: str
    waiting: int
    running: int
    workers: int
