"""The `template` plugin: answers that are written into the Corefile.

https://github.com/coredns/coredns/blob/v1.13.2/plugin/template/template.go. Templates are tried in order. One whose zone and
type fit and whose pattern does not ends the search with SERVFAIL, unless it says `fallthrough`.
"""

from collections.abc import Iterable

from msgspec import Struct

from bot.model.dns.corefile.reply import Query, Records, Reply, fixed, unknown
from bot.model.dns.corefile.syntax import Directive
from bot.model.dns.corefile.zones import covers, zones_of
from bot.model.pattern import pattern
from bot.model.probe import Outcome

_RCODES = {
    "NOERROR": Outcome.NO_DATA,
    "NXDOMAIN": Outcome.NXDOMAIN,
    "SERVFAIL": Outcome.SERVFAIL,
}
_PLACE = pattern(r"\{\{-?\s*(?P<what>[^}]*?)\s*-?\}\}")
_MATCH = pattern(r"index \.Match (?P<number>\d+)")
_CLASSES, _LEAST = ("IN", "ANY"), 2


class Template(Struct, frozen=True):
    """One `template CLASS TYPE [ZONE…]` with its block."""

    by: Directive
    kind: str
    zones: tuple[str, ...]
    patterns: tuple[str, ...]
    answers: tuple[str, ...]
    rcode: str
    fallthrough: tuple[str, ...]
    is_unread: bool

    def covers(self, query: Query) -> bool:
        """Return whether zone and type of a query are its own."""
        is_type = self.kind in ("ANY", query.type) or query.type == "ANY"
        return is_type and any(covers(each, query.name) for each in self.zones)


class Templates(Struct, frozen=True):
    """All templates of a server block."""

    templates: tuple[Template, ...]

    def answer(self, query: Query, records: Records) -> Reply | Query:
        """Return the answer of the first one that matches."""
        del records
        for each in self.templates:
            if not each.covers(query):
                continue
            if each.is_unread:
                return unknown("a template holds what is not read here", each.by, query)
            groups = _groups(each, query)
            if isinstance(groups, Reply):
                return groups
            if groups is not None:
                return _filled(each, query, groups)
            if not any(covers(zone, query.name) for zone in each.fallthrough):
                return fixed(each.by, query, Outcome.SERVFAIL)
        return query


def templates_of(directives: Iterable[Directive], zones: tuple[str, ...]) -> Templates:
    """Return the plugin that these directives make, in a server block of these zones."""
    return Templates(tuple(each for one in directives if (each := _template(one, zones))))


def _template(by: Directive, zones: tuple[str, ...]) -> Template | None:
    args = [each.text for each in by.args]
    if len(args) < _LEAST:
        return None
    lines = [(line[0].text, [each.text for each in line[1:]]) for line in by.body]
    fall = [zones_of(rest) or (".",) for word, rest in lines if word == "fallthrough"]
    strange = {word for word, _ in lines} & {"var", "expr"}
    return Template(
        by=by,
        kind=args[1],
        zones=zones_of(args[2:]) or zones,
        patterns=tuple(each for word, rest in lines if word == "match" for each in rest),
        answers=tuple(each for word, rest in lines if word == "answer" for each in rest),
        rcode=next((rest[0] for word, rest in lines if word == "rcode" and rest), "NOERROR"),
        fallthrough=fall[-1] if fall else (),
        is_unread=by.is_unknown or bool(strange) or args[0] not in _CLASSES,
    )


def _groups(template: Template, query: Query) -> tuple[str, ...] | Reply | None:
    """Return what a pattern of the template captures; None where none matches."""
    if not template.patterns:
        return (query.name,)
    from bot.model.dns.corefile.patterns import compiled  # noqa: PLC0415 (few Corefiles have patterns)

    for each in template.patterns:
        pattern = compiled(each)
        if pattern is None:
            return unknown(f"the pattern {each} is not read here", template.by, query)
        groups = pattern.search(query.name)
        if groups is not None:
            return groups
    return None


def _filled(template: Template, query: Query, groups: tuple[str, ...]) -> Reply:
    """Return the template's records of the type asked for; the address is empty text where it cannot be told."""
    outcome = _RCODES.get(template.rcode, Outcome.DNS_REFUSED)
    if outcome is Outcome.SERVFAIL:
        return fixed(template.by, query, outcome)
    known = {".Name": query.name, ".Type": query.type, ".Class": "IN"}
    found: list[str] = []
    for text in template.answers:
        words = _PLACE.sub(lambda place: _value(place["what"], known, groups), text).split()
        if not words or "\0" in " ".join(words[:-1]):
            return unknown("what a template answers is not read here", template.by, query)
        if not all(words[0].removesuffix(".").split(".")):
            return fixed(template.by, query, Outcome.SERVFAIL)  # no name, so no record
        kind = next((each for each in words[1:-1] if each in ("A", "AAAA", "CNAME")), "")
        if kind == "CNAME" or (kind == query.type and "\0" in words[-1]):
            return fixed(template.by, query, Outcome.ANSWERED)
        found += [words[-1]] if kind == query.type else []
    if outcome is Outcome.NO_DATA and found:
        outcome = Outcome.ANSWERED
    return fixed(template.by, query, outcome, tuple(found) if outcome is Outcome.ANSWERED else ())


def _value(what: str, known: dict[str, str], groups: tuple[str, ...]) -> str:
    """Return what stands for a place of a Go template; a zero letter where it is not read."""
    if found := _MATCH.fullmatch(what):
        number = int(found["number"])
        return groups[number] if number < len(groups) else "\0"
    return known.get(what, "\0")
