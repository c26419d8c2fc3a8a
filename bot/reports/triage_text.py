"""Triage for a terminal: each root cause once, with what it takes down, since when, and the first commands."""

from datetime import UTC
from itertools import compress, takewhile

from bot.model.result.finding import Layer, Severity
from bot.model.result.status import Status
from bot.model.result.triage import Cause, Reached, Triage
from bot.model.text import count, listing
from bot.reports.digest_text import coverage, unjudged
from bot.reports.paper import STATUS_INK, Ink, Paper
from bot.reports.words import finding_words, ref_words

# What an `ok` of a scope does not mean.
NOBODY_CALLS = (
    "Nobody was said to call: what policies, DNS settings and nodes do to callers is judged only for calls that the objects "
    "show. Say who, with --from."
)
MOST_CAUSES = 10
MOST_SERVICES = 4
_COMMANDS = 2
_FIXES = 3


def triage_text(found: Triage, *, color: bool = False, width: int = 100) -> str:
    """Return the triage: the causes in order, those known for long apart, then what could not be judged, and the totals."""
    paper = Paper(color=color, width=width)
    paper.whole("", triage_headline(found), ink=Ink.BOLD)
    fresh = tuple(each for each in found.causes if not each.is_old)
    old = tuple(each for each in found.causes if each.is_old)
    for number, each in enumerate(fresh[:MOST_CAUSES], 1):
        _cause(paper, each, number, found)
    _more(paper, len(fresh))
    if old:
        paper.heading("Known and old: so for a week or longer, or perhaps on purpose")
    for each in old[:MOST_CAUSES]:
        _line(paper, each, "", found)
    _more(paper, len(old))
    unjudged(paper, found)
    paper.blank()
    coverage(paper, found)
    if not found.is_called:
        paper.prose(NOBODY_CALLS, ink=Ink.DIM, indent=0)
    return str(paper)


def triage_headline(found: Triage) -> str:
    """Return how many causes break how many Services of what, in one line."""
    places = found.scope.get("namespaces", [])
    scope = " ".join(filter(None, [str(found.scope.get("cluster", "")), ", ".join(places) or "all namespaces"]))
    if not found.causes:
        nothing = "no fault was found" if found.outcome is Status.OK else "no cause was found, and not all is known"
        return f"{scope}: {nothing}"
    old = sum(each.is_old for each in found.causes)
    told = f"{count(len(found.causes), 'cause')} behind {behind_words(found)}"
    return f"{scope}: {told}{f', {old} known and old' if old else ''}"


def behind_words(found: Triage) -> str:
    """Return how much the causes break: Services, and the calls of those who cannot reach what others can."""
    broken, cut_off = len(found.broken), len(found.cut_off)
    of_all = f"{count(broken, 'Service')} of {found.totals.services}" if broken else "no Service"
    services = of_all if broken or not cut_off else ""
    return " and ".join(filter(None, (services, f"the calls of {count(cut_off, 'caller')}" if cut_off else "")))


def reach_words(cause: Cause, found: Triage) -> str:
    """Return what a cause takes down or affects: Services, or the calls of some to Services that others reach."""
    if not cause.services:
        return f"Affects: {ref_words(cause.finding.about)} itself; no Service selects its pods"
    if not cause.callers and not cause.share:  # Services that others reach
        return f"Cuts off: calls from outside to {_places(cause)}"
    if _is_borne(cause, found):
        return f"Short of pods: {services_words(cause, found)}; others serve, so calls succeed"
    if not cause.callers:
        does = "Takes down" if cause.finding.severity is Severity.FAIL else "Affects"
        return f"{does}: {services_words(cause, found)}{_dependence(cause, found)}"
    who = listing([f"{ref_words(each)}" for each in cause.callers], MOST_SERVICES)
    return f"Cuts off: {who} from {_places(cause)}"


def _is_borne(cause: Cause, found: Triage) -> bool:
    """Return whether pods are held back, or lost, of Services that are all `ok`, since others stand in."""
    finding = cause.finding
    is_of_pods = finding.layer is Layer.APPLICATION or finding.about.kind == "Node"
    if finding.severity is Severity.FAIL or cause.callers or not is_of_pods:
        return False
    sound = {(each.namespace, each.name) for each in found.services if each.outcome is Status.OK}
    return all((each.namespace, each.name) in sound for each in cause.services)


def _places(cause: Cause) -> str:
    return listing([f"{each.namespace}/{each.name}" for each in cause.services], MOST_SERVICES)


def services_words(cause: Cause, found: Triage) -> str:
    """Return the Services that a cause breaks; within one namespace without saying it again."""
    names = [_name(each, found) for each in cause.services]
    return f"{listing(names, MOST_SERVICES)} ({len(names)} of {found.totals.services})"


def _dependence(cause: Cause, found: Triage) -> str:
    """Return what is called that is broken, too; empty where nothing is."""
    if not cause.depends_on:
        return ""
    who = "it calls" if len(cause.services) == 1 else "they call"
    told = {each for one in takewhile(lambda other: other is not cause, found.causes) for each in one.services}
    places = {
        "above": [each in told for each in cause.depends_on],
        "below": [each not in told for each in cause.depends_on],
    }
    parts = [
        f"{listing([_name(each, found) for each in compress(cause.depends_on, chosen)], MOST_SERVICES)}, {place}, and "
        for place, chosen in places.items()
        if any(chosen)
    ]
    return f"; {who} {''.join(parts)}may fail for that"


def _name(service: Reached, found: Triage) -> str:
    is_one_place = len(found.scope.get("namespaces", [])) == 1
    return service.name if is_one_place else f"{service.namespace}/{service.name}"


def since_words(cause: Cause, found: Triage) -> str:
    """Return `, since 04:53 UTC`, with the day where it was another one; empty where it is not known."""
    known = cause.since or cause.finding.since_earliest
    if known is None:
        return ""
    began = known.astimezone(UTC)
    day = "" if began.date() == found.at.astimezone(UTC).date() else f"{began:%Y-%m-%d} "
    return f", since {day}{began:%H:%M} UTC{'' if cause.since else ' at the earliest'}"


def _cause(paper: Paper, cause: Cause, number: int, found: Triage) -> None:
    paper.blank()
    _line(paper, cause, f"{number}. ", found)
    finding = cause.finding
    for each in finding.check[:_COMMANDS]:
        paper.command(each)
    if finding.fix:
        paper.prose("Fix:")
    shown = (
        _FIXES if finding.about.kind.endswith("NetworkPolicy") else 1
    )  # a policy has one fix for each caller, others are choices
    for line in finding.fix[:shown]:
        paper.command(line.command)
    if len(finding.fix) > shown > 1:
        paper.prose(f"and {len(finding.fix) - shown} more, in -o json")


def _line(paper: Paper, cause: Cause, number: str, found: Triage) -> None:
    finding = cause.finding
    told = f"{finding_words(finding)}, {finding.confidence}, {ref_words(finding.about)}{since_words(cause, found)}"
    paper.labelled(
        f"{number}{finding.severity:<5}", told, label_ink=STATUS_INK[Status(str(finding.severity))], indent=0
    )
    paper.prose(finding.message)
    paper.prose(reach_words(cause, found), ink=Ink.DIM)


def _more(paper: Paper, number: int) -> None:
    if number > MOST_CAUSES:
        paper.prose(f"and {number - MOST_CAUSES} more, in -o json")
