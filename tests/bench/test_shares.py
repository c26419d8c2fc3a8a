"""Ten minutes of an API server, calculated from windows: what it spends alone is nobody's, and one burst moves nothing."""

import pytest

from bench.shares import Window, costs

ALONE = [Window("alone", (0.01,) * 20), Window("alone", (*(0.01,) * 17, 0.9, 1.2, 0.4))]
OLDER = [Window("older", (0.04,) * 20, questions=30), Window("older", (*(0.04,) * 18, 0.7, 1.0), questions=30)]


def test_a_question_costs_what_a_window_spends_more_than_one_without_it() -> None:
    """Seconds with a burst are left out, with the questions that fell into them."""
    kept = [Window("kept", (0.012,) * 20)]
    ours = [Window("ours", (*(0.032,) * 19, 1.5), questions=100)]

    then, now = costs([*ALONE, *OLDER, *kept, *ours])

    assert then.total == pytest.approx(2.0)
    assert now.question == pytest.approx(0.004)
    assert now.total == pytest.approx(0.4 + 600 * 0.002)


def test_what_a_warm_worker_holds_never_counts_as_a_gain() -> None:
    """Where the windows with it happen to be the calmer ones."""
    _, now = costs([*ALONE, *OLDER, Window("kept", (0.009,) * 20), Window("ours", (0.008,) * 20, questions=100)])

    assert now.total == pytest.approx(0.0)


def test_a_window_over_which_a_burst_is_spread_is_left_out() -> None:
    """A machine that is busy lets no second be a burst by itself."""
    spread = [
        Window("alone", (0.12,) * 20),
        *OLDER,
        Window("kept", (0.01,) * 20),
        Window("ours", (0.01,) * 20, questions=100),
    ]

    assert costs([*ALONE, *spread]) == costs([*ALONE, *spread[1:]])


def test_a_window_of_bursts_alone_counts_whole() -> None:
    assert Window("alone", (0.5, 0.7)).calm == pytest.approx(0.6)
