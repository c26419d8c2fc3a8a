"""A diagnosis as a message: the cause first, three verdicts, the fix, commands to paste; a healthy Service is short."""

from bot.model.probe import VantageKind
from bot.model.result.diagnosis import Diagnosis, Verdict
from bot.model.result.finding import Evidence, Finding, Layer
from bot.model.result.status import Status
from bot.model.text import count, one_line, shorten
from bot.reports.words import LAYER_WORDS, NOT_TESTED, value_words
from handlers.messages.markup import (
    Element,
    actions,
    button,
    code,
    context,
    emoji,
    header,
    lines,
    literal,
    overflow,
    person,
    pre,
    titled,
)
from handlers.messages.message import Group, Message, fitting, message
from handlers.messages.words import GLYPHS, status_word, verdict_word

_COMMANDS = 3


def verdict_message(
    diagnosis: Diagnosis, *, report: str, revision: int = 0, reading: str = "", mention: str = "", stale: str = ""
) -> Message:
    """Return the thread message of a diagnosis.

    `report` is the plain report, sent where Slack refuses blocks. `reading` says how the question was read, `stale`
    that the answer is not fresh, both as ready mrkdwn; `mention` is the asker's id where the run took long.
    """
    stamp = f"{diagnosis.id or 'run'}.{revision}"
    named = [lines([person(mention), literal(" your answer is here.")])] if mention else []
    top = [*([context(reading)] if reading else []), *named]
    low = [_buttons(diagnosis, reading), _footer(diagnosis, stale)]
    body: list[Group] = _broken(diagnosis) if diagnosis.root_cause else [(0, [_verdicts(diagnosis)])]
    groups: list[Group] = [(0, top), *body, (1, _gaps(diagnosis)), (0, low)]
    return fitting(notice(diagnosis), groups, stamp=stamp, report=report, mentions=(mention,) if mention else ())


def root_line(diagnosis: Diagnosis, *, revision: int = 0) -> Message:
    """Return the one line in the channel that stands above the thread."""
    state = status_word(diagnosis.outcome)
    words = "all checks pass" if diagnosis.outcome is Status.OK else notice(diagnosis).partition(": ")[2]
    if diagnosis.root_cause:
        words = diagnosis.root_cause.message
    text = [
        literal(diagnosis.question.service, bold=True),
        literal(f" · {state} "),
        emoji(GLYPHS[state]),
        literal(f" · {shorten(one_line(words).rstrip('.'), 200)} · details in thread"),
    ]
    return message(notice(diagnosis), [lines(text)], stamp=f"{diagnosis.id or 'run'}.root.{revision}")


def notice(diagnosis: Diagnosis) -> str:
    """Return the notification: service, verdict, cause. It is all that a phone and a screen reader get."""
    name = diagnosis.question.service or diagnosis.question.name
    if diagnosis.root_cause:
        return f"{name}: {diagnosis.root_cause.layer} {status_word(diagnosis.outcome)}. {diagnosis.root_cause.message}"
    if diagnosis.outcome is Status.OK:
        return f"{name}: all three checks pass{_from(diagnosis)}."
    unknown = [LAYER_WORDS[layer] for layer in Layer if diagnosis.verdicts[layer].status is Status.UNKNOWN]
    return f"{name}: no fault found, {' and '.join(unknown)} could not be judged."


def _broken(diagnosis: Diagnosis) -> list[Group]:
    root, cause = diagnosis.root, diagnosis.root_cause
    assert root is not None
    assert cause is not None
    return [
        (0, [header(f"{diagnosis.question.service}: {cause.name.replace('-', ' ')}"), _verdicts(diagnosis)]),
        (0, [titled("Root cause", cause.message, f"{cause.confidence}, {cause.code}")]),
        (3, _evidence(root)),
        (0, _fix(root)),
        (0, _commands(root, 0, 1)),
        (2, _commands(root, 1, _COMMANDS)),
        (4, _also(diagnosis)),
    ]


def _verdicts(diagnosis: Diagnosis) -> Element:
    rows = []
    for layer, title in LAYER_WORDS.items():
        verdict = diagnosis.verdicts[layer]
        state = verdict_word(verdict)
        rows += [literal(title, bold=True), literal(f" · {state} "), emoji(GLYPHS[state])]
        rows.append(literal(f" · {_summary(verdict, diagnosis)}\n"))
    return lines(rows)


def _summary(verdict: Verdict, diagnosis: Diagnosis) -> str:
    """The verdict's sentence; that of the root cause stands in full below, so here it is told by its name."""
    cause = diagnosis.root_cause
    said = cause.name.replace("-", " ") if cause and verdict.summary == cause.message else verdict.summary
    return one_line(said.removeprefix(f"{NOT_TESTED}: "), limit=280)


def _evidence(root: Finding) -> list[Element]:
    shown = [_fact(each) for each in root.evidence[:5]]
    return [titled("Evidence", "\n".join(shown))] if shown else []


def _fact(evidence: Evidence) -> str:
    note = f"  ({evidence.note})" if evidence.note else ""
    return one_line(f"{evidence.object}: {evidence.field} = {value_words(evidence.value)}{note}", limit=200)


def _fix(root: Finding) -> list[Element]:
    if not root.fix:
        return []
    first = root.fix[0]
    told = ((first.risk, "Risk: "), (first.proof, "Proof: "))
    words = [one_line(f"{title}{each}", limit=240) for each, title in told if each]
    return [titled("Fix", "\n".join(words) or "Run this, when it is right for you"), pre(first.command)]


def _commands(root: Finding, first: int, last: int) -> list[Element]:
    shown = [pre(command) for command in root.check[first:last]]
    title = [lines([literal("See it yourself", bold=True)])] if shown and first == 0 else []
    return title + shown


def _also(diagnosis: Diagnosis) -> list[Element]:
    noticed = diagnosis.also_noticed[:3]
    if not noticed:
        return []
    text = "\n".join(f"{each.code} {one_line(each.message, limit=200)}" for each in noticed)
    return [titled("Also noticed", text)]


def _gaps(diagnosis: Diagnosis) -> list[Element]:
    """What could not be read, and the rule that would close it."""
    gaps = diagnosis.told_gaps
    if not gaps:
        return []
    words = "\n".join(f"{gap.what}: {gap.why}" for gap in gaps[:3])
    grants = [gap.grant for gap in gaps if gap.grant][:1]
    return [titled("Could not be read", one_line(words, limit=300)), *(pre(grant, 400) for grant in grants)]


def _buttons(diagnosis: Diagnosis, reading: str) -> Element:
    run = diagnosis.id or "run"
    change = [button("Change", "k8snet.change", run)] if reading else []  # only where a sentence was read
    path = [button("Show Path", "k8snet.path", run)] if diagnosis.hops else []
    first = (button("Re-Run", "k8snet.rerun", run), button("Show Evidence", "k8snet.evidence", run))
    more = overflow("k8snet.more", {f"watch:{run}": "Watch for 30 minutes"})
    return actions(*first, *path, *change, more)


def _footer(diagnosis: Diagnosis, stale: str) -> Element:
    question = diagnosis.question
    where = f"in {code(question.namespace)}" + (f" on {code(question.cluster)}" if question.cluster else "")
    seen = f"seen{_seen(diagnosis)}"
    reads = count(diagnosis.api_requests, "read")
    assumed = "; ".join(code(each, 120) for each in question.assumed)
    took = f"{diagnosis.took_ms / 1000:.1f} s, {reads}"
    return context(stale, where, seen, assumed, took, f"run {code(diagnosis.id[:10])}")


def _from(diagnosis: Diagnosis) -> str:
    source = diagnosis.question.source
    return f" from {source}" if source else ""


def _seen(diagnosis: Diagnosis) -> str:
    place = diagnosis.vantage
    if place.kind is VantageKind.NONE:
        return " in the configuration only"
    return " from " + (code(f"{place.namespace}/{place.pod}") if place.pod else "this worker")
