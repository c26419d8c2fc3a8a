"""The `acl` plugin: queries that the Corefile refuses by who asks, for what.

https://github.com/coredns/coredns/blob/v1.13.2/plugin/acl/acl.go. The first policy that fits decides; none that fits allows.
"""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from msgspec import Struct

from bot.model.dns.corefile.reply import Query, Records, Reply, fixed, unknown
from bot.model.dns.corefile.syntax import Directive
from bot.model.dns.corefile.zones import covers, zones_of
from bot.model.probe import Outcome

_ACTIONS = {"block": Outcome.DNS_REFUSED, "filter": Outcome.NO_DATA, "drop": Outcome.TIMEOUT}


class Policy(Struct, frozen=True):
    """One line of a rule; no type or network means all."""

    action: str
    types: tuple[str, ...]
    networks: tuple[str, ...]

    def fits(self, query: Query) -> bool | None:
        """Return whether it decides about a query; None where that depends on an asker who is not known."""
        if self.types and "*" not in self.types and query.type not in self.types:
            return False
        if not self.networks or "*" in self.networks:
            return True
        if not query.client:
            return None
        try:
            client = ip_address(query.client)
            return any(client in ip_network(each, strict=False) for each in self.networks)
        except ValueError:
            return None


class AccessRule(Struct, frozen=True):
    """One `acl [ZONE…]` with its policies."""

    by: Directive
    zones: tuple[str, ...]
    policies: tuple[Policy, ...]


class Access(Struct, frozen=True):
    """All rules of a server block."""

    rules: tuple[AccessRule, ...]

    def answer(self, query: Query, records: Records) -> Reply | Query:
        """Return a refusal, or the query where it is let through."""
        del records
        for rule in self.rules:
            if not any(covers(each, query.name) for each in rule.zones):
                continue
            if rule.by.is_unknown:
                return unknown("an acl holds what was not read", rule.by, query)
            for policy in rule.policies:
                fits = policy.fits(query)
                if fits is None:
                    return unknown("an acl decides by the address of who asks", rule.by, query)
                if fits and policy.action == "allow":
                    return query
                if fits:
                    return fixed(rule.by, query, _ACTIONS.get(policy.action, Outcome.DNS_REFUSED))
        return query


def access_of(directives: Iterable[Directive], zones: tuple[str, ...]) -> Access:
    """Return the plugin that these directives make, in a server block of these zones."""
    return Access(
        tuple(
            AccessRule(each, zones_of(word.text for word in each.args) or zones, _policies(each)) for each in directives
        )
    )


def _policies(by: Directive) -> tuple[Policy, ...]:
    return tuple(_policy([each.text for each in line]) for line in by.body if line)


def _policy(words: list[str]) -> Policy:
    sections: dict[str, list[str]] = {"type": [], "net": []}
    section = ""
    for each in words[1:]:
        if each.lower() in sections:
            section = each.lower()
        elif section:
            sections[section].append(each)
    return Policy(words[0].lower(), tuple(sections["type"]), tuple(sections["net"]))
