"""Ten minutes of an API server, calculated from windows: what it spends alone is nobody's, and one burst moves nothing."""

import pytest

from bench.shares import Window, costs

ALONE = [Window("alone", 30.0, 0.3), Window("alone", 30.0, 0.3), Window("alone", 30.0, 5.0)]
OLDER = [Window("older", 20.0, 0.2 + 30 * 0.08, questions=30), Window("older", 40.0, 0.4 + 30 * 0.08, questions=30)]


def test_a_question_costs_what_a_window_spends_more_than_one_without_it() -> None:
    """Of windows of any length."""
    kept = [Window("kept", 30.0, 0.36)]
    ours = [Window("ours", 20.0, 0.24 + 100 * 0.004, questions=100)]

    then, now = costs([*ALONE, *OLDER, *kept, *ours])

    assert then.total == pytest.approx(8.0)
    assert now.question == pytest.approx(0.004)
    assert now.total == pytest.approx(0.4 + 600 * 0.002)


def test_what_a_warm_worker_holds_never_counts_as_a_gain() -> None:
    """Where the windows with it happen to be the calmer ones."""
    _, now = costs([*ALONE, *OLDER, Window("kept", 30.0, 0.27), Window("ours", 20.0, 0.18, questions=100)])

    assert now.total == pytest.approx(0.0)
