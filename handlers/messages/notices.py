"""Everything short that is not a verdict: first signs, refusals, help."""

from collections.abc import Sequence

from bot.errors import K8snetError
from bot.jobs.defaults import Default
from bot.jobs.messages import Run, Step
from bot.model.question.instead import offers as offers_of
from bot.model.question.render import target_words
from bot.model.question.request import Kind
from bot.model.text import count, listing, one_line, shorten
from handlers.messages.markup import (
    Element,
    actions,
    button,
    code,
    context,
    lines,
    link_button,
    literal,
    person,
    pre,
    section,
)
from handlers.messages.message import Group, Message, fitting, message
from handlers.messages.progress import plan
from handlers.messages.schedules import moment

GONE = "This run is no longer stored: runs are kept for 7 days."
_LABEL = 30  # characters of a button that clients show
IN_THREADS = (
    "In threads use `@k8snet why …`, or Diagnose with k8snet in a message's menu: Slack has no slash commands there."
)
EXAMPLES = (
    ("why user-service in shop from checkout", "three verdicts, one cause, commands"),
    ("why in shop", "what is broken there, when no Service is known yet"),
    ("check shop/*", "one line a Service"),
    ("dns user-service from shop/checkout", "each lookup, as that pod makes it"),
    ("path shop/checkout to user-service port 80", "every rule on the way"),
    ("watch user-service for 30m", "this thread hears when the verdict changes; watch list, watch off"),
    ("mute RTE-012 of user-service for 2h", "digests and watches here keep quiet about it; mute list, unmute"),
    ("use shop", "where this channel's questions look first; use none"),
    ("digest daily 09:00 for shop", "what changed, each morning, in this channel"),
)


def target_of(run: Run) -> str:
    """Return what a run is about, in a word or two."""
    question = run.question
    return question.service or question.address or question.name or ", ".join(run.namespaces) or "the cluster"


def receipt(run: Run, *, ahead: int = 0, note: str = "") -> Message:
    """Return the first sign that its asker alone sees.

    Slack lets nobody replace or delete it (https://github.com/slackapi/bolt-python/issues/1268), so it says what is still
    true when the answer stands there.
    """
    waiting = f"Waiting for a worker, {ahead} before you" if ahead else ""
    where = "" if run.delivery.is_alone else "the answer comes as a message here"
    blocks = [section(_asked(run)), context(waiting, where, f"run {code(run.id[:10])}")]
    if note:
        blocks.append(context(note))
    return message(f"k8snet is checking {target_of(run)}.", blocks, stamp=f"{run.id}.receipt")


def takes_long(run: Run, step: Step | None, ahead: int = 0) -> Message:
    """Return what stands where the answer will, for everybody who wonders: the steps, and which of them is taken."""
    target = target_of(run)
    waits = f"waiting for a worker{f', {ahead} before it' if ahead else ''}" if step is None else ""
    asker = f"asked by {code(run.delivery.asker)}" if run.delivery.asker else ""
    blocks = [plan(f"Checking {target}", run.kind, step), context(waits, asker, f"run {code(run.id[:10])}")]
    return message(f"k8snet is checking {target}.", blocks, stamp=f"{run.id}.wait.{run.tries}")


def _asked(run: Run) -> str:
    question = run.question
    where = f" in {code(question.namespace)}" if question.namespace else ""
    on = f" on {code(question.cluster)}" if question.cluster else ""
    return f"You asked about {code(target_of(run))}{where}{on}."


def refusal(
    sentence: str, *, hint: str = "", suggestions: Sequence[str] = (), run: str = "", offers: Sequence[str] = ()
) -> Message:
    """Return one clear sentence, what to do, and a button for each thing that may have been meant.

    `offers` are the whole questions that the buttons of the suggestions ask, so that nothing of the question is lost.
    """
    shown = [lines([literal(one_line(sentence))])]
    if hint:
        shown.append(lines([literal(one_line(hint))]))
    if suggestions and len(offers) == len(suggestions):
        asks = [
            button(shorten(each, _LABEL), f"k8snet.ask.{place}", offer)
            for place, (each, offer) in enumerate(zip(suggestions[:4], offers, strict=False))
        ]
        long = [each for each in suggestions[:4] if len(each) > _LABEL]
        shown += [context(*(code(each, 200) for each in long))] if long else []
        shown.append(actions(*asks))
    elif suggestions:
        shown.append(context("Did you mean: " + ", ".join(code(each) for each in suggestions[:4])))
    if run:
        shown.append(context(f"run {code(run[:10])}"))
    report = "\n".join([sentence, hint, *suggestions])
    return fitting(sentence, [(0, shown)], stamp=f"{run or 'sorry'}.refusal", report=report)


def refused(error: K8snetError, *, run: str = "") -> Message:
    """Return the refusal of a question that was not asked; sentences that it suggests are buttons."""
    offered = offers_of(None, error.slot, error.suggestions)
    return refusal(str(error), hint=error.hint, suggestions=error.suggestions, run=run, offers=offered)


def store_away(command: str) -> Message:
    """Return the answer for when Redis is unreachable: say so, and give the command that needs none."""
    sentence = "I can't take questions right now: my store is unreachable. From a terminal:"
    return message(sentence, [section(sentence), pre(command)], stamp="store-away")


def in_a_terminal(command: str) -> Message:
    """Return where the page of a finding is read: pages stand with the checks, which Slack's process does not load."""
    sentence = "The pages of findings are read in a terminal:"
    return message(sentence, [section(sentence), pre(command)], stamp="terminal")


def same_answer(words: str, run: Run, *, earlier: Run, link: str, age: int) -> Message:
    """Return the answer to a question whose answer stands in sight: what it says, and where.

    `age`: seconds since it was made, where nothing was tested now; 0 where it was, and came out the same.
    """
    asked = [literal(f"Answer from {count(age, 'second')} ago, asked by "), person(earlier.asked_by)]
    told = (
        [*asked, literal(". Nothing was tested just now.")] if age else [literal("Checked just now: it is as before.")]
    )
    buttons = [
        link_button("Open Answer", "k8snet.open", link),
        *([button("Re-Run", "k8snet.rerun", run.id)] if age else []),
    ]
    blocks = [lines([literal(one_line(words))]), lines(told), actions(*buttons)]
    return message(f"{words} ({count(age, 'second')} ago)" if age else words, blocks, stamp=f"{run.id}.same")


def with_invitation(told: Message, channel: str) -> Message:
    """Return an answer for its asker alone with what would let others see it."""
    return _with_hint(told, f"Invite me to <#{channel}> for answers that others see, in threads", f"{channel}.invite")


def from_elsewhere(told: Message, channel: str) -> Message:
    """Return an answer that its asker gets as a direct message with where it was asked."""
    return _with_hint(told, f"You asked this in <#{channel}>, where I could not show it", f"{channel}.asked")


def _with_hint(told: Message, words: str, block_id: str) -> Message:
    return {**told, "blocks": [*told.get("blocks", ()), {**context(words), "block_id": block_id}]}


def help_message(verb: str = "") -> Message:
    """Return what can be asked, with examples that can be typed as they stand."""
    rows = "\n".join(f"`/k8snet {example}`  {meaning}" for example, meaning in EXAMPLES if example.startswith(verb))
    blocks: list[Element] = [section(rows or f"I know no command {code(verb)}."), context(IN_THREADS)]
    return message("k8snet answers: why, check, dns, path, watch, digest, mute, use.", blocks, stamp="help")


def hops(note: str, text: str, *, run: str) -> Message:
    """Return the hops of an answer as text, with why they are no picture."""
    groups: list[Group] = [(0, [lines([literal(note)]), pre(text, 2800)]), (1, [context(f"run {code(run[:10])}")])]
    return fitting(note, groups, stamp=f"{run}.hops", report=text)


def recent(runs: Sequence[Run]) -> Message:
    """Return the last questions of a channel, a line each."""
    named = [f" · by {code(each.delivery.asker)}" if each.delivery.asker else "" for each in runs]
    rows = [section(f"{question_of(each)}{by}") for each, by in zip(runs, named, strict=True)]
    return message(
        "The last questions here", rows or [section("Nothing was asked here in the last days.")], stamp="recent"
    )


def question_of(run: Run) -> str:
    """Return what was asked, and when, as mrkdwn: `why user-service from shop/checkout · Nov 23 at 04:53`."""
    target = target_words(run.question)
    scope = (
        f"{'in ' if run.kind is Kind.WHY else ''}{code(listing(run.namespaces))}"
        if run.namespaces
        else "the whole cluster"
    )
    source = f" from {code(str(run.question.source), 120)}" if run.question.source else ""
    at = f" · {moment(run.asked_at)}" if run.asked_at else ""
    return f"{run.kind} {code(target) if target else scope}{source}{at}"


def default_of(default: Default) -> Message:
    """Return what a channel means where no namespace and no cluster is said."""
    places = " on ".join(filter(None, [default.namespace, default.cluster]))
    if not places:
        sentence = "Nothing is taken for granted here. Try: use shop, or use shop on prod-eu"
        return message(sentence, [lines([literal(sentence)])], stamp="default")
    sentence = f"Where nothing else is said, {places} is meant here"
    by = context(f"said by {code(default.by)}", "`use none` ends it")
    return message(sentence, [lines([literal(sentence)]), by], stamp="default")
