"""docs/bench.md is written by hand but for its figures, which stand between two marks."""

from pathlib import Path

BEGIN, END = "<!-- figures: python -m bench --write -->", "<!-- end of figures -->"


def is_document(path: Path) -> bool:
    """Whether a file is there that has the marks, once and in their order."""
    if not path.is_file():
        return False
    before, begin, rest = path.read_text().partition(BEGIN)
    return bool(begin) and rest.count(END) == 1 and BEGIN not in rest and END not in before


def with_figures(text: str, figures: str) -> str:
    """Return a document with other figures between its marks, and all else as it was."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{figures.strip()}\n{END}{rest.partition(END)[2]}"
