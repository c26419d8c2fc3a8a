"""An answer in words: what stands in the thread, and what stands in the channel above it."""

from datetime import UTC, datetime

from msgspec import Struct

from bot.errors import ErrorKind
from bot.jobs.messages import Answer, Run
from bot.model.question.instead import command_of, offers
from bot.model.result.diagnosis import Diagnosis
from bot.model.result.digest import Digest, Table
from bot.model.result.error import AnswerError
from bot.model.result.path import PathAnswer
from bot.model.result.resolution import Resolution
from bot.model.text import one_line
from bot.reports.digest_text import digest_text, table
from bot.reports.dns_text import dns_text
from bot.reports.path_text import path_text
from bot.reports.text import text as plain_report
from handlers.messages.digest import digest_message, table_message
from handlers.messages.markup import Element, change_button, code, context, lines, literal, pre, section
from handlers.messages.message import Group, Message, fitting, message
from handlers.messages.notices import refusal
from handlers.messages.unknown import is_unknown_name, unknown_name
from handlers.messages.verdict import notice, root_line, verdict_message

_COLUMNS = 90  # of a report in a code block, before Slack wraps it
_ASKS_BACK = (ErrorKind.USAGE, ErrorKind.UNKNOWN_NAME, ErrorKind.AMBIGUOUS)
_LOOKED_AWAY = 10  # seconds after which the asker is named in the thread, since they may have looked away


class RenderedAnswer(Struct, frozen=True):
    """The thread's message, and the line above the thread. `alone`: it asks something back, so only the asker gets it."""

    thread: Message
    root: Message
    alone: bool = False


def render(run: Run, answer: Answer, *, stale: str = "", now: datetime | None = None) -> RenderedAnswer:
    """Put an answer into messages. `stale` is ready mrkdwn for an answer that was not made just now."""
    match answer.result:
        case AnswerError() as error:
            return _error(run, error)
        case Diagnosis() as diagnosis:
            return _diagnosis(run, diagnosis, stale, now or datetime.now(UTC))
        case Table() as found:
            told = table_message(found, stamp=f"{run.id}.digest", report=table(found), top=_read_as(run))
            return RenderedAnswer(told, _line(run, told["text"]))
        case Digest() as digest:
            told = digest_message(digest, stamp=f"{run.id}.digest", report=digest_text(digest, color=False))
            return RenderedAnswer(told, _line(run, told["text"]))
        case PathAnswer() as path:
            return _path(run, path)
        case Resolution() as resolution:
            return _resolution(run, resolution)


def _diagnosis(run: Run, diagnosis: Diagnosis, stale: str, now: datetime) -> RenderedAnswer:
    if run.is_first and is_unknown_name(diagnosis):
        return RenderedAnswer(unknown_name(run, diagnosis), _line(run, notice(diagnosis)), alone=True)
    report = plain_report(diagnosis, color=False, width=100)
    waited = (now - run.asked_at).total_seconds() if run.asked_at else 0
    reading = _reading(run)
    mention = run.asked_by if waited > _LOOKED_AWAY and not run.schedule else ""
    thread = verdict_message(
        diagnosis, report=report, revision=run.tries, reading=reading, mention=mention, stale=stale
    )
    return RenderedAnswer(thread, root_line(diagnosis, revision=run.tries))


def _plain(run: Run, title: str, report: str) -> RenderedAnswer:
    """A report as text: what `dns` and `path` give."""
    groups: list[Group] = [(0, [*_read_as(run), lines([literal(title, bold=True)]), pre(report, 2800)])]
    return RenderedAnswer(fitting(title, groups, stamp=f"{run.id}.other", report=report), _line(run, title))


def _path(run: Run, found: PathAnswer) -> RenderedAnswer:
    title = f"path {found.source} to {found.target}: {found.decision}"
    return _plain(run, title, path_text(found, color=False, width=_COLUMNS))


def _resolution(run: Run, found: Resolution) -> RenderedAnswer:
    return _plain(run, f"dns {found.name}", dns_text(found, color=False, width=_COLUMNS))


def _error(run: Run, error: AnswerError) -> RenderedAnswer:
    target = run.question.service or run.question.address
    asked = command_of(
        str(run.kind), run.question, namespaces=run.namespaces, pod=run.pod, only_me=run.delivery.is_alone
    )
    offered = offers(asked, error.slot, error.suggestions)
    told = refusal(error.sentence, hint=error.hint, suggestions=error.suggestions, run=run.id, offers=offered)
    line = _line(run, f"{target}: {error.sentence}" if target else error.sentence)
    return RenderedAnswer(told, line, alone=run.is_first and error.kind in _ASKS_BACK)


def _read_as(run: Run) -> list[Element]:
    """Return the blocks that say how a sentence was read, and let it be changed."""
    return [context(_reading(run)), change_button(run.id)] if run.delivery.reading else []


def _reading(run: Run) -> str:
    """Return how a sentence was read, as ready mrkdwn."""
    return f"Read as: {code(run.delivery.reading, 300)}" if run.delivery.reading else ""


def _line(run: Run, words: str) -> Message:
    blocks = [lines([literal(one_line(words, limit=250)), literal(" · details in thread")])]
    return message(words, blocks, stamp=f"{run.id}.line")


def receipt_in_thread(run: Run) -> Message:
    """What stands in the thread until the answer replaces it."""
    target = run.question.service or run.question.address or ", ".join(run.namespaces) or "the cluster"
    text = f"Checking {code(target)}: reading the cluster and measuring…"
    return message(f"k8snet is checking {target}.", [section(text)], stamp=f"{run.id}.wait.{run.tries}")
