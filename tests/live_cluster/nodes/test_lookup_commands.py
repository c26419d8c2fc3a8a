"""The printed lookups in a real pod: their exit codes and output mean what `lookup_words` says beside them."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import convert

from bot.checks.facts.commands import look_up
from bot.model.kube.pods import Pod
from bot.reports.words import lookup_words
from tests.live_cluster.nodes.cluster import RealCluster
from tests.live_cluster.nodes.faults.dns import DNS_AGAIN
from tests.live_cluster.nodes.faults.doing import do
from tests.live_cluster.nodes.faults.resolvers import corefile
from tests.live_cluster.nodes.faults.words import LOOKUPS, Lookups

pytestmark = pytest.mark.nodes
SPACE = "lookup-commands"
SETTLED = 30  # seconds
SERVICE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"ports": [{"port": 80}]},
}
FULL = f"web.{SPACE}.svc.cluster.local"
# Name as typed, full name, then exit code and whether an address of the name is printed: by getent, and by nslookup.
Row = tuple[str, str, tuple[int, bool], tuple[int, bool]]
SOUND: dict[str, Row] = {
    "a Service": ("web", FULL, (0, True), (0, True)),
    "no such name": ("wep", f"wep.{SPACE}.svc.cluster.local", (2, False), (1, False)),
    "a name without an address": (f"{SPACE}.svc", f"{SPACE}.svc.cluster.local", (2, False), (0, False)),
}
AAAA_DENIED: Row = ("web", FULL, (0, True), (1, True))


@pytest.fixture(scope="module")
def address(real_cluster: RealCluster) -> Iterator[str]:
    """The address of a Service `web`, beside a pod with glibc's getent and BusyBox's nslookup."""
    real_cluster.kubectl("create", "namespace", SPACE)
    do(real_cluster, SPACE, ("apply", "-f", json.dumps(SERVICE)), Lookups({}))
    yield real_cluster.kubectl("-n", SPACE, "get", "svc", "web", "-o", "jsonpath={.spec.clusterIP}")
    real_cluster.kubectl("delete", "namespace", SPACE, "--wait=false")


def seen(cluster: RealCluster, row: Row, address: str) -> list[tuple[int, bool]]:
    """Run both commands as they are printed."""
    pod = convert({"metadata": {"name": LOOKUPS, "namespace": SPACE}}, Pod)
    done = [cluster.shell(each) for each in look_up(pod, row[0], row[1])]
    return [(each.returncode, address in each.stdout) for each in done]


@pytest.mark.parametrize("row", SOUND.values(), ids=SOUND)
def test_lookup(real_cluster: RealCluster, address: str, row: Row) -> None:
    """A name that exists, one that does not, and one without an address are told apart by what is printed."""
    assert seen(real_cluster, row, address) == list(row[2:])


def test_lookup_where_aaaa_fails(real_cluster: RealCluster, address: str) -> None:
    """Exit code 1 beside an address: AAAA is denied, and the C library has the address."""
    try:
        do(real_cluster, SPACE, *corefile(inside="template ANY AAAA cluster.local {\n        rcode NXDOMAIN\n    }"))
        end = time.monotonic() + SETTLED
        while (found := seen(real_cluster, AAAA_DENIED, address)) != list(AAAA_DENIED[2:]):
            assert time.monotonic() < end, found  # kube-proxy still leads to the DNS pods of before
    finally:
        do(real_cluster, SPACE, *DNS_AGAIN)


def test_what_is_said_of_them() -> None:
    """The sentence beside the commands is about what was run here."""
    pod = convert({"metadata": {"name": LOOKUPS, "namespace": SPACE}}, Pod)
    said = lookup_words(look_up(pod, "web", FULL))

    assert "exit code 1 beside an address means that its AAAA failed" in said
    assert "0 without one that the name exists and has no address" in said
    assert "exit code 2 is no address for whatever reason" in said
