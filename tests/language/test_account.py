"""No name of a text is passed over, whatever form it is said in: it is in the question, told as unused, or asked about."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.language import printed_words
from bot.language import vocabulary as words
from bot.model.names import Names
from handlers.language import understand
from tests.language.test_printed_errors import ERRORS

HOSTS = ("payments", "payments.pay", "payments.pay.svc.cluster.local")
CALLERS = ("thumbnailer", "img-resizer", "mobile-bff", "basket")
ENGLISH = (
    "the",
    "our",
    "since",
    "again",
    "is",
    "was",
    "by",
    "from",
    "in",
    "on",
    "when",
    "why",
    "does",
    "sees",
    "only",
    "it",
    "again",
)
MARKS = (
    "{}",
    "({})",
    "[{}]",
    "`{}`",
    "*{}*",
    "{}:",
    "{},",
    "- {}",
    "# {}",
    "app={}",
    "front/{}",
    "deploy/{}",
    "{} pod",
    "pod {}",
)
PLACES = (
    "{said} {error}",
    "{error} {said}",
    "{said}\n{error}",
    "{error}\n{said}",
    "{error} ({said})",
    "{error} -- {said}",
)
# Forms that no rule of the reader knows.
UNKNOWN = (
    "{error} {caller}",
    "{error} // {caller}",
    "{error} thanks to {caller}",
    "{error} and it is {caller} who is hit",
    "{error} every time {caller} boots",
    "{error}\nblame {caller}",
    "$ stern {caller}\n{error}",
    "2026-11-29T03:12:44Z {caller} {error}",
    "Nov 29 03:12:44 {caller} {error}",
)
AT = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)


def outcome_of(text: str, caller: str, names: Names | None = None) -> str:
    """Return `calls`, `told`, `asked` or `lost`: what became of a name."""
    try:
        reading = understand(text, spoken=True, names=names)
    except UsageError:
        return "asked"
    assert reading is not None
    if caller in re.split(r"[ /.]", reading.words.partition(" from ")[2]):
        return "calls"
    shown = " ".join((reading.words, *reading.unused, *reading.notes)).lower()
    return "told" if caller in re.split(r"[^a-z0-9-]+", shown) else "lost"


def error_of(printed: str, host: str) -> str:
    """Return what a program prints of a host."""
    return printed.format(host=host, port=8080)


@pytest.mark.parametrize("form", UNKNOWN)
def test_caller_in_an_unknown_form_is_not_lost(form: str) -> None:
    """Beside every printed error: who is named calls, is told as unused, or is asked about."""
    texts = [
        (form.format(error=error_of(printed, host), caller=caller), caller)
        for printed, _ in ERRORS
        for host in HOSTS[:2]
        for caller in CALLERS[:2]
    ]
    assert [text for text, caller in texts if outcome_of(text, caller) == "lost"] == []


SAID = st.builds(
    lambda caller, mark, before, behind: (caller, " ".join((*before, mark.format(caller), *behind))),
    st.sampled_from(CALLERS),
    st.sampled_from(MARKS),
    st.lists(st.sampled_from(ENGLISH), max_size=4),
    st.lists(st.sampled_from(ENGLISH), max_size=3),
)


@given(st.sampled_from([printed for printed, _ in ERRORS]), st.sampled_from(HOSTS), SAID, st.sampled_from(PLACES))
def test_caller_in_any_words_is_not_lost(printed: str, host: str, said: tuple[str, str], place: str) -> None:
    """Whatever words are around a name, and wherever they stand beside an error."""
    text = place.format(said=said[1], error=error_of(printed, host))

    assert outcome_of(text, said[0]) != "lost", text


def test_hyphenated_name_is_asked_with_itself_as_caller() -> None:
    """What is asked offers who is named as the caller, the rest of the question kept."""
    with pytest.raises(UsageError) as refused:
        understand("dial tcp 10.96.3.4:8080: connect: connection refused img-resizer", spoken=True)

    assert refused.value.suggestions == (
        "why 10.96.3.4 from img-resizer port 8080 symptom refused",
        "why 10.96.3.4 from img-resizer/ port 8080 symptom refused",
        "why 10.96.3.4 port 8080 symptom refused",
    )


@pytest.mark.parametrize(("printed", "symptom"), ERRORS, ids=lambda word: word[:40])
def test_error_alone_is_never_asked_about(printed: str, symptom: str) -> None:
    """What a program prints by itself names nobody who calls, and no word of it is told as unused."""
    reading = understand(error_of(printed, "payments.pay"), spoken=True)

    assert reading is not None
    assert [each for each in reading.unused if not each.isdigit()] == [], symptom
    assert " from " not in reading.words


def test_names_that_are_nowhere_are_told_and_not_asked() -> None:
    """With the names of the cluster: who is there is asked about, what is nowhere is told as unused."""
    text = "dial tcp 10.96.3.4:8080: connect: connection refused img-resizer"
    there = Names("prod", AT, ("shop",), ("shop/cart",), ("shop/deploy/img-resizer",))
    nowhere = Names("prod", AT, ("shop",), ("shop/cart",), ("shop/deploy/cart",))

    assert outcome_of(text, "img-resizer", there) == "calls"
    assert outcome_of(text, "img-resizer", nowhere) == "told"


def test_path_of_a_url_is_no_place_of_a_name() -> None:
    """A caller that is called like a path is not taken to be used by it."""
    text = 'Get "http://payments:8080/basket": context deadline exceeded // basket'

    assert outcome_of(text, "basket") == "told"


def test_what_programs_print_is_no_name_of_a_service() -> None:
    """Words of ours stay apart: none is in two sets, and no name that teams give is printed by all programs."""
    common = {
        "checkout",
        "cart",
        "payments",
        "search",
        "billing",
        "ledger",
        "inventory",
        "basket",
        "orders",
        "catalog",
        "auth",
    }

    assert not printed_words.WORDS & printed_words.THINGS
    assert not common & (printed_words.WORDS | printed_words.THINGS | words.KNOWN)
