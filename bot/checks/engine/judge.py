"""The judge: runs the checks apart from each other, picks one root, fills hops and verdicts.

The order of choice (docs/failure-modes.md, A.2): a finding that another one causes is folded under it; among the rest the
root is the worst, then the surest, then the one that fits what was seen, then the one nearest to where a call begins.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from bot.checks.engine.causes import Held, causes_of
from bot.checks.engine.check import CLUSTER_WIDE, NEEDS, Check, Rule, applying
from bot.checks.engine.dating import dated
from bot.checks.engine.dependencies import deeper
from bot.checks.engine.fix_lines import fix_line
from bot.checks.engine.registry import all_checks
from bot.checks.engine.verdicts import hop_states, verdicts
from bot.model.call.hop import Hop, HopState
from bot.model.call.in_front import in_front
from bot.model.call.onward import is_behind, onward
from bot.model.case import Case
from bot.model.gaps import Gap
from bot.model.memo import memo_by
from bot.model.question.question import Question
from bot.model.refs import Ref
from bot.model.result.diagnosis import OpenGap, RootCause, Verdict
from bot.model.result.finding import GRAVITY, SURENESS, AffectedLine, Detection, Finding, Layer, Severity
from bot.model.result.status import Status, worst
from bot.model.snapshot import Snapshot

_FRONTS = (Hop.INGRESS, Hop.GATEWAY)
_ON_THE_WAY = (*_FRONTS, Hop.POLICY)


class Judgement(Struct, frozen=True):
    """What the judge says of a case; `diagnose` adds identity and time.

    `beside`: where the root is what all Services share (the DNS is down), what would be the root without that.
    """

    outcome: Status
    verdicts: dict[str, Verdict]
    root_cause: RootCause | None
    findings: tuple[Finding, ...]
    gaps: tuple[OpenGap, ...]
    hops: tuple[HopState, ...] = ()
    beside: Finding | None = None

    @property
    def root(self) -> Finding | None:
        """The finding behind `root_cause`."""
        cause = self.root_cause
        return next((each for each in self.findings if cause and each.id == cause.finding), None)


class CheckFailed(Struct, frozen=True):
    """A check that raised: a gap of its own, never a verdict."""

    check: Check
    error: str


class Graph(Struct, frozen=True):
    """The findings of a case, which of them cause which (by index), and what could not be judged."""

    held: tuple[Held, ...]
    causes: dict[int, tuple[int, ...]]
    blocked: dict[str, tuple[Gap, ...]]
    failed: tuple[CheckFailed, ...]


def judge(case: Case, checks: Sequence[Check] | None = None, *, strict: bool = False) -> Judgement:
    """Judge a case. With `strict` a check's exception is raised, as tests want it; otherwise it becomes a gap."""
    known = all_checks() if checks is None else checks
    return _judged(case, known, _graph(case, known, strict=strict))


def judge_if_broken(case: Case) -> Judgement | None:
    """Return the judgement of a case that has a root cause; None of any other, whose verdicts nobody then looks for."""
    known = all_checks()
    graph = _graph(case, known, strict=False)
    return None if _chosen(case, graph) is None else _judged(case, known, graph)


def _judged(case: Case, known: Sequence[Check], graph: Graph) -> Judgement:
    findings = _findings(case, graph.held, graph.causes)
    chosen = _chosen(case, graph)
    at = {finding.id: each.hop for finding, each in zip(findings, graph.held, strict=True)}
    states = hop_states(case, findings, at, _blocked_hops(known, graph.blocked, graph.failed))
    told = verdicts(case, findings, at, states)
    return Judgement(
        outcome=worst([each.status for each in told.values()]),
        verdicts=told,
        root_cause=None if chosen is None else _root(findings[chosen]),
        findings=findings,
        gaps=_gaps(case, known, graph.failed),
        hops=states,
        beside=_beside(case, graph, findings, chosen),
    )


def _beside(case: Case, graph: Graph, findings: tuple[Finding, ...], chosen: int | None) -> Finding | None:
    if chosen is None or not graph.held[chosen].check.of_cluster:
        return None
    other = _chosen(case, graph, shared=False)
    return None if other is None else findings[other]


def _graph(case: Case, known: Sequence[Check], *, strict: bool) -> Graph:
    """Run the checks, and judge the Services that the pods of their findings wait for."""
    measured = bool(case.observations)
    judging = [each for each in known if measured or not each.by_probes]
    blocked, unclear = _missing_of(judging, case, "needs"), _missing_of(judging, case, "clears")
    if case.route:  # no name is looked up then
        judging = [each for each in judging if each.hop.layer is not Layer.DNS]
    asked = applying(judging, case)
    held, failed = _run(case, [each for each in asked if each.code not in blocked] if blocked else asked, strict=strict)
    blocked = {**unclear, **blocked}
    if further := onward(case):
        held, failed, blocked = _with(_behind(further, judging, strict=strict), held, failed, blocked)
    for each in in_front(case):
        front = _at_the_front(case, each, judging, strict=strict)
        held, failed, blocked = _with(front, held, failed, blocked)
    below = tuple(deeper(case, held, lambda other: _root_of(other, known, strict=strict)))
    edges = [(len(held) + place, each.index) for place, each in enumerate(below)]
    together = (*held, *(each.held for each in below))
    causes = causes_of(together, edges)
    return Graph(_on_the_way(case, together, causes), causes, blocked, tuple(failed))


class Behind(Struct, frozen=True):
    """What the checks of the hops behind an alias say of the Service that it stands for."""

    held: list[Held]
    failed: list[CheckFailed]
    blocked: dict[str, tuple[Gap, ...]]


def _behind(further: Case, judging: Sequence[Check], *, strict: bool) -> Behind:
    own = [each for each in judging if is_behind(each.hop)]
    blocked = _missing_of(own, further, "needs")
    asked = [each for each in own if each.code not in blocked and each.applies(further)]
    held, failed = _run(further, asked, strict=strict)
    return Behind(held, failed, {**_missing_of(own, further, "clears"), **blocked})


def _at_the_front(case: Case, further: Case, judging: Sequence[Check], *, strict: bool) -> Behind:
    """Return what is wrong with an Ingress or route in front of a Service that was asked for by its own name.

    It is context: only those who come by it suffer, and where no Ingress was read nobody could know of any.
    Whether policies admit who sends the call on is a part of it; a caller that was named is judged anyway.
    """
    is_named = case.question.source is not None
    hops = _FRONTS if is_named or further.question.source is None else _ON_THE_WAY
    near = [each for each in judging if each.hop in hops and each.applies(further)]
    missing = _missing_of(near, further, "needs")
    own = [each for each in near if each.code not in missing]
    held, failed = _run(further, own, strict=strict)
    return Behind([replace(each, found=replace(each.found, severity=Severity.INFO)) for each in held], failed, {})


def _with(
    behind: Behind, held: list[Held], failed: list[CheckFailed], blocked: dict[str, tuple[Gap, ...]]
) -> tuple[list[Held], list[CheckFailed], dict[str, tuple[Gap, ...]]]:
    """Return what is known of an alias together with what lies behind it; a check may speak of both."""
    both = [*held, *(each for each in behind.held if each not in held)]
    return sorted(both, key=_place), [*failed, *behind.failed], {**behind.blocked, **blocked}


def _on_the_way(case: Case, held: tuple[Held, ...], causes: dict[int, tuple[int, ...]]) -> tuple[Held, ...]:
    """Where an address was asked for, what lookups alone suffer is context, unless something else follows from it."""
    if not case.question.address:
        return held
    told: set[int] = set()
    waiting = [index for index, each in enumerate(held) if each.hop.layer is not Layer.DNS]
    while waiting:
        if (index := waiting.pop()) not in told:
            told.add(index)
            waiting.extend(causes[index])
    return tuple(
        each if index in told else replace(each, found=replace(each.found, severity=Severity.INFO))
        for index, each in enumerate(held)
    )


def _root_of(case: Case, known: Sequence[Check], *, strict: bool) -> tuple[Held, ...]:
    """Return the root of another case, that of a Service which pods of this one wait for, and what follows from it."""
    graph = _graph(case, known, strict=strict)
    chosen = _chosen(case, graph)
    if chosen is None:
        return ()
    return (graph.held[chosen], *(each for index, each in enumerate(graph.held) if chosen in graph.causes[index]))


def _missing_of(checks: Iterable[Check], case: Case, field: Literal["needs", "clears"]) -> dict[str, tuple[Gap, ...]]:
    """Return by code what was not read of what these checks need, or of what they need to clear their hop."""
    if not case.snapshot.gaps:
        return {}
    asked = [(each, needs) for each in checks if (needs := getattr(each, field))]
    missing = {need: _missing(case, need) for need in {each for _, needs in asked for each in needs}}
    found = {}
    for each, needs in asked:
        gaps = tuple(gap for need in needs for gap in missing[need])
        if gaps and each.applies(case):
            found[each.code] = gaps
    return found


def _missing(case: Case, need: str) -> tuple[Gap, ...]:
    """Return the gaps of a need that count: in the namespaces the case is about; of the whole cluster (DNS, Nodes) anywhere."""
    if need in CLUSTER_WIDE:
        return case.snapshot.gaps_for(need)
    places = sorted({case.question.namespace, case.caller.namespace})
    return tuple(each for place in places for each in case.snapshot.gaps_for(need, place))


def _run(case: Case, checks: Iterable[Check], *, strict: bool) -> tuple[list[Held], list[CheckFailed]]:
    held: list[Held] = []
    failed: list[CheckFailed] = []
    for check in checks:
        try:
            for found in _of_cluster(check, case) if check.of_cluster else check.rule(case):
                held.append(Held(check, found))  # noqa: PERF401 (most find nothing, and a list of its own would be made)
        except Exception as error:  # one broken check must not hide the other verdicts (docs/limits.md, "Promises")
            if strict:
                raise
            failed.append(CheckFailed(check, f"{type(error).__name__}: {error}"))
    return sorted(held, key=_place), failed


def _of_cluster(check: Check, case: Case) -> Iterable[Detection]:
    """Return what a check says that says the same of every Service; in a table it is asked once."""
    if not case.in_table or case.observations:
        return check.rule(case)
    return found_in(case.snapshot, check.rule)


@memo_by
def found_in(snapshot: Snapshot, rule: Rule) -> tuple[Detection, ...]:
    """Return what the rule of a check says that is `of_cluster`: of no Service, since it says the same of each."""
    return tuple(rule(Case(Question(), snapshot, in_table=True)))


def _place(each: Held) -> tuple[int, str, Ref, str]:
    return (GRAVITY[each.found.severity], each.check.code, each.found.about, each.found.message)


def _findings(case: Case, held: Sequence[Held], causes: dict[int, tuple[int, ...]]) -> tuple[Finding, ...]:
    return tuple(_finding(case, index, each, causes[index]) for index, each in enumerate(held))


def _finding(case: Case, index: int, each: Held, caused_by: tuple[int, ...]) -> Finding:
    found, times = each.found, dated(case.snapshot, each.found)
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
        fix=tuple(fix_line(case.snapshot, fix) for fix in found.fix),
        since=times.since,
        changed_by=times.changed_by,
        since_earliest=times.earliest,
        fixes=found.fix,
        common=found.common,
    )


def _fingerprint(case: Case, each: Held) -> str:
    """Stable across runs: cluster, the object's uid (its reference where it has none), code, key facts."""
    import hashlib  # noqa: PLC0415 (loads OpenSSL, which a healthy answer need not wait for)

    facts = (case.question.cluster, _uid(case, each.found.about), each.check.code, *each.found.key)
    return hashlib.sha256("\x1f".join(facts).encode()).hexdigest()[:16]


def _uid(case: Case, ref: Ref) -> str:
    known = case.snapshot.object(ref)
    return known.metadata.uid if known and known.metadata.uid else str(ref)


def _chosen(case: Case, graph: Graph, *, shared: bool = True) -> int | None:
    """Return the index of the root among findings that nothing explains; None where there is none above info.

    Without `shared` what all Services share is passed over.
    """
    held, causes = graph.held, graph.causes
    free = [
        index
        for index, each in enumerate(held)
        if not causes[index] and each.found.severity is not Severity.INFO and (shared or not each.check.of_cluster)
    ]
    return min(free, key=lambda index: (*_rank(case, held[index]), -_explains(index, causes), index), default=None)


def _root(finding: Finding) -> RootCause:
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
    """What decides between findings that nothing explains: gravity, certainty, the complaint, the hop."""
    fits = case.question.symptom in each.check.fits if case.question.symptom else False
    return (GRAVITY[each.found.severity], SURENESS[each.found.confidence], not fits, each.hop.precedence)


def _explains(index: int, causes: dict[int, tuple[int, ...]]) -> int:
    return sum(index in each for each in causes.values())


def _blocked_hops(
    known: Iterable[Check], blocked: dict[str, tuple[Gap, ...]], failed: Sequence[CheckFailed]
) -> dict[Hop, str]:
    """Return, for each hop at which some check could not judge, the reason in words."""
    reasons: dict[Hop, str] = {}
    for each in known if blocked else ():
        if gaps := blocked.get(each.code):
            reasons.setdefault(each.hop, f"{gaps[0].what} could not be read ({gaps[0].why})")
    for each_failed in failed:
        reasons.setdefault(each_failed.check.hop, f"the check {each_failed.check.code} failed")
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
    needing = tuple(each.code for each in known if gap.need in (*each.needs, *each.clears))
    return needing or tuple(each.code for each in known if gap.need in each.uses)


def needed(checks: Iterable[Check] | None = None) -> frozenset[str]:
    """All needs and uses of the checks: what is read, and what the chart grants."""
    known = all_checks() if checks is None else checks
    names = frozenset(need for each in known for need in (*each.needs, *each.clears, *each.uses))
    assert names <= NEEDS.keys(), names - NEEDS.keys()
    return names
