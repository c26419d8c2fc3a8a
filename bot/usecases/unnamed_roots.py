"""Which cause comes first where no object tells that one depends on the other: by what each can bring about, and when."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.checks.engine.registry import checks_by_code
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Finding, Severity
from bot.model.result.triage import Cause

# Readiness and restarts are told by kubelets in turns: who broke first is not known more exactly.
TOGETHER = timedelta(minutes=5)
FIRST_CALL = timedelta(minutes=30)  # a program that is told a wrong host fails in so long, or it does without
_ALIKE = ("Deployment", "DaemonSet", "Pod", "Service")


def is_majority_lost(first: Cause, since: datetime) -> bool:
    """Return whether half of the members of a cluster do not run, and what calls it fails since: who is left may not decide.

    Members of a Deployment do not count each other.
    """
    found = first.finding.affected
    if found is None or first.finding.about.kind in _ALIKE or first.since is None or found.of <= 1:
        return False
    return found.endpoints * 2 >= found.of and since - FIRST_CALL <= first.since <= since + TOGETHER


def unnamed_roots(at: int, causes: Sequence[Cause]) -> set[int]:
    """Return those causes that came before one which depends on no other, as far as the objects show calls."""
    return _nameless(causes[at], causes) or _stopped(causes[at], causes)


def is_nameless(cause: Cause) -> bool:
    """Return whether it is a StatefulSet whose members have no names where they are called."""
    shows = checks_by_code()[cause.finding.code].shows
    return shows is Effect.NAME_WITHOUT_ADDRESS and cause.finding.about.kind == "StatefulSet"


def _nameless(cause: Cause, causes: Sequence[Cause]) -> set[int]:
    """Return, for one of several members that crashes or waits, what took the names of their own Service's no later.

    Members call each other by these names, and no call is shown within one Service.
    """
    shows, affected = checks_by_code()[cause.finding.code].shows, cause.finding.affected
    is_hurt = shows is Effect.CONTAINER_CRASHES or _only_waits(cause.finding)
    if cause.since is None or cause.is_old or not is_hurt or affected is None or affected.of <= 1:
        return set()
    return {
        place
        for place, each in enumerate(causes)
        if is_nameless(each)
        and not set(each.services).isdisjoint(cause.services)
        and each.since is not None
        and cause.since - FIRST_CALL <= each.since <= cause.since
    }


def _stopped(cause: Cause, causes: Sequence[Cause]) -> set[int]:
    """Return, for pods that run and only say that they wait, those causes that stopped a neighbour no later, by themselves."""
    if not _only_waits(cause.finding) or cause.since is None or cause.is_old or cause.callers:
        return set()
    return {
        place
        for place, each in enumerate(causes)
        if _stops_by_itself(each)
        and each.finding.about.namespace == cause.finding.about.namespace
        and each.since is not None
        and cause.since - FIRST_CALL <= each.since <= cause.since
    }


def _only_waits(finding: Finding) -> bool:
    """Return whether containers run, and a probe or an init container that has not ended is all that is wrong."""
    known = checks_by_code()[finding.code]
    is_init = known.causes == (Effect.PROCESS_NOT_RUNNING,) and finding.confidence is Confidence.LIKELY
    return is_init or known.shows is Effect.NO_USABLE_ENDPOINT


def _stops_by_itself(cause: Cause) -> bool:
    """Return whether containers end again and again, which depend on nothing that is known to be broken."""
    shows = checks_by_code()[cause.finding.code].shows
    is_sure = cause.finding.severity is Severity.FAIL and cause.finding.confidence is Confidence.CERTAIN
    return is_sure and shows is Effect.CONTAINER_CRASHES and not (cause.is_old or cause.depends_on or cause.callers)
