"""The one way of every command that asks: request, answer, print, exit code."""

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from bot.commands.options import Color, Output
from bot.commands.output import EXIT, allow, complain, say, wants_color
from bot.commands.parse import Manner, Place
from bot.commands.render import forms_of, rendered
from bot.errors import UsageError
from bot.model.question.grammar import Command
from bot.model.question.request import Request, request_of
from bot.model.result.diagnosis import Diagnosis
from bot.model.ulid import ulid

if TYPE_CHECKING:  # an answer is of one kind, and loads no other
    from bot.model.result.answer import Answered
    from bot.model.result.digest import Digest


class Consent(Struct, frozen=True):
    """Whether the caller's pod is to measure, too, and whether its asker has agreed beforehand to what that takes."""

    wanted: bool = False
    given: bool = False


def answer_command(
    asked: Command,
    where: Place,
    how: Manner,
    *,
    output: Output,
    color: Color,
    since: "Digest | None" = None,
    explain: bool = False,
    beside: Consent | None = None,
    again: bool = False,
) -> int:
    """Answer a command, print it, and return the exit code of its outcome; `again` and again. Raises K8snetError."""
    if again:
        return _watched(asked, where, how, output=output, color=color, explain=explain, beside=beside)
    request = _asked_now(asked, since)
    allow(output, *forms_of(request))
    if beside and beside.wanted:
        from bot.commands.consent import with_consent  # noqa: PLC0415 (only where a container is to be added)

        request = with_consent(request, how, yes=beside.given)
    found = ask(request, where, how)
    say(rendered(found, request.kind, output=output, color=wants_color(color), explain=explain))
    if request.is_of_many and not (request.namespaces or request.everything) and output is Output.TEXT:
        complain(("Only the default namespace was asked about; -A asks about all.",))
    return EXIT[found.outcome]


def _watched(
    asked: Command, where: Place, how: Manner, *, output: Output, color: Color, explain: bool, beside: Consent | None
) -> int:
    """Answer a command again and again, print what changes, and return the exit code of the last outcome."""
    from bot.commands.watching import watch  # noqa: PLC0415 (only for --watch)

    if where.dump:
        raise UsageError("Saved objects do not change: leave out --watch.")
    if beside and beside.wanted:
        raise UsageError("--watch adds no container: leave out --probe-from-caller.")
    request = _asked_now(asked)
    if request.is_of_many:
        raise UsageError("One Service is watched, not a namespace.", hint="For example: k8snet why web -n shop -w")
    allow(output, *forms_of(request))

    def look() -> Diagnosis:
        found = ask(_asked_now(asked), where, how)
        assert isinstance(found, Diagnosis)  # the answer to a question about one Service
        return found

    def tell(found: Diagnosis) -> None:
        say(rendered(found, request.kind, output=output, color=wants_color(color), explain=explain))

    return EXIT[watch(look, tell, lambda said: complain((said,)))]


def _asked_now(asked: Command, since: "Digest | None" = None) -> Request:
    return request_of(asked, since=since, run_id=ulid(datetime.now(UTC), os.urandom(10)))


def ask(request: Request, where: Place, how: Manner) -> "Answered":
    """Answer on saved objects or on a live cluster."""
    if where.dump:
        from bot.commands.saved import ask_saved  # noqa: PLC0415 (only for saved objects)

        return ask_saved(request, where)
    from bot.commands.live import ask_live  # noqa: PLC0415 (a dump needs no cluster, no event loop)

    return ask_live(request, where, how)
