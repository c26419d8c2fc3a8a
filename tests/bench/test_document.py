"""The document of the measurements: its words are people's, and a new run touches only the figures."""

from pathlib import Path

import pytest

from bench.document import BEGIN, END, is_document, with_figures

DOCUMENT = Path(__file__).parents[2] / "docs/bench.md"


def test_only_the_figures_change() -> None:
    """What stands before and behind the marks is as it was, and a second run finds them again."""
    before = DOCUMENT.read_text()
    after = with_figures(before, "| what |\n")

    assert after.split(BEGIN)[0] == before.split(BEGIN)[0]
    assert after.split(END)[1] == before.split(END)[1]
    assert after.split(BEGIN)[1].split(END)[0] == "\n| what |\n"
    assert with_figures(after, before.split(BEGIN)[1].split(END)[0]) == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a\n{BEGIN}\n1\n{END}\nb", True),
        (f"a\n{BEGIN}\n1\n", False),
        (f"{END}\n{BEGIN}", False),
        (f"{BEGIN}{END}{BEGIN}{END}", False),
        ("a", False),
    ],
)
def test_a_file_without_its_marks_is_left_alone(tmp_path: Path, text: str, *, expected: bool) -> None:
    """Nothing is written into another file by mistake."""
    path = tmp_path / "bench.md"
    path.write_text(text)
    assert is_document(path) == expected


def test_ours_has_them() -> None:
    """`make bench` can be written down, and a file that is not there is none."""
    assert is_document(DOCUMENT)
    assert not is_document(DOCUMENT.with_name("none.md"))
