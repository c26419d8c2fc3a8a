"""What a person says of an error on its own line, before it or behind it: who calls is read or told, and never lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import UsageError
from bot.language.remarks import caller_in
from bot.model.question.question import Question
from handlers.language import understand

ERRORS = tuple(
    line.split("\t")[0].format(host="payments.pay", port=8080)
    for line in (Path(__file__).parent / "printed_errors.tsv").read_text(encoding="utf-8").splitlines()[1:]
)
REMARKS = (
    "{error} when checkout calls it",
    "{error} when checkout calls payments",
    "{error} whenever checkout tries to reach payments",
    "{error} - checkout to payments",
    "{error}  -- that's checkout calling payments",
    "{error} (checkout -> payments)",
    "{error} while calling payments from checkout",
    "{error} <- checkout",
    "{error} <-- this is checkout",
    "{error} seen by checkout",
    "{error} says checkout",
    "{error} is what checkout prints",
    "{error} in checkout logs",
    "I see {error} in the logs of checkout",
    "calls from checkout die with {error}",
    "{error}\nchecks from checkout fail since 3am",
    "exec'd into checkout, curl says {error}",
    "from inside checkout I get {error}",
    "inside the checkout pod: {error}",
    "when checkout calls payments: {error}",
    "{error}, pod is checkout",
    "{error} in our checkout",
    "{error}, that is checkout talking to payments",
)
UNSURE = ("{error} in checkout", "{error} on checkout")
PLACES = (
    "ns is {}",
    "the namespace is {}",
    "its namespace is {}",
    "(ns is {})",
    "it lives in {}",
    "namespace={}",
    "(ns={})",
    "ns: {}",
)
PORTS = ("port is 8080", "the port is 8080", "8080 is the port", "port=8080", "(8080/tcp)", "port: 8080")
SAID = (
    "orders-api can't talk to postgres",
    "orders-api gets timeouts from postgres",
    "timeouts from orders-api to postgres",
    "why is orders-api timing out calling postgres?",
    "postgres is unreachable from orders-api",
)


@pytest.mark.parametrize("remark", REMARKS)
def test_caller_of_a_remark_is_read(remark: str) -> None:
    """A clause beside an error names who calls, whatever was printed."""
    for error in ERRORS:
        reading = understand(remark.format(error=error), spoken=True)
        assert reading is not None
        assert (reading.command.question.service, reading.command.question.namespace) == ("payments", "pay"), error
        assert reading.words.partition(" from ")[2].partition(" ")[0] == "checkout", error


@pytest.mark.parametrize("remark", UNSURE)
def test_doubtful_name_is_asked_or_told(remark: str) -> None:
    """A name that may be a place or who calls is asked back, or told as unused."""
    for error in ERRORS:
        try:
            reading = understand(remark.format(error=error), spoken=True)
        except UsageError:
            continue
        assert reading is not None
        assert "checkout" in reading.told, error


@pytest.mark.parametrize("error", ERRORS)
def test_printed_words_name_no_caller(error: str) -> None:
    """What a program prints by itself has no remark."""
    assert caller_in(error) == ""


def _asked(behind: str) -> Iterator[Question]:
    """Yield what each sentence asks with these words behind it; orders-api calls in all of them."""
    for said in SAID:
        reading = understand(f"{said}{behind}", spoken=True)
        assert reading is not None
        assert "from orders-api" in reading.words
        yield reading.command.question


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("between", [", ", ". ", " - ", "\n", " "])
def test_place_that_is_told_behind(place: str, between: str) -> None:
    """`the namespace is billing` names the namespace and nobody who calls."""
    for asked in _asked(f"{between}{place.format('billing')}"):
        assert (asked.service, asked.namespace) == ("postgres", "billing")


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("between", [", ", ". ", " - ", "\n", " "])
def test_port_that_is_told_behind(port: str, between: str) -> None:
    """`8080 is the port` names the port."""
    for asked in _asked(f"{between}{port}"):
        assert (asked.service, asked.port) == ("postgres", 8080)
