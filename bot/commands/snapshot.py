"""`snapshot`: write what a diagnosis would read, trimmed and redacted, to replay it later with --dump."""

import os
from pathlib import Path

from bot.cluster.archive import write_snapshot
from bot.commands.parse import Place
from bot.errors import UsageError
from bot.model.question.question import Question
from bot.model.snapshot import Snapshot

STANDARD_OUTPUT = "-"


def snapshot(question: Question, where: Place, to: str) -> int:
    """Write the snapshot file; `-` is standard output. Raises UsageError where the file cannot be written."""
    resolved, found = _read(question, where)
    raw = write_snapshot(found, resolved)
    if to == STANDARD_OUTPUT:
        os.write(1, raw)
        return 0
    try:
        # Names and labels of a cluster are nobody else's business on a shared machine.
        with os.fdopen(os.open(Path(to), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(raw)
    except OSError as error:
        raise UsageError(f"{to} cannot be written: {error.strerror}.") from error
    return 0


def _read(question: Question, where: Place) -> tuple[Question, Snapshot]:
    if where.dump:
        from bot.commands.saved import read_saved  # noqa: PLC0415 (only for saved objects)

        return read_saved(question, where)
    from bot.commands.live import read_live  # noqa: PLC0415 (only for a cluster)

    return read_live(question, where)
