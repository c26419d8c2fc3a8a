"""What comments and docstrings cite stands in docs/: sections of the failure modes, pages, and their headings."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("bot", "handlers", "playground", "tests", "bench", "charts", "docs")
SUFFIXES = {".py", ".yaml", ".toml", ".md", ".tsv", ".go"}
PLACES = [*ROOT.iterdir(), *(path for room in ROOMS for path in (ROOT / room).rglob("*"))]
FILES = sorted(
    path
    for path in PLACES
    if path.is_file()
    and path.name != Path(__file__).name
    and (path.suffix in SUFFIXES or path.stem in {"Makefile", "Dockerfile"})
)
_MODES = (ROOT / "docs/failure-modes.md").read_text()
_SECTION = r"(?:[A-D]\.\d+|[A-Z]{3}-\d{3})"
_LISTED = re.compile(rf"failure-modes(?:\.md)?,? ({_SECTION}(?:(?:, | and | to ){_SECTION})*)")
_ALONE = re.compile(r"\b[A-D]\.\d{1,2}\b")
_PAGE = re.compile(r"(?<![\w/])docs/[\w./-]+\.(?:md|json)(?:, \"([^\"]+)\")?")
# Papers that are not in the repository, and places of one machine.
_FOREIGN = re.compile(r"§|\bcontract \d|(?<![\w/])(?:stack|design|style|contract)\.md|\.\./shared\b|(?<!\w)/work/")


@cache
def words_of(path: Path) -> str:
    """Return a file's text with comments and docstrings joined over line ends."""
    return re.sub(r"\s*\n\s*(?:#|//)?\s*", " ", path.read_text(errors="replace"))


def cited(text: str) -> Iterator[str]:
    """Yield the sections of failure-modes.md that a text cites; of `B.1 to B.5` all five."""
    yield from _ALONE.findall(text)
    for found in _LISTED.finditer(text):
        places = re.findall(_SECTION, found[1])
        yield from places
        for first, last in re.findall(rf"({_SECTION}) to ({_SECTION})", found[1]):
            letter, low, high = first[0], int(first[2:]), int(last[2:])
            yield from (f"{letter}.{number}" for number in range(low, high + 1))


def stands(section: str) -> bool:
    """Whether a section is in failure-modes.md, as a heading or a rule, or is the page of a check."""
    named = re.escape(section)
    in_page = re.search(rf"^(?:### {named} |- \*\*{named}\*\* )", _MODES, re.MULTILINE)
    return bool(in_page) or (ROOT / f"docs/checks/{section}.md").exists()


def headings(page: Path) -> set[str]:
    return set(re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE))


CODE = [path for path in FILES if path.suffix == ".py"]


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_cited_sections_stand(path: Path) -> None:
    """Every section that code cites is one a reader of the repository can open."""
    missing = {section for section in cited(words_of(path)) if not stands(section)}

    assert not missing, f"docs/failure-modes.md lacks {sorted(missing)}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_cited_pages_stand(path: Path) -> None:
    """Every page under docs/ that is named is there, and so is its heading; nothing is cited from elsewhere."""
    text = words_of(path)

    for found in _PAGE.finditer(text):
        page = ROOT / found[0].partition(",")[0]
        assert page.exists(), found[0]
        assert not found[1] or found[1] in headings(page), found[0]
    assert not _FOREIGN.search(text), _FOREIGN.search(text)


@pytest.mark.parametrize("section", sorted(set(re.findall(r"^(?:### |- \*\*)([A-D]\.\d+)", _MODES, re.MULTILINE))))
def test_section_is_cited(section: str) -> None:
    """A rule stands in failure-modes.md because code keeps it; its number is never given to another one."""
    assert any(section in cited(words_of(path)) for path in CODE), f"nothing cites {section}"
