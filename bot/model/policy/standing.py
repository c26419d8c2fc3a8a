"""What an index of policies keeps of parties, and the one question that it answers about two of them."""

from typing import NamedTuple

from bot.model.policy import tiers
from bot.model.policy.compiling import Policy, TierPolicy
from bot.model.policy.parties import Party
from bot.model.policy.rule_table import Admitted
from bot.model.policy.rules import Direction, Match, Rule, Tier
from bot.model.policy.tiers import Governing


class Opened(NamedTuple):
    """The rules of the isolating NetworkPolicies whose ports admit, or may, as bits; and those that go by address."""

    surely: int
    perhaps: int
    by_address: tuple[tuple[Rule, Match], ...]
    rules: tuple[Rule, ...]


class Standing:
    """The parties that no selector of an index can tell apart, and what is kept of them."""

    def __init__(self, party: Party) -> None:
        self.party = party
        self.admitted: Admitted | None = None
        self.isolating: dict[Direction, tuple[Policy, ...]] = {}
        self.selected: Admitted | None = None  # the subjects of admin tiers that have it
        self.by_tier: dict[tuple[Direction, Tier], tuple[Governing, ...]] = {}
        self.governing: dict[Direction, tuple[TierPolicy, ...]] = {}
        self.opened: dict[tuple[object, ...], Opened] = {}
        self.closed: dict[tuple[object, ...], bool] = {}
        self.tiers: dict[tuple[object, ...], tiers.Opened] = {}


class Flow(NamedTuple):
    """One connection at one of its ends: `subject` is that end, `peer` the other; each with its standing."""

    direction: Direction
    source: Party
    target: Party
    port: int | None
    protocol: str
    subject: Party
    own: Standing
    peer: Party
    other: Standing
