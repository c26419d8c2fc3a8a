"""Where probes other than lookups never go, whatever a cluster's objects name."""

import pytest

from bot.model.probe import GrpcHealth, HttpGet, Outcome, TcpConnect, TlsHandshake
from bot.probes import run
from bot.probes.addresses import is_callable
from tests.probes.listeners import HERE, saying, status, tcp

FORBIDDEN = (
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "169.254.169.254", "169.254.20.10", "224.0.0.1"),
    *("::1", "::", "fe80::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254"),
)


@pytest.mark.parametrize("address", FORBIDDEN)
def test_own_and_link_local_addresses(address: str) -> None:
    """Of both families, and of IPv4 inside IPv6."""
    assert not is_callable(address)


@pytest.mark.parametrize(
    "address", ["10.244.0.11", "192.168.77.11", "100.64.0.1", "8.8.8.8", "fd00::11", "2001:db8::1"]
)
def test_addresses_of_pods_and_nodes(address: str) -> None:
    """Private and public ones alike."""
    assert is_callable(address)


async def test_nothing_is_sent_there() -> None:
    """A server that listens on loopback hears nothing, and the observation says why nothing was measured."""
    heard: list[bytes] = []
    async with tcp(saying(status(200), count=heard)) as port:
        seen = await run(
            (
                TcpConnect(HERE, port),
                HttpGet(HERE, port),
                HttpGet(HERE, port, version="2"),
                TlsHandshake(HERE, port),
                GrpcHealth(HERE, port),
            )
        )

    assert {each.outcome for each in seen} == {Outcome.NOT_RUN}
    assert all("loopback" in each.detail["error"] for each in seen)
    assert heard == []
