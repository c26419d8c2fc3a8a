"""Types that programs print, links and the name of what is called itself are not asked about; what may be a name is."""

import pytest

from bot.errors import UsageError
from bot.language.crumbs import without_crumbs
from bot.language.refusals import unused
from bot.language.slots import Slots
from tests.language.test_settling import reading_of

PANIC = (
    "thread 'main' panicked at src/pull.rs:12:4:\ncalled `Result::unwrap()` on an `Err` value: reqwest::Error "
    '{ kind: Request, url: "http://redis.data:6379/x", source: ConnectError("tcp connect error", Os { kind: TimedOut }) }'
)
PROBE = "Alert: http_check on cart is CRITICAL\nhttp://cart.shop.svc:8080/health returned 503"
LINKED = "[Alerting] cart availability below SLO (shop)\nrunbook: https://wiki.example.com/runbooks/cart"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (PANIC, "why http://redis.data:6379/x symptom timeout"),
        (f"{PANIC}\nin the web pod", "why http://redis.data:6379/x from web"),
        (PROBE, "why http://cart.shop.svc:8080/health symptom 5xx"),
    ],
)
def test_crumbs_are_passed_over(text: str, read: str) -> None:
    """`I do not know what "Err" means there` was said."""
    assert reading_of(text).partition(" [")[0] == read


def test_a_link_to_read_on_is_not_called() -> None:
    assert "wiki" not in reading_of(LINKED)


def test_a_link_that_fails_is_called() -> None:
    assert "wiki.example.com" in reading_of("web can't reach https://wiki.example.com/runbooks/cart")


@pytest.mark.parametrize("word", ["cart-db", "Checkout", "shop/web", "engine.risk/10.3.4.5:7000"])
def test_what_may_be_a_name_is_asked_about(word: str) -> None:
    refusal = unused([word], Slots(target="redis"))

    with pytest.raises(UsageError):
        without_crumbs(refusal, f"{word}: dial tcp: i/o timeout", None, None)
