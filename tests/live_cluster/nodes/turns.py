"""Which rows are run: all of them, or, where CI has half an hour for everything, those that are not long, taking turns.

K8SNET_TEST_TURN is the place of this run among the modes of kube-proxy: rows that no mode changes are run in one of them.
"""

import os
from collections.abc import Callable, Sequence
from typing import TypeVar

from tests.live_cluster.nodes.cluster import MODES

Row = TypeVar("Row")


def in_turn(
    rows: Sequence[Row],
    *,
    is_long: Callable[[Row], bool],
    is_for_all: Callable[[Row], bool] = lambda _: False,
) -> list[Row]:
    """Return the rows of this run, in their order."""
    turn = os.environ.get("K8SNET_TEST_TURN")
    if not turn:
        return list(rows)
    short = [each for each in rows if not is_long(each)]
    alone = [each for each in short if not is_for_all(each)][int(turn) :: len(MODES)]
    return [each for each in short if is_for_all(each) or each in alone]


def has_turn_once() -> bool:
    """Whether what is run in one mode alone is run here: in the last, since the first has the tests that concern no Service."""
    turn = os.environ.get("K8SNET_TEST_TURN")
    return not turn or int(turn) == len(MODES) - 1
