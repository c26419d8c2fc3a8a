"""Where each name of a text stands says who calls whom, and what is in no such place says nothing."""

import re

import pytest
from msgspec.structs import replace

from bot.errors import UsageError
from bot.language.mentions import is_everyday
from bot.language.refusals import of_known, unused
from bot.language.slots import Slots
from bot.language.stands import call_in
from bot.model.names import Known, Names
from handlers.language import understand
from tests.language.test_settling import AT, reading_of

KNOWN = Known(
    "prod", frozenset(("data",)), frozenset(("cart", "redis", "pricing")), frozenset(("cart", "web", "pricing"))
)
FARM = Names(
    "prod",
    AT,
    namespaces=("barn", "data", "mill"),
    services=("barn/connect", "barn/herd", "barn/outbound", "data/silo", "data/vault", "mill/grain", "mill/sack"),
    workloads=(
        "barn/deploy/connect", "barn/deploy/herd", "barn/deploy/outbound", "data/sts/silo", "mill/cronjob/night-mill",
        "mill/deploy/grain", "mill/deploy/sack",
    ),
)  # fmt: skip
REFUSED = "dial tcp 10.96.4.7:6500: connect: connection refused"
CALLS = [
    "web -> redis. pricing is fine",
    "forget pricing, it's web → redis that hangs",
    "web gets no response from redis since noon",
    "web isn't getting anything off redis",
    "web keeps getting timeouts from redis",
    "redis refuses connections, web can't load anything",
    "web has been unable to connect to redis",
    "can web still get to redis?",
    "web hangs when connecting to redis, pricing works",
    "any block between web and redis? web times out",
    "web restarts each night because it can't open a connection to redis:6379",
    f"{REFUSED}\nseen in web, that's the ip of redis",
    f"{REFUSED} in the web logs, address of redis",
]
# The same names where one of them stands nowhere, or two stand alike.
NO_CALLS = [
    "web and redis restarted",
    "web can't reach redis or pricing",
    "web and cart can't reach redis",
    "web -> redis works but pricing?",
    "we upgraded web, now I can't reach redis",
    "redis is down, so calls to cart fail for web",
    "web gets no traffic from redis, pricing neither",
    "nothing in the web logs about redis",
]


@pytest.mark.parametrize("text", CALLS)
def test_places_say_who_calls(text: str) -> None:
    call = call_in(text, KNOWN)

    assert call
    assert (call.caller, call.called) == ("web", "redis")


@pytest.mark.parametrize("text", NO_CALLS)
def test_no_place_says_nothing(text: str) -> None:
    call = call_in(text, KNOWN)

    assert call is None


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("night-mill dies each night because it can't connect to silo:6500", "why silo from night-mill port 6500"),
        (
            "forget grain, it's sack -> silo thats timing out. ns data",
            "why silo from sack in data symptom timeout [forget, grain]",
        ),
        ("outbound can't send sacks, herd refuses the connection", "why herd from outbound symptom refused [sacks]"),
        ("herd fails to connect to silo on port 6500", "why silo from herd port 6500"),
        ("herd isn't getting anything from silo anymore", "why silo from herd"),
        (f"{REFUSED}\nseen in herd, thats the ip of silo", "why silo from herd port 6500 symptom refused"),
        (
            "[Alerting] namespace=barn service=herd\nherd can't reach silo.data:6500",
            "why silo from barn/herd in data port 6500",
        ),
    ],
)
def test_names_that_there_are_are_settled(said: str, read: str) -> None:
    """Each was asked about, some as a word that is not known."""
    assert reading_of(said, FARM) == read


@pytest.mark.parametrize(
    ("said", "offered"),
    [
        (
            "ReadError: connect ETIMEDOUT 10.96.4.7:6500 in the herd logs, so silo?",
            ("why silo from herd", "why herd from silo"),
        ),
        ("grain lost its sack 4 minutes ago, see the timeouts", ("why sack from grain", "why grain from sack")),
    ],
)
def test_names_without_a_place_are_asked_both_ways(said: str, offered: tuple[str, ...]) -> None:
    read = reading_of(said, FARM)

    assert read.startswith("asked")
    assert all(each in read for each in offered)


@pytest.mark.parametrize(
    ("said", "not_read"),
    [
        (
            '[FIRING:1] ProbeError (p99 herd)\nFailed: Get "http://silo.data.svc:6500/ready": context deadline exceeded',
            "from herd",
        ),
        ('*[FIRING:1] sack*\nGet "http://silo.data:6500/ready": dial tcp 10.1.1.1:6500: i/o timeout', "from sack"),
        ("after the old disk migration query no longer resolves silo.data", "from migration"),
    ],
)
def test_nobody_is_made_to_call(said: str, not_read: str) -> None:
    """An alert's title, or a word that nothing is called by, became who calls, and who does was only told as unused."""
    names = replace(FARM, services=(*FARM.services, "mill/query"), workloads=(*FARM.workloads, "mill/deploy/query"))

    read = reading_of(said, names)

    assert read.startswith("asked") or not_read not in read


def test_an_error_alone_is_called_by_the_other_name() -> None:
    said = 'sack: Get "http://silo.data:6500/ready": dial tcp 10.1.1.1:6500: i/o timeout'

    assert "from sack" in reading_of(said, FARM)


@pytest.mark.parametrize("names", [FARM, None], ids=["names", "none"])
@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("look at vault please? nobody gets in since 9", "why vault"),
        (
            "herd-6b8d7f9c5-hh2kp:/srv$ curl silo.data:6500\ncurl: (6) Could not resolve host: silo.data",
            "why silo.data from herd-6b8d7f9c5-hh2kp port 6500 symptom nxdomain",
        ),
    ],
)
def test_a_prompt_calls_and_a_time_is_no_place(said: str, read: str, names: Names | None) -> None:
    assert reading_of(said, names) == read


def test_what_is_back_is_good_news_and_a_trouble_that_is_back_is_none() -> None:
    assert understand("grain is back, was a wrong secret. closing the ticket", spoken=True, names=FARM) is None
    assert understand("grain timeouts are back, was a quiet night", spoken=True, names=FARM)


def test_a_name_that_there_is_is_not_unknown() -> None:
    """`I do not know what "herd" means` was said of a Service that the index has."""
    with pytest.raises(UsageError, match="calls there, or is called"):
        understand(f"ReadError: {REFUSED} in the herd logs, so silo?", spoken=True, names=FARM)


def test_a_word_that_nothing_is_called_is_unknown() -> None:
    refusal = unused(["crumb"], Slots(target="redis"))

    assert of_known(refusal, KNOWN) is refusal


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("cannot connect to redis", True),
        ("connect ECONNREFUSED 10.1.2.3:80", True),
        ("we query redis", True),
        ("`connect` is down", False),
        ("svc/connect is down", False),
        ("the connect pods", False),
        ("web -> connect", False),
        ("web can't talk to connect", False),
        ("connect can't reach redis", False),
        ("query is down", False),
    ],
)
def test_a_verb_is_a_name_only_in_the_place_of_one(text: str, *, is_so: bool) -> None:
    """A Service that is called `connect` made each `fails to connect` a question."""
    found = re.search(r"connect|query", text)

    assert found
    assert is_everyday(found, text) is is_so
