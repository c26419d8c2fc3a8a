"""The DNS servers: ready and steady pods that were read, a probe that was answered, and the caller's own node's cache."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.model.call.hop import Hop
from bot.model.planning.plan import plan
from bot.model.probe import DnsQuery, Purpose, Vantage, VantageKind
from bot.model.result.status import Basis, Status
from tests.call.sights import CALLER, crashing, pod, policy, sight
from tests.checks.manifests import Written, case_of

READY = [{"type": "Ready", "status": "True"}]
OUT_OF_IT = [{"type": "Ready", "status": "False"}]
ANSWERED = "dns service user-service.shop.svc.cluster.local. @10.96.0.10 answered 10.96.12.7"


def restarting(name: str, **how: Any) -> dict[str, Any]:
    return pod(name, "kube-system", status={"containerStatuses": [crashing("coredns", **how)]})


def cache(node: str, conditions: list[dict[str, str]] = READY) -> dict[str, Any]:
    status = {"phase": "Running", "podIP": "192.168.77.99", "conditions": conditions}
    spec = {"nodeName": node, "hostNetwork": True, "containers": [{"name": "node-cache"}]}
    labels = {"k8s-app": "node-local-dns"}
    return pod(f"node-local-dns-{node}", "kube-system", labels=labels, spec=spec, status=status)


@pytest.mark.parametrize(
    "changes",
    [
        (),
        (restarting("coredns-1"),),
        (restarting("coredns-1", restarts=2), restarting("coredns-2", restarts=1)),
        (pod("coredns-1", "kube-system", status={"conditions": OUT_OF_IT}),),
        (cache("node-1"), cache("node-2", OUT_OF_IT)),
        (cache("node-2"), pod(spec={"dnsPolicy": "Default"})),
    ],
)
def test_servers_that_serve_are_sound(changes: tuple[dict[str, Any], ...]) -> None:
    """One of two shaky or not ready, a rollout, the cache of the caller's node, and a cache that this caller never asks."""
    assert sight(Hop.DNS_SERVER, *changes).status is Status.OK


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ((restarting("coredns-1"), restarting("coredns-2")), "all 2 DNS pods that serve restart again and again"),
        (
            (restarting("coredns-1"), pod("coredns-2", "kube-system", status={"conditions": OUT_OF_IT})),
            "the one DNS pod",
        ),
        ((cache("node-2"),), "no node-local DNS cache was found on the caller's node node-1"),
        ((cache("node-1", OUT_OF_IT),), "is not ready"),
        (
            (cache("node-2"), pod(spec={"dnsPolicy": "None", "dnsConfig": {"nameservers": ["169.254.20.10"]}})),
            "no node-local DNS cache",
        ),
    ],
)
def test_servers_that_may_not_serve_are_unknown(changes: tuple[dict[str, Any], ...], words: str) -> None:
    """All that serve come and go, or the cache of the caller's node is not there."""
    seen = sight(Hop.DNS_SERVER, *changes)

    assert (seen.status, words in seen.because) == (Status.UNKNOWN, True), seen


def test_unread_servers_are_sound_only_where_they_answer() -> None:
    """Without their objects DNS is known by its answers alone."""
    assert sight(Hop.DNS_SERVER, gap="dns").status is Status.UNKNOWN
    seen = sight(Hop.DNS_SERVER, gap="dns", saw=ANSWERED)
    assert (seen.status, seen.basis) == (Status.OK, Basis.PROBED)


def test_address_of_no_known_pod_is_no_server() -> None:
    """An endpoint of the DNS Service that belongs to no pod that was read may be anything."""
    seen = sight(Hop.DNS_SERVER, drop=["Pod kube-system/coredns-1", "Pod kube-system/coredns-2"])

    assert seen.status is Status.UNKNOWN


LISTENING: dict[str, Any] = {
    "nodeName": "node-1",
    "hostNetwork": True,
    "containers": [
        {"name": "node-cache", "image": "k8s-dns-node-cache", "args": ["-localip", "169.254.20.10,10.96.0.10"]}
    ],
}
ASKED = "dns cache user-service.shop.svc.cluster.local. @169.254.20.10"


@pytest.mark.parametrize(
    ("seen", "changes", "status"),
    [
        ("answered 10.96.12.7", (), Status.OK),
        ("nxdomain", (), Status.OK),
        ("timeout", (), Status.UNKNOWN),
        ("servfail", (), Status.UNKNOWN),
        ("timeout", (policy("k8snet", policyTypes=["Egress"]),), Status.OK),
    ],
)
def test_cache_that_gives_no_answer_is_none(seen: str, changes: tuple[dict[str, Any], ...], status: Status) -> None:
    """DNS pods may answer, and the cache before them not; what policies may keep the measuring pod from says nothing."""
    own = {**cache("node-1"), "spec": LISTENING}
    found = sight(Hop.DNS_SERVER, own, *changes, saw=[ANSWERED, f"{ASKED} {seen}"])

    assert (found.status, found.basis) == (status, Basis.PROBED), found


def test_cache_is_asked_by_itself_on_the_callers_node_alone() -> None:
    """Only there is its address its own; where it is not known on which one it listens, it is not asked."""
    own, ask = {**cache("node-1"), "spec": LISTENING}, {"ask": [CALLER]}

    def asked(document: dict[str, Any], node: str) -> list[str]:
        known = replace(case_of(Written("test", "", ask, [document])), vantage=Vantage(VantageKind.WORKER, node=node))
        return [each.server for each in plan(known) if each.purpose is Purpose.CACHE and isinstance(each, DnsQuery)]

    assert asked(own, "node-1") == ["169.254.20.10"]
    assert not asked(own, "node-2")
    assert not asked(cache("node-1"), "node-1")


def proxying(mode: str) -> dict[str, Any]:
    metadata = {"name": "kube-proxy", "namespace": "kube-system"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"config.conf": f"mode: {mode}\n"}}


@pytest.mark.parametrize(
    ("mode", "caller", "status"),
    [
        ("ipvs", (), Status.UNKNOWN),
        ("iptables", (), Status.OK),
        ("ipvs", (pod(spec={"dnsPolicy": "None", "dnsConfig": {"nameservers": ["169.254.20.10"]}}),), Status.OK),
    ],
)
def test_a_cache_on_the_address_of_the_service(mode: str, caller: tuple[dict[str, Any], ...], status: Status) -> None:
    """With IPVS kube-proxy has that address on an interface of its own; who asks the cache's own address does not meet it."""
    own = {**cache("node-1"), "spec": LISTENING}

    assert sight(Hop.DNS_SERVER, own, proxying(mode), *caller).status is status
    assert sight(Hop.DNS_SERVER, own, proxying(mode), *caller, saw=[ANSWERED]).status is Status.OK
