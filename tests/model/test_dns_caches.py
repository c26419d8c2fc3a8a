"""How long CoreDNS, the node-local cache and the caller's resolver keep an answer, by the Corefile."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from bot.cluster.documents import snapshot_from
from bot.model.dns.caches import kept, last_turn
from bot.model.dns.search.table import WORDS
from bot.model.snapshot import Snapshot
from tests.reader.objects import SHOP, corefile, pod, service

NAME = "user-service.shop.svc.cluster.local."
PLAIN = "kubernetes cluster.local"
TTL = "kubernetes cluster.local {\n ttl 30\n }"


def _snapshot(text: str, *more: dict[str, Any]) -> Snapshot:
    from tests.checks.manifests import NOW

    objects = [*SHOP, corefile(f".:53 {{\n {text}\n forward . 1.1.1.1\n}}\n"), *more]
    return snapshot_from(objects, taken_at=NOW)


@pytest.mark.parametrize(
    ("text", "denial", "success"),
    [
        (f"{PLAIN}\n cache 30", 5, 5),
        (f"{TTL}\n cache 30", 30, 30),
        (f"{TTL}\n cache", 30, 30),
        (f"{TTL}\n cache 10", 10, 10),
        (f"{TTL}\n cache 3", 5, 5),
        (f"{TTL}\n cache 30 {{\n disable denial cluster.local\n }}", 0, 30),
        (f"{TTL}\n cache 30 {{\n disable denial other.example\n }}", 30, 30),
        (f"{TTL}\n cache 30 {{\n disable success\n disable denial\n }}", 0, 0),
        (f"{TTL}\n cache {{\n success 9984 20\n denial 9984 7\n }}", 7, 20),
        (f"{PLAIN}\n cache {{\n denial 9984 60 15\n }}", 15, 5),
        (f"{TTL}\n cache 30 {{\n serve_stale 10m\n }}", 30, 630),
        (f"{TTL}\n cache 30 example.com", 0, 0),
        (TTL, 0, 0),
    ],
)
def test_cache_of_coredns(text: str, denial: int, success: int) -> None:
    """The ttl of the plugin, within the bounds of `cache`, and 5 s at least."""
    snapshot = _snapshot(text)

    assert (kept(snapshot, NAME, "denial").seconds, kept(snapshot, NAME, "success").seconds) == (denial, success)


def test_caches_go_by_what_they_are_configured_with() -> None:
    """The node-local cache by its own Corefile, and kube-dns, which keeps no denial."""
    agent = pod("node-local-1", "kube-system", **{"k8s-app": "node-local-dns"})
    own = corefile(
        "cluster.local:53 {\n cache {\n success 9984 7\n denial 9984 6\n }\n forward . 10.96.0.10\n}\n",
        "node-local-dns",
    )
    snapshot = _snapshot(f"{TTL}\n cache 30", agent, own)
    assert kept(snapshot, NAME, "denial").words == "CoreDNS 30 s and the node-local cache 6 s"
    assert kept(snapshot, NAME, "success").words == "CoreDNS 30 s and the node-local cache 7 s"

    server = pod("kube-dns-1", "kube-system", **{"k8s-app": "kube-dns"})
    server["spec"]["containers"] = [{"name": "kubedns"}, {"name": "dnsmasq"}]
    snapshot = _snapshot(f"{TTL}\n cache 30", server)
    assert (kept(snapshot, NAME, "denial").words, kept(snapshot, NAME, "success").words) == ("", "kube-dns 30 s")


def test_caches_in_a_row_add_up() -> None:
    """CoreDNS, then NodeLocal DNSCache, then the JVM; what keeps nothing is not told."""
    agent = pod("node-local-1", "kube-system", **{"k8s-app": "node-local-dns"})
    snapshot = _snapshot(f"{TTL}\n cache 30", agent)

    assert kept(snapshot, NAME, "denial", WORDS["java"]).seconds == 30 + 5 + 10
    assert kept(snapshot, NAME, "denial", WORDS["glibc"]).words == "CoreDNS 30 s and the node-local cache 5 s"


@pytest.mark.parametrize(("age", "is_kept"), [(0, True), (29, True), (30, False), (-5, False)])
def test_second_at_which_it_is_right(age: int, is_kept: bool) -> None:
    """From the second of its making on, for as long as a denial is kept; a clock that is ahead proves nothing."""
    snapshot = _snapshot(f"{TTL}\n cache 30")
    made = snapshot.taken_at - timedelta(seconds=age)
    (known,) = [each for each in snapshot.services if each.name == "user-service"]
    known = replace(known, metadata=replace(known.metadata, creation_timestamp=made))

    turn = last_turn(snapshot, known, NAME)

    assert (turn is not None) == is_kept
    assert turn is None or turn.until == made + timedelta(seconds=30)


def test_change_of_an_address_is_kept_as_an_answer() -> None:
    """Who wrote the field, and when, stands in managedFields."""
    fields = {"f:spec": {"f:externalName": {}}}
    entry = {"manager": "kubectl", "operation": "Update", "time": "2026-11-23T03:59:50Z", "fieldsV1": fields}
    made = service("other")
    made["metadata"] |= {"managedFields": [entry], "creationTimestamp": "2026-11-01T00:00:00Z"}
    snapshot = _snapshot(f"{TTL}\n cache 30", made)
    (known,) = [each for each in snapshot.services if each.name == "other"]

    turn = last_turn(snapshot, known, "other.shop.svc.cluster.local.")

    assert turn
    assert (turn.what, turn.denial, f"{turn.until:%H:%M:%S}") == ("changed", False, "04:00:20")
