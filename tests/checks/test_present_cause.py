"""A finding tells the present cause in its own words, and not what stands beside it from before."""

from pathlib import Path

import pytest

from tests.checks.manifests import judged, written_cases

HERE = Path(__file__).parent / "application"


@pytest.mark.parametrize(
    ("file", "title", "told", "not_told"),
    [
        ("image_not_pulled", "an Event of an earlier cause", "ErrImagePull", "connection refused"),
        ("crash_loop", "its postStart hook fails", "postStart hook", "foreground"),
        ("pod_not_scheduled", "the scheduler waits for a volume", "claim data", "scheduler is down"),
    ],
)
def test_message(file: str, title: str, told: str, not_told: str) -> None:
    """Of each case the root's message."""
    written = next(each for each in written_cases(HERE / f"{file}.yaml") if each.title.startswith(title))
    root = judged(written).root_cause

    assert root is not None
    assert told in root.message
    assert not_told not in root.message
