"""Many Services for a terminal: the one-line check, the table of a namespace, and the digest."""

from bot.model.result.diagnosis import Diagnosis
from bot.model.result.digest import Digest, DigestLine, Scope, Table
from bot.model.result.finding import Finding
from bot.model.result.status import Status
from bot.model.text import count, listing, one_line
from bot.reports.paper import STATUS_INK, Ink, Paper
from bot.reports.words import finding_words, gap_words, headline, ref_words, saved_words, service_words, watch_words

MOST_FINDINGS = 20
MOST_GAPS = 5
_ORDER = {Status.FAIL: 0, Status.WARN: 1, Status.UNKNOWN: 2, Status.OK: 3}


def check_line(diagnosis: Diagnosis, *, color: bool = False) -> str:
    """Return `fail  user-service in shop: RTE-001 …` for one Service, on one line."""
    paper = Paper(color=color, width=80)
    words = headline(diagnosis)
    if root := diagnosis.root_cause:
        words = f"{service_words(diagnosis.question)}: {root.code} {root.message}"
    paper.whole(f"{diagnosis.outcome:<9}", words, label_ink=STATUS_INK[diagnosis.outcome])
    return str(paper)


def table(found: Table, *, color: bool = False) -> str:
    """Return one line a Service, the worst first, and a line with the totals."""
    paper = Paper(color=color, width=80)
    lines = sorted(found.services, key=lambda each: (_ORDER[each.outcome], each.namespace, each.name))
    place = max((len(_place(each)) for each in lines), default=0)
    for each in lines:
        cause = f"{each.root_cause.code} {each.root_cause.message}" if each.root_cause else each.why
        paper.whole(
            f"{each.outcome:<9}",
            f"{_place(each):.<{place}}.. {cause}" if cause else _place(each),
            label_ink=STATUS_INK[each.outcome],
        )
    coverage(paper, found)
    return str(paper)


def _place(line: DigestLine) -> str:
    return one_line(f"{line.namespace}/{line.name}")


def digest_text(digest: Digest, *, color: bool = False, width: int = 100) -> str:
    """Return the digest: what is new, fixed and ongoing, then the totals."""
    paper = Paper(color=color, width=width)
    paper.whole("", _summary(digest), ink=Ink.BOLD)
    for heading, findings in (("New", digest.new), ("Ongoing", digest.ongoing), ("Fixed", digest.fixed)):
        _findings(paper, heading, findings)
    unjudged(paper, digest)
    paper.blank()
    coverage(paper, digest)
    return str(paper)


def _summary(digest: Digest) -> str:
    cluster, places = str(digest.scope.get("cluster", "")), digest.scope.get("namespaces", [])
    scope = " ".join(filter(None, [cluster, ", ".join(places) or "all namespaces"]))
    told = f"{count(len(digest.new), 'new problem')}, {len(digest.ongoing)} ongoing, {len(digest.fixed)} fixed"
    muted = f", {digest.muted} muted" if digest.muted else ""
    return f"{scope}: {told}{muted}"


def _findings(paper: Paper, heading: str, findings: tuple[Finding, ...]) -> None:
    if not findings:
        return
    paper.heading(heading)
    for each in findings[:MOST_FINDINGS]:
        word = "fixed" if heading == "Fixed" else str(each.severity)
        ink = Ink.GREEN if heading == "Fixed" else STATUS_INK.get(Status(word), Ink.NONE)
        paper.labelled(f"{word:<6}", f"{finding_words(each)}, {ref_words(each.about)}: {each.message}", label_ink=ink)
    if len(findings) > MOST_FINDINGS:
        paper.prose(f"and {len(findings) - MOST_FINDINGS} more, in -o json")


def unjudged(paper: Paper, found: Scope) -> None:
    """Write the Services that could not be judged, together where the reason is one: no finding names them."""
    rows = unjudged_words(found)
    if not rows:
        return
    paper.heading("Unknown")
    for each in rows[:MOST_FINDINGS]:
        paper.labelled(f"{Status.UNKNOWN:<8}", each, label_ink=STATUS_INK[Status.UNKNOWN])
    if left := found.unknown_after(MOST_FINDINGS):
        paper.prose(f"and {count(left, 'more Service')}, in -o json")


def unjudged_words(found: Scope) -> list[str]:
    """Return a line for each reason why Services could not be judged, with the first of them."""
    return [f"{one_line(listing(places))}: {why}" for why, places in found.unknown_by_reason.items()]


def coverage(paper: Paper, found: Scope) -> None:
    """Write the totals, and what could not be looked at."""
    _totals(paper, found)
    _gaps(paper, found)


def _totals(paper: Paper, found: Scope) -> None:
    totals = found.totals
    for place in found.unread:
        where = f"the Services of namespace {place}" if place else "all Services of the cluster"
        paper.whole(f"{Status.UNKNOWN:<9}", f"{where} could not be listed", label_ink=Ink.CYAN)
    if found.unread and not totals.services:
        return
    words = f"{count(totals.services, 'Service')}: {totals.ok} ok, {totals.warn} warn, {totals.fail} fail"
    when = (watch_words(found.watch_age), saved_words(found.told_at, found.at))
    told = " · ".join(filter(None, (f"{words}, {totals.unknown} unknown", "configuration only, not probed", *when)))
    paper.whole("", told, ink=Ink.DIM)


def _gaps(paper: Paper, found: Scope) -> None:
    if found.gaps:
        paper.heading("Not looked at")
    for gap in found.gaps[:MOST_GAPS]:
        paper.prose(gap_words(gap))
    if len(found.gaps) > MOST_GAPS:
        paper.prose(f"and {len(found.gaps) - MOST_GAPS} more, in -o json")
