"""Ten minutes of an API server, calculated from windows: what it spends alone is nobody's, and one burst moves nothing."""

import pytest

from bench.shares import Window, costs

ALONE = [Window("alone", 20.0, spent) for spent in (0.2, 0.21, 0.19)]
OLDER = [Window("older", 20.0, spent, questions=30) for spent in (0.8, 0.81, 0.79)]
KEPT = [Window("kept", 20.0, 0.24)]


def test_a_question_costs_what_a_window_spends_more_than_one_without_it() -> None:
    then, now = costs([*ALONE, *OLDER, *KEPT, Window("ours", 20.0, 0.64, questions=100)])

    assert then.total == pytest.approx(2.0)
    assert now.question == pytest.approx(0.004)
    assert now.total == pytest.approx(0.4 + 600 * 0.002)


def test_what_a_warm_worker_holds_never_counts_as_a_gain() -> None:
    """Where the windows with it happen to be the calmer ones."""
    _, now = costs([*ALONE, *OLDER, Window("kept", 20.0, 0.18), Window("ours", 20.0, 0.16, questions=100)])

    assert now.total == pytest.approx(0.0)


def test_a_window_with_a_search_for_garbage_is_left_out() -> None:
    """And one that saw it begin is no more than another window."""
    busy = [Window("ours", 20.0, 3.0, questions=100, collections=1) for _ in range(3)]
    ours = [Window("ours", 20.0, spent, questions=100) for spent in (0.64, 0.65, 0.63, 2.4)]

    assert costs([*ALONE, *OLDER, *KEPT, *busy, *ours])[1].question == pytest.approx(0.004, rel=0.03)


def test_windows_of_searches_alone_count() -> None:
    ours = Window("ours", 20.0, 0.64, questions=100, collections=1)

    assert costs([*ALONE, *OLDER, *KEPT, ours])[1].question == pytest.approx(0.004)
