"""What people type in Slack: undone spellings, phrases, pasted errors, chatter; and any text at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from handlers.language import normalize, understand

SPELLINGS = [
    ("<@U0BOT> why <http://user-service.shop|user-service.shop>", "why user-service.shop"),
    ("why <http://user-service.shop:8080/health>", "why http://user-service.shop:8080/health"),
    ("why user-service —from checkout", "why user-service --from checkout"),
    ("why user–service", "why user-service"),
    ("why “user-service” in ‘shop’", "why user-service in shop"),
    ("why `user-service`?", "why user-service"),
    ("why user-service in shop, please!", "why user-service in shop"),
    ("path a -&gt; b", "path a -> b"),
    ("check shop/*", "check shop/*"),
    ("ｗｈｙ user-service", "why user-service"),
    ("<#C123|shop-dev> why x", "shop-dev why x"),
    ("why <https://evil.example|https://good.example>", "why https://evil.example"),
]
PHRASES = [
    ("why is checkout timing out calling user-service?", "why user-service from checkout symptom timeout"),
    ("can checkout reach user-service on 8080", "path checkout to user-service port 8080"),
    ("user-service is down in shop", "why user-service in shop"),
    ("is payments healthy?", "check payments"),
    ("cannot resolve user-service.shop", "why user-service.shop symptom nxdomain"),
    ("dial tcp: lookup user-service on 10.96.0.10:53: no such host", "why user-service symptom nxdomain"),
    ("Get http://x: dial tcp 10.96.12.7:8080: i/o timeout", "why 10.96.12.7 port 8080 symptom timeout"),
    ("dial tcp 10.96.12.7:80: connect: connection refused", "why 10.96.12.7 port 80 symptom refused"),
    ("curl: (6) Could not resolve host: user-service", "why user-service symptom nxdomain"),
]


@pytest.mark.parametrize(("typed", "meant"), SPELLINGS)
def test_spelling_is_undone(typed: str, meant: str) -> None:
    """What clients, phones and Slack's markup did to a text is taken back; a link's address beats its label."""
    assert normalize(typed) == meant


@pytest.mark.parametrize(("said", "read"), PHRASES)
def test_phrase_is_read(said: str, read: str) -> None:
    """A phrase or a pasted error becomes one command, marked as guessed so that the asker is shown it."""
    reading = understand(said, spoken=True)

    assert reading is not None
    assert (reading.words, reading.guessed) == (read, True)


@pytest.mark.parametrize("said", ["thanks", "thank you so much", "lgtm", "ok", "👍", "", "  ", "nice one"])
def test_chatter_is_left_alone(said: str) -> None:
    """People talking to each other get no answer."""
    assert understand(said, spoken=True) is None


@pytest.mark.parametrize(
    "typed", ["why user-service in shop from checkout port 80", "user-service", "WHY user-service"]
)
def test_command_is_never_guessed_at(typed: str) -> None:
    """What the grammar reads is taken as it is, in a thread too."""
    reading = understand(typed, spoken=True)

    assert reading is not None
    assert not reading.guessed
    assert reading.command.question.service == "user-service"


@given(st.text(max_size=300) | st.from_regex(r"(why|check|path|can|is) [ -~]{0,80}", fullmatch=True), st.booleans())
def test_any_text_has_an_answer(text: str, spoken: bool) -> None:
    """Whatever is typed gives a reading, nothing, or one sentence; it never breaks, and normalizing twice changes nothing."""
    sentence = "read"
    try:
        understand(text, spoken=spoken)
    except UsageError as error:
        sentence = str(error)

    assert 0 < len(sentence) < 500
    assert isinstance(normalize(text), str)
