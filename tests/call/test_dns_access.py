"""The way to the DNS servers: judged by the policies of both ends wherever the caller asks the cluster's DNS."""

from typing import Any

import pytest

from bot.model.call.hop import Hop
from bot.model.result.status import Status
from tests.call.sights import pod, policy, sight

OUT: dict[str, Any] = {"podSelector": {"matchLabels": {"app": "checkout"}}, "policyTypes": ["Egress"]}
DNS = {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}
TO_DNS = {"to": [{"namespaceSelector": DNS}], "ports": [{"port": 53, "protocol": "UDP"}]}
TO_SHOP = {"to": [{"podSelector": {}}]}
TO_CACHE = {"to": [{"ipBlock": {"cidr": "169.254.20.10/32"}}], "ports": [{"port": 53, "protocol": "UDP"}]}
CACHE = pod(
    "node-local-dns-a",
    "kube-system",
    labels={"k8s-app": "node-local-dns"},
    spec={"nodeName": "node-1", "hostNetwork": True},
    status={"podIP": "192.168.77.11", "phase": "Running"},
)
NODES = {"from": [{"ipBlock": {"cidr": "192.168.77.0/24"}}]}
PODS = {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system"]}]}
OTHER_PODS = {"from": [{"namespaceSelector": PODS}]}
CALICO = pod("calico-node-a", "kube-system", spec={"hostNetwork": True, "containers": [{"name": "calico-node"}]})
ELSEWHERE = tuple(pod(name, "kube-system", spec={"nodeName": "node-3"}) for name in ("coredns-1", "coredns-2"))
OWN = pod(spec={"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.96.0.10"]}})
ADMIN: dict[str, Any] = {
    "apiVersion": "policy.networking.k8s.io/v1alpha1",
    "kind": "AdminNetworkPolicy",
    "metadata": {"name": "tier"},
    "spec": {
        "subject": {"namespaces": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}},
        "ingress": [{"action": "Deny", "from": [{"namespaces": {}}]}],
    },
}
PASSED_ON = {**ADMIN, "spec": {**ADMIN["spec"], "ingress": [{"action": "Pass", "from": [{"namespaces": {}}]}]}}
BASELINE = {**ADMIN, "kind": "BaselineAdminNetworkPolicy", "metadata": {"name": "default"}}


@pytest.mark.parametrize(
    "changes",
    [
        (),
        (policy("shop", **OUT, egress=[TO_DNS]),),
        (policy("shop", **{**OUT, "podSelector": {"matchLabels": {"app": "user-service"}}}, egress=[]),),
        (policy("shop", podSelector={}, policyTypes=["Ingress"]),),
        (policy("kube-system", ingress=[{"ports": [{"port": 53, "protocol": "UDP"}]}]),),
        (policy("shop", **OUT, egress=[TO_CACHE]), CACHE),
        (policy("kube-system", ingress=[NODES]), CACHE, CALICO),
        (policy("kube-system", ingress=[{"ports": [{"port": 53, "protocol": "TCP"}]}]), CACHE),
    ],
)
def test_lookups_that_policies_let_through_are_sound(changes: tuple[dict[str, Any], ...]) -> None:
    """No policy, one that lets lookups out or in, one about other pods or the other way, one past a node-local cache.

    A cache asks the DNS pods as a node, and over TCP.
    """
    assert sight(Hop.DNS_ACCESS, *changes).status is Status.OK


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ((policy("shop", **OUT, egress=[TO_SHOP]),), "policies deny lookups"),
        ((policy("shop", **OUT, egress=[TO_SHOP]), OWN), "policies deny lookups"),
        ((policy("kube-system", ingress=[{"from": [{"podSelector": {}}]}]),), "policies deny lookups"),
        ((policy("shop", **OUT, egress=[TO_CACHE]),), "policies deny lookups"),
        ((policy("kube-system", ingress=[OTHER_PODS]), CACHE), "policies deny its own lookups to 1 of 2 DNS pods"),
        ((policy("kube-system", ingress=[OTHER_PODS]), CACHE, *ELSEWHERE), "policies deny its own lookups: "),
        ((policy("kube-system", ingress=[{"from": [{"podSelector": {}}]}]), CACHE), "is on the host network"),
        ((policy("kube-system", ingress=[{"ports": [{"port": 53, "protocol": "UDP"}]}]), CACHE), "53/TCP"),
        ((policy("kube-system", ingress=[NODES]), CACHE), "Cilium would deny"),
        ((ADMIN,), "AdminNetworkPolicy tier (Admin tier, priority 0) denies"),
        ((PASSED_ON, BASELINE), "BaselineAdminNetworkPolicy default (Baseline tier) denies"),
    ],
)
def test_lookups_that_may_be_stopped_are_unknown(changes: tuple[dict[str, Any], ...], words: str) -> None:
    """Either end's policies, also where dnsConfig names the cluster's DNS, and those of an admin tier."""
    seen = sight(Hop.DNS_ACCESS, *changes)

    assert (seen.status, words in seen.because) == (Status.UNKNOWN, True), seen


def test_that_nobody_at_all_may_ask_needs_no_caller() -> None:
    """It holds for every caller; one of two DNS pods is enough, and where nothing enforces policies they say nothing."""
    closed = policy("kube-system", podSelector={"matchLabels": {"k8s-app": "kube-dns"}}, ingress=[])
    heard = "dns replica user-service.shop.svc.cluster.local. @10.244.0.2 answered 10.96.12.7"

    assert sight(Hop.DNS_ACCESS, closed, ask="user-service -n shop").status is Status.UNKNOWN
    assert sight(Hop.DNS_ACCESS, closed, ask="user-service -n shop", saw=heard).status is Status.OFF_PATH
    other = policy("kube-system", ingress=[{"from": [{"podSelector": {}}]}])
    assert sight(Hop.DNS_ACCESS, other, ask="user-service -n shop").status is Status.OFF_PATH


def test_lookups_of_nobody_and_elsewhere_are_off_the_path() -> None:
    """Nobody's policies can be judged, nor those on the way to nameservers outside of the cluster."""
    assert sight(Hop.DNS_ACCESS, ask="user-service -n shop").status is Status.OFF_PATH
    assert sight(Hop.DNS_ACCESS, pod(spec={"dnsPolicy": "Default"})).status is Status.OFF_PATH
    assert sight(Hop.DNS_ACCESS, gap="networkpolicies").status is Status.UNKNOWN
