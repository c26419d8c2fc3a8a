"""bot/checks/index.json, written from the checks' decorators: `python -m bot.commands.index bot/checks/index.json`."""

import sys
from pathlib import Path

from bot.checks.engine.registry import index

if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(index())
