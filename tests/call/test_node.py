"""The nodes of the endpoints: there and Ready, or a probe reached what runs on them."""

from typing import Any

from bot.model.call.hop import Hop
from bot.model.result.status import Status
from tests.call.sights import sight


def node(name: str, status: str) -> dict[str, Any]:
    ready = {"type": "Ready", "status": status, "lastTransitionTime": "2026-11-23T03:00:00Z"}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": {"conditions": [ready]}}


def test_nodes_that_report_are_sound() -> None:
    """All of them; a lost node without an endpoint of the Service is not on the way."""
    assert sight(Hop.NODE).status is Status.OK
    assert sight(Hop.NODE, node("node-9", "Unknown")).status is Status.OK


def test_lost_node_is_unknown_until_its_endpoints_answer() -> None:
    """The kubelet may be down alone."""
    answered = [f"tcp endpoint {each}:8080 answered" for each in ("10.244.0.11", "10.244.1.12", "10.244.1.13")]

    assert sight(Hop.NODE, node("node-2", "Unknown")).status is Status.UNKNOWN
    assert sight(Hop.NODE, node("node-2", "Unknown"), saw=answered).status is Status.OK
    assert sight(Hop.NODE, node("node-2", "Unknown"), saw=answered[:2]).status is Status.UNKNOWN
    assert sight(Hop.NODE, gap="nodes").status is Status.UNKNOWN
