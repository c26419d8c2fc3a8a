"""The finding that policies at one end deny the known caller, the same for both directions but for its sentence."""

from collections.abc import Iterator

from bot.checks.facts.commands import describe
from bot.checks.policy._blocked_connections import (
    UNENFORCED,
    BlockedGroup,
    blocked_groups,
    caller_evidence,
    caller_ref,
    confidence,
    isolated_pods,
    looks,
    measured_evidence,
    policy_evidence,
    reasons,
    written,
)
from bot.checks.policy._policy_fixes import allow_caller
from bot.model.case import Case
from bot.model.policy.decisions import Judged
from bot.model.policy.rules import Direction
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Detection, Evidence, Fix


def denied(case: Case, group: BlockedGroup, sentence: str) -> Detection:
    """Return the finding of a group; `sentence` says what the caller may not do, and the reasons are put behind it."""
    message = f"{sentence}: {reasons(group)}."
    return Detection(
        about=group.blamed.ref,
        message=f"{message} {UNENFORCED}" if case.measured.policies_unenforced else message,
        severity=group.severity,
        confidence=confidence(case, group),
        evidence=(*policy_evidence(group), caller_evidence(case), *measured_evidence(case, group)),
        check=looks(group),
        fix=() if case.measured.policies_unenforced else allow_caller(case, group),
        affected=group.affected,
        pods=isolated_pods(group),
        key=(str(caller_ref(case)), group.pod_ports, *(str(each.ref) for each in group.policies)),
        written=written(group.blamed),
    )


def near_misses(case: Case) -> Iterator[tuple[BlockedGroup, Judged]]:
    """Yield every rule of the NetworkPolicies that deny the known caller, held against it, by group and once each."""
    for direction in Direction:
        for group in blocked_groups(case, direction):
            seen: set[tuple[Ref, int]] = set()
            for judged in (each for blocked in group.blocked for each in blocked.decision.judged):
                key = (judged.rule.policy, judged.rule.index)
                if key not in seen:
                    seen.add(key)
                    yield group, judged


def pointed(
    case: Case, group: BlockedGroup, evidence: tuple[Evidence, ...], message: str, fix: tuple[Fix, ...] = ()
) -> Detection:
    """Return the finding of what exactly is missing; it is about the object of the first evidence."""
    about = evidence[0].object
    unenforced = case.measured.policies_unenforced
    return Detection(
        about=about,
        message=f"{message} {UNENFORCED}" if unenforced else message,
        severity=group.severity,
        confidence=confidence(case, group) if group.decision.decision == "deny" else Confidence.LIKELY,
        evidence=(*evidence, caller_evidence(case), *measured_evidence(case, group)),
        check=looks(group)[:2] or (describe(about),),
        fix=() if unenforced else fix,
        affected=group.affected,
        pods=isolated_pods(group),
        key=(evidence[0].field, str(caller_ref(case)), group.pod_ports),
    )
