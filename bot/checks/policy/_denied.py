"""The finding that policies at one end deny the known caller, the same for both directions but for its sentence."""

from bot.checks.policy._blocked_connections import (
    UNENFORCED,
    BlockedGroup,
    caller_evidence,
    caller_ref,
    confidence,
    isolated_pods,
    looks,
    policy_evidence,
    reasons,
    written,
)
from bot.checks.policy._policy_fixes import allow_caller
from bot.model.case import Case
from bot.model.result.finding import Detection


def denied(case: Case, group: BlockedGroup, sentence: str) -> Detection:
    """Return the finding of a group; `sentence` says what the caller may not do, and the reasons are put behind it."""
    message = f"{sentence}: {reasons(group)}."
    writer = written(case, group.blamed)
    return Detection(
        about=group.blamed.ref,
        message=f"{message} {UNENFORCED}" if case.measured.policies_unenforced else message,
        severity=group.severity,
        confidence=confidence(case, group),
        evidence=(*policy_evidence(group), caller_evidence(case)),
        check=looks(group),
        fix=() if case.measured.policies_unenforced else allow_caller(case, group),
        affected=group.affected,
        pods=isolated_pods(group),
        key=(str(caller_ref(case)), group.pod_ports, *(str(each.ref) for each in group.policies)),
        since=writer.time if writer else None,
        changed_by=str(writer) if writer and writer.manager else None,
    )
