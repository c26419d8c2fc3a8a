"""An answer in words: what stands in the thread, and what stands in the channel above it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from bot.errors import ErrorKind
from bot.jobs.messages import Answer, Run
from bot.model.question.instead import command_of, offers
from bot.model.question.request import Kind
from bot.model.result.diagnosis import Diagnosis
from bot.model.result.digest import Digest, Table
from bot.model.result.error import AnswerError
from bot.model.result.mutes import Mute, heard
from bot.model.result.path import PathAnswer
from bot.model.result.resolution import Resolution
from bot.model.result.status import Status
from bot.model.result.triage import Triage
from bot.model.text import count
from bot.reports.digest_text import digest_text, table
from bot.reports.dns_text import dns_text
from bot.reports.path_text import path_text
from bot.reports.text import text as plain_report
from bot.reports.triage_text import triage_text
from bot.reports.words import question_words
from handlers.messages.digest import counted, digest_message, headline, place, table_message
from handlers.messages.markup import Element, actions, button, change_button, code, context, lines, literal, pre
from handlers.messages.message import Message, fitting, message
from handlers.messages.notices import refusal
from handlers.messages.triage import triage_line, triage_message
from handlers.messages.unknown import is_unknown_name, unknown_name
from handlers.messages.verdict import caller_button, check_line, notice, root_line, verdict_clause, verdict_message

_UNUSED = "I did not use: "  # as a Reading tells it
_PATH = {Status.OK: "allowed", Status.FAIL: "denied"} | dict.fromkeys((Status.WARN, Status.UNKNOWN), "not decided")
_RESOLVES = {
    Status.OK: "resolves",
    Status.WARN: "resolves for some programs only",
    Status.FAIL: "does not resolve",
    Status.UNKNOWN: "could not be judged",
}
_COLUMNS = 90  # of a report in a code block, before Slack wraps it
_ASKS_BACK = (ErrorKind.USAGE, ErrorKind.UNKNOWN_NAME, ErrorKind.AMBIGUOUS)
_LOOKED_AWAY = 10  # seconds after which the asker is named in the thread, since they may have looked away


class RenderedAnswer(Struct, frozen=True):
    """The thread's message, and the line above the thread. `alone`: it asks something back, so only the asker gets it.

    `is_line`: the line is all there is to say. `same`: equal for answers that say the same, empty for those that never do.
    `age`: seconds by which the answer is older than the question; nothing was tested for it.
    """

    thread: Message
    root: Message
    alone: bool = False
    is_line: bool = False
    same: str = ""
    age: int = 0

    @property
    def is_stale(self) -> bool:
        return self.age > 0


def render(run: Run, answer: Answer, *, now: datetime | None = None, mutes: Sequence[Mute] = ()) -> RenderedAnswer:
    """Put an answer into messages. One that is older than the question says so; a digest is without what is muted."""
    age = _age(run, answer)
    match answer.result:
        case AnswerError() as error:
            return _error(run, error)
        case Diagnosis() as diagnosis:
            told = _diagnosis(run, diagnosis, age, now or datetime.now(UTC))
        case Table() as found:
            report = table(found)
            words = table_message(found, stamp=_stamp(run), report=report, top=_top(run, age))
            told = RenderedAnswer(words, _line(run, found.outcome, place(found), counted(found)), same=report)
        case Triage() as causes:
            report = triage_text(causes, color=False)
            words = triage_message(causes, run.question, stamp=_stamp(run), report=report, top=_top(run, age))
            told = RenderedAnswer(words, _line(run, causes.outcome, *triage_line(causes)), same=report)
        case Digest() as digest:
            note = "A preview: nothing was posted, and the next digest is compared as before" if run.baseline else ""
            wanted = heard(digest, mutes)
            report = digest_text(wanted.digest, color=False)
            words = digest_message(wanted, stamp=_stamp(run), report=report, run=run.id, note=note)
            told = RenderedAnswer(words, _line(run, digest.outcome, place(digest), headline(wanted.digest)))
        case PathAnswer() as path:
            told = _path(run, path, age)
        case Resolution() as found:
            told = _resolution(run, found, age)
    return replace(told, same=f"{run.kind} {told.same}" if told.same else "", age=age)


def _age(run: Run, answer: Answer) -> int:
    """Return by how many seconds an answer is older than the question."""
    if not (run.delivery.is_earlier and run.asked_at and answer.answered_at):
        return 0
    return max(1, round((run.asked_at - answer.answered_at).total_seconds()))


def _stale(age: int) -> str:
    return f"Answer from {count(age, 'second')} ago, nothing was tested just now" if age else ""


def _stamp(run: Run) -> str:
    return f"{run.id}.{run.tries}"


def _diagnosis(run: Run, diagnosis: Diagnosis, age: int, now: datetime) -> RenderedAnswer:
    if run.is_first and is_unknown_name(diagnosis):
        return RenderedAnswer(unknown_name(run, diagnosis), root_line(diagnosis, run=run.id), alone=True)
    same = f"{question_words(diagnosis.question)} {notice(diagnosis)} {diagnosis.root_cause}"
    if run.kind is Kind.CHECK:
        line = check_line(diagnosis, run=run.id, revision=run.tries, top=_top(run, age))
        return RenderedAnswer(line, line, is_line=True, same=same)
    waited = (now - run.asked_at).total_seconds() if run.asked_at else 0
    thread = verdict_message(
        diagnosis,
        run=run.id,
        report=plain_report(diagnosis, color=False, width=100),
        revision=run.tries,
        reading=_reading(run),
        mention=run.asked_by if waited > _LOOKED_AWAY and not run.schedule else "",
        stale=_stale(age),
    )
    return RenderedAnswer(thread, root_line(diagnosis, run=run.id, revision=run.tries), same=same)


def _path(run: Run, found: PathAnswer, age: int) -> RenderedAnswer:
    head = (found.outcome, f"path {found.source} to {found.target}", _PATH[found.outcome])
    shown = [button("Show Path", "k8snet.path", run.id)] if found.hops else []
    return _plain(run, head, path_text(found, color=False, width=_COLUMNS), age, shown)


def _resolution(run: Run, found: Resolution, age: int) -> RenderedAnswer:
    head = (found.outcome, f"dns {found.name}", _RESOLVES[found.outcome])
    there = caller_button(found.source, found.offer, run.id)
    return _plain(run, head, dns_text(found, color=False, width=_COLUMNS), age, there)


def _plain(
    run: Run, head: tuple[Status, str, str], report: str, age: int, more: Sequence[Element] = ()
) -> RenderedAnswer:
    """A report as text under its verdict: what `dns` and `path` give."""
    line = _line(run, *head)
    blocks = [*_top(run, age), lines(verdict_clause(*head)), pre(report, 2800)]
    buttons = actions(button("Re-Run", "k8snet.rerun", run.id), *more)
    told = fitting(line["text"], [(0, [*blocks, buttons])], stamp=_stamp(run), report=report)
    return RenderedAnswer(told, line, same=f"{line['text']} {run.question.namespace}")


def _error(run: Run, error: AnswerError) -> RenderedAnswer:
    target = run.question.service or run.question.address
    asked = command_of(
        str(run.kind), run.question, namespaces=run.namespaces, pod=run.pod, only_me=run.delivery.is_alone
    )
    offered = offers(asked, error.slot, error.suggestions)
    hint = error.hint or ("Did you mean:" if offered and error.kind is ErrorKind.UNKNOWN_NAME else "")
    told = refusal(error.sentence, hint=hint, suggestions=error.suggestions, run=run.id, offers=offered)
    line = _line(run, Status.UNKNOWN, target or str(run.kind), error.sentence)
    return RenderedAnswer(told, line, alone=run.is_first and error.kind in _ASKS_BACK)


def _top(run: Run, age: int) -> list[Element]:
    """Return the blocks that say how a sentence was read, and let it be changed, and how old the answer is."""
    told = [_reading(run), _stale(age)]
    change = [change_button(run.id)] if run.delivery.reading else []
    return [*([context(*told)] if any(told) else []), *change]


def _reading(run: Run) -> str:
    """Return how a sentence was read, as ready mrkdwn; the asker's own words stand in code, ours do not."""
    if not run.delivery.reading:
        return ""
    command, *more = run.delivery.reading.split(". ")
    told = (
        f"{_UNUSED}{code(each.removeprefix(_UNUSED), 200)}" if each.startswith(_UNUSED) else code(each, 200)
        for each in more
    )
    return " · ".join([f"Read as: {code(command, 300)}", *told])


def _line(run: Run, outcome: Status, name: str, words: str) -> Message:
    """Return the line above the thread: the verdict, and that the rest stands below."""
    head = verdict_clause(outcome, name, words)
    return message(f"{name}: {words}", [lines([*head, literal(" · details in thread")])], stamp=f"{_stamp(run)}.line")
