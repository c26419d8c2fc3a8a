"""People's talk that complains of no call is left alone; the same words with a complaint are a question."""

import pytest

from bot.language.talk import is_among_people
from handlers.language import understand
from tests.language.test_settling import NAMES


@pytest.mark.parametrize("names", [NAMES, None])
@pytest.mark.parametrize(
    "text",
    [
        "away till 4, poke me later if it's still needed",
        "@kim can you look over the chart of cart when you get a minute? no hurry",
        "haha remember when redis filled all volumes in may",
        "that did it, label fixed. thx",
        "can somebody with rights restart the cart pods in shop?",
        "afk, poke me if the cart rollout goes red",
    ],
)
def test_talk_is_left_alone(text: str, names: object) -> None:
    """Each was asked about."""
    assert understand(text, spoken=True, names=names if names is NAMES else None) is None


@pytest.mark.parametrize(
    "text",
    [
        "away till 4, but cart is still down",
        "@kim can you look why cart gets 502?",
        "remember that web still can't reach redis",
        "that did it to cart: it can't reach redis now",
        "can somebody restart cart, it is down",
        "can somebody tell why cart restarts",
        "afk, poke me if you see it: cart can't reach redis",
        "cart gets a 502 when you get a minute",
    ],
)
def test_a_complaint_is_no_talk(text: str) -> None:
    assert not is_among_people(text)
