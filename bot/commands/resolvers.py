"""docs/resolvers.md, written from the table of resolvers: `python -m bot.commands.resolvers docs/resolvers.md`."""

import sys
from pathlib import Path

from bot.reports.resolvers import resolvers_page

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(resolvers_page(), encoding="utf-8")
