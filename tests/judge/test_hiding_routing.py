"""Hiding never makes an answer surer: every case of the checks of routing. See `tests.judge.hiding`."""

import pytest

from tests.checks.manifests import Written, case_of
from tests.judge.hiding import cases_of, check_hiding


@pytest.mark.parametrize("written", cases_of("routing"), ids=str)
def test_hiding_never_makes_surer(written: Written) -> None:
    """Every case of every check."""
    assert not check_hiding(case_of(written))
