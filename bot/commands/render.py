"""An answer in one of the forms of `-o`. Each form loads only itself."""

from typing import TYPE_CHECKING

from bot.commands.options import OF_LOOKUP, OF_MANY, OF_ONE, OF_PATH, OF_TABLE, Output
from bot.commands.output import width
from bot.model.question.request import Kind, Request
from bot.model.result.diagnosis import Diagnosis

if TYPE_CHECKING:  # an answer is of one kind, and loads no other
    from bot.model.result.answer import Answered
    from bot.model.result.digest import Digest, Table
    from bot.model.result.path import PathAnswer
    from bot.model.result.resolution import Resolution
    from bot.model.result.triage import Triage


def forms_of(request: Request) -> tuple[Output, ...]:
    """Return the forms that an answer to this request has."""
    if request.kind is Kind.WHY and request.is_of_many:
        return OF_MANY
    if request.kind is Kind.WHY or (request.kind is Kind.CHECK and request.is_of_one):
        return OF_ONE
    return {Kind.DIGEST: OF_MANY, Kind.PATH: OF_PATH, Kind.CHECK: OF_TABLE}.get(request.kind, OF_LOOKUP)


def rendered(found: "Answered", kind: Kind, *, output: Output, color: bool = False, explain: bool = False) -> str:
    """Return an answer in the form asked for; the text of a `check` is one line a Service."""
    if output is Output.JSON:
        from bot.reports.json import answer_json  # noqa: PLC0415 (each form loads only itself)

        return answer_json(found)
    if isinstance(found, Diagnosis):
        return _diagnosis(found, kind, output=output, color=color, explain=explain)
    return _other(found, output=output, color=color)


def _other(found: "Table | Digest | Triage | PathAnswer | Resolution", *, output: Output, color: bool) -> str:
    from bot.model.result.digest import Digest, Table  # noqa: PLC0415 (as above)
    from bot.model.result.path import PathAnswer  # noqa: PLC0415 (as above)
    from bot.model.result.triage import Triage  # noqa: PLC0415 (as above)

    if isinstance(found, Triage):
        return _triage(found, output=output, color=color)
    if isinstance(found, Table | Digest):
        return _scope(found, output=output, color=color)
    if isinstance(found, PathAnswer):
        if output is Output.MERMAID:
            from bot.reports.mermaid import mermaid  # noqa: PLC0415 (as above)

            return mermaid(found)
        from bot.reports.path_text import path_text  # noqa: PLC0415 (as above)

        return path_text(found, color=color, width=width())
    from bot.reports.dns_text import dns_text  # noqa: PLC0415 (as above)

    return dns_text(found, color=color, width=width())


def _diagnosis(found: Diagnosis, kind: Kind, *, output: Output, color: bool, explain: bool) -> str:
    if output is Output.MARKDOWN:
        from bot.reports.markdown import markdown  # noqa: PLC0415 (as above)

        return markdown(found)
    if output is Output.MERMAID:
        from bot.reports.mermaid import mermaid  # noqa: PLC0415 (as above)

        return mermaid(found)
    if output is Output.SLACK:
        from bot.commands.processes import slack_message  # noqa: PLC0415 (as above)

        return slack_message(found)
    if kind is Kind.CHECK:
        from bot.reports.digest_text import check_line  # noqa: PLC0415 (as above)

        return check_line(found, color=color)
    from bot.reports.text import text  # noqa: PLC0415 (as above)

    return text(found, color=color, width=width(), explain=explain)


def _triage(found: "Triage", *, output: Output, color: bool) -> str:
    if output is Output.MARKDOWN:
        from bot.reports.markdown import triage_markdown  # noqa: PLC0415 (as above)

        return triage_markdown(found)
    from bot.reports.triage_text import triage_text  # noqa: PLC0415 (as above)

    return triage_text(found, color=color, width=width())


def _scope(found: "Table | Digest", *, output: Output, color: bool) -> str:
    from bot.model.result.digest import Table  # noqa: PLC0415 (as above)
    from bot.reports.digest_text import digest_text, table  # noqa: PLC0415 (as above)

    if isinstance(found, Table):
        return table(found, color=color)
    if output is Output.MARKDOWN:
        from bot.reports.markdown import digest_markdown  # noqa: PLC0415 (as above)

        return digest_markdown(found)
    return digest_text(found, color=color, width=width())
