"""What a finding prints to look at is where the fault is written."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.model.result.finding import Finding
from tests.checks.manifests import judged, written_cases

HERE = Path(__file__).parent
HOST = r"""jsonpath=HOST: {.spec.containers[*].env[?(@.name=="HOST")].value}{"\n"}"""
CONDITION = (
    'custom-columns=POD:.metadata.name,READY:.status.conditions[?(@.type=="Ready")].status,'
    'WHY:.status.conditions[?(@.type=="Ready")].reason'
)


def _root(file: str, title: str) -> Finding:
    (written,) = (each for each in written_cases(HERE / file) if each.title == title)
    root = judged(written).root
    assert root is not None
    return root


@pytest.mark.parametrize(
    ("file", "title", "command"),
    [
        (
            "application/listens_on_loopback.yaml",
            "the readiness probe is refused, and a variable says why",
            f"kubectl -n shop get pod user-service-1 -o '{HOST}'",
        ),
        (
            "application/caller_not_running.yaml",
            "the caller crashes: how it ended, and its last words",
            "kubectl -n shop logs checkout-1 -c app --previous --tail=50",
        ),
        (
            "routing/endpoint_on_lost_node.yaml",
            "all pods were on the lost node and are no longer ready",
            f"kubectl -n shop get pods --field-selector spec.nodeName=node-2 -o '{CONDITION}'",
        ),
    ],
)
def test_shows_where_it_is_written(file: str, title: str, command: str) -> None:
    """The variable that holds the address, the log of the run that ended, the condition of pods that READY counts as 1/1."""
    assert command in _root(file, title).check


def test_a_refusal_is_as_old_as_its_condition() -> None:
    """The newest Event says why pods are refused, and the condition, which is not renewed, since when."""
    root = _root("application/rollout_stuck.yaml", "the newest Event outranks an older condition")

    assert root.since == datetime(2026, 11, 23, 3, 41, tzinfo=UTC)


def test_a_container_that_crashes_is_not_called_running() -> None:
    """The evidence is the container's state: the phase of its pod is Running all the same."""
    (said,) = _root(
        "application/caller_not_running.yaml", "the caller crashes: how it ended, and its last words"
    ).evidence

    assert (said.field, said.value) == ("status.containerStatuses[app]", "CrashLoopBackOff")
