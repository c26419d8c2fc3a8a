"""A reading that something of its text speaks against is asked, itself first; what is plainly said is never asked."""

import pytest

from bot.errors import UsageError
from bot.language.doubts import doubts
from bot.language.existing import known_in
from bot.language.slots import Said, Slots
from bot.model.names import Names
from handlers.language import understand
from tests.language.test_settling import AT, NAMES, REFUSED, reading_of

WORLD = Names(
    "prod",
    AT,
    namespaces=("data", "front", "ops", "shop"),
    services=("data/redis", "data/store", "front/menu", "front/web", "ops/grafana", "shop/cart", "shop/prices"),
    workloads=(
        "data/sts/redis", "front/deploy/menu", "front/deploy/web", "ops/deploy/delays", "ops/deploy/grafana",
        "shop/deploy/cart", "shop/deploy/prices", "shop/deploy/reports", "shop/deploy/labels",
    ),
)  # fmt: skip
# What was read of a text by some rule, and what speaks against it.
DOUBTED = [
    ("menu can't load pictures, connection timeout. anyone?", Slots(target="menu"), "nobody calls"),
    ("dumb question, can web even talk to stops?", Slots(target="web"), "nobody calls"),
    ("why does cart get 503 off somewhere? been all day", Slots(target="cart"), "nobody calls"),
    ("I see timeouts from quota to redis, port 6379. nothing in its logs", Slots(target="redis"), "nobody calls"),
    ("whats up with redis? manifest gets 503 from it", Slots(target="redis"), "nobody calls"),
    ('alarms -> redis Post "http://redis.data:80/x": context deadline exceeded', Slots(target="redis"), "nobody calls"),
    ("redis compaction is running, so reports will be slow", Slots(target="redis", symptom="slow"), "a name is left"),
    ("requests to prices failing, summary of web", Slots(target="web"), "a name is governed"),
    ("yesterday web, today it's cart that can't reach redis", Slots(target="redis", caller="web"), "a name is governed"),
    (f"{REFUSED}\n^ delays, in ops", Slots(target="10.96.3.4", caller="ops/"), "a namesake is left"),
    (f'grafana. redis. "{REFUSED}". again', Slots(target="10.96.3.4", caller="redis"), "an address beside a name"),
    ("last line: `FATAL cannot reach redis: i/o timeout`", Slots(target="cart", caller="redis"), "the caller is called"),
    ("keep talk about the store outage out, here is only for web", Slots(target="store", caller="web"), "the caller is called"),
    ("is redis dead for menu?", Slots(target="menu", caller="redis"), "the caller is called"),
    ("the cart doesn't answer web", Slots(target="web", caller="cart"), "the caller is called"),
    ("a web chat about web being slow", Slots(target="web", caller="web"), "the caller is called"),
    ("menu is up, still nothing goes out. cart just hangs when connecting to redis:25",
     Slots(target="redis:25", caller="menu"), "another complains"),
    ("what is `connection refused` supposed to be", Slots(target="redis", caller="supposed"), "who calls is nowhere"),
    ("ok the print edition is out, all may go on", Slots(target="edition"), "what is called is nowhere"),
    ("anyone touched netpols in front? web → redis is dead", Slots(target="redis", namespace="front", caller="web"),
     "a place is elsewhere"),
    ("Who changed the cart daemonset on friday?", Slots(target="cart"), "who is asked"),
    ("cart could not reach redis, that was the node drain", Slots(target="redis", caller="cart"), "it is over"),
]  # fmt: skip
# The same words where they are no doubt.
PLAIN = [
    ("menu is up, but it can't reach redis. cart is fine", Slots(target="redis", caller="menu")),
    ("menu hangs when connecting to redis. cart is up", Slots(target="redis", caller="menu")),
    ("menu is healthy. it hangs when connecting to redis", Slots(target="redis", caller="menu")),
    ("checkout can't reach payments", Slots(target="payments", caller="checkout")),
    ("why is redis down", Slots(target="redis")),
    ("menu gets 502s. can't reach it", Slots(target="menu", symptom="5xx")),
    ("we can't reach redis, nothing gets to it", Slots(target="redis")),
    ("users can't connect to redis since 9", Slots(target="redis")),
    ("redis can't start", Slots(target="redis")),
    ("redis has no endpoints", Slots(target="redis")),
    ("connections to redis never open", Slots(target="redis")),
    ("since I restarted cart, redis times out", Slots(target="redis", symptom="timeout")),
    ("redis works from cart, but not from web", Slots(target="redis", caller="web")),
    ("redis is down for web", Slots(target="redis", caller="web")),
    ("is it possible for web in front to reach cart", Slots(target="cart", caller="front/web")),
    ("why does cart not answer web", Slots(target="cart", caller="web")),
    ("chekout can't talk to redis", Slots(target="redis", caller="chekout")),
    ("nosuch can't reach redis", Slots(target="redis", caller="nosuch")),
    ("nosuch is down", Slots(target="nosuch")),
    ("why is redis in nosuch down", Slots(target="redis", namespace="nosuch")),
    ("who is calling redis? it fails", Slots(target="redis")),
    ("who can reach redis?", Slots(target="redis")),
    ("cart could not connect to redis in data", Slots(target="redis", caller="cart", namespace="data")),
    (f"{REFUSED}\nthat is web calling redis", Slots(target="redis", caller="web")),
    ("what is broken in shop, web can't reach it", Slots(target="shop/*")),
]  # fmt: skip


def doubts_of(text: str, slots: Slots) -> tuple[str, ...]:
    """Return what speaks against a reading, in that cluster."""
    return doubts(Said(slots), text, known_in(text, WORLD), WORLD)


@pytest.mark.parametrize(("text", "slots", "doubt"), DOUBTED, ids=[text[:40] for text, _, _ in DOUBTED])
def test_what_a_text_says_otherwise_is_a_doubt(text: str, slots: Slots, doubt: str) -> None:
    """Each was read so, and run, in a blind round."""
    assert doubt in doubts_of(text, slots)


UNNAMED = [
    ("web gets no reply from bff since noon", Slots(target="web", caller="bff"), "it is turned round"),
    ("page is slow, it gets 502 from rules", Slots(target="page"), "another is called"),
    ("cart -> auth is flaky, nothing in the auth logs", Slots(target="auth", caller="cart", namespace="auth"),
     "a place is a log"),
    (f"could not read version information from nodes. {REFUSED}", Slots(target="10.96.3.4", caller="information"),
     "who calls is printed"),
    (f'upstream: "http://10.96.3.4/x"\nthis is the ingress, for tiles. {REFUSED}', Slots(target="ingress", caller="tiles"),
     "a proxy is called"),
    (f"Readiness probe failed: {REFUSED}\n^ cart-84c5d7f6c9-h2n6d",
     Slots(target="10.96.3.4", caller="cart-84c5d7f6c9-h2n6d"), "a probed pod calls"),
    ("vault in ops gets no spans from agent, port 4317", Slots(target="agent", caller="ops/vault"), "it is sent"),
    (f"{REFUSED} (silos)", Slots(target="10.96.3.4"), "a name stands alone"),
    ("I wonder whether menu in front can still get to redis", Slots(target="redis", namespace="front"), "nobody calls"),
    ("inbound can't send letters, relay refuses the connection", Slots(target="relay", symptom="refused"), "nobody calls"),
    ("menu is up. inbound hangs when connecting to relay:25", Slots(target="relay:25", caller="menu"), "another complains"),
]  # fmt: skip
# The same words where they are no doubt.
UNNAMED_PLAIN = [
    ("web gets no traffic from bff since noon", Slots(target="web", caller="bff")),
    ("page gets 502 from rules", Slots(target="rules", caller="page")),
    ("card in auth logs 'refused' when it calls cart", Slots(target="cart", caller="card", namespace="auth")),
    (f"{REFUSED} (from the information pod)", Slots(target="10.96.3.4", caller="information")),
    ("this is the ingress, it is down for tiles", Slots(target="ingress", caller="tiles")),
    (f"{REFUSED}\n^ cart-84c5d7f6c9-h2n6d", Slots(target="10.96.3.4", caller="cart-84c5d7f6c9-h2n6d")),
    ("vault in ops gets no answer from agent, port 4317", Slots(target="agent", caller="ops/vault")),
    (f"{REFUSED} (silos were closed again before lunch)", Slots(target="10.96.3.4")),
    ("still can't send letters, relay refuses the connection", Slots(target="relay", symptom="refused")),
    ("menu is up. it hangs when connecting to relay:25", Slots(target="relay:25", caller="menu")),
]


@pytest.mark.parametrize(("text", "slots", "sign"), UNNAMED, ids=[text[:40] for text, *_ in UNNAMED])
def test_without_names_how_a_text_is_built_is_a_sign(text: str, slots: Slots, sign: str) -> None:
    """Callers were lost without a word, or took the place of what they call."""
    assert sign in doubts(Said(slots, unused=("silos",)), text, None, None)


@pytest.mark.parametrize(("text", "slots"), UNNAMED_PLAIN, ids=[text[:40] for text, _ in UNNAMED_PLAIN])
def test_the_same_words_without_names_elsewhere_are_none(text: str, slots: Slots) -> None:
    assert doubts(Said(slots, unused=("silos",)), text, None, None) == ()


@pytest.mark.parametrize(("text", "slots"), PLAIN, ids=[text[:40] for text, _ in PLAIN])
def test_what_is_plainly_said_is_not_doubted(text: str, slots: Slots) -> None:
    """The look-alikes of those above."""
    assert doubts_of(text, slots) == ()


@pytest.mark.parametrize(("text", "slots"), PLAIN, ids=[text[:40] for text, _ in PLAIN])
def test_without_names_less_is_doubted(text: str, slots: Slots) -> None:
    """What nobody knows to be a name is no sign, so plain words are not asked about either."""
    assert doubts(Said(slots), text, None, None) == ()


def test_a_doubted_reading_is_the_first_that_is_asked() -> None:
    """Whoever meant it has one click; the others are what there is."""
    with pytest.raises(UsageError, match="not sure") as refused:
        understand("cart could not reach redis last night, was a stale netpol", spoken=True, names=NAMES)

    assert refused.value.suggestions[:2] == ("why redis from cart", "why cart from redis")


@pytest.mark.parametrize("asked", ["why redis", "why redis from web in data", "check cart", f"{REFUSED} from web"])
def test_commands_and_pasted_errors_are_run(asked: str) -> None:
    """A doubt is about free words only, and no button leads to another question."""
    assert not reading_of(asked).startswith("asked")
