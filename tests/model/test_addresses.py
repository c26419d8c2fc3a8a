"""What an address is that leads to no Service, and whose family nobody knows."""

import re

import pytest

from bot.errors import UnknownNameError
from bot.model.question.address import by_address
from bot.model.question.question import Question
from tests.checks.manifests import Written, case_of

AGENT = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "agent", "namespace": "shop", "labels": {"app": "agent"}},
    "spec": {
        "nodeName": "node-2",
        "containers": [{"name": "app", "ports": [{"containerPort": 9000, "hostPort": 9100}]}],
    },
    "status": {"phase": "Running", "podIP": "10.244.1.60"},
}
SNAPSHOT = case_of(Written("test", "addresses", {}, [AGENT])).snapshot


@pytest.mark.parametrize(
    ("address", "port", "words"),
    [
        pytest.param("10.244.1.60", 9000, "is the address of pod shop/agent", id="a pod"),
        pytest.param(
            "192.168.77.12", 9100, "whose port 9100 pod shop/agent takes (hostPort), past every Service", id="hostPort"
        ),
        pytest.param(
            "192.168.77.11", 9100, "no Service has a node port for port 9100/TCP", id="the same of another node"
        ),
        pytest.param("192.168.77.12", None, "no Service has a node port for no port", id="a node without a port"),
        pytest.param("203.0.113.9", 80, "No Service has the IP 203.0.113.9", id="nobody's"),
    ],
)
def test_leads_to_no_service(address: str, port: int | None, words: str) -> None:
    """The sentence says what it is instead."""
    with pytest.raises(UnknownNameError, match=re.escape(words)):
        by_address(Question(service="", namespace="", address=address, port=port), SNAPSHOT)


def test_family_that_nobody_knows() -> None:
    """A dump may have been edited: a pod has no address of a family that there is not."""
    pod = SNAPSHOT.pod("shop", "agent")
    assert pod is not None
    assert [pod.ip_of(each) for each in ("IPv4", "IPv6", "IPv5", "x", "")] == ["10.244.1.60", "", "", "", ""]
