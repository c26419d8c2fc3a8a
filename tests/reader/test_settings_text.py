"""Texts of ConfigMaps that are read for the ports beside hosts: every form, and nothing of what is broken or ambiguous."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from bot.cluster.documents import snapshot_from
from bot.cluster.redaction import redacted
from bot.cluster.settings_text import scalars
from bot.model.call.named_hosts import ANY_SERVICE, hosts_in, kept_hosts
from bot.model.question.question import Source
from bot.model.snapshot import Snapshot
from bot.model.views.caller import Caller
from tests.examples import examples
from tests.reader.test_redaction import NOW

_JSON = '{"users": {"addr": "users", "port": 9090}, "retries": 3}'
FILES = ("app.yaml", "app.json", "app.toml", "app.properties", "app.conf", "CONFIG")


def kept(text: str, key: str = "CONFIG", service: str = "users") -> list[str]:
    return (kept_hosts(text, service, key, read=scalars) or "").split("\n")


@pytest.mark.parametrize(
    ("text", "key", "found"),
    [
        (_JSON, "a.json", ["addr=users:9090/...users.port"]),
        (_JSON, "CONFIG", ["addr=users:9090/...users.port"]),
        (json.dumps(json.loads(_JSON), indent=2), "a.json", ["addr=users:9090/...users.port"]),
        (f"[{_JSON}]", "a.json", ["addr=users:9090/...0.users.port"]),
        (
            '{"UserDbAddress": "users", "UserDbPort": "27017", "port": 1}',
            "a",
            ["UserDbAddress=users:27017/...UserDbPort"],
        ),
        ("users:\n  host: users  # ours\n  port: 9090\nport: 1\n", "a.yml", ["host=users:9090/...users.port"]),
        ("users: {host: users, port: '80'}", "CONFIG", ["host=users:80/...users.port"]),
        (
            "a:\n- port: 1\n  host: users\n- host: users\n  port: 2\n",
            "a.yaml",
            ["host=users:1/...a.0.port", "host=users:2/...a.1.port"],
        ),
        ("x: &d {host: users, port: 80}\ny: *d\n", "a.yaml", ["host=users:80/...x.port"]),
        (
            "---\na: {host: users}\n---\na: {host: users, port: 80}\n",
            "a.yaml",
            ["host=users", "host=users:80/...a.port"],
        ),
        ("users.host=users\nusers.port=80\nport=1", "a.properties", ["users.host=users:80/...users.port"]),
        ("users.host = users\nusers.port = 80", "CONFIG", ["users.host=users:80/...users.port"]),
        ('USERS_HOST=users\nexport USERS_PORT="80"', ".env", ["USERS_HOST=users:80/...USERS_PORT"]),
        ("[users]\nhost = users\nport = 80\n[cart]\nhost = cart", "a.ini", ["host=users:80/...users.port"]),
        ('[users]\nhost = "users"\nport = 80', "a.toml", ["host=users:80/...users.port"]),
        ('[[peers]]\nhost = "users"\nport = 80', "a.toml", ["host=users:80/...peers.0.port"]),
    ],
)
def test_the_port_beside_a_host(text: str, key: str, found: list[str]) -> None:
    """In the same mapping, whatever the form; what is kept is read again as the same host."""
    assert kept(text, key) == found
    assert kept("\n".join(found), key) == found
    assert [each.written for line in found for each in hosts_in(line)] == found


@pytest.mark.parametrize(
    "text",
    [
        '{"a": {"host": "users", "port": 80}',
        '{"a": {"host": "users", "port": 80, "port": 81}}',
        '{"a": {"host": "users", "port": 80}, "a": {}}',
        '{"a": {"host": "users", "port": 80.5}}',
        '{"a": {"host": "users", "port": true}}',
        '{"a": {"host": "users", "port": [80]}}',
        '{"a": {"host": "users", "port": {{ .Values.port }} }}',
        "a:\n  host: users\n  port: 80\n  port: 81\n",
        "a:\n  host: users\n  port: 0x50\n",
        "a:\n  host: users\n  port: 080\n",
        "a:\n  host: users\n  port: !!int 80\n",
        "p: &p 80\na:\n  host: users\n  port: *p\n",
        "d: &d {port: 80}\na:\n  <<: *d\n  host: users\n",
        "a:\n  host: users\n  port: 80\n  text: |\n    host: users\n",
        "a:\n  host: users\n  port: 80\n b: broken\n",
        "a:\n  host: users\n---\na:\n  port: 80\n",
        "? {x: 1}\n: {host: users, port: 80}\n",
        "users.host=users\nusers.port=80\nusers.port=81",
        "users.host=users\nusers.port=80 # or 81",
        "users.host=users\n#users.port=80",
        'users.host=users\nnote="\nusers.port=80\n"',
        "users.host=users\nnote=\\\nusers.port=80",
        "a {\ndbHost = users\n}\nb {\ndbPort = 80\n}",
        "[a]\nhost = users\n[b]\nport = 80",
        "{" * 40_000 + " host: users port: 80",
        "[" * 40_000 + " host: users port: 80",
        '{"a":' * 9_000 + '{"host": "users", "port": 80}' + "}" * 9_000,
        "- " * 9_000 + "{host: users, port: 80}",
        "a: {host: users, port: 80}\n" + "b: c\n" * 20_000,
    ],
)
def test_what_cannot_be_read_for_certain_says_nothing(text: str) -> None:
    """Broken, ambiguous, too deep or too long: then the host is known without a port, as ever."""
    for key in FILES:
        assert not any(":" in each for each in kept(text, key))


_WORDS = st.sampled_from(["users", "cart", "host", "port", "addr", "dbHost", "dbPort", "server", "80", "9090", "x"])
_TREES = st.recursive(
    st.one_of(_WORDS, st.integers(0, 70_000), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_WORDS, inner, max_size=4)),
    max_leaves=12,
)


@given(tree=st.dictionaries(_WORDS, _TREES, max_size=4))
@examples(100)
def test_forms_say_the_same(tree: dict[str, Any]) -> None:
    """One tree in JSON and in YAML, as another library writes it, has the same ports beside the same hosts."""
    in_yaml = yaml.safe_dump(tree, sort_keys=False)
    read = [kept(json.dumps(tree), "a.json"), kept(json.dumps(tree, indent=1), "a"), kept(in_yaml, "a.yaml")]
    ports = [[each for each in one if "/..." in each] for one in read]
    assert ports[0] == ports[1]
    assert ports[0] == ports[2]
    assert len(ports[0]) <= _pairs(tree)


def _pairs(tree: Any) -> int:
    """Count the mappings that have a host which is `users`, and a port: an upper bound, found in another way."""
    if isinstance(tree, list):
        return sum(map(_pairs, tree))
    if not isinstance(tree, dict):
        return 0
    hosts = sum(tree.get(each) == "users" for each in ("host", "addr", "dbHost", "server"))
    return min(hosts, ("port" in tree) + ("dbPort" in tree)) + sum(map(_pairs, tree.values()))


_MARKS = [
    *["users", "host", "port", "USERS_HOST", "=", ":", "{", "}", "[", "]", ",", "80", "a", "&a", "*a", "<<", "|", "!"],
    *"\"'#\\\0\ud800",
]
_TEXTS = st.lists(
    st.sampled_from([*_MARKS, " ", "  ", "\n", "\t", "- ", "---\n"]) | st.text(max_size=3), max_size=60
).map("".join)


@given(text=_TEXTS, key=st.sampled_from(FILES))
@example(text="users_host=users\nusers_port=80", key="app.conf")
@example(text='host&:"0', key="app.yaml")
@example(text='host& : "0', key="app.yaml")
@examples(300)
def test_any_text_ends_and_what_is_kept_of_it_stays(text: str, key: str) -> None:
    """No text raises; a snapshot that is redacted again is the same."""
    for service in ("users", ANY_SERVICE):
        once = kept_hosts(text, service, key, read=scalars)
        assert once is None or kept_hosts(once, service, key, read=scalars) == once


_NAMES = st.sampled_from(["A_HOST", "A_ADDR", "A_PORT", "B_HOST", "B_PORT", "HOST", "PORT", "app.json"])
_VALUES = st.sampled_from(["users", "users:80", "cart", "80", "9090", "hunter2", "tcp://10.0.0.1:80", "", None])


def told(snapshot: Snapshot) -> list[tuple[str, str, str]]:
    hosts = Caller(snapshot, Source(namespace="shop", pod="a")).hosts("users")
    return [(each.place, str(each.named), each.named.beside) for each in hosts]


@example(env={"B_HOST": "users", "B_PORT": "80"}, data={"A_HOST": "users", "B_HOST": "cart"}, both=True)
@example(env={"A_HOST": "users"}, data={"A_PORT": "80"}, both=True)
@example(env={"A_HOST": "users", "A_PORT": "80"}, data={"A_ADDR": "cart"}, both=True)
@example(env={"A_PORT": "80"}, data={"A_HOST": "users", "A_PORT": "9090"}, both=True)
@example(env={"A_PORT": "80"}, data={"A_HOST": "users", "A_ADDR": "cart"}, both=True)
@given(env=st.dictionaries(_NAMES, _VALUES), data=st.dictionaries(_NAMES, _VALUES.filter(bool)), both=st.booleans())
@examples(200)
def test_a_caller_is_told_the_same_before_and_after(
    env: dict[str, str | None], data: dict[str, str], both: bool
) -> None:
    """Redaction keeps of variables and ConfigMaps what their hosts and ports are read from, and nothing else."""
    meta = {"name": "a", "namespace": "shop"}
    config: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}
    source = {"envFrom": [{"configMapRef": {"name": "a"}}]} if both else {}
    container = {"name": "app", "env": [{"name": name, "value": value} for name, value in env.items()], **source}
    caller = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": [container]}}
    whole = snapshot_from([caller, config], taken_at=NOW)

    once = redacted(whole, "users")

    assert redacted(once, "users") == once
    assert "hunter2" not in repr(once)
    assert "cart" not in repr(once)
    assert told(once) == told(whole)
