"""A SERVFAIL that the real CoreDNS keeps is told from a server that is broken now, by a name that nobody asked before."""

import asyncio
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.message
import dns.rcode
import dns.rrset
import pytest

from bot.model.planning.fresh import beside
from bot.model.probe import DnsQuery, Outcome
from bot.probes.resolve import resolve
from tests.live_cluster.binaries import build
from tests.live_cluster.upstream import HERE, nameserver
from tests.ports import free_port

pytestmark = pytest.mark.cluster
NAME = "db.corp.example."


class Upstream:
    """A nameserver outside that denies every name, or says nothing as long as it is broken."""

    def __init__(self) -> None:
        self.is_broken = True

    def reply(self, answer: dns.message.Message, question: dns.rrset.RRset) -> bool:
        del question
        answer.set_rcode(dns.rcode.NXDOMAIN)
        return not self.is_broken


@pytest.fixture
def coredns(tmp_path: Path) -> Iterator[tuple[int, Upstream]]:
    """A CoreDNS with a cache, whose upstream is silent; give its port."""
    upstream, port = Upstream(), free_port()
    binary = Path(os.environ.get("K8SNET_TEST_BINARIES") or build()) / "coredns"
    with nameserver(upstream.reply) as outside:
        path = tmp_path / "Corefile"
        forward = f"forward . {HERE}:{outside.getsockname()[1]} {{\n max_fails 0\n}}"
        path.write_text(f".:{port} {{\n bind {HERE}\n cache 30\n {forward}\n}}\n")
        with subprocess.Popen([binary, "-conf", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            yield port, upstream
            process.terminate()


def asked(query: DnsQuery, seconds: float = 10) -> Outcome:
    return asyncio.run(resolve(query, seconds)).outcome


def test_a_servfail_is_kept(coredns: tuple[int, Upstream], eventually: Callable[..., None]) -> None:
    """The upstream is back: the name is SERVFAIL still, and a fresh one is answered. While it is silent, both fail."""
    port, upstream = coredns
    query = DnsQuery(NAME, HERE, port)
    eventually(lambda: asked(query) is Outcome.SERVFAIL, what="CoreDNS gives its upstream up")
    assert asked(beside(query)) is Outcome.SERVFAIL

    asked(DnsQuery("second.corp.example.", HERE, port))  # a failure of this moment
    upstream.is_broken = False

    assert asked(beside(query)) is Outcome.NXDOMAIN
    assert asked(DnsQuery("second.corp.example.", HERE, port)) is Outcome.SERVFAIL
    eventually(lambda: asked(query) is Outcome.NXDOMAIN, what="what was kept is forgotten")
