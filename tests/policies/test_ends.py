"""Ends and ports of a batch that can be written in several ways."""

import json
from typing import Any

import pytest

from bot.usecases.path import batch
from tests.checks.manifests import Written, case_of

CLOSED: dict[str, Any] = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "closed", "namespace": "shop"},
    "spec": {"podSelector": {"matchLabels": {"app": "user-service"}}, "policyTypes": ["Ingress"]},
}
SYSLOG = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "user-service", "namespace": "shop"},
    "spec": {
        "ports": [
            {"name": "syslog", "port": 514, "protocol": "UDP", "targetPort": 5514},
            {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53},
            {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 5353},
        ]
    },
}
WEB = {"namespace": "shop", "pod": "checkout-1"}


def answer(objects: list[dict[str, Any]], **line: Any) -> dict[str, Any]:
    snapshot = case_of(Written("test", "ends", {}, objects)).snapshot
    [told] = batch(snapshot, [json.dumps({"id": 1, "from": WEB, **line})])
    return told


@pytest.mark.parametrize("address", ["10.244.0.11", "::ffff:10.244.0.11", "::FFFF:0af4:000b"])
def test_address_of_ipv4_inside_of_ipv6(address: str) -> None:
    """A program that asks for it sends IPv4, to the pod that has that address: no stranger, whom no policy selects."""
    told = answer([CLOSED], to={"ip": address}, port=8080)

    assert told["decision"] == "deny"
    assert "user-service-1" in told["because"][0]


@pytest.mark.parametrize("to", [{"namespace": "shop", "service": "user-service"}, {"ip": "10.96.12.7"}])
@pytest.mark.parametrize(
    ("port", "said", "number"),
    [
        pytest.param(514, {}, "5514/UDP", id="offered in UDP alone"),
        pytest.param("syslog", {}, "5514/UDP", id="by its name"),
        pytest.param(53, {}, "5353/TCP", id="offered in both"),
        pytest.param(53, {"protocol": "udp"}, "53/UDP", id="said"),
    ],
)
def test_protocol_that_nobody_said(to: dict[str, str], port: int | str, said: dict[str, str], number: str) -> None:
    """It is the one in which the Service offers the port, and TCP where it offers both."""
    admits = {**CLOSED, "spec": {**CLOSED["spec"], "ingress": [{"ports": [port_of(number)]}]}}

    assert answer([SYSLOG, admits], to=to, port=port, **said)["decision"] == "allow"
    assert answer([SYSLOG, CLOSED], to=to, port=port, **said)["decision"] == "deny"


def port_of(word: str) -> dict[str, Any]:
    number, _, protocol = word.partition("/")
    return {"port": int(number), "protocol": protocol}


def test_protocol_that_is_said_is_asked() -> None:
    """Who says TCP of a port that is offered in UDP is told so."""
    told = answer([SYSLOG], to={"namespace": "shop", "service": "user-service"}, port=514, protocol="TCP")

    assert told["decision"] == "unknown"
    assert "has no port 514/TCP; it has 514/UDP" in told["because"][0]


@pytest.mark.parametrize(
    ("address", "decision"),
    [
        pytest.param("127.0.0.1", "allow", id="loopback"),
        pytest.param("::1", "allow", id="of IPv6"),
        pytest.param("::ffff:127.0.0.1", "allow", id="of IPv4 inside of IPv6"),
        pytest.param("127.255.255.255", "deny", id="its broadcast address"),
        pytest.param("169.254.169.254", "deny", id="link-local"),
        pytest.param("192.168.77.11", "deny", id="the node"),
    ],
)
def test_a_pod_that_calls_itself(address: str, decision: str) -> None:
    """No policy stops what never leaves the pod, whatever address of its own it calls."""
    shut = {**CLOSED, "spec": {"podSelector": {}, "policyTypes": ["Egress"]}}

    assert answer([shut], to={"ip": address}, port=8080)["decision"] == decision
