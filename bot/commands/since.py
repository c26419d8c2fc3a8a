"""The digest of `--since`: a file written by `digest -o json`, or with REDIS_URL one that the bot remembers."""

import os
from pathlib import Path

from bot.errors import DumpUnreadableError, UsageError
from bot.model.result.digest import Digest
from bot.model.text import shown
from bot.reports.json import read_digest


def earlier(name: str) -> Digest:
    """Read an earlier digest. Raises UsageError where there is none of that name, DumpUnreadableError for another file."""
    path = Path(name)
    if path.is_file():
        try:
            return read_digest(path.read_bytes())
        except DumpUnreadableError as error:
            raise DumpUnreadableError(f"{shown(name)}: {error}") from error
    if os.environ.get("REDIS_URL"):
        from bot.commands.stored_digest import remembered  # noqa: PLC0415 (a file needs no Redis)

        if found := remembered(name):
            return found
    raise UsageError(
        f"There is no digest in {shown(name)}.",
        hint="Write one first: k8snet digest -o json > FILE. The id of one in Slack needs REDIS_URL.",
    )
