"""What the Slack process and the workers say to each other. Pure data; every field added later needs a default."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from msgspec import Struct, field

from bot.model.question.question import Question
from bot.model.result.diagnosis import Diagnosis, Digest
from bot.model.result.path import PathAnswer
from bot.model.result.resolution import Resolution


class Kind(StrEnum):
    """Which command was asked. CHECK with a Service is a diagnosis, without one a digest of `namespaces`."""

    WHY = "why"
    CHECK = "check"
    DNS = "dns"
    PATH = "path"
    DIGEST = "digest"


class State(StrEnum):
    """Where a run is. CLOSED: delivered, or nobody waits for it any more."""

    NEW = "new"
    QUEUED = "queued"
    RUNNING = "running"
    JOINED = "joined"
    ANSWERED = "answered"
    CLOSED = "closed"


class Run(Struct, frozen=True):
    """One question asked by one person, and where its answer goes.

    `message_ts` is the message that the answer replaces, `root_ts` the channel message above it. `notes` is the
    surface's own and is carried untouched; only `to_pod` (namespace/pod, where a path ends at a pod) is a part of the
    question. `state` and `tries` are filled when a run is read back.
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
    schedule: str = ""  # the schedule that asks, if one does
    notes: dict[str, str] = field(default_factory=dict)
    state: State = State.NEW
    tries: int = 0
    since: Digest | None = None  # the schedule's last digest, given to the worker; never stored


class AnswerError(Struct, frozen=True):
    """Why there is no diagnosis, politely. `kind` is for machines: the error's class name, e.g. `UnknownName`."""

    kind: str
    sentence: str
    hint: str = ""
    suggestions: tuple[str, ...] = ()


class Answer(Struct, frozen=True):
    """What came of a run: exactly one of `diagnosis`, `digest`, `path`, `resolution`, `other` and `error` is set.

    The typed ones are rendered where they are shown; `other` is plain JSON, for whoever embeds the queue.
    """

    run_id: str
    diagnosis: Diagnosis | None = None
    digest: Digest | None = None
    path: PathAnswer | None = None
    resolution: Resolution | None = None
    other: Any = None
    error: AnswerError | None = None
    answered_at: datetime | None = None


class Asked(Struct, frozen=True):
    """What became of a question that was asked.

    queued: a worker will take it; `position` runs of its cluster wait before it. joined: `run` is being answered, and
    its answer will be delivered for this run too. cached: `answer` of `run` is `age` seconds old; nothing will follow.
    """

    state: Literal["queued", "joined", "cached"]
    run: Run
    position: int = 0
    answer: Answer | None = None
    age: float = 0.0


class Schedule(Struct, frozen=True):
    """A digest at a time of day in a time zone (IANA name). `mode`: post on changes, on problems, always."""

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


class Due(Struct, frozen=True):
    """A schedule whose time has come. Ask with `run_id` and `schedule=schedule.id`: asked twice, it still runs once.

    `missed` counts earlier times that passed while nobody could ask; the digest says so.
    """

    schedule: Schedule
    at: datetime
    run_id: str
    missed: int = 0


class QueueState(Struct, frozen=True):
    """How a cluster's queue stands, for `doctor` and App Home."""

    cluster: str
    waiting: int
    running: int
    workers: int
