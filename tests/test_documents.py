"""Documents are true: links lead somewhere, and the reply in the README is what the program prints."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.config import SETTINGS

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


def test_chart_sets_only_settings_there_are() -> None:
    """Every variable that the chart gives a process is one of bot/config.py."""
    templates = (ROOT / "charts/k8snet/templates").glob("*-deployment.yaml")
    set_there = {name for path in templates for name in re.findall(r"name: (K8SNET_[A-Z_]+)", path.read_text())}

    assert set_there
    assert set_there <= {setting.variable for _, setting in SETTINGS.values()}
