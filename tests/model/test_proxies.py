"""Proxy variables: what NO_PROXY leaves out, which variable counts for which scheme, and what is kept of a value."""

import pytest

from bot.model.call.proxies import kept_proxy, proxy_settings

PROXY = "http://proxy.corp.example:3128"
NAMES = (
    "user-service",
    "user-service.shop",
    "user-service.shop.svc",
    "user-service.shop.svc.cluster.local",
    "10.96.12.7",
)


@pytest.mark.parametrize(
    ("entries", "caught"),
    [
        ("", NAMES),
        ("*", ()),
        (".svc,.cluster.local", ("user-service", "user-service.shop", "10.96.12.7")),
        ("*.svc *.cluster.local", ("user-service", "user-service.shop", "10.96.12.7")),
        ("svc.cluster.local", ("user-service", "user-service.shop", "user-service.shop.svc", "10.96.12.7")),
        ("user-service,shop,.svc,.local,10.0.0.0/8", ()),
        ("10.96.12.7", NAMES[:4]),
        ("10.96.0.0/12,nonsense/x", NAMES[:4]),
        ("USER-SERVICE:80", NAMES[1:]),
        ("service", NAMES),
    ],
)
def test_what_no_proxy_leaves_out(entries: str, caught: tuple[str, ...]) -> None:
    """Whole names and what lies below them; networks for addresses alone."""
    found = proxy_settings({"HTTP_PROXY": PROXY, "NO_PROXY": entries}, "http")

    assert found
    assert tuple(each for each in NAMES if not found.leaves_out(each)) == caught
    assert found.leaves_out("localhost")


@pytest.mark.parametrize(
    ("variables", "scheme", "proxy"),
    [
        ({"HTTP_PROXY": PROXY}, "http", "proxy.corp.example:3128"),
        ({"HTTP_PROXY": PROXY}, "https", None),
        ({"https_proxy": PROXY}, "https", "proxy.corp.example:3128"),
        ({"ALL_PROXY": "socks5://proxy:1080"}, "http", "proxy:1080"),
        ({"http_proxy": "", "HTTP_PROXY": PROXY}, "http", None),
        ({"NO_PROXY": "*"}, "http", None),
        ({}, "http", None),
    ],
)
def test_which_variable_counts(variables: dict[str, str | None], scheme: str, proxy: str | None) -> None:
    """Small letters before capitals, the scheme's own before the one for all; an empty one switches the proxy off."""
    found = proxy_settings(variables, scheme)

    assert (found.proxy if found else None) == proxy


def test_value_that_is_not_known() -> None:
    """It comes from a Secret: neither is the proxy known, nor what it leaves out."""
    found = proxy_settings({"HTTP_PROXY": None, "NO_PROXY": None}, "http")

    assert found
    assert (found.proxy, found.exempt) == (None, None)


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("HTTP_PROXY", "http://bob:hunter2@proxy.corp.example:3128/hunter2", "proxy.corp.example:3128"),
        ("https_proxy", "proxy", "proxy"),
        ("HTTP_PROXY", "hunter2 hunter2", None),
        ("HTTP_PROXY", "", ""),
        ("NO_PROXY", "localhost, .svc 10.0.0.0/8,hunter2@x,[::1]", "localhost,.svc,10.0.0.0/8,[::1]"),
        ("NO_PROXY", None, None),
    ],
)
def test_what_is_kept(name: str, value: str | None, kept: str | None) -> None:
    """Hosts, ports and networks; what is kept is kept again as it is."""
    assert kept_proxy(name, value) == kept
    assert kept is None or kept_proxy(name, kept) == kept
