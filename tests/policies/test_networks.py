"""Networks of their own, and addresses that no pod can have: what stands beside the policies of a connection."""

from typing import Any

import pytest

from bot.model.policy.networks import OWN_NETWORK
from tests.policies.test_path import only, pod, pods_gap, policy, shop


def namespace(name: str, *, own: bool = False) -> dict[str, Any]:
    labels = {"kubernetes.io/metadata.name": name, **({OWN_NETWORK: ""} if own else {})}
    return {"kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def to(place: str, port: int = 8080) -> dict[str, Any]:
    name, _, of = place.partition("/")
    return {"to": {"namespace": name, "pod": of}, "port": port}


BLUE = (namespace("blue", own=True), pod("one", "blue", 21), pod("two", "blue", 22))


def test_pods_of_two_networks_are_open() -> None:
    """No policy restricts them, and still nothing here says that they meet; either way round, with the label named."""
    found = shop(*BLUE, namespace("green", own=True), pod("three", "green", 31))
    way_back = {"from": {"namespace": "blue", "pod": "one"}}

    for line in (to("blue/one"), {**way_back, **to("shop/web")}, {**way_back, **to("green/three")}):
        answer = only(found, **line)
        assert answer["decision"] == "unknown"
        assert OWN_NETWORK in answer["because"][0]


def test_pods_of_one_network_are_judged_by_policies() -> None:
    """Healthy look-alikes: one namespace, namespaces without the label, an address outside, and lookups."""
    dns = (namespace("openshift-dns"), pod("dns", "openshift-dns", 41))
    found = shop(*BLUE, *dns)
    one = {"from": {"namespace": "blue", "pod": "one"}}

    assert only(found, **one, **to("blue/two"))["decision"] == "allow"
    assert only(found, **to("openshift-dns/dns"))["decision"] == "allow"
    assert only(found, **one, to={"ip": "93.184.216.34"}, port=443)["decision"] == "allow"
    assert only(found, **one, **to("openshift-dns/dns", 5353))["decision"] == "allow"


def test_a_denial_stays_one_whatever_the_network() -> None:
    closed = policy("closed", "blue", podSelector={}, policyTypes=["Ingress"])

    assert only(shop(*BLUE, closed), **to("blue/one"))["decision"] == "deny"


@pytest.mark.parametrize(
    ("address", "decision"), [("93.184.216.34", "deny"), ("10.9.9.9", "unknown"), ("fd00::9", "unknown")]
)
def test_a_public_address_is_no_pod_that_was_not_read(address: str, decision: str) -> None:
    """Where pods have private addresses, one of the Internet is outside, though not all pods were read."""
    rule = policy("in", "shop", podSelector={}, ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "job"}}}]}])
    line = {"from": {"ip": address}, "to": {"namespace": "shop", "pod": "api-1"}, "port": 8080}

    assert only(shop(rule, gaps=(pods_gap(),)), **line)["decision"] == decision


def test_pods_with_public_addresses_leave_every_address_open() -> None:
    rule = policy("in", "shop", podSelector={}, ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "job"}}}]}])
    public = pod("edge", "shop", 7)
    public["status"]["podIP"], public["status"]["podIPs"] = "93.184.216.1", [{"ip": "93.184.216.1"}]
    line = {"from": {"ip": "93.184.216.34"}, "to": {"namespace": "shop", "pod": "api-1"}, "port": 8080}

    assert only(shop(rule, public, gaps=(pods_gap(),)), **line)["decision"] == "unknown"
