"""The admin tiers: what policies with priorities and actions come to. Pure.

Rules are asked by priority, and in a policy from the top; the first that matches decides. Where it is not known whether one
matches, both ways are followed, so the outcome is a set. Of policies with equal priority the API lets any decide
(ClusterNetworkPolicySpec.priority), so the outcome is the set of what each of them does; likewise of the old and the new API
in one tier, whose order no text gives. https://network-policy-api.sigs.k8s.io/api-overview/
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from bot.model.policy.compiling import TierPolicy
from bot.model.policy.engine import Engine
from bot.model.policy.matching import match_addresses, match_ports
from bot.model.policy.parties import Party
from bot.model.policy.rule_table import Admitted, RuleTable
from bot.model.policy.rules import Action, Direction, Match, Rule

ACCEPT, DENY, PASS, NONE = 1, 2, 4, 8
_OUTCOME = {Action.ACCEPT: ACCEPT, Action.DENY: DENY, Action.PASS: PASS, None: ACCEPT | DENY | PASS}


class Governing(NamedTuple):
    """A policy that selects the subject; `is_sure` is False where that is not known."""

    policy: TierPolicy
    is_sure: bool


class _Asked(NamedTuple):
    """One rule whose ports match, or may: its bit, what it does, and whether only its peers are open."""

    rule: Rule
    bit: int
    outcome: int
    is_sure: bool
    by_address: bool


class _Ends(NamedTuple):
    """Whom rules are held against, and in which reading (see `match_addresses`)."""

    admitted: Admitted
    peer: Party
    subject: Party
    lacking: Match


class Opened(NamedTuple):
    """The rules of one tier for one subject, direction and port: chains of groups of equal priority, of policies, of rules."""

    bits: int
    by_address: bool
    chains: tuple[tuple[tuple[tuple[_Asked, ...], ...], ...], ...]


NOTHING = Opened(0, False, ())


def in_order(policies: Iterable[TierPolicy]) -> tuple[TierPolicy, ...]:
    """Return the policies of a tier as they are asked: by API, priority and name."""
    return tuple(sorted(policies, key=lambda each: (each.ref.kind, each.priority, each.ref.name)))


def opened(
    governing: Iterable[Governing],
    direction: Direction,
    table: RuleTable,
    end: tuple[int | None, str, Party],
    engine: Engine,
) -> Opened:
    """Hold the rules against a port, its protocol and the target, whose ports have names."""
    chains = []
    for _, chain in groupby(governing, key=lambda each: each.policy.ref.kind):
        groups = groupby(chain, key=lambda each: _rank(each.policy, engine))
        parts = (tuple(tuple(_asked(each, direction, table, end)) for each in group) for _, group in groups)
        chains.append(tuple(kept for part in parts if (kept := tuple(filter(None, part)))))
    rules = [each for chain in chains for group in chain for part in group for each in part]
    if not rules:
        return NOTHING
    bits = 0
    for each in rules:
        bits |= each.bit
    return Opened(bits, any(each.by_address for each in rules), tuple(chains))


def _rank(policy: TierPolicy, engine: Engine) -> tuple[int, str]:
    return policy.priority, policy.ref.name if engine.of_equals == "first" else ""


def _asked(
    governing: Governing, direction: Direction, table: RuleTable, end: tuple[int | None, str, Party]
) -> Iterator[_Asked]:
    for rule in governing.policy.rules(direction):
        ports = match_ports(rule, *end)
        if ports is not Match.NO:
            is_sure = governing.is_sure and governing.policy.is_sure and ports is Match.YES
            yield _Asked(rule, table.bits[id(rule)], _OUTCOME[rule.action], is_sure, rule.goes_by_address)


def outcome(rules: Opened, admitted: Admitted, peer: Party, subject: Party, engine: Engine) -> int:
    """Return what a tier may come to, as a set of ACCEPT, DENY, PASS and NONE (no rule matches).

    What the text of notSameLabels leaves open is read alike in all rules: it is no doubt where both readings agree.
    """
    if not rules.bits & admitted.perhaps and not rules.by_address:
        return NONE
    ends, equals = _Ends(admitted, peer, subject, Match.MAYBE), engine.of_equals
    found = _read(rules, ends, equals)
    if not rules.by_address or found.bit_count() == 1:
        return found
    return _read(rules, ends._replace(lacking=Match.YES), equals) | _read(
        rules, ends._replace(lacking=Match.NO), equals
    )


def _read(rules: Opened, ends: _Ends, equals: str) -> int:
    return _any_of([_chain(each, ends, equals) for each in rules.chains], "")


def _chain(groups: tuple[tuple[tuple[_Asked, ...], ...], ...], ends: _Ends, equals: str) -> int:
    found = 0
    for group in groups:
        one = _any_of([_policy(each, ends) for each in group], equals)
        found |= one & ~NONE
        if not one & NONE:
            return found
    return found | NONE


def _policy(rules: tuple[_Asked, ...], ends: _Ends) -> int:
    found = 0
    for each in rules:
        surely, perhaps = ends.admitted.surely & each.bit, ends.admitted.perhaps & each.bit
        if each.by_address and not surely:
            match = match_addresses(each.rule, ends.peer, ends.subject, ends.lacking)
            surely, perhaps = match is Match.YES, perhaps or match is not Match.NO
        if perhaps:
            found |= each.outcome
        if surely and each.is_sure:
            return found
    return found | NONE


def _any_of(outcomes: list[int], equals: str) -> int:
    """Join what may decide each for itself: nothing matches only where none of them does."""
    if equals == "deny" and DENY in outcomes:
        return DENY
    found, nothing = 0, NONE
    for each in outcomes:
        found |= each & ~NONE
        nothing &= each
    return found | nothing


def trace(governing: Iterable[TierPolicy]) -> Iterator[tuple[TierPolicy, ...]]:
    """Yield the policies of a tier in groups that stand beside each other."""
    for _, group in groupby(governing, key=lambda each: (each.ref.kind, each.priority)):
        yield tuple(group)
