"""A digest as a message: new first, then fixed, then what goes on; a quiet day is one line of small print."""

from collections.abc import Sequence

from bot.model.result.digest import Digest, DigestLine, Scope, Table
from bot.model.result.finding import Finding
from bot.model.result.status import Status
from bot.model.text import count, first_words, one_line, shorten
from handlers.messages.markup import Element, context, emoji, header, lines, literal, table, titled
from handlers.messages.message import Group, Message, fitting
from handlers.messages.words import GLYPHS, OK_WORD, status_word

_ROWS = 8
_TABLE = 25
_PASSING = 40
_NAME = 26  # columns of a Service's name: the three columns fit a phone of 375 pixels


def digest_message(digest: Digest, *, stamp: str, report: str, title: str = "", missed: int = 0) -> Message:
    """Return the digest of a scope, at most eight rows a part. `missed` is how many earlier ones could not be made."""
    text = f"{title or place(digest)}: {headline(digest)}"
    groups: list[Group] = [
        (0, [header(f"{title or place(digest)}: {headline(digest)}")]),
        (0, _part("New", digest.new)),
        (1, _part("Fixed", digest.fixed, is_fixed=True)),
        (1, _part("Still failing", digest.ongoing)),
        (2, _unknown(digest.unknown)),
        (2, _unjudged(digest)),
        (0, [_footer(digest, missed)]),
    ]
    return fitting(text, groups, stamp=stamp, report=report)


def table_message(found: Table, *, stamp: str, report: str, top: Sequence[Element] = ()) -> Message:
    """Return a line for each Service that does not pass, the worst first. `top` says how the question was read."""
    order = (Status.FAIL, Status.WARN, Status.UNKNOWN)
    worst = sorted(
        (each for each in found.services if each.outcome in order),
        key=lambda each: (order.index(each.outcome), each.namespace, each.name),
    )
    groups: list[Group] = [
        (0, [*top, header(f"{place(found)}: {counted(found)}")]),
        (0, _rows(worst[:_TABLE], found)),
        (1, _reasons(worst[:_ROWS], found)),
        (0, [lines([literal(f"and {len(worst) - _TABLE} more")])] if len(worst) > _TABLE else []),
        (1, _passing(found)),
        (2, _unjudged(found)),
        (0, [_footer(found, 0)]),
    ]
    return fitting(f"{place(found)}: {counted(found)}", groups, stamp=stamp, report=report)


def _rows(worst: Sequence[DigestLine], found: Scope) -> list[Element]:
    """Return state, Service and finding in columns, narrow enough for a phone: reasons stand below, in lines of their own."""
    rows = [
        (
            status_word(each.outcome),
            shorten(one_line(_name(each, found)), _NAME),
            each.root_cause.code if each.root_cause else "–",
        )
        for each in worst
    ]
    return [table(("State", "Service", "Finding"), *rows)] if rows else []


def _reasons(worst: Sequence[DigestLine], found: Scope) -> list[Element]:
    told = [(each, each.root_cause.message if each.root_cause else each.why) for each in worst]
    rows = [[literal(_name(each, found), bold=True), literal(f" · {_clause(why)}")] for each, why in told if why]
    return [lines(*rows)] if rows else []


def _passing(found: Scope) -> list[Element]:
    names = sorted(_name(each, found) for each in found.services if each.outcome is Status.OK)
    if not names:
        return []
    more = f" and {len(names) - _PASSING} more" if len(names) > _PASSING else ""
    return [titled(f"{len(names)} pass", ", ".join(names[:_PASSING]) + more)]


def _name(each: DigestLine, found: Scope) -> str:
    """Return a Service's name, with its namespace where the table is about several."""
    return each.name if len(found.scope.get("namespaces") or ()) == 1 else f"{each.namespace}/{each.name}"


def _clause(why: str) -> str:
    return first_words(one_line(why).rstrip("."), 180)


def counted(found: Table) -> str:
    """Return the table in a clause: `1 fail, 2 warn, 39 pass`."""
    totals = found.totals
    if found.unread and not totals.services:
        return "the Services could not be listed"
    counts = ((totals.fail, "fail"), (totals.warn, "warn"), (totals.unknown, "unknown"), (totals.ok, OK_WORD))
    return ", ".join(f"{number} {word}" for number, word in counts if number) or "no Services"


def headline(digest: Digest) -> str:
    """Return the digest in a clause: `1 new problem, 2 fixed`."""
    parts = [
        count(len(digest.new), "new problem") if digest.new else "",
        f"{len(digest.fixed)} fixed" if digest.fixed else "",
        f"{len(digest.ongoing)} still failing" if digest.ongoing else "",
    ]
    said = ", ".join(part for part in parts if part)
    if said:
        return said
    if digest.unread:
        return "the Services could not be listed"
    unknown = digest.totals.unknown
    return (
        f"{count(unknown, 'Service')} could not be judged" if unknown else f"{count(digest.totals.ok, 'Service')} pass"
    )


def _part(title: str, findings: Sequence[Finding], *, is_fixed: bool = False) -> list[Element]:
    if not findings:
        return []
    rows = [literal(f"{title}\n", bold=True)]
    for each in findings[:_ROWS]:
        state = OK_WORD if is_fixed else str(each.severity)
        rows += [literal(f"{each.about.namespace}/{each.about.name} · {state} "), emoji(GLYPHS[state])]
        rows.append(literal(f" · {_clause(each.message)}\n"))
    if len(findings) > _ROWS:
        rows.append(literal(f"and {len(findings) - _ROWS} more\n"))
    return [lines(rows)]


def _unknown(services: Sequence[DigestLine]) -> list[Element]:
    """The Services that could not be judged, each with its reason."""
    if not services:
        return []
    rows = [literal("Unknown\n", bold=True)]
    rows += [literal(f"{each.namespace}/{each.name} · {_clause(each.why)}\n") for each in services[:_ROWS]]
    if len(services) > _ROWS:
        rows.append(literal(f"and {len(services) - _ROWS} more\n"))
    return [lines(rows)]


def _unjudged(found: Scope) -> list[Element]:
    if not found.gaps:
        return []
    said = "\n".join(_clause(f"{gap.what}: {gap.why}") for gap in found.gaps[:3])
    return [titled("Could not be read", said)]


def _footer(digest: Scope, missed: int) -> Element:
    totals = digest.totals
    places = digest.scope.get("namespaces") or []
    spaces = f" in {count(len(places), 'namespace')}" if places else ""
    counts = f"{totals.ok} pass, {totals.warn} warn, {totals.fail} fail, {totals.unknown} unknown"
    when = f"<!date^{int(digest.at.timestamp())}^{{date_short_pretty}} at {{time}}|{digest.at:%Y-%m-%d %H:%M} UTC>"
    late = f"{count(missed, 'earlier digest')} could not be made" if missed else ""
    basis = "by configuration, nothing was measured"
    return context(f"{count(totals.services, 'Service')}{spaces}", counts, f"checked {when}", basis, late)


def place(digest: Scope) -> str:
    places = digest.scope.get("namespaces") or []
    cluster = digest.scope.get("cluster") or "cluster"
    return f"{cluster} {', '.join(places[:3])}".strip() if places else str(cluster)
