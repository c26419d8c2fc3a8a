"""What the checks say of a lookup that `dns` walks: of the caller's resolver, its way to the DNS pods, these, and the record.

`why` says the same of a call, so the two verbs cannot disagree on one name. Pure.
"""

from msgspec import Struct
from msgspec.structs import replace

from bot.checks.engine.judge import judge
from bot.checks.engine.registry import checks_by_code
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.search.answers import SearchStep
from bot.model.planning.fresh import beside
from bot.model.probe import DnsQuery, Observation, Outcome, Purpose, Vantage
from bot.model.question.question import Question
from bot.model.refs import service_fqdn
from bot.model.result.finding import Finding, Severity
from bot.model.result.status import Status
from bot.model.snapshot import Snapshot
from bot.usecases.diagnose import proved

_OPEN = (Hop.RESOLVER, Hop.DNS_ACCESS, Hop.DNS_SERVER)  # what a lookup meets before it is answered, and no step shows
_HOPS = (Hop.RESOLVER, Hop.DNS_ACCESS, Hop.DNS_SERVER)
# What the steps, and the differences between resolvers, tell by themselves.
_TOLD_BY_STEPS = ("DNS-019", "DNS-020", "DNS-032", "DNS-033", "DNS-034", "DNS-035")
_ORDER = (Severity.FAIL, Severity.WARN)


class OnTheWay(Struct, frozen=True):
    """What is found on the way of a lookup, worst first, without context and consequences.

    `doubt` says why it is not known whether the caller asks so, or policies let it through; empty where it is, or nobody was
    named.
    """

    findings: tuple[Finding, ...]
    doubt: str


def on_the_way(
    question: Question,
    snapshot: Snapshot,
    steps: tuple[SearchStep, ...],
    vantage: Vantage | None = None,
    own_conf: ResolvConf | None = None,
) -> OnTheWay:
    """Judge the way of a lookup.

    With a `vantage` the steps were measured from there, and with `own_conf` by the settings that the caller's pod has there.
    The record is judged where a step is the name of a Service, or the name with its namespace was said; the fix of such a
    finding is proved.
    """
    called = _called(question, snapshot, steps)
    asked = replace(question, service=called[0], namespace=called[1]) if called else question
    seen = _observed(steps, asked, snapshot) if vantage else ()
    case = Case(asked, snapshot, seen, vantage or Vantage(), own_conf=own_conf)
    hops = (*_HOPS, Hop.RECORD) if called else _HOPS
    known, judgement = checks_by_code(), judge(case)
    found = [
        proved(case, each) if called else each
        for each in judgement.findings
        if each.severity in _ORDER
        and not each.caused_by
        and known[each.code].hop in hops
        and each.code not in _TOLD_BY_STEPS
    ]
    open_hops = (each for each in judgement.hops if each.hop in _OPEN and each.status is Status.UNKNOWN)
    doubt = next((each.because for each in open_hops), "")
    return OnTheWay(tuple(sorted(found, key=lambda each: _ORDER.index(each.severity))), doubt)


def _called(question: Question, snapshot: Snapshot, steps: tuple[SearchStep, ...]) -> tuple[str, str] | None:
    """Return the name and namespace of the first Service whose full name is a step, else of the one that was spelt out."""
    by_name = {
        service_fqdn(each.name, each.namespace, snapshot.zone).lower(): (each.name, each.namespace)
        for each in snapshot.services
    }
    for step in steps:
        if found := by_name.get(step.name.lower()):
            return found
    spelt = "." in question.name.rstrip(".") and snapshot.service(question.namespace, question.service) is not None
    return (question.service, question.namespace) if spelt else None


def _observed(steps: tuple[SearchStep, ...], question: Question, snapshot: Snapshot) -> tuple[Observation, ...]:
    """Return measured steps as observations of the Service's name, or of another name of the search."""
    own = service_fqdn(question.service, question.namespace, snapshot.zone).lower()
    found = []
    for step in steps:
        purpose = Purpose.SERVICE if step.name.lower() == own else Purpose.STEP
        for kind, answer in (("A", step.a), ("AAAA", step.aaaa)):
            if answer.outcome is not Outcome.NOT_RUN:
                query = DnsQuery(step.name, answer.server, type=kind, purpose=purpose)
                found.append(Observation(query, answer.outcome, ms=answer.ms, answers=answer.addresses))
            if answer.beside is not Outcome.NOT_RUN:
                found.append(Observation(beside(DnsQuery(step.name, answer.server, type=kind)), answer.beside))
    return tuple(found)
