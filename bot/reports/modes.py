"""The table of docs/failure-modes.md: every way a call can fail that is known, whether a check judges it, and what is free.

A code without a check is reserved in bot/checks/reserved.tsv. Where both name a code, the check counts.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from bot.reports.pages import Page

FAMILIES = ("DNS", "RTE", "NPL", "MSH", "ING", "APP")
BEGIN = "<!-- Table written by `make docs` from the checks and bot/checks/reserved.tsv. -->"
END = "<!-- End of the table. -->"


class Mode(Struct, frozen=True):
    """A failure mode. `layer` is that of its cause: dns, routing or application."""

    code: str
    name: str
    layer: str
    done: bool = False

    @property
    def place(self) -> tuple[int, str]:
        """The order of the table: by family, then by number."""
        return (FAMILIES.index(self.code[:3]), self.code)


def read_reserved(text: str) -> tuple[Mode, ...]:
    """Return the reserved modes of a TSV text whose first line is `code name layer`. Raise ValueError for a bad line."""
    rows = (line.split("\t") for line in text.splitlines()[1:])
    return tuple(Mode(code, name, layer) for code, name, layer in rows)


def modes(pages: Sequence[Page], reserved: Iterable[Mode]) -> tuple[Mode, ...]:
    """Return all modes in the order of the table, each once."""
    judged = {page.code: Mode(page.code, page.name, page.layer, done=True) for page in pages}
    known = {**{mode.code: mode for mode in reserved}, **judged}
    return tuple(sorted(known.values(), key=lambda mode: mode.place))


def next_free(known: Sequence[Mode]) -> tuple[str, ...]:
    """Return the lowest code of each family behind all that are taken, e.g. `DNS-032`."""
    taken = {family: [int(mode.code[4:]) for mode in known if mode.code.startswith(family)] for family in FAMILIES}
    return tuple(f"{family}-{max(numbers, default=0) + 1:03}" for family, numbers in taken.items())


def mode_table(known: Sequence[Mode]) -> str:
    """Return the table as Markdown, with the counts above it and the free codes below."""
    done = sum(mode.done for mode in known)
    counts = f"{len(known)} modes: {done} done, {len(known) - done} reserved."
    head = [f"{counts} Next free codes: {', '.join(next_free(known))}.", ""]
    return "\n".join([*head, "| Code | Name | Layer of the cause | |", "|---|---|---|---|", *map(_row, known)])


def _row(mode: Mode) -> str:
    code = f"[{mode.code}](checks/{mode.code}.md)" if mode.done else mode.code
    return f"| {code} | `{mode.name}` | {mode.layer} | {'done' if mode.done else 'reserved'} |"


def with_table(page: str, table: str) -> str:
    """Return the page with its table replaced. Raise ValueError where the page lacks the marks around it."""
    head, _, rest = page.partition(BEGIN)
    _, found, tail = rest.partition(END)
    if not found:
        raise ValueError("the page has no place for the table")
    return f"{head}{BEGIN}\n\n{table}\n\n{END}{tail}"
