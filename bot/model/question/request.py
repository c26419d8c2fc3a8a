"""A question with all that its answer depends on: what the command line asks for itself, and a worker for a run."""

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from bot.errors import UsageError
from bot.model.question.grammar import Command
from bot.model.question.question import Question, Source
from bot.model.question.refusals import no_caller_to_measure, no_name, two_ends
from bot.model.question.timetable import timetable_words
from bot.model.text import shown

if TYPE_CHECKING:  # of a digest that is compared with another
    from bot.model.result.digest import Digest


class Kind(StrEnum):
    """Which command was asked. WHY and CHECK with a Service are a diagnosis, without one triage and table of `namespaces`."""

    WHY = "why"
    CHECK = "check"
    DNS = "dns"
    PATH = "path"
    DIGEST = "digest"


class Request(Struct, frozen=True):
    """What `bot.answer.answer` answers. `id` becomes the diagnosis' own.

    `namespaces` is the scope of a table or digest; empty: the default scope of where it is asked, or with `everything` all
    of them. `pod` is the target of a path that ends at a pod, `since` the digest to compare with.
    """

    kind: Kind
    question: Question = Question()
    namespaces: tuple[str, ...] = ()
    everything: bool = False
    pod: Source | None = None
    since: "Digest | None" = None
    id: str = ""
    visible: tuple[str, ...] = ()  # patterns of the namespaces whose names its asker may be told beside; empty: all
    from_caller: bool = False  # its asker has agreed to a container in the caller's pod, which then measures

    @property
    def is_of_one(self) -> bool:
        """Whether it asks for one Service, name or address."""
        return bool(self.question.service or self.question.name or self.question.address)

    @property
    def is_of_many(self) -> bool:
        """Whether it is answered by judging every Service of a scope."""
        return self.kind is Kind.DIGEST or (self.kind in (Kind.WHY, Kind.CHECK) and not self.is_of_one)


def request_of(command: Command, *, since: "Digest | None" = None, run_id: str = "") -> Request:
    """Return the request of a command whose verb is a `Kind`. Raises UsageError for what cannot be asked like this."""
    if command.timetable:
        raise UsageError(
            f"{shown(timetable_words(command.timetable)[0])} has no meaning here.",
            hint="Digests at a time of day are kept in Slack: digest daily 09:00 for shop",
        )
    request = Request(
        Kind(command.verb),
        command.question,
        namespaces=command.namespaces,
        everything=command.everything,
        pod=command.pod,
        since=since,
        id=run_id,
        from_caller=command.from_caller,
    )
    expect_askable(request)
    return request


def expect_askable(request: Request) -> None:
    """Raise UsageError for a lookup without a name, a path without two ends, a measurement from a caller who is not named."""
    question = request.question
    if request.kind is Kind.DNS and not (question.name or question.service):
        raise no_name(question.address)
    if request.kind is Kind.PATH and not (question.source and (request.is_of_one or request.pod)):
        raise two_ends()
    source = question.source
    if request.from_caller and not (request.is_of_one and source and (source.pod or source.workload)):
        raise no_caller_to_measure()
