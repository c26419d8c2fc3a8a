"""Time to start is given to who does not listen in time, and to nobody else."""

from pathlib import Path

import pytest

from bot.checks.application.liveness_kill_loop import liveness_kill_loop
from tests.checks.manifests import case_of, written_cases

FILE = Path(__file__).parent / "application" / "liveness_kill_loop.yaml"
CASES = {each.title: each for each in written_cases(FILE)}


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("killed before it listens: it gets time to start", True),
        ("it listened for an hour, and then refused: no time to start is missing", False),
        ("killed before it listens, and it has a startup probe", False),
        ("killed for an answer of 503", False),
    ],
)
def test_a_startup_probe_of_five_minutes(title: str, wanted: bool) -> None:
    """The liveness probe is copied by the API server, headers and all, and may fail for 300 s."""
    (found,) = liveness_kill_loop.rule(case_of(CASES[title]))

    assert bool(found.fix) is wanted
    if wanted:
        base = "/spec/template/spec/containers/0"
        assert found.fix[0].operations == (
            {"op": "copy", "from": f"{base}/livenessProbe", "path": f"{base}/startupProbe"},
            {"op": "add", "path": f"{base}/startupProbe/failureThreshold", "value": 30},
        )
