"""`snapshot`: write what a diagnosis would read, trimmed and redacted, to replay it later with --dump."""

import os
import sys
from pathlib import Path

from bot.cluster.archive import write_snapshot
from bot.commands.output import complain
from bot.commands.parse import Place
from bot.errors import UsageError
from bot.model.gaps import Gap
from bot.model.question.question import Question
from bot.model.snapshot import Snapshot
from bot.model.text import one_line

STANDARD_OUTPUT = "-"


def snapshot(question: Question, where: Place, to: str) -> int:
    """Write the snapshot file; `-` is standard output. What could not be read is told on standard error.

    Raises UsageError where the file cannot be written.
    """
    resolved, found = _read(question, where)
    _write(write_snapshot(found, resolved), to)
    complain(_gap_lines(found.gaps))
    return 0


def _write(raw: bytes, to: str) -> None:
    if to == STANDARD_OUTPUT:
        sys.stdout.flush()
        sys.stdout.buffer.write(raw)
        sys.stdout.flush()
        return
    try:
        # Names and labels of a cluster are nobody else's business on a shared machine.
        with os.fdopen(os.open(Path(to), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(raw)
    except OSError as error:
        raise UsageError(f"{to} cannot be written: {error.strerror}.") from error


def _gap_lines(gaps: tuple[Gap, ...]) -> tuple[str, ...]:
    """Return what the snapshot lacks, in lines, with the RBAC rules that would close it."""
    lacking = tuple(dict.fromkeys(f"  {one_line(f'{each.what}: {each.why}')}" for each in gaps))
    grants = tuple(dict.fromkeys(f"  {each.grant}" for each in gaps if each.grant))
    return (
        *(("The snapshot lacks what could not be read:", *lacking) if lacking else ()),
        *(("To let me look, add to my ClusterRole:", *grants) if grants else ()),
    )


def _read(question: Question, where: Place) -> tuple[Question, Snapshot]:
    if where.dump:
        from bot.commands.saved import read_saved  # noqa: PLC0415 (only for saved objects)

        return read_saved(question, where)
    from bot.commands.live import read_live  # noqa: PLC0415 (only for a cluster)

    return read_live(question, where)
