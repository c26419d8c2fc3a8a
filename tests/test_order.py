"""The files that take longest are there, so that whoever renames one names it in `tests/conftest.py`, too."""

from pathlib import Path

from tests.conftest import LONG


def test_long_files_are_there() -> None:
    """A name that no file has would leave its tests for the end, where the other cores wait for them."""
    root = Path(__file__).parents[1]

    assert [each for each in LONG if not (root / each).is_file()] == []
