"""A suggestion replaces one part of a question; all others stay as they were asked."""

import pytest

from bot.errors import Slot
from bot.model.question.grammar import parse
from bot.model.question.instead import instead, offers

ASKED = "why payments in pay from shop/checkout port 8080 symptom timeout cluster prod only me"
OTHERS = [
    (None, "payment", "why payment in pay from shop/checkout port 8080 symptom timeout cluster prod only me"),
    (
        Slot.TARGET,
        "payments.data",
        "why payments.data from shop/checkout port 8080 symptom timeout cluster prod only me",
    ),
    (Slot.PORT, "80", "why payments in pay from shop/checkout port 80 symptom timeout cluster prod only me"),
    (
        Slot.PORT,
        "53/UDP",
        "why payments in pay from shop/checkout port 53 protocol UDP symptom timeout cluster prod only me",
    ),
    (Slot.CALLER, "cart", "why payments in pay from shop/cart port 8080 symptom timeout cluster prod only me"),
    (Slot.CLUSTER, "eu", "why payments in pay from shop/checkout port 8080 symptom timeout cluster eu only me"),
    (Slot.SENTENCE, "check payments", "check payments"),
]


@pytest.mark.parametrize(("slot", "suggestion", "asked"), OTHERS)
def test_one_part_is_replaced(slot: Slot | None, suggestion: str, asked: str) -> None:
    """Whichever part is replaced, namespace, port, symptom, caller, cluster and audience stay."""
    assert instead(parse(ASKED), slot, suggestion) == asked


def test_without_the_question_only_sentences_are_offered() -> None:
    """A refusal that does not know its question offers no button that would lose a part of it."""
    assert offers(None, Slot.CALLER, ("cart",)) == ()
    assert offers(None, Slot.SENTENCE, ("why cart",)) == ("why cart",)
