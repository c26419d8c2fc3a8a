"""What a part hands over: one row for each promise. Rule: words and numbers, nothing is measured here."""

from typing import Any

from msgspec import Struct


class CannotMeasureError(Exception):
    """Something that a part needs is not there; the message says what."""


class Row(Struct, frozen=True):
    """One promise: what was measured, against which floor, and whether the bar held. `samples` are the raw numbers.

    `ratio` is of medians of wall time; `cpu_ratio` the same of CPU seconds, the figure to trust on a shared machine;
    `peak_ratio` of peak memory, where a row has a bar for it.
    """

    part: str
    what: str
    ours: str
    bar: str
    held: bool | None = None
    floor: str = "–"
    ratio: float | None = None
    cpu_ratio: float | None = None
    peak_ratio: float | None = None
    samples: dict[str, Any] = {}


HEAD = ("what", "floor", "ours", "ratio", "bar", "held?")


def cells(row: Row) -> tuple[str, ...]:
    """The cells of a row, in the order of HEAD."""
    named = [
        f"{name} {each:.2f}" for name, each in (("CPU", row.cpu_ratio), ("MB", row.peak_ratio)) if each is not None
    ]
    more = f" ({'; '.join(named)})" if named else ""
    ratio = f"{row.ratio:.2f}{more}" if row.ratio is not None else "–"
    held = {True: "yes", False: "NO", None: "–" if row.bar == "–" else "unclear"}[row.held]
    return (row.what, row.floor, row.ours, ratio, row.bar, held)


def markdown(rows: list[Row]) -> str:
    """A table that reads well as text, too."""
    lines = [HEAD, *map(cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    padded = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join((padded[0], rule, *padded[1:])) + "\n"
