"""`path --batch`: many connections decided by routing and policy alone, JSON lines in and out."""

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from bot.commands.options import Output
from bot.commands.parse import Place
from bot.errors import UsageError
from bot.model.snapshot import Snapshot
from bot.reports.json import written_line
from bot.usecases.path import batch as answers

STANDARD_INPUT = "-"


def _whole(where: Place) -> Snapshot:
    if where.dump:
        from bot.cluster.dump import read_dump  # noqa: PLC0415 (only for saved objects)

        return read_dump(where.dump)
    from bot.commands.live import read_all_live  # noqa: PLC0415 (only for a cluster)

    return read_all_live(where)


def batch(file: str, where: Place, words: Sequence[str] | None, *, output: Output) -> int:
    """Decide every line of a file and write one JSON object a line, in order. Gives 0: each line has its own answer."""
    if words:
        raise UsageError("A batch has its ends in the file.", hint="Leave FROM and TO out, or --batch.")
    if output is not Output.JSON:
        raise UsageError("A batch answers in JSON lines.", hint="Say -o json.")
    lines = list(_lines(file))
    for told in answers(_whole(where), lines):
        _write(told)
    sys.stdout.flush()
    return 0


def _write(told: dict[str, Any]) -> None:
    sys.stdout.buffer.write(written_line(told).encode())


def _lines(file: str) -> Iterator[bytes]:
    if file == STANDARD_INPUT:
        yield from sys.stdin.buffer
        return
    try:
        with open(file, "rb") as opened:  # noqa: PTH123 (read line by line)
            yield from opened
    except OSError as error:
        raise UsageError(f"The batch {file} cannot be read: {error.strerror}.") from error
