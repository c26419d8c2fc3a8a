"""The small one of `make chaos`."""

from pathlib import Path

from tests.chaos.run import chaos, figures


async def test_each_accepted_question_is_answered_once(tmp_path: Path) -> None:
    """Thirty questions by all doors; processes are killed, the store stops, Slack fails: none is lost, none doubled."""
    outcome = await chaos(30, every=0.3, pause=0.6, patience=90.0, seed=7, folder=tmp_path)
    found = outcome.tally

    assert found.accepted >= 15, figures(outcome)
    assert (found.lost, found.twice, found.broke) == ((), (), ()), figures(outcome)
