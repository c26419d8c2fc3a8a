"""The digest: every Service of a scope judged on one snapshot, and what is new, fixed and ongoing since the last one.

Findings are compared by fingerprint, never by text. A Service that could not be judged is unknown in the digest, and what
was wrong with it before stays ongoing: not being able to look is not a repair.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from bot.checks.engine.judge import Judgement, judge
from bot.checks.engine.soundness import is_plainly_sound
from bot.checks.facts.ownership import caretaker
from bot.errors import UsageError
from bot.model.case import Case
from bot.model.gaps import SCOPE
from bot.model.kube.services import Service
from bot.model.question.question import Question
from bot.model.refs import Ref
from bot.model.result.diagnosis import OpenGap, Verdict
from bot.model.result.digest import Digest, DigestCause, DigestLine, Table, Totals
from bot.model.result.finding import Finding, Layer, Severity
from bot.model.result.status import Basis, Status
from bot.model.snapshot import Snapshot
from bot.usecases.kept import Kept

NOTHING_SAID = Question()  # no caller, no symptom


class Judged(Struct, frozen=True):
    """One Service with what the judge says of it."""

    service: Service
    judgement: Judgement


def judge_services(
    snapshot: Snapshot, namespaces: tuple[str, ...] = (), asked: Question = NOTHING_SAID, kept: Kept | None = None
) -> tuple[Judged, ...]:
    """Judge every Service of these namespaces (none given: of all), on configuration alone, in order of name.

    `asked` has what is said of all of them: who calls, and the symptom. Of all Services the rows are `kept` that hold.
    """
    chosen = [each for each in snapshot.services if not namespaces or each.namespace in namespaces]
    return judge_each(snapshot, chosen, asked, None if namespaces else kept)


def judge_each(
    snapshot: Snapshot, services: Iterable[Service], asked: Question = NOTHING_SAID, kept: Kept | None = None
) -> tuple[Judged, ...]:
    """Judge these Services as rows of a table, in order of name; those alone that `kept` has not, or not so."""
    chosen = sorted(services, key=lambda each: (each.namespace, each.name))
    cases = [Case(_question(each, snapshot, asked), snapshot, in_table=True) for each in chosen]
    judged = kept.judged(cases, snapshot, _row) if kept else map(_row, cases)
    return tuple(map(Judged, chosen, judged))


SOUND = Judgement(
    outcome=Status.OK,
    verdicts={str(layer): Verdict(Status.OK, Basis.CONFIG, "") for layer in Layer},
    root_cause=None,
    findings=(),
    gaps=(),
)


def _row(case: Case) -> Judgement:
    """Return what a row tells: the root, what is wrong beside a fault of all, and no hops.

    Those of thousands of calls would be most of a digest's memory.
    """
    if is_plainly_sound(case):
        return SOUND
    judgement = judge(case)
    root = judgement.root
    if root is None and judgement.outcome is Status.OK:  # whose sentences nobody reads
        return replace(SOUND, gaps=judgement.gaps)
    return replace(judgement, findings=tuple(filter(None, (root, judgement.beside))), hops=())


def table(
    snapshot: Snapshot,
    *,
    at: datetime,
    took_ms: int = 0,
    namespaces: tuple[str, ...] = (),
    kept: Kept | None = None,
) -> Table:
    """Return the table of a scope: each Service of it, and what could not be looked at."""
    judged = judge_services(snapshot, namespaces, kept=kept)
    return table_of(snapshot, judged, at=at, took_ms=took_ms, namespaces=namespaces)


def digest(
    snapshot: Snapshot,
    *,
    at: datetime,
    took_ms: int = 0,
    namespaces: tuple[str, ...] = (),
    since: Digest | None = None,
    kept: Kept | None = None,
) -> Digest:
    """Return the digest of a scope. With `since`, a finding it had is ongoing or fixed; without, everything is new.

    Only like is compared with like: what this run could not have seen, since it is outside of its scope or could not be
    read, is neither new nor fixed. Raises UsageError for an earlier digest of another cluster.
    """
    if since and not _same_cluster(snapshot, since):
        raise UsageError(f"That digest is of cluster {since.scope.get('cluster')}, this is {snapshot.cluster}.")
    judged = judge_services(snapshot, namespaces, kept=kept)
    present = _problems(judged)
    earlier = (*since.new, *since.ongoing) if since else ()
    known = {each.fingerprint for each in earlier}
    before = {each.fingerprint: each for each in earlier if since and _in_scope(each, since, namespaces)}
    unseen = _unseen(before.values(), judged, snapshot, namespaces)
    made = table_of(snapshot, judged, at=at, took_ms=took_ms, namespaces=namespaces)
    return Digest(
        **asdict(made),
        new=tuple(each for key, each in present.items() if key not in known),
        fixed=tuple(each for key, each in before.items() if key not in present and key not in unseen),
        ongoing=tuple(each for key, each in present.items() if key in known)
        + tuple(each for key, each in before.items() if key in unseen and key not in present),
        compared_with=since.at if since else None,
        seen=_seen(present.keys() | unseen, since, at),
        owners=_owners(present.values(), snapshot),
    )


def _seen(now: Iterable[str], since: Digest | None, at: datetime) -> dict[str, datetime]:
    """Return when a digest first had each finding: one of an earlier version did not keep that, so it counts itself."""
    known = {each.fingerprint for each in (*since.new, *since.ongoing)} if since else set()
    return {key: since.seen.get(key, since.at) if since and key in known else at for key in sorted(now)}


def _owners(findings: Iterable[Finding], snapshot: Snapshot) -> dict[str, str]:
    """Return which tool looks after the object of each finding, where one does."""
    found = {}
    for each in findings:
        known = snapshot.object(each.about)
        if known and (owner := caretaker(known)):
            found[each.fingerprint] = owner
    return found


def table_of(
    snapshot: Snapshot, judged: tuple[Judged, ...], *, at: datetime, took_ms: int, namespaces: tuple[str, ...]
) -> Table:
    """Return the table of Services that were judged."""
    return Table(
        scope=_scope(snapshot, namespaces),
        at=at,
        took_ms=took_ms,
        api_requests=snapshot.requests,
        totals=_totals(judged),
        gaps=_gaps(judged, snapshot),
        services=tuple(_line(each) for each in judged),
        watch_age=snapshot.watch_age,
        unread=_unread(snapshot, namespaces),
        taken_at=snapshot.taken_at,
    )


def _question(service: Service, snapshot: Snapshot, asked: Question) -> Question:
    return Question(
        service=service.name,
        namespace=service.namespace,
        cluster=snapshot.cluster,
        name=service.name,
        source=asked.source,
        symptom=asked.symptom,
    )


def _problems(judged: Iterable[Judged]) -> dict[str, Finding]:
    """Root causes by fingerprint: one finding that breaks three Services is told once."""
    found: dict[str, Finding] = {}
    for each in judged:
        for finding in each.judgement.findings:
            if finding.severity is not Severity.INFO:
                found.setdefault(finding.fingerprint, finding)
    return found


def _same_cluster(snapshot: Snapshot, since: Digest) -> bool:
    then = since.scope.get("cluster")
    return not then or not snapshot.cluster or then == snapshot.cluster


def _in_scope(finding: Finding, since: Digest, namespaces: tuple[str, ...]) -> bool:
    """An earlier finding that a digest of these namespaces can see again.

    Its object may lie elsewhere (the cluster's DNS, a node) if no other namespace was judged then: it broke one of these.
    """
    then = since.scope.get("namespaces")
    return not namespaces or finding.about.namespace in namespaces or bool(then and set(then) <= set(namespaces))


def _unseen(
    before: Iterable[Finding], judged: tuple[Judged, ...], snapshot: Snapshot, namespaces: tuple[str, ...]
) -> set[str]:
    """Fingerprints of earlier findings that nobody could look at now: their Service is unknown, or their list unread.

    A finding about another object than a Service (a policy, a workload) may be of any Service that is unknown now; one
    about an object of no namespace that was judged (the cluster's DNS, a node) of any whose layer is.
    """
    unknown = {each.service.ref for each in judged if each.judgement.outcome is Status.UNKNOWN}
    places = {each.namespace for each in unknown}
    inside = {each.service.namespace for each in judged}
    layers = {
        layer
        for each in judged
        for layer, verdict in each.judgement.verdicts.items()
        if verdict.status is Status.UNKNOWN and verdict.consequence_of is None
    }
    return {
        each.fingerprint
        for each in before
        if each.about in unknown
        or (each.about.kind != "Service" and each.about.namespace in places)
        or (each.layer in layers and each.about.namespace not in inside and not _was_listed(each.about, namespaces))
        or not snapshot.has("services", each.about.namespace)
        or (not snapshot.has(SCOPE) and not snapshot.services_in(each.about.namespace))
    }


def _was_listed(about: Ref, namespaces: tuple[str, ...]) -> bool:
    """A Service of the scope, which is gone if it was not judged."""
    return about.kind == "Service" and (not namespaces or about.namespace in namespaces)


def _unread(snapshot: Snapshot, namespaces: tuple[str, ...]) -> tuple[str, ...]:
    """The namespaces of the scope whose Services could not be listed."""
    found = {each.namespace for need in ("services", SCOPE) for each in snapshot.gaps_for(need)}
    return tuple(sorted(each for each in found if not each or not namespaces or each in namespaces))


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


def _gaps(judged: tuple[Judged, ...], snapshot: Snapshot) -> tuple[OpenGap, ...]:
    """What was not read, as the judge tells it; where no Service was judged, as the snapshot has it."""
    found = tuple(dict.fromkeys(gap for each in judged for gap in each.judgement.gaps))
    return found or tuple(dict.fromkeys(OpenGap(each.what, each.why, grant=each.grant) for each in snapshot.gaps))


def reason(judgement: Judgement) -> str:
    """Return in words why a Service is not ok: its root cause, else what the first layer that is not ok says."""
    if judgement.root_cause:
        return judgement.root_cause.message
    if judgement.outcome is Status.OK:
        return ""
    return next(
        f"{layer}: {each.summary}" for layer, each in judgement.verdicts.items() if each.status is judgement.outcome
    )


def _line(judged: Judged) -> DigestLine:
    root = judged.judgement.root_cause
    return DigestLine(
        namespace=judged.service.namespace,
        name=judged.service.name,
        outcome=judged.judgement.outcome,
        root_cause=DigestCause(root.code, root.message) if root else None,
        why=reason(judged.judgement),
    )
