"""A path for a terminal: the decision, the hops with the first broken one marked, what decided, each endpoint's fate."""

from bot.model.result.diagnosis import Diagnosis
from bot.model.result.path import EndpointDecision, PathAnswer
from bot.model.result.status import Status
from bot.model.text import count
from bot.reports.gaps import write_gaps
from bot.reports.paper import STATUS_INK, Ink, Paper
from bot.reports.way import UNPROBED_PATH, Way, way_of

MOST_ENDPOINTS = 8
_INK = {"allow": STATUS_INK[Status.OK], "deny": STATUS_INK[Status.FAIL], "unknown": STATUS_INK[Status.UNKNOWN]}
_WORDS = {"allow": "may reach", "deny": "may not reach", "unknown": "may or may not reach"}


def path_text(found: PathAnswer, *, color: bool = False, width: int = 100) -> str:
    """Return the report: the decision and why in the first lines, then the hops, what decided, and the endpoints."""
    paper = Paper(color=color, width=width)
    decision = found.decision
    port = f" on {found.port}/{found.protocol}" if found.port is not None else f" over {found.protocol}"
    way = way_of(found)
    summary = f"{found.source} {_WORDS[decision]} {found.target}{port}{_breaks(found, way)}"
    paper.labelled(f"{decision:<9}", summary, ink=Ink.BOLD, label_ink=_INK[decision], indent=0, hang=9)
    for each in found.because:
        paper.prose(f"- {each}", indent=9)
    for each in found.assumed:
        paper.prose(f"Assumed {each}.", indent=9, ink=Ink.DIM)
    if way.hops:
        paper.heading("On the way")
    _hops(paper, way)
    if found.steps:
        paper.heading("Decided by")
    for step in found.steps:
        paper.labelled(f"{step.decision:<9}", step.said, label_ink=_INK[step.decision], hang=9)
    _endpoints(paper, found.endpoints)
    if found.decision == "unknown":
        write_gaps(paper, found.gaps)
    paper.blank()
    paper.prose(UNPROBED_PATH, ink=Ink.DIM, indent=0)
    return str(paper)


def _breaks(found: PathAnswer, way: Way) -> str:
    """Return in words at which hop the way breaks where policies, of which alone the decision is, do not deny it."""
    failing = next((each for each in way.hops if each.status is Status.FAIL), None)
    if failing is None or found.decision == "deny":
        return ""
    return f"{' by policies' if found.decision == 'allow' else ''}, but the way breaks at {failing.hop}"


def hops_text(found: Diagnosis | PathAnswer, *, width: int) -> str:
    """Return what a picture of the way shows, as text: who calls, each hop with its status, where they lead."""
    way, paper = way_of(found), Paper(color=False, width=width)
    paper.prose(f"{way.title}: {way.outcome}", indent=0)
    paper.prose(f"from {way.caller}")
    _hops(paper, way)
    paper.prose(f"to {way.target}")
    paper.prose(way.seen, indent=0)
    return str(paper)


def _hops(paper: Paper, way: Way) -> None:
    """The hops on the path, a line each; before the first broken one stands a mark, and its line says so."""
    for each in way.hops:
        label = f"{'> ' if each is way.broken else '  '}{each.status:<9}{each.hop:<12}"
        paper.labelled(label, way.words(each), label_ink=STATUS_INK[each.status], indent=0, hang=len(label))


def _endpoints(paper: Paper, endpoints: tuple[EndpointDecision, ...]) -> None:
    """One line each where there are several; one endpoint is told by the steps already."""
    if len(endpoints) < 2:  # noqa: PLR2004 (several)
        return
    paper.heading("Endpoints")
    for each in endpoints[:MOST_ENDPOINTS]:
        node = f" on {each.node}" if each.node else ""
        paper.labelled(
            f"{each.decision:<9}",
            f"{each.name} {each.address}:{each.port}{node}",
            label_ink=_INK[each.decision],
        )
    if len(endpoints) > MOST_ENDPOINTS:
        paper.prose(f"and {count(len(endpoints) - MOST_ENDPOINTS, 'more endpoint')}, in -o json")
