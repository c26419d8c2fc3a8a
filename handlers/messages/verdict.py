"""A diagnosis as a message: the cause first, three verdicts, the fix, commands to paste; a healthy Service is short."""

from collections.abc import Sequence

from msgspec.structs import replace

from bot.model.probe import VantageKind
from bot.model.question.instead import command_of
from bot.model.question.question import Source
from bot.model.question.render import sentence
from bot.model.result.diagnosis import Diagnosis, Offer, Verdict
from bot.model.result.finding import Finding, Layer
from bot.model.result.status import Status
from bot.model.text import count, first_words, one_line
from bot.reports.words import LAYER_WORDS, NOT_TESTED, container_words, lookup_words, unseen_words, watch_words
from handlers.messages.markup import (
    Element,
    actions,
    button,
    code,
    confirmed,
    context,
    emoji,
    header,
    lines,
    literal,
    overflow,
    person,
    pre,
    titled,
    with_words,
)
from handlers.messages.message import Group, Message, fitting, message
from handlers.messages.words import GLYPHS, SYMPTOM_WORDS, status_word, verdict_word

_COMMANDS = 3
_GAPS = 3
_CHANGES, _READS = "this changes the cluster", "read-only"
_WHOLE = 2800  # several commands that are needed together: a part of them is of no use


def verdict_message(
    diagnosis: Diagnosis,
    *,
    report: str,
    run: str = "",
    revision: int = 0,
    reading: str = "",
    mention: str = "",
    stale: str = "",
) -> Message:
    """Return the thread message of a diagnosis. `run` is the id of the run that shows it, where that is not its own.

    `report` is the plain report, sent where Slack refuses blocks. `reading` says how the question was read, `stale`
    that the answer is not fresh, both as ready mrkdwn; `mention` is the asker's id where the run took long.
    """
    run = run or diagnosis.id or "run"
    named = [lines([person(mention), literal(" your answer is here.")])] if mention else []
    top = [*([context(reading)] if reading else []), *named]
    low = [_buttons(diagnosis, run, reading), _footer(diagnosis, run, stale)]
    body: list[Group] = _broken(diagnosis) if diagnosis.root_cause else [(0, _healthy(diagnosis))]
    groups: list[Group] = [(0, top), *body, (2, _gaps(diagnosis)), (0, low)]
    stamp, mentions = f"{run}.{revision}", (mention,) if mention else ()
    return fitting(notice(diagnosis), groups, stamp=stamp, report=report, mentions=mentions)


def root_line(diagnosis: Diagnosis, *, run: str = "", revision: int = 0) -> Message:
    """Return the one line in the channel that stands above the thread."""
    text = [*_clause(diagnosis), literal(" · details in thread")]
    return message(notice(diagnosis), [lines(text)], stamp=f"{run or diagnosis.id or 'run'}.root.{revision}")


def check_line(diagnosis: Diagnosis, *, run: str, revision: int = 0, top: Sequence[Element] = ()) -> Message:
    """Return the answer of `check` of one Service: a line, and a way to ask why."""
    question = diagnosis.question
    why = sentence(command_of("why", replace(question, service=question.service or question.name)))
    buttons = actions(button("Show Why", "k8snet.ask.0", why), button("Re-Run", "k8snet.rerun", run))
    blocks = [*top, lines(_clause(diagnosis)), buttons]
    return message(notice(diagnosis), blocks, stamp=f"{run}.line.{revision}")


def _clause(diagnosis: Diagnosis) -> list[Element]:
    words = "all three checks pass" if diagnosis.outcome is Status.OK else notice(diagnosis).partition(": ")[2]
    if diagnosis.root_cause:
        words = diagnosis.root_cause.message
    return verdict_clause(diagnosis.outcome, diagnosis.question.service or diagnosis.question.name, words)


def verdict_clause(outcome: Status, name: str, words: str) -> list[Element]:
    """Return a verdict in a line: what it is about, pass, fail, warn or unknown, and why."""
    state = status_word(outcome)
    told = first_words(one_line(words).rstrip("."), 250)
    return [literal(name, bold=True), literal(f" · {state} "), emoji(GLYPHS[state]), literal(f" · {told}")]


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
    name = diagnosis.question.service or diagnosis.question.name
    return [
        (0, [header(f"{name}: {cause.name.replace('-', ' ')}")]),
        (0, [titled("Root cause", cause.message, f"{cause.confidence}, {cause.code}"), _verdicts(diagnosis)]),
        (0, _fix(root)),
        (1, _commands(root, 0, 1)),
        (3, _commands(root, 1, _COMMANDS)),
        (4, _also(diagnosis)),
    ]


def _healthy(diagnosis: Diagnosis) -> list[Element]:
    """Nothing is wrong here: the three verdicts, and a word on what was complained of."""
    symptom = diagnosis.question.symptom
    if not symptom or diagnosis.outcome is not Status.OK:
        return [_verdicts(diagnosis)]
    seen = "was measured" if diagnosis.observations else "stands in the configuration"
    known = "; ".join((f"Nothing that explains {SYMPTOM_WORDS[symptom]} {seen} just now", *unseen_words(diagnosis)))
    told = f"{known}. If it comes and goes, ask while it is there."
    return [_verdicts(diagnosis), lines([literal(told)])]


def _verdicts(diagnosis: Diagnosis) -> Element:
    rows = []
    for layer, title in LAYER_WORDS.items():
        verdict = diagnosis.verdicts[layer]
        state = verdict_word(verdict)
        rows += [literal(title, bold=True), literal(f" · {state} "), emoji(GLYPHS[state])]
        rows.append(literal(f" · {_summary(verdict, diagnosis)}\n"))
    return lines(rows)


def _summary(verdict: Verdict, diagnosis: Diagnosis) -> str:
    """The verdict's sentence; that of the root cause stands in full above."""
    cause = diagnosis.root_cause
    said = "the root cause, above" if cause and verdict.summary == cause.message else verdict.summary
    return first_words(one_line(said.removeprefix(f"{NOT_TESTED}: ")), 280)


def _fix(root: Finding) -> list[Element]:
    if not root.fix:
        return []
    first = root.fix[0]
    told = ((first.risk, "Risk: "), (first.proof, "Proof: "))
    words = [first_words(one_line(f"{title}{each}"), 240) for each, title in told if each]
    return [
        titled("Fix", "\n".join(words) or "Run this, when it is right for you", _CHANGES),
        pre(first.command, _WHOLE),
    ]


def _commands(root: Finding, first: int, last: int) -> list[Element]:
    commands = root.check[first:last]
    note = lookup_words(commands)
    shown = [*(pre(command) for command in commands), *([lines([literal(note)])] if note else [])]
    head = lines([literal("See it yourself", bold=True), literal(f" ({_READS})")])
    title = [head] if shown and first == 0 else []
    return title + shown


def _also(diagnosis: Diagnosis) -> list[Element]:
    noticed = diagnosis.also_noticed[:3]
    if not noticed:
        return []
    text = "\n".join(f"{each.code} {first_words(one_line(each.message), 200)}" for each in noticed)
    return [titled("Also noticed", text)]


def _gaps(diagnosis: Diagnosis) -> list[Element]:
    """What could not be read, and the rule that would close it."""
    gaps = diagnosis.told_gaps
    if not gaps:
        return []
    more = [f"and {len(gaps) - _GAPS} more"] if len(gaps) > _GAPS else []
    words = "\n".join([*(first_words(one_line(f"{gap.what}: {gap.why}"), 200) for gap in gaps[:_GAPS]), *more])
    grants = [gap.grant for gap in gaps if gap.grant][:1]
    return [titled("Could not be read", words), *(pre(grant, 400) for grant in grants)]


def _buttons(diagnosis: Diagnosis, run: str, reading: str) -> Element:
    """Return three buttons, and a menu of what else can be done: a phone shows no more in a line.

    The third is what is most likely wanted next: the caller's own word where it can be had, to correct a sentence that was
    read, to try another caller where nothing is wrong for this one, or to see where the way is broken.
    """
    is_fine = diagnosis.root_cause is None
    change = {"change": "Change"} if reading else {}
    other, path = {"from": "Run From Another Pod"}, {"path": "Show Path"} if diagnosis.hops else {}
    wanted = change | (other | path if is_fine else path | other)
    from_caller = caller_button(diagnosis.question.source, diagnosis.offer, run)
    chosen = [] if from_caller else [next(iter(wanted))]
    rest = {f"{what}:{run}": label for what, label in wanted.items() if what not in chosen}
    mute = {} if is_fine else {f"mute:{run}": "Mute for 1 Day"}
    watch = {f"watch:{run}": "Watch for 30 minutes"}
    return actions(
        button("Re-Run", "k8snet.rerun", run),
        button("Show Evidence", "k8snet.evidence", run),
        *(button(wanted[each], f"k8snet.{each}", run) for each in chosen),
        *from_caller,
        overflow("k8snet.more", rest | watch | mute),
    )


def caller_button(source: Source | None, offer: Offer | None, run: str) -> list[Element]:
    """Return the button that asks the caller's own pod, where it may; what that takes is said before it is taken."""
    if source is None or offer is None:
        return []
    asks = button("Probe From Caller", "k8snet.caller", run)
    return [confirmed(asks, "Measure from the caller's own pod?", container_words(source, offer), "Add Container")]


def _footer(diagnosis: Diagnosis, run: str, stale: str) -> Element:
    question = diagnosis.question
    where = f"in {code(question.namespace)}" + (f" on {code(question.cluster)}" if question.cluster else "")
    source = f"called from {code(str(question.source), 120)}" if question.source else ""
    took = f"{diagnosis.took_ms / 1000:.1f} s, {count(diagnosis.api_requests, 'read')}"
    held = watch_words(diagnosis.watch_age)
    told = context(stale, where, source, f"seen{_seen(diagnosis)}", took, held, f"run {code(run[:10])}")
    return with_words(told, "; ".join(question.assumed))


def _from(diagnosis: Diagnosis) -> str:
    source = diagnosis.question.source
    return f" from {source}" if source else ""


def _seen(diagnosis: Diagnosis) -> str:
    place = diagnosis.vantage
    if place.kind is VantageKind.NONE:
        return " in the configuration only"
    who = "the caller " if place.kind is VantageKind.CALLER else ""
    return f" from {who}" + (code(f"{place.namespace}/{place.pod}") if place.pod else "this worker")
