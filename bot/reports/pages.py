"""The pages of the checks: one for a terminal, all of them as documentation. What a page says stands in its check."""

from collections.abc import Sequence

from msgspec import Struct

from bot.errors import UnknownNameError
from bot.model.question.suggest import edits
from bot.model.text import shown

HIGHEST = 4  # suggestions for a code that is no code
_NOTE = "<!-- Written by `make docs` from the check itself; change the check. -->"
_LAYERS = {"dns": "DNS", "routing": "Routing", "application": "Application"}


class Page(Struct, frozen=True):
    """A check as it is told: identity, place in the cause graph, and its sections in order."""

    code: str
    name: str
    title: str
    layer: str
    hop: str
    shows_in: str
    needs: tuple[str, ...]
    uses: tuple[str, ...]
    leads_to: tuple[str, ...]
    by_probes: bool
    sections: dict[str, str]


def find(word: str, pages: Sequence[Page]) -> Page:
    """Find a page by code or name, in any case. Raises UnknownNameError with the nearest ones."""
    wanted = word.strip().lower()
    for page in pages:
        if wanted in (page.code.lower(), page.name):
            return page
    names = {name.lower(): page for page in pages for name in (page.code, page.name)}
    near = sorted((edits(wanted, name), page.code) for name, page in names.items())
    close = tuple(dict.fromkeys(code for far, code in near if far <= max(2, len(wanted) // 3)))
    raise UnknownNameError(
        f"There is no finding {shown(word)}.", suggestions=close[:HIGHEST], hint="All of them: k8snet explain --all"
    )


def page_text(page: Page) -> str:
    """Return a page as Markdown that reads as plain text, ending in a newline."""
    facts = [
        f"Layer of the cause: {_LAYERS[page.layer]}",
        f"Seen at: {page.hop} ({_LAYERS[page.shows_in]})",
        *([f"Reads: {', '.join((*page.needs, *page.uses))}"] if page.needs or page.uses else []),
        *(["Only with probes"] if page.by_probes else []),
        *([f"Leads to: {', '.join(page.leads_to)}"] if page.leads_to else []),
    ]
    lines = [f"# {page.code} {page.name}", "", page.title, "", " · ".join(facts)]
    for heading, body in page.sections.items():
        lines += ["", f"## {heading}", "", body]
    return "\n".join(lines) + "\n"


def catalogue(pages: Sequence[Page]) -> str:
    """Return all pages one after the other."""
    return "\n\n".join(page_text(page) for page in pages)


def catalogue_files(pages: Sequence[Page]) -> dict[str, str]:
    """Return the files of docs/checks: README.md with the list, and a file a page."""
    files = {f"{page.code}.md": f"{_NOTE}\n\n{page_text(page)}" for page in pages}
    return {"README.md": _readme(pages), **files}


def _readme(pages: Sequence[Page]) -> str:
    lines = [
        _NOTE,
        "",
        "# What k8snet finds",
        "",
        f"{len(pages)} findings. `k8snet explain CODE` prints the page of one.",
        "The layer is that of the cause; a finding may show in another one.",
    ]
    for layer, heading in _LAYERS.items():
        told = [page for page in pages if page.layer == layer]
        if told:
            lines += ["", f"## {heading}", "", "| Code | Name | What it is |", "|---|---|---|"]
            lines += [f"| [{page.code}]({page.code}.md) | `{page.name}` | {_cell(page.title)} |" for page in told]
    return "\n".join(lines) + "\n"


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


def page_object(page: Page) -> dict[str, object]:
    """Return a page as plain data, for `explain -o json`."""
    return {
        "code": page.code,
        "name": page.name,
        "title": page.title,
        "layer": page.layer,
        "hop": page.hop,
        "shows_in": page.shows_in,
        "needs": list(page.needs),
        "uses": list(page.uses),
        "leads_to": list(page.leads_to),
        "by_probes": page.by_probes,
        "sections": dict(page.sections),
    }
