"""A digest as a message: new first, then fixed, then what goes on; a quiet day is one line of small print."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.jobs.history import Trend
from bot.model.question.durations import told as span
from bot.model.result.digest import Digest, DigestLine, Scope, Table
from bot.model.result.finding import Finding
from bot.model.result.mutes import Heard, Hidden
from bot.model.result.status import Status
from bot.model.text import count, first_words, listing, one_line, shorten
from bot.reports.words import saved_words, watch_words
from handlers.messages.markup import Element, actions, button, context, emoji, header, lines, literal, table, titled
from handlers.messages.message import Group, Message, fitting, message
from handlers.messages.mutes import until
from handlers.messages.words import GLYPHS, OK_WORD, status_word

_ROWS = 8
_TABLE = 25
_PASSING = 40
_NAME = 26  # columns of a Service's name: the three columns fit a phone of 375 pixels
_LEAST_DAYS = 2
_PLACES = 3  # namespaces that a headline names


def digest_message(
    told: Heard,
    *,
    stamp: str,
    report: str,
    title: str = "",
    missed: int = 0,
    trend: Trend = (),
    run: str = "",
    menu: Element | None = None,
    note: str = "",
) -> Message:
    """Return the digest of a scope, at most eight rows a part.

    `missed` is how many earlier ones could not be made, `trend` the totals of the last days. With a `run` all Services can
    be shown, `menu` is what can be done about a scheduled one; `note` is ready mrkdwn.
    """
    digest = told.digest
    text = f"{title or place(digest)}: {headline(digest, back=len(told.back))}"
    groups: list[Group] = [
        (0, [header(text)]),
        (0, _part("New" if digest.compared_with else "Problems", digest.new, digest)),
        (0, _part("No longer muted", told.back, digest)),
        (1, _part("Fixed", digest.fixed, digest, is_fixed=True)),
        (1, _part("Still failing", digest.ongoing, digest)),
        (1, _muted(told.hidden)),
        (2, unknown_services(digest)),
        (2, unjudged(digest)),
        (3, _chart(trend)),
        (0, _doing(digest, run, menu)),
        (0, [footer(digest, missed)]),
        (0, [context(note)] if note else []),
    ]
    return fitting(text, groups, stamp=stamp, report=report)


def quiet_note(at: datetime, times: int, *, failed: bool = False, missed: int = 0) -> str:
    """Return what a quiet day adds to the last message, as ready mrkdwn. `failed`: nothing could be checked, once more."""
    words = "the same" if failed else "no change"
    row = f", {times} times in a row" if times > 1 else ""
    late = f" · {_missed(missed)}" if missed else ""
    return f"{'Tried' if failed else 'Checked'} again {_moment(at)}: {words}{row}{late}"


def sign_of_life(digest: Digest, since: timedelta, *, stamp: str, note: str = "", missed: int = 0) -> Message:
    """Return the line that is sent once a week, so that silence always means that nothing changed."""
    sentence = f"{place(digest)}: no change for {span(since)}, {counted(digest)}"
    blocks = [lines([literal(sentence)]), footer(digest, missed), *([context(note)] if note else [])]
    return message(sentence, blocks, stamp=stamp)


def unchecked(scope: str, why: str, at: datetime, last_good: datetime | None, *, stamp: str, note: str = "") -> Message:
    """Return that a digest could not be made: never an empty one that looks well."""
    sentence = f"The digest of {scope} could not be made: {why}"
    good = f"last good check {_moment(last_good)}" if last_good else "it was never checked"
    blocks = [lines([literal(one_line(sentence, limit=400))]), context(f"tried {_moment(at)}", good)]
    return message(sentence, [*blocks, *([context(note)] if note else [])], stamp=stamp)


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
        (2, unjudged(found)),
        (0, [footer(found, 0)]),
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
    rows = [[literal(_name(each, found), bold=True), literal(f" · {clause(why)}")] for each, why in told if why]
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


def clause(why: str) -> str:
    """Return a reason as a clause of at most 180 characters, without its full stop."""
    return first_words(one_line(why).rstrip("."), 180)


def counted(found: Scope) -> str:
    """Return the table in a clause: `1 fail, 2 warn, 39 pass`."""
    totals = found.totals
    if found.unread and not totals.services:
        return _unlisted(found)
    counts = ((totals.fail, "fail"), (totals.warn, "warn"), (totals.unknown, "unknown"), (totals.ok, OK_WORD))
    parts = [f"{number} {word}" for number, word in counts if number]
    return ", ".join([*parts, *([_unlisted(found)] if found.unread else [])]) or "no Services"


def _unlisted(found: Scope) -> str:
    """Return of what nobody knows which Services there are."""
    all_of_them = "" in found.unread or not found.totals.services
    return f"{'the Services' if all_of_them else listing(found.unread)} could not be listed"


def headline(digest: Digest, *, back: int = 0) -> str:
    """Return the digest in a clause: `1 new problem, 2 fixed`. `back`: how many are muted no longer."""
    parts = [
        count(len(digest.new), "new problem" if digest.compared_with else "problem") if digest.new else "",
        f"{len(digest.fixed)} fixed" if digest.fixed else "",
        f"{back} no longer muted" if back else "",
        f"{len(digest.ongoing)} still failing" if digest.ongoing else "",
        f"{digest.muted} muted" if digest.muted else "",
    ]
    told = [part for part in parts if part] or _unchanged(digest)
    return ", ".join([*told, *([_unlisted(digest)] if digest.unread else [])])


def _unchanged(digest: Digest) -> list[str]:
    """Return what is told of a digest without problems."""
    totals = digest.totals
    if totals.unknown:
        return [f"{count(totals.unknown, 'Service')} could not be judged"]
    return [f"{count(totals.ok, 'Service')} pass"] if totals.ok else [] if digest.unread else ["no Services"]


def _part(title: str, findings: Sequence[Finding], digest: Digest, *, is_fixed: bool = False) -> list[Element]:
    if not findings:
        return []
    rows = [literal(f"{title}\n", bold=True)]
    for each in findings[:_ROWS]:
        state = OK_WORD if is_fixed else str(each.severity)
        about = [each.about.namespace, each.about.name] if each.about.namespace else [each.about.name]
        rows += [literal(f"{'/'.join(about)} · {state} "), emoji(GLYPHS[state])]
        told = [clause(each.message), "" if is_fixed else _age(each, digest)]
        rows.append(literal(f" · {' · '.join(filter(None, [*told, digest.owners.get(each.fingerprint, '')]))}\n"))
    if len(findings) > _ROWS:
        rows.append(literal(f"and {len(findings) - _ROWS} more\n"))
    return [lines(rows)]


def _muted(hidden: Sequence[Hidden]) -> list[Element]:
    """What goes on and is kept quiet: state, who said so, until when."""
    if not hidden:
        return []
    rows = [literal("Muted\n", bold=True)]
    for each in hidden[:_ROWS]:
        about = each.finding.about
        name = "/".join(filter(None, (about.namespace, about.name)))
        state = str(each.finding.severity)
        rows += [literal(f"{name} · {state} "), emoji(GLYPHS[state])]
        rows.append(literal(f" · {each.finding.code} · {until(each.mute)}\n"))
    if len(hidden) > _ROWS:
        rows.append(literal(f"and {len(hidden) - _ROWS} more\n"))
    return [lines(rows)]


def _age(finding: Finding, digest: Digest) -> str:
    """Return for how long a finding is known; nothing where it is known since this digest."""
    began = digest.began(finding)
    lasted = digest.at - began if began else timedelta()
    return f"for {span(lasted)}" if lasted >= timedelta(minutes=1) else ""


def _chart(trend: Trend) -> list[Element]:
    """Return the line of what failed on each of the last days, with its takeaway in words; one day is no trend."""
    if len(trend) < _LEAST_DAYS:
        return []
    days = [f"{day:%b} {day.day}" for day, _ in trend]
    series = [
        {
            "name": word,
            "data": [
                {"label": day, "value": getattr(totals, word)} for day, (_, totals) in zip(days, trend, strict=True)
            ],
        }
        for word in ("fail", "warn")
        if word == "fail" or any(totals.warn for _, totals in trend)
    ]
    chart = {"type": "line", "series": series, "axis_config": {"categories": days, "y_label": "Services"}}
    first, last = trend[0][1], trend[-1][1]
    words = f"Services that fail: {first.fail} on {days[0]}, {last.fail} now"
    return [
        context(words),
        {"type": "data_visualization", "title": f"Services, last {len(days)} days checked", "chart": chart},
    ]


def _doing(digest: Digest, run: str, menu: Element | None) -> list[Element]:
    if not run:
        return []
    all_of_them = button(f"Show All {digest.totals.services}", "k8snet.services", run)
    return [actions(all_of_them, *([menu] if menu else []))]


def unknown_services(found: Scope) -> list[Element]:
    """Return the Services that could not be judged, together where the reason is one."""
    told = list(found.unknown_by_reason.items())
    if not told:
        return []
    rows = [literal("Unknown\n", bold=True)]
    rows += [literal(f"{listing(places)} · {clause(why)}\n") for why, places in told[:_ROWS]]
    if left := found.unknown_after(_ROWS):
        rows.append(literal(f"and {count(left, 'more Service')}\n"))
    return [lines(rows)]


def unjudged(found: Scope) -> list[Element]:
    """Return what could not be read, the first three."""
    if not found.gaps:
        return []
    said = "\n".join(clause(f"{gap.what}: {gap.why}") for gap in found.gaps[:3])
    return [titled("Could not be read", said)]


def footer(digest: Scope, missed: int) -> Element:
    """Return the totals, when it was checked and how, in small print."""
    totals = digest.totals
    places = digest.scope.get("namespaces") or []
    spaces = f" in {count(len(places), 'namespace')}" if places else ""
    counts = f"{totals.ok} pass, {totals.warn} warn, {totals.fail} fail, {totals.unknown} unknown"
    when = _moment(digest.at)
    late = _missed(missed) if missed else ""
    basis = "by configuration, nothing was measured"
    held, saved = watch_words(digest.watch_age), saved_words(digest.told_at, digest.at)
    first = "the first digest, so nothing is known to be new" if _is_first(digest) else ""
    return context(
        f"{count(totals.services, 'Service')}{spaces}", counts, f"checked {when}", basis, held, saved, late, first
    )


def _missed(number: int) -> str:
    return f"{count(number, 'earlier digest')} could not be made"


def _is_first(digest: Scope) -> bool:
    return isinstance(digest, Digest) and digest.compared_with is None and bool(digest.new)


def _moment(at: datetime) -> str:
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{at:%Y-%m-%d %H:%M} UTC>"


def place(digest: Scope) -> str:
    places = digest.scope.get("namespaces") or []
    cluster = digest.scope.get("cluster") or "cluster"
    if len(places) > _PLACES:
        return f"{cluster} {listing(places, most=_PLACES)}"
    return f"{cluster} {', '.join(places)}".strip()
