"""How the caller's program looks a name up: each name of its search as it was measured, else as the objects lead to.

`asked_name` says what the objects lead to alone; here a search domain that answers SERVFAIL, or an AAAA that nobody answers,
is seen, and what each resolver of the table makes of it.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from bot.model.call.asked_name import asked_for
from bot.model.case import Case
from bot.model.dns.records import step as step_of_objects
from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.search.answers import Answer, SearchStep
from bot.model.dns.search.conclusion import Conclusion, Reason
from bot.model.dns.search.differences import concluded
from bot.model.dns.search.guess import Chosen, chosen_resolver
from bot.model.dns.search.names import names
from bot.model.dns.search.resolver import Resolver
from bot.model.dns.search.simulate import missing
from bot.model.dns.search.table import LIBCS, WALKED, WORDS
from bot.model.memo import memo
from bot.model.planning.sizes import at_size
from bot.model.probe import Observation, Outcome, Purpose

# Those of a pod's three domains, its node's, and the name as it was typed; more are no use to a verdict.
MOST_STEPS = 6
_EXISTS = (Outcome.ANSWERED, Outcome.NO_DATA)


class Lookup(Struct, frozen=True):
    """One name, its search as far as it is known, and what each resolver concludes."""

    name: str
    conf: ResolvConf
    steps: tuple[SearchStep, ...]
    chosen: Chosen
    conclusions: tuple[Conclusion, ...]

    @property
    def resolver(self) -> Resolver | None:
        """Return the caller's resolver, asked for or guessed."""
        return WORDS.get(self.chosen.resolver)

    @property
    def hit(self) -> str:
        """Return the full name that some resolver finds; empty where none does."""
        return next((each.hit for each in self.conclusions if each.is_found), "")

    def hurt(self, *reasons: Reason) -> tuple[Conclusion, ...]:
        """Return the conclusions that differ for these reasons: only the caller's, where its resolver is known."""
        found = tuple(each for each in self.conclusions if each.reason in reasons)
        own = tuple(each for each in found if each.resolver == self.resolver)
        return own if self.resolver else found


@memo
def lookup(case: Case) -> Lookup | None:
    """Return the lookup of the asked name; None where no caller is known, or nobody whom it would ask."""
    name, conf = asked_for(case), case.caller.resolv_conf
    if not name or case.question.source is None or not conf.nameservers or not conf.reaches_cluster:
        return None
    chosen = chosen_resolver(case.question, case.caller)
    steps = _steps(case, name, conf, (*WALKED, *((WORDS[chosen.resolver],) if chosen.resolver else ())))
    told = tuple(each for each in concluded(name, conf, steps) if not each.missing)
    return Lookup(name, conf, steps, chosen, told)


@memo
def finds_own_name(case: Case) -> bool:
    """Return whether the objects lead the caller's search to the Service at the first name that exists, of all before it none.

    Nor does the name as it is typed, which some ask first, or alone. Then programs differ in nothing but whether they search,
    and nobody has to be simulated to know that.
    """
    name, conf = asked_for(case), case.caller.resolv_conf
    if not name or not conf.nameservers or not conf.reaches_cluster:
        return False
    own, as_typed = case.fqdn.rstrip("."), f"{name.rstrip('.')}."
    for each in (as_typed, *names(name, conf, LIBCS[0])[:MOST_STEPS]):
        found = step_of_objects(each, case.snapshot, conf.nameservers, case.caller.address)
        outcomes = (found.a.outcome, found.aaaa.outcome)
        if found.is_hit and each.lower().rstrip(".") == own and all(one in _EXISTS for one in outcomes):
            return True
        if not all(one is Outcome.NXDOMAIN or (each is as_typed and one is Outcome.NOT_RUN) for one in outcomes):
            return False
    return False


def steps_to_ask(case: Case) -> tuple[str, ...]:
    """Return the full names that have to be asked to know how the caller's lookup ends, in the order of its search.

    Up to the first that the objects know: all before it decide whether it is reached.
    """
    found: list[str] = []
    name, conf = asked_for(case), case.caller.resolv_conf
    if case.question.source and name and conf.nameservers and conf.reaches_cluster:
        for each in names(name, conf, LIBCS[0])[:MOST_STEPS]:
            found.append(each)
            if step_of_objects(each, case.snapshot, conf.nameservers, case.caller.address).is_hit:
                break
    return tuple(dict.fromkeys((*found, case.fqdn)))


def _steps(case: Case, name: str, conf: ResolvConf, resolvers: tuple[Resolver, ...]) -> tuple[SearchStep, ...]:
    seen = _measured(case)
    found: list[SearchStep] = []
    while wanted := missing(name, conf, found, resolvers):
        saved = step_of_objects(wanted, case.snapshot, conf.nameservers, case.caller.address)
        a, aaaa = (seen.get((wanted.lower(), each), ()) for each in ("A", "AAAA"))
        exists = any(each.outcome in _EXISTS for each in (*a, *aaaa))
        found.append(SearchStep(wanted, _answer(a, saved.a, exists=exists), _answer(aaaa, saved.aaaa, exists=exists)))
    return tuple(found)


def _answer(seen: Sequence[Observation], saved: Answer, *, exists: bool) -> Answer:
    """What was measured counts; where it was not, what the objects lead to. A name that was seen to exist is not denied."""
    if exists and saved.outcome is Outcome.NXDOMAIN:
        saved = replace(saved, outcome=Outcome.NO_DATA)
    sizes = tuple(map(at_size, (each for each in seen if each.query.purpose is Purpose.SIZE)))
    whole = next((each for each in seen if each.query.purpose is not Purpose.SIZE), None)
    if whole is None:
        return replace(saved, sizes=sizes) if sizes else saved
    cut = bool(whole.detail.get("truncated")) and whole.outcome is not Outcome.ANSWERED
    return Answer(whole.outcome, whole.answers, whole.ms, whole.query.server, cut, sizes)


def _measured(case: Case) -> dict[tuple[str, str], list[Observation]]:
    """Return what was measured of each name and type, as a program asks it, and at each size."""
    found: dict[tuple[str, str], list[Observation]] = {}
    for purpose in (Purpose.SERVICE, Purpose.STEP, Purpose.SIZE):
        for each in case.measured.queries(purpose):
            if each.query.transport == "udp" or purpose is Purpose.SIZE:
                found.setdefault((each.query.name.lower(), each.query.type), []).append(each)
    return found
