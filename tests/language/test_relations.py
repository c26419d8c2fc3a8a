"""What a text says outright of two names, by one verb, is how it is read, whatever else it tells."""

import pytest

from bot.language.relations import printed_hosts, said_calls
from bot.model.names import Known
from tests.language.test_settling import NAMES, REFUSED, reading_of

KNOWN = Known(
    "prod", frozenset(("data",)), frozenset(("cart", "redis")), frozenset(("cart", "web")), frozenset(("data/redis",))
)

IN_EVENT = """Back-off restarting failed container cart in pod cart-84c5d7f6c9-h2n6d_shop(0d4cf1c2)
last line: `FATAL cannot reach redis: dial tcp: lookup redis: i/o timeout`"""
IN_LOG = """FooException: Failed to connect to [1] host(s):
redis.data 6379 Error -8: java.net.SocketTimeoutException
that's cart, in shop"""
OUTRIGHT = (
    ("yesterday it was web, today it's billing-worker that can't reach redis", "why redis from billing-worker [web]"),
    ("web recovered, cart didnt. cart cannot open ledger (port 8000)", "why ledger from cart port 8000 [web]"),
    ("redis in trouble? web pods still can not talk to redis", "why redis from web"),
    ("cart doesnt get redis :( port 6379", "why redis from cart port 6379"),
    ("the run is in 2h and cart can't open redis:6379. the db IS up", "why redis from cart port 6379 [db]"),
    ("players stuck: cart cant do redis in data", "why redis from cart in data [players]"),
    (
        "is data/redis dead for everybody or just for web? web has `no servers available`",
        "why redis from web in data [servers]",
    ),
    ("the redis doesnt answer to cart", "why redis from cart"),
    ("redis stopped responding to web, it seems", "why redis from web"),
    (IN_EVENT, "why redis from cart symptom timeout"),
    (IN_LOG, "why redis from shop/cart in data port 6379"),
)
# Two names and a verb, and it is not the first that calls the second; or more is said than one call.
NOT_SO = (
    "cart can't be reached from redis",
    "cart could not answer, redis neither",
    "cart can't serve anything but redis is fine",
    "cart can't keep up since redis was moved",
    "cart can't reach it. redis is fine",
    "cart doesn't accept redis connections",
    "web doesn't answer what redis asks",
    "cart doesn't answer for redis",
    "redis-cart can't reach redis2",
)


@pytest.mark.parametrize(("said", "read"), OUTRIGHT, ids=[said[:40] for said, _ in OUTRIGHT])
def test_who_calls_whom_is_as_it_is_said(said: str, read: str) -> None:
    """Each was read the other way round, from another one, or about a third Service."""
    assert reading_of(said) == read


@pytest.mark.parametrize("said", NOT_SO)
def test_other_verbs_say_nothing(said: str) -> None:
    """A reading stays as it is by these."""
    assert list(said_calls(said, KNOWN)) == []


def test_a_chain_is_not_turned_round() -> None:
    """The second call may tell why the first fails: it is asked about, and never as its own opposite."""
    read = reading_of("web gets 502 from cart, cart can't reach redis")
    assert "why redis from cart" in read
    assert "why cart from redis" not in read


@pytest.mark.parametrize(
    ("said", "hosts"),
    [
        ("dial tcp: lookup redis on 10.96.0.10:53: no such host", {"redis"}),
        ("2026-11-29T20:00:00Z ERROR redis.data refused", {"redis"}),
        ("getaddrinfo ENOTFOUND cart", {"cart"}),
        ("redis.data cannot be reached", set()),
        ("dial tcp: lookup redis.qa on 10.96.0.10:53", {"redis"}),
        (f"cart: {REFUSED}", set()),
    ],
)
def test_hosts_of_an_error(said: str, hosts: set[str]) -> None:
    """A full name is a host on lines that programs print alone; people call with them."""
    assert printed_hosts(said, KNOWN) == hosts


def test_without_names_the_words_that_were_not_used_count() -> None:
    """`web` was judged alone, and the two told as unused."""
    assert reading_of("web recovered by itself. review cannot open assets (port 8000)", None).startswith(
        "why assets from review"
    )


def test_a_plain_word_does_not_call() -> None:
    """Nothing is called `supposed`; that caller was made up of a sentence."""
    said = "what is `10.0.93.41:8080: connect: connection refused` supposed to be, my log's full of it"
    assert reading_of(said) == "why 10.0.93.41:8080 symptom refused [supposed]"
    assert reading_of("missing-app can't reach redis").startswith("why redis from missing-app")


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (
            "`cart` tries http://redis:6379/r/x-800 and gets Connection reset by peer",
            "why http://redis:6379/r/x-800 from cart symptom reset",
        ),
        ("jobs tries http://redis:6379/r/x-800 and gets Connection reset by peer", "asked: "),
        ("web can't get to redis in data, 6379. cart does get there.", "why redis from web in data port 6379 [cart]"),
    ],
)
def test_a_name_that_there_is_is_never_lost_in_silence(said: str, read: str) -> None:
    """Not even an English word: `jobs` was, which is a workload."""
    assert reading_of(said).startswith(read)


def test_who_stands_in_the_callers_namespace_calls() -> None:
    """Only its namespace was kept."""
    said = "ConnectTimeout: HTTPConnectionPool(host='redis.data', port=8000): timed out\nthis comes out of cart in shop"
    assert reading_of(said) == "why redis.data from shop/cart port 8000 symptom timeout"
    assert NAMES.known(frozenset(("cart",))).has_workload("cart", "shop")
