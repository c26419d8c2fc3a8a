"""Whatever stands in a cluster: every message that tells of it is one that Slack takes, on every level."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.jobs.messages import Answer, Delivery, Run
from bot.reports.path_text import hops_text
from handlers.blockkit import limits
from handlers.blockkit.cross_block_rules import blocks_bytes
from handlers.blockkit.lint import NO_PARSING, NO_UNFURLING
from handlers.messages import notices
from handlers.messages.levels import Level, forms
from handlers.messages.message import Message
from handlers.messages.views import evidence_view
from handlers.render import RenderedAnswer, render
from playground.fake_slack.clock import Clock
from playground.fake_slack.core import Core
from playground.fake_slack.sample import acme
from tests.examples import examples
from tests.slack import hostile
from tests.slack.hostile import NOW, Chance

CHANCES = st.builds(Chance, st.builds(Random, st.integers(0, 2**32)), st.lists(st.text(max_size=60), max_size=6))
DIAGNOSES = 334  # thirty times as many in `make fuzz`


def told_of(run: Run, result: object) -> RenderedAnswer:
    return render(run, Answer(run.id, result), now=NOW + timedelta(seconds=30))  # type: ignore[arg-type]  # any result


def run_of(chance: Chance) -> Run:
    reading = chance.choose.choice(("", chance.word()))
    return Run(
        "01JDB2Q4W6Z8R3T5V7X9Y1A2B3",
        hostile.question(chance),
        asked_at=NOW,
        asked_by="U0ANA",
        tries=chance.choose.randint(0, 3),
        fresh=chance.choose.random() < 0.5,
        delivery=Delivery(reading=reading, asker=chance.word()),
    )


def hold(*messages: Message) -> None:
    """Hold messages, in every form, against the rules by which the fake Slack refuses; and against our own budget."""
    for whole in messages:
        seen = set()
        for level, form in forms(whole):
            core = Core(acme(), Clock())
            core.askers.add("U0ANA")
            core.admit(form, "chat.postMessage")
            assert [(level, each.problem, each.text) for each in core.lint_errors] == []
            assert len(form["text"]) <= limits.TEXT_MESSAGE
            assert blocks_bytes(form.get("blocks", ())) <= limits.BYTES_MESSAGE
            seen.add(level)
        assert Level.TEXT in seen
        assert len(whole.get("blocks", ())) <= limits.BLOCKS_BUDGET
        assert blocks_bytes(whole.get("blocks", ())) <= limits.BYTES_BUDGET


@examples(DIAGNOSES)
@given(CHANCES)
@example(Chance(Random(7106), ["", ""]))  # a fix, a command and a footer that are as long as they may be
def test_a_diagnosis_is_legal_on_every_level(chance: Chance) -> None:
    """The verdict, the line above it and the hops as text, with every word hostile; none needs the last way out, text."""
    run, found = run_of(chance), hostile.diagnosis(chance)
    told = told_of(run, found)

    hold(told.thread, told.root, notices.hops("Why no picture.", hops_text(found, width=90), run=run.id))
    assert told.thread.get("blocks"), "the layout was given up"


@examples(DIAGNOSES // 3)
@given(CHANCES)
def test_tables_and_digests_are_legal_on_every_level(chance: Chance) -> None:
    """The same of many Services at once."""
    run = run_of(chance)
    for found in (hostile.table(chance), hostile.digest(chance)):
        told = told_of(run, found)
        hold(told.thread, told.root)
        assert told.thread.get("blocks"), "the layout was given up"


@examples(DIAGNOSES // 3)
@given(CHANCES)
def test_the_evidence_is_a_legal_modal(chance: Chance) -> None:
    """A modal has no plainer form, so it must be one that Slack opens."""
    core = Core(acme(), Clock())
    core.judge(evidence_view(hostile.diagnosis(chance)), "views.open", surface="modal")

    assert [each.problem for each in core.lint_errors] == []


def test_the_rules_are_no_rubber_stamp() -> None:
    """A message with a cluster's word as markup is found."""
    with pytest.raises(AssertionError, match="holds the token <!channel>"):
        hold({"text": "<!channel> is down", **NO_PARSING, **NO_UNFURLING})
