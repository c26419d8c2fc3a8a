"""The caller's resolver: whoever asks the cluster's DNS by whatever setting is sound, whoever does not is unknown."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.model.call.hop import Hop
from bot.model.call.path import call_path
from bot.model.probe import Vantage, VantageKind
from bot.model.result.status import Status
from tests.call.sights import CALLER, pod, sight
from tests.checks.manifests import Written, case_of

OWN = {"nameservers": ["10.96.0.10"], "searches": ["shop.svc.cluster.local"]}
CACHE = pod("node-local-dns-a", "kube-system", labels={"k8s-app": "node-local-dns"}, spec={"nodeName": "node-1"})
PIN = {"ip": "10.96.12.7", "hostnames": ["user-service.shop"]}
NO_DNS = {
    "apiVersion": "v1",
    "kind": "Event",
    "metadata": {"name": "e", "namespace": "shop"},
    "reason": "MissingClusterDNS",
    "type": "Warning",
    "involvedObject": {"kind": "Pod", "name": "checkout-1", "namespace": "shop", "uid": "u-checkout-1"},
    "lastTimestamp": "2026-11-23T03:50:00Z",
}


@pytest.mark.parametrize(
    "changes",
    [
        (),
        (pod(spec={"dnsPolicy": "ClusterFirstWithHostNet", "hostNetwork": True}),),
        (pod(spec={"dnsPolicy": "None", "dnsConfig": OWN}),),
        (pod(spec={"dnsPolicy": "Default", "dnsConfig": OWN}),),
        (pod(spec={"dnsPolicy": "None", "dnsConfig": {**OWN, "nameservers": ["169.254.20.10"]}}), CACHE),
        (pod(spec={"hostAliases": [PIN]}),),
        (pod(spec={"hostAliases": [{"ip": "192.0.2.9", "hostnames": ["orders.shop"]}]}),),
    ],
)
def test_resolver_that_asks_the_cluster_is_sound(changes: tuple[dict[str, Any], ...]) -> None:
    """By policy, by configuration, through a node-local cache, or pinned to the right address."""
    assert sight(Hop.RESOLVER, *changes).status is Status.OK


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ((pod(spec={"dnsPolicy": "Default"}),), "dnsPolicy Default"),
        ((pod(spec={"hostNetwork": True}),), "hostNetwork"),
        ((pod(spec={"dnsPolicy": "None", "dnsConfig": {"nameservers": ["192.0.2.53"]}}),), "192.0.2.53"),
        ((pod(spec={"dnsPolicy": "None", "dnsConfig": {"nameservers": ["169.254.20.10"]}}),), "169.254.20.10"),
        ((pod(spec={"hostAliases": [{**PIN, "ip": "192.0.2.9"}]}),), "hostAliases pin the name to 192.0.2.9"),
        ((NO_DNS,), "MissingClusterDNS"),
    ],
)
def test_resolver_that_asks_others_is_unknown(changes: tuple[dict[str, Any], ...], words: str) -> None:
    """The node's nameservers, strangers, a cache that is not there, a name pinned elsewhere, a kubelet without DNS."""
    seen = sight(Hop.RESOLVER, *changes)

    assert (seen.status, words in seen.because) == (Status.UNKNOWN, True), seen


def test_resolver_of_nobody_is_off_the_path() -> None:
    """Nobody named asks nothing; a caller that was not found may ask anybody; unread Events may hold the kubelet's word."""
    assert sight(Hop.RESOLVER, ask="user-service -n shop").status is Status.OFF_PATH
    assert sight(Hop.RESOLVER, ask=CALLER.replace("checkout-1", "nobody")).status is Status.UNKNOWN
    assert sight(Hop.RESOLVER, gap="events").status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("name", "searches", "status"),
    [
        ("user-service.shop", (), Status.OK),
        ("user-service.shop --symptom nxdomain", (), Status.UNKNOWN),
        ("user-service.shop", ("k8snet.svc.cluster.local", "svc.cluster.local"), Status.UNKNOWN),
        ("user-service.shop --symptom nxdomain", ("k8snet.svc.cluster.lan", "svc.cluster.lan"), Status.OK),
        ("user-service.shop", ("k8snet.svc.cluster.lan", "svc.cluster.lan"), Status.OK),
        ("user-service.shop.svc.cluster.lan", (), Status.OK),
    ],
)
def test_zone_that_kubelets_search_stands_in_no_object(name: str, searches: tuple[str, ...], status: Status) -> None:
    """Where CoreDNS serves another one than the default, what the worker's own kubelet wrote tells, or a name in full.

    Without these it is taken for what kubelets search, too, unless names are not found.
    """
    text = ".:53 {\n  kubernetes cluster.lan in-addr.arpa\n  forward . /etc/resolv.conf\n}\n"
    metadata = {"name": "coredns", "namespace": "kube-system"}
    corefile = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"Corefile": text}}
    written = Written("test", "", {"ask": [f"{CALLER} --name {name}"]}, [corefile])

    found = call_path(replace(case_of(written), vantage=Vantage(VantageKind.WORKER, pod="worker-0", searches=searches)))

    assert found[Hop.RESOLVER].status is status, found[Hop.RESOLVER]
