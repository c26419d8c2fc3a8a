"""Triage: the few root causes of what is broken in a scope, each once, with the Services that it takes down.

Every Service is judged as a digest judges it, on one snapshot; Services with the same root are one cause. What fits the
complaint comes first, then the gravest, then what breaks most, then what began last. What has been so for a week and more
comes after all of that: it was there before the incident, and is told apart as known and old.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import asdict

from bot.checks.engine.registry import checks_by_code
from bot.model.question.question import Question, Symptom
from bot.model.result.finding import GRAVITY, SURENESS, Finding, Severity
from bot.model.result.triage import Cause, Reached, Triage
from bot.model.snapshot import Snapshot
from bot.usecases.digest import NOTHING_SAID, Judged, judge_services, table_of

OLD = timedelta(days=7)


def triage(
    snapshot: Snapshot,
    *,
    at: datetime,
    took_ms: int = 0,
    namespaces: tuple[str, ...] = (),
    asked: Question = NOTHING_SAID,
) -> Triage:
    """Return the triage of these namespaces (none given: of all). A caller and a symptom in `asked` narrow it."""
    judged = judge_services(snapshot, namespaces, asked)
    made = table_of(snapshot, judged, at=at, took_ms=took_ms, namespaces=namespaces)
    causes = [_cause(found, snapshot, len(judged)) for found in _by_root(judged)]
    return Triage(
        **asdict(made),
        is_called=asked.source is not None,
        causes=tuple(sorted(causes, key=lambda each: _rank(each, asked.symptom, at))),
    )


def _by_root(judged: Sequence[Judged]) -> list[tuple[Finding, list[Judged]]]:
    """Return each root finding once, as the Service that it hurts most has it, with all Services that have it."""
    found: dict[str, list[tuple[Finding, Judged]]] = {}
    for each in judged:
        for root in each.judgement.findings:
            if root.severity is not Severity.INFO:
                found.setdefault(root.fingerprint, []).append((root, each))
    return [
        (min((root for root, _ in those), key=lambda root: GRAVITY[root.severity]), [each for _, each in those])
        for those in found.values()
    ]


def _cause(found: tuple[Finding, list[Judged]], snapshot: Snapshot, of: int) -> Cause:
    root, judged = found
    return Cause(
        finding=root,
        services=tuple(Reached(each.service.namespace, each.service.name) for each in judged),
        since=root.since,
        share=round(len(judged) / of, 3),
        is_old=root.since is not None and snapshot.age(root.since) >= OLD,
    )


def _rank(cause: Cause, symptom: Symptom | None, at: datetime) -> tuple[bool, bool, int, int, int, float, str, str]:
    finding = cause.finding
    fits = symptom is not None and symptom in checks_by_code()[finding.code].fits
    age = (at - cause.since).total_seconds() if cause.since else float("inf")
    return (
        cause.is_old,
        symptom is not None and not fits,
        GRAVITY[finding.severity],
        -len(cause.services),
        SURENESS[finding.confidence],
        age,
        finding.code,
        str(finding.about),
    )
