"""How a name resolves, for a terminal."""

from bot.model.dns.search.answers import Answer
from bot.model.dns.search.conclusion import Conclusion, Reason
from bot.model.probe import Outcome
from bot.model.result.finding import Severity
from bot.model.result.resolution import Resolution
from bot.model.result.status import Status
from bot.model.text import listing
from bot.reports.finding_text import write_evidence, write_remedy
from bot.reports.gaps import write_gaps
from bot.reports.paper import STATUS_INK, Ink, Paper
from bot.reports.words import finding_words, ref_words, source_words, vantage_words

_UNSEARCHED = (Reason.UNSEARCHED, Reason.NDOTS, Reason.LINE)


def dns_text(found: Resolution, *, color: bool = False, width: int = 100) -> str:
    """Return the report: the outcome first, then the resolver's settings, each step, and each program's conclusion."""
    paper = Paper(color=color, width=width)
    outcome = found.outcome
    paper.labelled(f"{outcome:<9}", _summary(found, outcome), ink=Ink.BOLD, label_ink=STATUS_INK[outcome], indent=0)
    named = found.source is not None and bool(found.source.pod or found.source.workload)
    caller = source_words(found.source) if found.source and named else f"a pod of {found.namespace}"
    servers = listing(found.conf.nameservers) or "none known"
    searches = " ".join(found.conf.searches) or "none"
    paper.prose(
        f"asked as {caller} does: nameserver {servers}, search {searches}, ndots {found.conf.ndots}", ink=Ink.DIM
    )
    paper.prose(found.conf.why, ink=Ink.DIM)
    _findings(paper, found)
    _notes(paper, found)
    if found.steps or not (found.notes or found.findings):
        _steps(paper, found)
        _conclusions(paper, found)
    _differences(paper, found)
    write_gaps(paper, found.gaps)
    paper.blank()
    how = vantage_words(found.vantage) if found.is_probed else "not probed: what the cluster's objects lead to"
    paper.prose(how, ink=Ink.DIM, indent=0)
    return str(paper)


def _findings(paper: Paper, found: Resolution) -> None:
    """Print what was found on the lookup's way: the first with what to do about it, the others in a line."""
    for at, each in enumerate(found.findings):
        paper.heading("Found on its way" if at == 0 else "Also found on its way")
        words = "" if at == 0 else f": {each.message}"
        paper.prose(f"{finding_words(each)} · {each.confidence} · {ref_words(each.about)}{words}")
        if at == 0:
            write_evidence(paper, each.evidence)
            write_remedy(paper, each)


def _summary(found: Resolution, outcome: Status) -> str:
    if found.findings:
        return found.findings[0].message
    words = _of_steps(found, outcome)
    if found.doubt and not found.unread:
        return f"{words}; whether the caller gets that answer is not known: {found.doubt}".replace(".;", ";")
    return words


def _of_steps(found: Resolution, outcome: Status) -> str:
    if found.unread:
        return f"{found.name}: whether it resolves is not known, since {found.unread[0].what} could not be read."
    own = found.own
    told = (own,) if own and not found.guessed_by else found.conclusions
    hit = next((each for each in told if each.is_found), None)
    if found.pointers:
        return f"{found.name} is {listing(found.pointers, 3)}."
    if not found.conf.nameservers:
        return f"{found.name}: it is not known which nameserver the caller asks."
    if hit is None and own and not found.guessed_by and (other := _elsewhere(found)):
        whom = "programs that use the search list" if own.reason in _UNSEARCHED else "other programs"
        return f"{found.name} resolves to {other.hit} for {whom}, not for {own.resolver.title}."
    if hit is None:
        tried = f"{len(found.steps)} names tried" if len(found.steps) != 1 else "1 name tried"
        if not found.steps and found.notes:
            return f"{found.name}: the cluster's objects lead to no name; what other servers say is not known here."
        if not found.is_probed and outcome is Status.UNKNOWN:
            return f"{found.name} is no name of the cluster; what other servers say is not known here; {tried}."
        words = "could not be asked" if outcome is Status.UNKNOWN else "does not resolve"
        return f"{found.name} {words}; {tried}."
    place = 1 + next(at for at, step in enumerate(found.steps) if step.name == hit.hit)
    where = f"{hit.hit} (name {place} of the search) gives {listing(hit.addresses)}"
    missed = [each.libc for each in told if not each.is_found]
    if own and found.fails_by_guess:
        return f"{where}, but not for {own.resolver.title}, which the caller may use (by {found.guessed_by})"
    return f"{where}, but not for programs with {listing(missed)}" if missed else where


def _elsewhere(found: Resolution) -> Conclusion | None:
    return next((each for each in found.all_conclusions if each.is_found), None)


def _notes(paper: Paper, found: Resolution) -> None:
    """Print what is to be known about a name of this kind."""
    if not found.notes:
        return
    paper.heading("About this name")
    for each in found.notes:
        paper.prose(each)


def _steps(paper: Paper, found: Resolution) -> None:
    paper.heading("Names tried")
    longest = max((len(each.name) for each in found.steps), default=0)
    for each in found.steps:
        paper.whole("  ", f"{each.name.ljust(longest, '.')}..A {_answer(each.a)}; AAAA {_answer(each.aaaa)}")
    if not found.steps:
        paper.prose("none")


def _answer(answer: Answer) -> str:
    words = listing(answer.addresses) if answer.addresses else str(answer.outcome)
    if answer.outcome is Outcome.NOT_RUN:
        words = "not known here"
    timed = f"{words} in {answer.ms:.0f} ms" if answer.ms else words
    return timed if answer.beside is Outcome.NOT_RUN else f"{timed} (a new name there {answer.beside})"


def _conclusions(paper: Paper, found: Resolution) -> None:
    """Print what the caller's resolver is told, or what all are: one line where they agree.

    Where something fails on the way the answers may not come through, and are told as what they are alone.
    """
    paper.heading("What programs make of these answers" if found.worst is Severity.FAIL else "What a program is told")
    own = found.own
    if own:
        guess = f" (a guess, by {found.guessed_by})" if found.guessed_by else ""
        paper.prose(f"{own.resolver.title}{guess}: {_told(own)}")
    if found.differences or not own:
        for each in found.conclusions:
            if own is None or each.resolver.name != own.resolver.name:
                paper.prose(f"{each.libc}: {_told(each)}")


def _told(one: Conclusion) -> str:
    if one.reason is Reason.NUMBER and one.addresses:
        return f"{one.addresses[0]}, which it reads {one.at} as; no DNS is asked"
    words = listing(one.addresses) if one.is_found else one.error or _unknown(one)
    return f"{words} after {one.seconds:.0f} s" if one.seconds >= 1 else words


def _unknown(one: Conclusion) -> str:
    """Return what is left open: a resolver that asks one name alone is told what another server says of it."""
    asked = one.asked[-1].rstrip(".") if len(one.asked) == 1 else ""
    return f"asks for {asked} alone, of which nothing is known here" if asked else "not known here"


def _differences(paper: Paper, found: Resolution) -> None:
    """Print where resolvers differ, why, and what to do; nothing where all agree."""
    if not found.differences:
        return
    paper.heading("Where resolvers differ")
    for each in found.differences:
        paper.prose(f"{each.named} {each.why}: {each.advice}.")
