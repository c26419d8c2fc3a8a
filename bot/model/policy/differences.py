"""Engines that would decide a connection otherwise than the API's text, measured by their own code (docs/policy-engines.md)."""

from collections.abc import Iterable

from msgspec import Struct

from bot.model.memo import lasting, memo
from bot.model.policy.compiling import Policy, selectors_of
from bot.model.policy.decisions import Connection, Decision
from bot.model.policy.engine import CILIUM, MEASURED, TEXT, Engine
from bot.model.policy.index import PolicyIndex, policy_index
from bot.model.policy.rules import Direction, Rule
from bot.model.snapshot import Snapshot


class Difference(Struct, frozen=True):
    """An engine, and what it decides instead."""

    engine: Engine
    found: Connection

    def __str__(self) -> str:
        """E.g. `Cilium would deny it: it sees no ipBlock of pods (docs/policy-engines.md)`."""
        verb = {"allow": "allow", "deny": "deny", "unknown": "decide by what is not known here"}[self.found.decision]
        return f"{self.engine.name} would {verb} this: {self.found.decisive[0]} (docs/policy-engines.md)"


def differing(snapshot: Snapshot, found: Connection) -> tuple[Difference, ...]:
    """Return the measured engines that would decide a connection otherwise; none where the engine here is one of them.

    A connection that is open anyway is open for its own reason.
    """
    index = policy_index(snapshot)
    if (
        any(index.engine.name == each.name for each in MEASURED)
        or found.decision == "unknown"
        or not _may_differ(snapshot)
    ):
        return ()
    others = (Difference(engine, _as(snapshot, engine, found)) for engine in MEASURED)
    return tuple(each for each in others if each.found.decision != found.decision)


def _as(snapshot: Snapshot, engine: Engine, found: Connection) -> Connection:
    index = _indexes(snapshot).of(engine)
    source, target = (index.parties.like(each) for each in (found.egress.source, found.egress.target))
    return index.decide(source, target, found.egress.port, found.egress.protocol)


def by_text(snapshot: Snapshot, found: Decision) -> Decision | None:
    """Return what the text of the API says where the engine here was measured, and its own reading counts; else None."""
    index = policy_index(snapshot)
    if not any(index.engine.name == each.name for each in MEASURED):
        return None
    text = _indexes(snapshot).of(TEXT)
    source, target = (text.parties.like(each) for each in (found.source, found.target))
    said = text.decide(source, target, found.port, found.protocol)
    return said.side(found.direction)


class _Indexes:
    """The policies of a snapshot as other engines read them, each index made when it is needed."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._known: dict[str, PolicyIndex] = {}

    def of(self, engine: Engine) -> PolicyIndex:
        """Return the index as an engine reads the policies."""
        if engine.name not in self._known:
            self._known[engine.name] = PolicyIndex(self._snapshot, engine)
        return self._known[engine.name]


@lasting
def _indexes(snapshot: Snapshot) -> _Indexes:
    return _Indexes(snapshot)


@memo
def _may_differ(snapshot: Snapshot) -> bool:
    """Return whether some policy has what engines read differently; without it nothing has to be decided again."""
    if policy_index(snapshot).has_baseline and snapshot.policies:
        return True
    for each in policy_index(snapshot).compiled:
        if any(rule.goes_by_address for rule in each.all_rules):
            return True
        if _names_ports(each.all_rules) and _has_sidecars(snapshot):
            return True
        if any(not CILIUM.sees(key) for selector in selectors_of(each) for key in selector.keys):
            return True
        if isinstance(each, Policy) and any(each.rules(way) is None and _has_section(each, way) for way in Direction):
            return True
    return False


def _names_ports(rules: Iterable[Rule]) -> bool:
    return any(isinstance(entry.port, str) for rule in rules for entry in rule.ports)


@memo
def _has_sidecars(snapshot: Snapshot) -> bool:
    """Return whether there are native sidecars with ports: names of these are known to some engines only."""
    started = (each for pod in snapshot.pods for each in pod.spec.init_containers or ())
    return any(each.restart_policy == "Always" and each.ports for each in started)


def _has_section(policy: Policy, direction: Direction) -> bool:
    return bool(policy.spec.ingress if direction is Direction.INGRESS else policy.spec.egress)
