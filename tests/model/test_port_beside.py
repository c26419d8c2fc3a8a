"""Which port that stands apart is a host's: by variables, and by the keys of a mapping."""

import pytest

from bot.model.call.port_beside import Beside, names_of_ends, paired_names, port_number, ports_beside


@pytest.mark.parametrize(
    ("names", "pairs"),
    [
        ("USERS_HOST USERS_PORT PORT", {"USERS_HOST": "USERS_PORT"}),
        ("USERS_ADDR USERS_PORT USERS_TIMEOUT", {"USERS_ADDR": "USERS_PORT"}),
        (
            "USER_SERVICE_SERVICE_HOST USER_SERVICE_SERVICE_PORT",
            {"USER_SERVICE_SERVICE_HOST": "USER_SERVICE_SERVICE_PORT"},
        ),
        ("REDIS_HOST REDIS_HOST_PORT", {"REDIS_HOST": "REDIS_HOST_PORT"}),
        ("REDIS_HOST REDIS_PORT REDIS_HOST_PORT", {}),
        ("HOST HOST_PORT", {}),
        ("Redis__Host Redis__Port", {"Redis__Host": "Redis__Port"}),
        ("redisHost redis.port", {"redisHost": "redis.port"}),
        ("USERS_HOST USERS_ADDR USERS_PORT", {}),
        ("USERS_HOST USERS_PORT users_port", {}),
        ("USERS_HOST USERS_METRICS_PORT", {}),
        ("USERS_HOST CART_PORT", {}),
        ("USERS_HOST USERS_PORT_80_TCP_PORT USERS_PORT_80_TCP_PROTO", {}),
        ("HOST PORT", {}),
        ("SERVER_HOST SERVER_PORT", {}),
        ("OTEL_SERVICE USERS_SERVICE USERS_SERVICE_PORT", {}),
    ],
)
def test_variables_of_one_stem(names: str, pairs: dict[str, str]) -> None:
    """One host and one port each; a bare name, or one of the program itself, may be where it listens."""
    assert paired_names(names.split()) == pairs


def test_names_that_are_kept() -> None:
    """Of what may be a pair both names; of what another list may complete each, where one may."""
    names = ("A_HOST", "A_ADDR", "A_PORT", "B_HOST", "C_PORT", "PORT", "MODE")
    assert names_of_ends(names) == {"A_HOST", "A_ADDR", "A_PORT"}
    assert names_of_ends(names, also_alone=True) == {"A_HOST", "A_ADDR", "A_PORT", "B_HOST", "C_PORT", "PORT"}


@pytest.mark.parametrize(
    ("written", "port"),
    [
        ("80", 80),
        (" 65535\n", 65535),
        *(
            (each, None)
            for each in ("0", "65536", "080", "-1", "8_0", "8e1", "٨٠", "tcp://10.0.0.1:80", "${PORT}", "", None)
        ),
    ],
)
def test_a_port_is_a_plain_number(written: str | None, port: int | None) -> None:
    assert port_number(written) == port


@pytest.mark.parametrize(
    ("scalars", "found"),
    [
        ({"users.host": "u", "users.port": "80"}, {("users.host", "u"): [Beside(80, "users.port")]}),
        ({"users host": "u", "users port": "80", "port": "1"}, {("host", "u"): [Beside(80, "users.port")]}),
        ({"dbHost": "u", "dbPort": "80", "port": "1"}, {("dbHost", "u"): [Beside(80, "dbPort")]}),
        (
            {"a socket_address address": "u", "a socket_address port_value": "80"},
            {("address", "u"): [Beside(80, "a.socket_address.port_value")]},
        ),
        (
            {"a #0 host": "u", "a #0 port": "80", "a #1 host": "u", "a #1 port": "81"},
            {("host", "u"): [Beside(80, "a.0.port"), Beside(81, "a.1.port")]},
        ),
        ({"a host": "u", "b host": "u", "b port": "81"}, {("host", "u"): [None, Beside(81, "b.port")]}),
    ],
)
def test_keys_of_one_mapping(scalars: dict[str, str], found: dict[tuple[str, str], list[Beside]]) -> None:
    """By their order, since one host may stand at several places."""
    beside = ports_beside((tuple(path.split()), value) for path, value in scalars.items())
    assert {at: ports for at, ports in beside.items() if any(ports)} == found


@pytest.mark.parametrize(
    "scalars",
    [
        {"host": "u", "port": "80"},
        {"server host": "u", "server port": "80"},
        {"metrics host": "u", "metrics port": "80"},
        {"my-server server host": "u", "my-server server port": "80"},
        {"db_host": "u", "port": "80"},
        {"users host": "u", "users port": "80", "users targetPort": "81"},
        {"users host": "u", "users bindAddress": "0.0.0.0", "users port": "80"},
        {"users host": "u", "users a port": "80"},
        {"users #0 host": "u", "users #1 port": "80"},
        {"users host": "u", "web port": "80"},
        {"users host": "u", "users port": "${PORT}"},
        {"users host": "u", "users port #0": "80"},
        {"a users host": "u", "b users port": "80"},
        {"users host": "u", "users " + "a" * 90 + " port": "80"},
    ],
)
def test_a_port_that_is_not_the_hosts(scalars: dict[str, str]) -> None:
    """Where the program listens, another mapping's, one of several, or none."""
    beside = ports_beside((tuple(path.split(" ")), value) for path, value in scalars.items())
    assert not any(port for ports in beside.values() for port in ports)
