"""Fixes that are needed together: one opens the way as far as the next policy that closes it.

The call leaves by the caller's egress, asks the DNS, is let in at the backend, and admin tiers stand before all of them. Each
fix is applied to what the ones before it leave, and the judge asked again, until nothing stops the call.
"""

from msgspec import Struct

from bot.model.call.hops.policy import targets
from bot.model.case import Case
from bot.model.result.finding import Finding, Fix, FixLine
from bot.usecases.flows import other_flows
from bot.usecases.whatif import After, after, proof_words, verdict_words

_MOST = 6  # egress and ingress, NetworkPolicies and admin tiers, and the two ends of lookups
_POLICIES = "NPL-"
_MOST_AFTER = 2  # who has to make four changes had better ask again after the first


class Together(Struct, frozen=True):
    """Fixes in the order in which they are needed, and what is so with all of them."""

    fixes: tuple[Fix, ...]
    then: After


def joint_line(case: Case, finding: Finding, then: After | None) -> FixLine | None:
    """Return the first fix of a finding together with those that are needed beside it; None where it is enough by itself.

    `then` is what is so with the first. None, too, where they do not lead to a call that is admitted: then each fix says for
    itself what there is still.
    """
    found = together(finding.fixes[0], then) if finding.code.startswith(_POLICIES) else None
    if found is None:
        return None
    number = len(found.fixes)
    verdicts = verdict_words(found.then.judgement)
    words = f"with all {number} changes, which are needed together, the call is admitted: {verdicts}"
    others = other_flows(case, found.then.case.snapshot, found.fixes)
    return FixLine(
        command="\n".join(each.rendered for each in found.fixes),
        risk="; ".join(dict.fromkeys(each.risk for each in found.fixes if each.risk)),
        proof=f"{words}{f'; {others}' if others else ''}",
    )


def following(finding: Finding, then: After | None) -> tuple[FixLine, ...]:
    """Return the fixes of what there is still once a finding's first fix is made, in order; empty if that is enough."""
    lines: list[FixLine] = []
    while then is not None and len(lines) < _MOST_AFTER:
        cause = then.cause
        if cause is None or not cause.fixes or cause.code == finding.code:
            break
        fix, line = cause.fixes[0], cause.fix[0]
        risk = f"needed as well, for {cause.code}{f'; {line.risk}' if line.risk else ''}"
        later = after(then.case, fix)
        lines.append(FixLine(command=line.command, risk=risk, proof=proof_words(then.case, fix, later)))
        then = later
    return tuple(lines)


def together(first: Fix, then: After | None) -> Together | None:
    """Return the fixes that lead to an admitted call, the first among them; None where one is enough, or they do not."""
    fixes = [first]
    while then is not None and (cause := then.cause) is not None:
        if not cause.code.startswith(_POLICIES) or not cause.fixes or len(fixes) == _MOST:
            return None
        fixes.append(cause.fixes[0])
        then = after(then.case, cause.fixes[0])
    if then is None or len(fixes) == 1 or not _is_admitted(then.case):
        return None
    return Together(tuple(fixes), then)


def _is_admitted(case: Case) -> bool:
    """Return whether policies let the caller through to every endpoint."""
    caller, own = case.caller.party, targets(case)
    if caller is None or not own:
        return False
    decided = (case.policies.decide(caller, each.party, each.number, each.port.protocol) for each in own)
    return all(each.decision == "allow" for each in decided)
