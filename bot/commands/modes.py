"""docs/failure-modes.md: its table, written from the checks: `python -m bot.commands.modes docs/failure-modes.md`."""

import sys
from pathlib import Path

from bot.commands.explain import pages
from bot.reports.modes import Mode, mode_table, modes, read_reserved, with_table

RESERVED = Path(__file__).parents[1] / "checks" / "reserved.tsv"


def reserved_modes() -> tuple[Mode, ...]:
    """Return the modes that have a code and may not have a check yet."""
    return read_reserved(RESERVED.read_text(encoding="utf-8"))


def known_modes() -> tuple[Mode, ...]:
    """Return all modes, done and reserved, in the order of the table."""
    return modes(pages(), reserved_modes())


def current(page: str) -> str:
    """Return the page with the table as it has to be now."""
    return with_table(page, mode_table(known_modes()))


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(current(target.read_text(encoding="utf-8")), encoding="utf-8")
