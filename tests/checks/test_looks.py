"""What a finding prints to look at is where the fault is written."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.model.result.finding import Finding
from tests.checks.manifests import judged, written_cases

HERE = Path(__file__).parent / "application"


def _root(file: str, title: str) -> Finding:
    (written,) = (each for each in written_cases(HERE / file) if each.title == title)
    root = judged(written).root
    assert root is not None
    return root


@pytest.mark.parametrize(
    ("file", "title", "command"),
    [
        (
            "listens_on_loopback.yaml",
            "the readiness probe is refused, and a variable says why",
            """kubectl -n shop get pod user-service-1 -o 'jsonpath={.spec.containers[*].env[?(@.name=="HOST")].value}'""",
        ),
        (
            "caller_not_running.yaml",
            "the caller crashes: how it ended, and its last words",
            "kubectl -n shop logs checkout-1 -c app --previous --tail=50",
        ),
    ],
)
def test_shows_where_it_is_written(file: str, title: str, command: str) -> None:
    """The variable that holds the address, the log of the run that ended."""
    assert command in _root(file, title).check


def test_a_refusal_is_as_old_as_its_condition() -> None:
    """The newest Event says why pods are refused, and the condition, which is not renewed, since when."""
    root = _root("rollout_stuck.yaml", "the newest Event outranks an older condition")

    assert root.since == datetime(2026, 11, 23, 3, 41, tzinfo=UTC)


def test_a_container_that_crashes_is_not_called_running() -> None:
    """The evidence is the container's state: the phase of its pod is Running all the same."""
    (said,) = _root("caller_not_running.yaml", "the caller crashes: how it ended, and its last words").evidence

    assert (said.field, said.value) == ("status.containerStatuses[app]", "CrashLoopBackOff")
