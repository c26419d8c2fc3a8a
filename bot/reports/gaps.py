"""What was not looked at, for a terminal: each gap with its reason, and the RBAC rules that would close them."""

from collections.abc import Iterable

from bot.model.result.diagnosis import OpenGap
from bot.reports.paper import Paper
from bot.reports.words import gap_words


def write_gaps(paper: Paper, gaps: Iterable[OpenGap]) -> None:
    """Write the section of what was not looked at; nothing where all was."""
    told = tuple(gaps)
    if not told:
        return
    paper.heading("Not looked at")
    for gap in told:
        paper.prose(gap_words(gap))
    grants = tuple(dict.fromkeys(gap.grant for gap in told if gap.grant))
    if grants:
        paper.prose("To let me look, add to my ClusterRole:")
    for grant in grants:
        paper.command(grant)
