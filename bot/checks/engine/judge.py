"""The judge: runs the checks apart from each other, builds the cause graph, picks one root, fills the verdicts.

The order of choice is that of failure-modes A.2: a finding that another one causes is folded under it; among the rest
the root is the worst, then the surest, then the one that fits what was seen, then the one nearest to where a call
begins (DNS servers, name, policy, endpoints, node, application).
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from bot.checks.engine.registry import NEEDS, Check, all_checks, checks_by_code
from bot.checks.engine.verdicts import verdicts
from bot.model.case import Case
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.diagnosis import OpenGap, RootCause, Verdict
from bot.model.result.finding import AffectedLine, Confidence, Finding, FixLine, Found, Layer, Severity
from bot.model.result.status import Status, worst
from bot.model.snapshot import Gap

_SEVERITY = {Severity.FAIL: 0, Severity.WARN: 1, Severity.INFO: 2}
_CONFIDENCE = {Confidence.CERTAIN: 0, Confidence.LIKELY: 1, Confidence.POSSIBLE: 2}
# Which codes a complaint points at first (failure-modes A.4); it ranks equals and decides nothing alone.
_FITS = {
    Symptom.NXDOMAIN: ("DNS-010", "DNS-011", "DNS-014", "DNS-015", "DNS-023"),
    Symptom.TIMEOUT: ("NPL-", "RTE-008", "RTE-012", "RTE-021", "RTE-032"),
    Symptom.REFUSED: ("RTE-010", "RTE-004", "RTE-001", "APP-001"),
    Symptom.RESET: ("APP-002",),
    Symptom.SERVER_ERROR: ("APP-014", "APP-013"),
    Symptom.INTERMITTENT: ("APP-013", "RTE-008", "RTE-019", "RTE-021", "DNS-002"),
    Symptom.SLOW: ("APP-011", "DNS-002"),
}
# Where on a call's way a cause stands; earlier wins between equals. The longest fitting prefix counts.
_ORDER = ("DNS-00", "DNS-", "NPL-003", "NPL-", "RTE-008", "RTE-", "APP-")


class Judgement(Struct, frozen=True):
    """What the judge says of a case; `diagnose` adds identity and time."""

    outcome: Status
    verdicts: dict[str, Verdict]
    root_cause: RootCause | None
    findings: tuple[Finding, ...]
    gaps: tuple[OpenGap, ...]


class Held(Struct, frozen=True):
    """A `Found` with its check, on the way to being a Finding."""

    check: Check
    found: Found

    @property
    def layer(self) -> Layer:
        return self.found.layer or self.check.layer


class CheckFailed(Struct, frozen=True):
    """A check that raised: a gap of its own, never a verdict."""

    check: Check
    error: str


def judge(case: Case, checks: Sequence[Check] | None = None, *, strict: bool = False) -> Judgement:
    """Judge a case. With `strict` a check's exception is raised, as tests want it; otherwise it becomes a gap."""
    known = all_checks() if checks is None else checks
    blocked = {each.code: gaps for each in known if (gaps := _missing(case, each))} if case.snapshot.gaps else {}
    asked = known if case.observations else [each for each in known if not each.by_probes]
    held, failed = _run(case, [each for each in asked if each.code not in blocked] if blocked else asked, strict=strict)
    causes = _causes(held)
    findings = _findings(case, held, causes)
    root = _root(case, held, causes, findings)
    unknown = _unknown_layers(known, blocked, failed)
    told = verdicts(
        case, findings, checks_by_code() if checks is None else {each.code: each for each in known}, unknown
    )
    return Judgement(
        outcome=worst([each.status for each in told.values()]),
        verdicts=told,
        root_cause=root,
        findings=findings,
        gaps=_gaps(case, known, failed),
    )


def _missing(case: Case, check: Check) -> tuple[Gap, ...]:
    """The gaps that keep a check from judging this case. A need counts in the namespaces the case is about."""
    places = {case.question.namespace, case.source_namespace}
    return tuple(gap for need in check.needs for place in sorted(places) for gap in case.snapshot.gaps_for(need, place))


def _run(case: Case, checks: Iterable[Check], *, strict: bool) -> tuple[list[Held], list[CheckFailed]]:
    held: list[Held] = []
    failed: list[CheckFailed] = []
    for check in checks:
        try:
            for found in check.rule(case):
                held.append(Held(check, found))  # noqa: PERF401 (most find nothing, and a list of its own would be made)
        except Exception as error:  # one broken check must not hide the other verdicts (contract 5)
            if strict:
                raise
            failed.append(CheckFailed(check, f"{type(error).__name__}: {error}"))
    return sorted(held, key=_place), failed


def _place(each: Held) -> tuple[int, str, Ref, str]:
    return (_SEVERITY[each.found.severity], each.check.code, each.found.about, each.found.message)


def _causes(held: Sequence[Held]) -> dict[int, tuple[int, ...]]:
    """For each finding the indexes of those that cause it. No finding causes itself, not even through others.

    Edges of the worse cause are taken first; one that would close a cycle is left out.
    """
    causes: dict[int, tuple[int, ...]] = dict.fromkeys(range(len(held)), ())
    for cause in range(len(held)):
        for effect in range(len(held)):
            if cause != effect and _explains_it(held[cause], held[effect]) and not _leads(causes, effect, cause):
                causes[effect] = (*causes[effect], cause)
    return causes


def _explains_it(cause: Held, effect: Held) -> bool:
    """One leads to the other, about the same pods, and is no lesser trouble; info explains nothing."""
    return (
        effect.check.code in cause.check.leads_to
        and cause.found.severity is not Severity.INFO
        and _SEVERITY[cause.found.severity] <= _SEVERITY[effect.found.severity]
        and _related(cause.found, effect.found)
    )


def _leads(causes: dict[int, tuple[int, ...]], first: int, last: int) -> bool:
    """`first` is among the causes of `last`, directly or through others."""
    return any(each == first or _leads(causes, first, each) for each in causes[last])


def _related(cause: Found, effect: Found) -> bool:
    """Both are about pods and share one, or at least one of them is not about pods."""
    return not cause.pods or not effect.pods or bool(cause.pods & effect.pods)


def _findings(case: Case, held: Sequence[Held], causes: dict[int, tuple[int, ...]]) -> tuple[Finding, ...]:
    return tuple(_finding(case, index, each, causes[index]) for index, each in enumerate(held))


def _finding(case: Case, index: int, each: Held, caused_by: tuple[int, ...]) -> Finding:
    found = each.found
    affected = found.affected
    return Finding(
        id=f"f{index + 1}",
        fingerprint=_fingerprint(case, each),
        code=each.check.code,
        name=each.check.name,
        layer=each.layer,
        severity=Severity.INFO if caused_by else found.severity,
        confidence=found.confidence,
        about=found.about,
        message=found.message,
        evidence=found.evidence,
        caused_by=tuple(f"f{other + 1}" for other in caused_by),
        affected=AffectedLine(affected.endpoints, affected.of, affected.share) if affected else None,
        check=found.check,
        fix=tuple(FixLine(command=fix.rendered, risk=fix.risk) for fix in found.fix),
        since=found.since,
        changed_by=found.changed_by,
        fixes=found.fix,
    )


def _fingerprint(case: Case, each: Held) -> str:
    """Stable across runs: cluster, the object's uid (its reference where it has none), code, key facts."""
    import hashlib  # noqa: PLC0415 (loads OpenSSL, which a healthy answer need not wait for)

    facts = (case.question.cluster, _uid(case, each.found.about), each.check.code, *each.found.key)
    return hashlib.sha256("\x1f".join(facts).encode()).hexdigest()[:16]


def _uid(case: Case, ref: Ref) -> str:
    known = case.snapshot.object(ref)
    return known.metadata.uid if known and known.metadata.uid else str(ref)


def _root(
    case: Case, held: Sequence[Held], causes: dict[int, tuple[int, ...]], findings: tuple[Finding, ...]
) -> RootCause | None:
    free = [index for index, each in enumerate(held) if not causes[index] and each.found.severity is not Severity.INFO]
    if not free:
        return None
    chosen = min(free, key=lambda index: (*_rank(case, held[index]), -_explains(index, causes), index))
    finding = findings[chosen]
    return RootCause(
        finding=finding.id,
        code=finding.code,
        name=finding.name,
        layer=finding.layer,
        confidence=finding.confidence,
        about=finding.about,
        message=finding.message,
    )


def _rank(case: Case, each: Held) -> tuple[int, int, int, int]:
    code = each.check.code
    symptom = case.question.symptom
    fits = any(code.startswith(prefix) for prefix in _FITS.get(symptom, ())) if symptom else False
    fitting = [place for place, prefix in enumerate(_ORDER) if code.startswith(prefix)]
    return (_SEVERITY[each.found.severity], _CONFIDENCE[each.found.confidence], 0 if fits else 1, min(fitting))


def _explains(index: int, causes: dict[int, tuple[int, ...]]) -> int:
    return sum(index in each for each in causes.values())


def _unknown_layers(
    known: Iterable[Check], blocked: dict[str, tuple[Gap, ...]], failed: Sequence[CheckFailed]
) -> dict[Layer, str]:
    """For each layer that some check could not judge, the reason in words."""
    reasons: dict[Layer, str] = {}
    for each in known if blocked else ():
        if gaps := blocked.get(each.code):
            reasons.setdefault(each.shows_in, f"{gaps[0].what} could not be read ({gaps[0].why})")
    for each_failed in failed:
        reasons.setdefault(each_failed.check.shows_in, f"the check {each_failed.check.code} failed")
    return reasons


def _gaps(case: Case, known: Sequence[Check], failed: Sequence[CheckFailed]) -> tuple[OpenGap, ...]:
    read = [
        OpenGap(
            what=gap.what,
            why=gap.why,
            codes=_left_open(gap, known),
            grant=gap.grant,
        )
        for gap in case.snapshot.gaps
    ]
    broken = [OpenGap(what=f"check {each.check.code}", why=each.error, codes=(each.check.code,)) for each in failed]
    return tuple(dict.fromkeys([*read, *broken]))


def _left_open(gap: Gap, known: Sequence[Check]) -> tuple[str, ...]:
    """The checks that could not judge without it; where none needs it, those that would only have said more."""
    needing = tuple(each.code for each in known if gap.need in each.needs)
    return needing or tuple(each.code for each in known if gap.need in each.uses)


def needed(checks: Iterable[Check] | None = None) -> frozenset[str]:
    """All needs and uses of the checks: what is read, and what the chart grants."""
    known = all_checks() if checks is None else checks
    names = frozenset(need for each in known for need in (*each.needs, *each.uses))
    assert names <= NEEDS.keys(), names - NEEDS.keys()
    return names
