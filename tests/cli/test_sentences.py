"""Sentences and pasted errors on the command line: read as in Slack, and the reading is told."""

import pytest

from bot.commands.parse import command
from bot.errors import UsageError

SAID = [
    (
        ["is", "checkout", "timing", "out", "calling", "payments", "in", "pay"],
        "why payments from checkout in pay symptom timeout",
    ),
    (["dial tcp: lookup payments on 10.96.0.10:53: no such host"], "why payments symptom nxdomain"),
    (["can't checkout reach payments?"], "why payments from checkout"),
    (["503 from envoy on payments.shop"], "why payments.shop symptom 5xx. I did not use: envoy"),
]


@pytest.mark.parametrize(("words", "read"), SAID, ids=[read for _, read in SAID])
def test_sentence_is_read_and_told(words: list[str], read: str) -> None:
    """What is no command of the grammar is a sentence; options are joined with it."""
    asked = command("why", words, namespace="" if " in " in read else "shop")

    assert asked.question.assumed == (f"read as: {read}",)
    assert asked.question.service == "payments"
    assert asked.question.namespace == ("pay" if " in " in read else "shop")


def test_name_without_a_place_is_refused() -> None:
    """Half of a sentence is never asked."""
    with pytest.raises(UsageError) as raised:
        command("why", ["can't", "checkout", "talk", "to", "payments", "in", "pay", "staging"])

    assert "staging" in str(raised.value)
