"""`explain`: the page of a finding, from the docstring of its check; all of them as the documentation."""

from pathlib import Path

from bot.checks.engine.check import Check
from bot.checks.engine.registry import all_checks
from bot.commands.options import OF_MANY, Output
from bot.commands.output import allow, say
from bot.errors import UsageError
from bot.reports.json import written
from bot.reports.pages import Page, catalogue, catalogue_files, find, page_object, page_text


def explain(word: str, *, everything: bool, to: str, output: Output) -> int:
    """Print one page, or all; with `to` write them as files of a folder and remove what is no page any more."""
    allow(output, *OF_MANY)
    known = pages()
    if (everything and word) or (not everything and not word):
        raise UsageError("Explain what? One code, or --all.", hint="For example: k8snet explain RTE-001")
    if to and not everything:
        raise UsageError("--to writes all pages.", hint="For example: k8snet explain --all --to docs/checks")
    if to:
        return _write(known, Path(to))
    chosen = known if everything else (find(word, known),)
    if output is Output.JSON:
        say(written([page_object(each) for each in chosen] if everything else page_object(chosen[0])))
    else:
        say(catalogue(known) if everything else page_text(chosen[0]))
    return 0


def pages() -> tuple[Page, ...]:
    """The page of every check, by code."""
    return tuple(_page(each) for each in all_checks())


def _page(check: Check) -> Page:
    return Page(
        code=check.code,
        name=check.name,
        title=check.title,
        layer=str(check.layer),
        hop=str(check.hop),
        shows_in=str(check.hop.layer),
        needs=(*check.needs, *check.clears),
        uses=check.uses,
        leads_to=tuple(each.code for each in all_checks() if each.shows in check.explains and each is not check),
        by_probes=check.by_probes,
        sections=check.sections(),
    )


def _write(known: tuple[Page, ...], folder: Path) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = catalogue_files(known)
        for name, words in files.items():
            (folder / name).write_text(words, encoding="utf-8")
        for old in folder.glob("[A-Z][A-Z][A-Z]-[0-9][0-9][0-9].md"):
            if old.name not in files:
                old.unlink()
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}.") from error
    return 0
