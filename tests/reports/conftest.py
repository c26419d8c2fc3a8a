"""Golden reports: `pytest tests/reports --regold` writes them again, and a reviewer reads the difference."""

from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regold", action="store_true", help="write the golden files again")


@pytest.fixture
def same_as_gold(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the golden file of that name."""

    def compare(name: str, found: str) -> None:
        path = HERE / name
        if request.config.getoption("--regold", default=False):
            path.write_text(found)
        assert found == path.read_text(), f"{name} differs; look at it and run: pytest tests/reports --regold"

    return compare
