"""Which hosts a proxy looks up while it runs, by the words of nginx and HAProxy, and that what is kept says so again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.call.named_hosts import concerns, hosts_in, kept_hosts

# What a line may be made of, in any order.
_PARTS = st.sampled_from(
    [
        *("set $users ", "proxy_pass ", "grpc_pass ", "server ", "server users ", "upstream users { ", "location / { "),
        *(
            "http://user-service",
            "user-service:80",
            "http://user-service.shop",
            "user-service.shop.svc:8080",
            "$1",
            "$uri",
        ),
        *(
            " resolve",
            " resolvers kube",
            " check",
            "; ",
            " }",
            "$http_host",
            "http://$users",
            "${API_HOST}",
            " # $x",
            "/",
        ),
    ]
)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("proxy_pass http://user-service;", ["NO"]),
        ("proxy_pass http://user-service; proxy_set_header Host $host;", ["NO"]),
        ("proxy_pass http://user-service;  # not $uri", ["NO"]),
        ("proxy_pass http://user-service:${USER_PORT}/;", []),
        ("proxy_pass http://user-service/${BASE_PATH}/;", ["NO"]),
        ("proxy_pass http://user-service/$1;", ["PASSED"]),
        ("location / { proxy_pass http://user-service/${rest}; }", ["PASSED"]),
        ("proxy_pass http://user-service:8080$request_uri;", ["PASSED"]),
        ("grpc_pass grpc://user-service:9000/$1;", ["PASSED"]),
        ("set $users http://user-service; proxy_pass $users;", ["SET"]),
        ("set $users user-service:80; proxy_pass http://web:80;", ["SET", "NO"]),
        ("upstream users { zone users 64k; server user-service:80 resolve; }", ["PASSED"]),
        ("upstream users { server user-service:80 max_fails=3; }", ["NO"]),
        ("server { resolver kube-dns; server_name user-service; proxy_pass http://user-service; }", ["NO"]),
        ("server users user-service:80 check resolvers kube init-addr none", ["SERVER"]),
        ("server-template users 3 user-service:80 resolvers kube", ["SERVER"]),
        ("server users user-service:80 check  # resolvers kube", ["NO"]),
        ("server users user-service:80 check", ["NO"]),
        ('USERS="http://user-service/$1"', ["NO"]),
    ],
)
def test_how_a_host_is_looked_up(line: str, found: list[str]) -> None:
    """By the C library as the proxy starts, unless a variable or a resolver of its own stands with it."""
    assert [each.run_time.name for each in hosts_in(line)] == found


@given(st.lists(_PARTS, min_size=1, max_size=8).map("".join))
def test_what_is_kept_is_read_again_as_the_same(line: str) -> None:
    """How it is looked up, too."""
    once = kept_hosts(line, "user-service", "default.conf")
    assert once is None or kept_hosts(once, "user-service", "default.conf") == once
    kept = {each.written for each in hosts_in(once or "", "default.conf")}
    assert kept == {each.written for each in hosts_in(line, "default.conf") if concerns(each, "user-service")}
