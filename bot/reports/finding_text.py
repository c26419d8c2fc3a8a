"""What a finding rests on and what to do about it, for a terminal: `why` tells its root so, `dns` each that it has."""

from bot.model.result.finding import Evidence, Finding
from bot.reports.paper import Paper
from bot.reports.words import lookup_words, ref_words, value_words

MOST_EVIDENCE = 6


def write_evidence(paper: Paper, evidence: tuple[Evidence, ...]) -> None:
    """Write a line for each fact, up to `MOST_EVIDENCE`."""
    for each in evidence[:MOST_EVIDENCE]:
        note = f"  ({each.note})" if each.note else ""
        field = f"{each.field} = " if each.field else ""
        paper.prose(f"- {ref_words(each.object)}: {field}{value_words(each.value)}{note}")
    if len(evidence) > MOST_EVIDENCE:
        paper.prose(f"- and {len(evidence) - MOST_EVIDENCE} more, in -o json")


def write_remedy(paper: Paper, root: Finding) -> None:
    """Write a finding's fixes with their risk and proof, then the commands that show it."""
    for each in root.fix:
        paper.heading("Fix")
        paper.command(each.command)
        if each.risk:
            paper.prose(f"Risk: {each.risk}")
        if each.proof:
            paper.prose(f"Proof: {each.proof}")
    if root.check:
        paper.heading("See it yourself")
        for command in root.check:
            paper.command(command)
        if note := lookup_words(root.check):
            paper.prose(note)
