"""All rules of an index as bits of one number: whom selectors admit is one `&`, however many rules there are.

A party is held only against rules that ask for a label which it has; the others cannot match. So 5,000 pods and 1,000
policies cost what their pairs of labels cost, not their product.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from bot.model.kube.networkpolicies import Peer
from bot.model.kube.selectors import LabelSelector
from bot.model.policy.matching import match_selector
from bot.model.policy.parties import Party
from bot.model.policy.rules import Match, Rule, Tier

Pair = tuple[str, str]


class Admitted(NamedTuple):
    """The rules whose selectors admit a party (`surely`), and those that do or may (`perhaps`), as bits."""

    surely: int
    perhaps: int


class _Entry(NamedTuple):
    bit: int
    peer: Peer
    home: str
    hosts: bool


class RuleTable:
    """The rules of an index, numbered, and by the labels without which they admit nobody."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.bits: dict[int, int] = {}
        self._everyone = 0
        self._by_pod: dict[tuple[str, Pair], list[_Entry]] = defaultdict(list)
        self._by_space: dict[Pair, list[_Entry]] = defaultdict(list)
        self._by_home: dict[str, list[_Entry]] = defaultdict(list)
        self._others: list[_Entry] = []
        self._all: list[_Entry] = []
        self._rules = tuple(rules)  # kept, so that no id is given twice
        for number, rule in enumerate(self._rules):
            self._add(rule, 1 << number)

    def _add(self, rule: Rule, bit: int) -> None:
        self.bits[id(rule)] = bit
        if rule.is_for_everyone:
            self._everyone |= bit
        for peer in rule.peers:
            if peer.ip_block is None:
                self._file(_Entry(bit, peer, rule.policy.namespace, rule.tier is Tier.POLICY))

    def _file(self, entry: _Entry) -> None:
        """Put an entry where only parties look that have what it asks for."""
        spaces, pods = entry.peer.namespace_selector, entry.peer.pod_selector
        if spaces is None and pods is None:
            return
        self._all.append(entry)
        if pairs := _required(pods):
            for pair in pairs:
                self._by_pod["" if spaces is not None else entry.home, pair].append(entry)
        elif spaces is None:
            self._by_home[entry.home].append(entry)
        elif pairs := _required(spaces):
            for pair in pairs:
                self._by_space[pair].append(entry)
        else:
            self._others.append(entry)

    def admitted(self, party: Party) -> Admitted:
        """Hold a party against every selector."""
        surely = perhaps = self._everyone
        for bit, peer, home, hosts in self._candidates(party):
            if not surely & bit:
                match = match_selector(peer, home, party, hosts=hosts)
                if match is not Match.NO:
                    perhaps |= bit
                    surely |= bit if match is Match.YES else 0
        return Admitted(surely, perhaps)

    def _candidates(self, party: Party) -> list[_Entry]:
        if party.unread or party.host_network or party.any_labels or not party.knows_namespace:
            return self._all
        found = list(self._others) if party.namespace else []
        found += self._by_home.get(party.namespace, ())
        for pair in party.labels.items():
            found += self._by_pod.get(("", pair), ())
            found += self._by_pod.get((party.namespace, pair), ())
        for pair in party.namespace_labels.items():
            found += self._by_space.get(pair, ())
        return found


def _required(selector: LabelSelector | None) -> tuple[Pair, ...]:
    """Return pairs of which a party needs one to be selected; none where there are no such pairs."""
    if selector is None:
        return ()
    for pair in (selector.match_labels or {}).items():
        return (pair,)
    for each in selector.match_expressions or ():
        if each.operator == "In" and each.values:
            return tuple((each.key, value) for value in each.values)
    return ()
