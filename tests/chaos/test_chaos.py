"""The small ones of `make chaos`."""

from pathlib import Path

import pytest

from tests.chaos.run import Plan, chaos, figures
from tests.chaos.stage import Maltreatment


@pytest.mark.parametrize("how", ["breaks", "wipes"])
async def test_each_accepted_question_is_answered_once(tmp_path: Path, how: Maltreatment) -> None:
    """Thirty questions by all doors; processes die and the store stops, or it is emptied: none is lost, none doubled."""
    outcome = await chaos(Plan(30, how, every=0.3, pause=0.6, patience=90.0, seed=7, accepted=15), tmp_path)
    found = outcome.tally

    assert found.accepted >= 15, figures(outcome)
    assert (found.lost, found.twice, found.broke) == ((), (), ()), figures(outcome)
