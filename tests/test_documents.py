"""Documents are true: links lead somewhere, and the reply in the README is what the program prints."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.checks.engine.registry import INDEX, all_checks, index
from bot.commands.modes import current, known_modes, reserved_modes
from bot.reports.modes import FAMILIES, next_free
from bot.reports.resolvers import resolvers_page

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
# Ids and times differ from run to run.
_VARIES = re.compile(r"\d+ ms · [0-9A-Z]{26}|\d+ (?:hours?|days?|minutes?|min) ago|[0-9A-Z]{26}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file that is there."""
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_each_schema_is_on_the_page_of_json() -> None:
    """Who reads `-o json` finds the schema of every form."""
    page = (ROOT / "docs/json.md").read_text()

    assert [each.name for each in (ROOT / "docs/schemas").iterdir() if f"(schemas/{each.name})" not in page] == []


def test_reply_in_the_readme_is_the_programs() -> None:
    """The answer that the README shows is printed by the command above it."""
    text = (ROOT / "README.md").read_text()
    shown = re.search(r"```console\n\$ \.venv/bin/k8snet (why [^\n]+)\n(.*?)```", text, re.DOTALL)
    assert shown
    command = [sys.executable, "-m", "bot", *shown[1].split()]
    environ = {**os.environ, "COLUMNS": "100"}
    printed = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, env=environ).stdout

    assert _plain(printed) == _plain(shown[2])


def _plain(text: str) -> list[str]:
    return [_VARIES.sub("…", line).rstrip() for line in text.strip().splitlines()]


def test_first_screen_says_the_two_commands() -> None:
    """A newcomer finds `make demo` and `make test` on the README's first screen."""
    first = "\n".join((ROOT / "README.md").read_text().splitlines()[:25])

    assert "make demo" in first
    assert "make test" in first


MODES = ROOT / "docs/failure-modes.md"


def test_table_of_failure_modes_is_current() -> None:
    """docs/failure-modes.md holds the checks there are and the codes that are reserved."""
    assert MODES.read_text() == current(MODES.read_text()), "run: make docs"


def test_index_of_checks_is_current() -> None:
    """bot/checks/index.json says what the decorators say, or a check would not be asked where it has to be."""
    assert INDEX.read_bytes() == index(), "run: make docs"


def test_page_of_resolvers_is_current() -> None:
    """docs/resolvers.md says what the table says."""
    assert (ROOT / "docs/resolvers.md").read_text() == resolvers_page(), "run: make docs"


def test_every_mode_has_one_row() -> None:
    """Each code of a check and each reserved one stands in the table once, and none is reserved twice."""
    rows = re.findall(r"^\| \[?([A-Z]{3}-\d{3})\b", MODES.read_text(), re.MULTILINE)
    reserved = [mode.code for mode in reserved_modes()]

    assert len(rows) == len(set(rows)) >= 118
    assert set(rows) == {check.code for check in all_checks()} | set(reserved)
    assert len(reserved) == len(set(reserved))
    assert reserved == [mode.code for mode in sorted(reserved_modes(), key=lambda mode: mode.place)]


def test_check_is_the_mode_its_code_is_reserved_for() -> None:
    """A code is never used for two things: a check of a reserved code bears the reserved name and layer."""
    planned = {mode.code: (mode.name, mode.layer) for mode in reserved_modes()}

    for check in all_checks():
        name, layer = planned.get(check.code, (check.name, str(check.layer)))
        assert (check.name, str(check.layer)) == (name, layer), f"{check.code} is reserved for {name} ({layer})"


def test_names_of_modes_are_told_apart() -> None:
    """Names are kebab-case and used once, so that `explain NAME` means one mode."""
    names = [mode.name for mode in known_modes()]

    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)+", name) for name in names)


def test_free_codes_are_free() -> None:
    """The page names one free code of each family: what a new mode takes."""
    free = next_free(known_modes())

    assert [code[:3] for code in free] == list(FAMILIES)
    assert not set(free) & {mode.code for mode in known_modes()}
    assert f"Next free codes: {', '.join(free)}." in MODES.read_text()
