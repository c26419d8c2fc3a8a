"""How a difference between resolvers is told: for the caller's own where it is known, else for whoever has such a one."""

from collections.abc import Iterator

from msgspec.structs import replace

from bot.checks.dns._kept_failures import kept_words
from bot.checks.facts.commands import look_up
from bot.checks.facts.ownership import managed_by
from bot.model.call.lookup import Lookup, lookup
from bot.model.case import Case
from bot.model.dns.configured import answered, place_of, source_of
from bot.model.dns.corefile.reply import Source
from bot.model.dns.search.conclusion import Reason
from bot.model.dns.search.differences import Difference, differences
from bot.model.kube.workloads import Workload
from bot.model.planning.fresh import answered_beside
from bot.model.probe import Outcome
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity
from bot.model.text import one_line

_LONGEST = 120  # characters of a directive that is quoted
# Kinds whose pod template may be changed; a Job's may not, and other owners' are not known.
_TEMPLATED = ("Deployment", "StatefulSet", "DaemonSet")


def differs(case: Case, *reasons: Reason) -> tuple[Lookup, Difference] | None:
    """Return the first difference of these reasons that may hurt the caller; None where none does.

    Where the caller's resolver is known, only what hurts that one counts.
    """
    found = lookup(case)
    if found is None or not found.hit:
        return None
    known = differences(found.name, found.conf, found.steps)
    mine = (
        each
        for each in known
        if each.reason in reasons and (found.resolver is None or found.resolver in each.resolvers)
    )
    first = next(mine, None)
    return (found, first) if first else None


def caller_ref(case: Case) -> Ref:
    """Return the caller's workload, else its pod, else the Service that it calls."""
    pod, workload = case.caller.pod, case.caller.workload
    if pod is not None:
        return pod.workload or pod.ref
    return workload.ref if workload else case.service_ref


def told(
    case: Case,
    found: Lookup,
    one: Difference,
    *,
    about: Ref,
    evidence: tuple[Evidence, ...],
    fix: tuple[Fix, ...] = (),
    is_measured: bool = False,
) -> Detection:
    """Return the finding of a difference.

    It is a failure where the caller's resolver was named, or guessed; else what some programs meet.
    """
    own = found.resolver
    confidence = Confidence.CERTAIN if is_measured else Confidence.POSSIBLE
    subject = f"{one.named} {one.why}"
    if own:
        confidence = Confidence.LIKELY if found.chosen.because else Confidence.CERTAIN
        guess = f" (a guess, by {found.chosen.because})" if found.chosen.because else ""
        subject = f"the caller's resolver is {own.title}{guess}; such {one.why}"
    partial = own and any(each.resolver == own and each.is_found for each in found.conclusions)
    return Detection(
        about=about,
        message=f"{_for_others(found)} for other programs, but {subject}: {one.advice}.",
        severity=Severity.FAIL if own and not partial else Severity.WARN,
        confidence=confidence,
        evidence=evidence,
        check=look_up(case.caller.pod, found.name, found.hit),
        fix=fix,
        pods=frozenset({case.caller.pod.name}) if case.caller.pod else frozenset(),
        key=(found.name, str(one.reason)),
    )


def _for_others(found: Lookup) -> str:
    name, hit = found.name.rstrip("."), found.hit.rstrip(".")
    return f"{name} resolves" if name == hit else f"{name} is {hit}"


def differing(case: Case, *reasons: Reason) -> Iterator[Detection]:
    """Yield the first of these differences, about the cluster's DNS where it is known, or the Corefile that shows it."""
    difference = differs(case, *reasons)
    if difference is None:
        return
    shown = () if case.observations else _configured(case, difference[0])
    if case.observations or shown:
        about = case.dns.service.ref if case.dns.service else caller_ref(case)
        evidence = (names_tried(case, difference[0]), *shown)
        about = shown[0].object if shown else about
        found = told(case, *difference, about=about, evidence=evidence, is_measured=bool(case.observations))
        yield _perhaps_over(case, difference[0], found)


def _perhaps_over(case: Case, found: Lookup, told_as: Detection) -> Detection:
    """Return a warning for a finding about a SERVFAIL beside which a name that nobody asked before was answered."""
    failed = [each.name for each in found.steps if Outcome.SERVFAIL in (each.a.outcome, each.aaaa.outcome)]
    answered_now = [answered_beside(case, each) for each in failed]
    beside = answered_now[0] if answered_now and all(answered_now) else None
    if beside is None:
        return told_as
    message = f"{told_as.message} But {kept_words(beside)}."
    return replace(told_as, message=message, severity=Severity.WARN, confidence=Confidence.POSSIBLE)


def _configured(case: Case, found: Lookup) -> tuple[Evidence, ...]:
    """Return the lines of the Corefile that answer a name of the search with what some resolvers stumble on."""
    shown: dict[str, Evidence] = {}
    for each in found.steps:
        for kind, answer in (("A", each.a), ("AAAA", each.aaaa)):
            if answer.outcome in (Outcome.ANSWERED, Outcome.NO_DATA, Outcome.NOT_RUN):
                continue
            by = answered(case.snapshot, each.name, kind, servers=found.conf.nameservers)
            if by and by.reply.source is Source.FIXED and by.reply.by:
                known = source_of(case.snapshot, by.reply.by, by.by)
                value = one_line(by.reply.by.words, limit=_LONGEST)
                note = f"line {by.reply.by.line}: {kind} of {each.name} is {answer.outcome}"
                shown.setdefault(place_of(by.reply.by), Evidence(known.config.ref, f"data.{known.key}", value, note))
    return tuple(shown.values())


def names_tried(case: Case, found: Lookup) -> Evidence:
    """Return the names of the search with what each gave."""
    said = [f"{each.name} A {each.a.outcome}, AAAA {each.aaaa.outcome}" for each in found.steps]
    return Evidence(caller_ref(case), "names tried", said, found.conf.why)


def owner(case: Case) -> Workload | None:
    """Return the caller's workload whose pod template may be changed."""
    pod = case.caller.pod
    known = case.snapshot.workload(pod.workload) if pod and pod.workload else case.caller.workload
    return known if known is not None and known.ref.kind in _TEMPLATED else None


def with_ndots(workload: Workload, ndots: int, why: str) -> Fix:
    """Return the patch that sets ndots in a pod template's `dnsConfig.options`; the list is replaced, other options stay.

    An option `ndots:2` in one word would stay beside it (`resolv_conf.py`), so it goes.
    """
    config = workload.spec.template.spec.dns_config
    kept = [
        {"name": each.name} if each.value is None else {"name": each.name, "value": each.value}
        for each in (config.options if config else None) or ()
        if each.name.partition(":")[0] != "ndots"
    ]
    options = [*kept, {"name": "ndots", "value": str(ndots)}]
    patch = {"spec": {"template": {"spec": {"dnsConfig": {"options": options}}}}}
    return Fix(about=workload.ref, merge=patch, risk=f"makes new pods of {workload.ref}; {why}{managed_by(workload)}")
