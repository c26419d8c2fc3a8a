"""The `rewrite` plugin: which name, type or class the plugins behind it are asked for.

https://github.com/coredns/coredns/blob/v1.13.2/plugin/rewrite/name.go. Rules are tried in order; the first that matches ends
it, unless it is one of `continue`. A pattern of `prefix` or `substring` gets a final dot as well, so it matches whole labels.
What a rule makes no name of is SERVFAIL: `^api-(.*)$ web-{1}` takes the final dot along, and gets another.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from bot.model.dns.corefile.reply import Query, Records, Reply, fixed, unknown
from bot.model.dns.corefile.syntax import Directive
from bot.model.dns.corefile.zones import fqdn, is_name
from bot.model.probe import Outcome

_KINDS = ("exact", "prefix", "suffix", "substring", "regex")
_PAIR = 2
_VALUES = {"ttl": 1, "rcode": 2}  # words behind the name of such a rule


class Rule(Struct, frozen=True):
    """One rule as it is written, without `stop` or `continue` in front."""

    by: Directive
    kind: str
    words: tuple[str, ...]
    goes_on: bool = False


class Rewrite(Struct, frozen=True):
    """All rules of a server block."""

    rules: tuple[Rule, ...]

    def answer(self, query: Query, records: Records) -> Reply | Query:
        """Return the query as the next plugin sees it; a reply only where that is not known, or no name."""
        del records
        for rule in self.rules:
            changed = _apply(rule, query)
            if isinstance(changed, Reply):
                return changed
            if changed is not None:
                if not is_name(changed.name):
                    return fixed(rule.by, changed, Outcome.SERVFAIL)
                query = changed
                if not rule.goes_on:
                    break
        return query


def rewrite_of(directives: Iterable[Directive]) -> Rewrite:
    """Return the plugin that these directives make."""
    return Rewrite(tuple(map(_rule, directives)))


def matching_rules(plugin: Rewrite, query: Query) -> tuple[Directive, ...]:
    """Return the directives that change the name of a query, or its type."""
    found: list[Directive] = []
    for rule in plugin.rules:
        changed = _apply(rule, query)
        if isinstance(changed, Query):
            found += [rule.by] if changed != query else []
            query = changed
            if not rule.goes_on:
                break
    return tuple(found)


def _rule(by: Directive) -> Rule:
    words = [each.text for each in by.args]
    if len(words) < _PAIR:
        words += [each.text for line in by.body for each in line]
    mode = words[0].lower() if words else ""
    if mode in ("stop", "continue"):
        words = words[1:]
    return Rule(by, words[0].lower() if words else "", tuple(words[1:]), goes_on=mode == "continue")


def _apply(rule: Rule, query: Query) -> Query | Reply | None:
    """Return the query as a rule leaves it; None where it does not match."""
    if rule.by.is_unknown:
        return unknown("a rewrite holds what was not read", rule.by, query)
    if rule.kind == "name" and len(rule.words) >= _PAIR:
        return _named(rule, query)
    if rule.kind == "type" and len(rule.words) == _PAIR:
        wanted, other = (each.upper() for each in rule.words)
        return replace(query, type=other) if query.type == wanted else None
    if rule.kind == "cname":
        return query  # it changes targets in the answer, and always counts as a rule that matched
    if rule.kind == "edns0":
        return None if "replace" in rule.words else query
    if rule.kind in ("ttl", "rcode") and len(rule.words) > _VALUES[rule.kind]:
        return _of_answer(rule, query)
    return unknown(f"a rewrite of {rule.kind or 'nothing'} is not read here", rule.by, query)


def _of_answer(rule: Rule, query: Query) -> Query | Reply | None:
    """Return the query where the rule is about its name: what it changes is the answer."""
    how, *rest = rule.words if rule.words[0].lower() in _KINDS else ("exact", *rule.words)
    named = _named(Rule(rule.by, "name", (how, rest[0], query.name)), query)
    if not isinstance(named, Query):
        return named
    return query if rule.kind == "ttl" else unknown("a rewrite changes the code of the answer", rule.by, query)


def _named(rule: Rule, query: Query) -> Query | Reply | None:
    how, source, target = ("exact", *rule.words) if len(rule.words) == _PAIR else rule.words[:3]
    how = how.lower()
    if how not in _KINDS or "metadata" in rule.words[3:4]:
        return unknown(f"a rewrite of names by {how} is not read here", rule.by, query)
    if how == "regex":
        return _by_pattern(rule, query, source, fqdn(target))
    name, source, target = query.name, fqdn(source), fqdn(target)
    if how == "exact":
        return replace(query, name=target) if name == source else None
    if how == "prefix":
        return replace(query, name=target + name.removeprefix(source)) if name.startswith(source) else None
    if how == "suffix":
        return replace(query, name=name.removesuffix(source) + target) if name.endswith(source) else None
    return replace(query, name=name.replace(source, target)) if source in name else None


def _by_pattern(rule: Rule, query: Query, source: str, target: str) -> Query | Reply | None:
    from bot.model.dns.corefile.patterns import compiled  # noqa: PLC0415 (few Corefiles have patterns)

    pattern = compiled(source)
    if pattern is None:
        return unknown(f"the pattern {source} is not read here", rule.by, query)
    groups = pattern.search(query.name)
    if groups is None:
        return None
    for number, group in enumerate(groups):
        target = target.replace(f"{{{number}}}", group)
    return replace(query, name=target)
