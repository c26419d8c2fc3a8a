"""The digest: every Service of a scope judged on one snapshot, and what is new, fixed and ongoing since the last one.

Findings are compared by fingerprint, never by text. A Service that could not be judged is unknown in the digest, and what
was wrong with it before stays ongoing: not being able to look is not a repair.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct

from bot.checks.engine.judge import Judgement, judge
from bot.model.case import Case
from bot.model.kube.services import Service
from bot.model.question.question import Question
from bot.model.result.diagnosis import Digest, DigestCause, DigestLine, OpenGap, Totals
from bot.model.result.finding import Finding, Severity
from bot.model.result.status import Status
from bot.model.snapshot import Snapshot


class Judged(Struct, frozen=True):
    """One Service with what the judge says of it."""

    service: Service
    judgement: Judgement


def judge_services(snapshot: Snapshot, namespaces: tuple[str, ...] = ()) -> tuple[Judged, ...]:
    """Judge every Service of these namespaces (none given: of all), on configuration alone, in order of name."""
    chosen = [each for each in snapshot.services if not namespaces or each.namespace in namespaces]
    chosen.sort(key=lambda each: (each.namespace, each.name))
    return tuple(Judged(each, judge(Case(_question(each, snapshot), snapshot))) for each in chosen)


def digest(
    snapshot: Snapshot,
    *,
    at: datetime,
    took_ms: int = 0,
    namespaces: tuple[str, ...] = (),
    since: Digest | None = None,
) -> Digest:
    """Make the digest of a scope. With `since`, a finding it had is ongoing or fixed; without, everything is new."""
    judged = judge_services(snapshot, namespaces)
    present = _problems(judged)
    before = {each.fingerprint: each for each in (*since.new, *since.ongoing)} if since else {}
    unseen = _unseen(before.values(), judged)
    return Digest(
        scope=_scope(snapshot, namespaces),
        at=at,
        took_ms=took_ms,
        api_requests=snapshot.requests,
        totals=_totals(judged),
        new=tuple(each for key, each in present.items() if key not in before),
        fixed=tuple(each for key, each in before.items() if key not in present and key not in unseen),
        ongoing=tuple(each for key, each in present.items() if key in before)
        + tuple(each for key, each in before.items() if key in unseen and key not in present),
        gaps=_gaps(judged),
        services=tuple(_line(each) for each in judged),
    )


def _question(service: Service, snapshot: Snapshot) -> Question:
    return Question(service=service.name, namespace=service.namespace, cluster=snapshot.cluster, name=service.name)


def _problems(judged: Iterable[Judged]) -> dict[str, Finding]:
    """Root causes by fingerprint: one finding that breaks three Services is told once."""
    found: dict[str, Finding] = {}
    for each in judged:
        root = each.judgement.root_cause
        for finding in each.judgement.findings:
            if root and finding.id == root.finding and finding.severity is not Severity.INFO:
                found.setdefault(finding.fingerprint, finding)
    return found


def _unseen(before: Iterable[Finding], judged: tuple[Judged, ...]) -> set[str]:
    """Fingerprints of earlier findings about Services that are unknown now."""
    unknown = {each.service.ref for each in judged if each.judgement.outcome is Status.UNKNOWN}
    return {each.fingerprint for each in before if each.about in unknown}


def _scope(snapshot: Snapshot, namespaces: tuple[str, ...]) -> dict[str, Any]:
    return {"cluster": snapshot.cluster, "namespaces": list(namespaces)}


def _totals(judged: tuple[Judged, ...]) -> Totals:
    def count(status: Status) -> int:
        return sum(each.judgement.outcome is status for each in judged)

    return Totals(
        services=len(judged),
        ok=count(Status.OK),
        warn=count(Status.WARN),
        fail=count(Status.FAIL),
        unknown=count(Status.UNKNOWN),
    )


def _gaps(judged: tuple[Judged, ...]) -> tuple[OpenGap, ...]:
    return tuple(dict.fromkeys(gap for each in judged for gap in each.judgement.gaps))


def _line(judged: Judged) -> DigestLine:
    root = judged.judgement.root_cause
    return DigestLine(
        namespace=judged.service.namespace,
        name=judged.service.name,
        outcome=judged.judgement.outcome,
        root_cause=DigestCause(root.code, root.message) if root else None,
    )
