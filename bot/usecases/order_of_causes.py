"""The order in which a triage tells its causes, and which of them may follow from another.

What fits the complaint comes first, then the gravest, then what breaks most, then what began last; but before a Service that
fails by its own words comes the broken one that it calls, or what keeps its own calls from a sound one. Where nobody knows
since when, what nothing calls comes after what is called. What has been so for a week and more comes after all of that: it
was there before the incident. So does what people do on purpose, too (a workload scaled to zero), where nothing calls it and
nobody knows since when; what its own controller put to sleep and wakes again; a run that is over; a Service that nobody can
call, without ports and selector; a port of a collector of traces that its callers are ready without; and a DNS Service
without pods, as clusters have it whose DNS runs outside of them.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from bot.checks.engine.registry import checks_by_code
from bot.model.dependencies.places import failed_in, tells_lookup
from bot.model.pattern import pattern
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import GRAVITY, SURENESS, Confidence, Finding, Severity
from bot.model.result.triage import Cause, Reached
from bot.usecases.unnamed_roots import FIRST_CALL, TOGETHER, is_majority_lost, is_nameless, unnamed_roots
from bot.usecases.use_of_services import UseOfServices

# Callers who are cut off by a policy: so many had said so within the week, so another policy that let them in is gone since.
MANY = 3
# What a program shows that cannot do without another one. Its image, its volume or its place are no such thing.
_MAY_FOLLOW = frozenset(
    (
        Effect.CONTAINER_CRASHES,
        Effect.INIT_NOT_ENDED,
        Effect.SOME_BACKENDS_FAIL,
        Effect.ALL_BACKENDS_FAIL,
        Effect.NO_USABLE_ENDPOINT,
    )
)
_OWN_WORDS = pattern(r"^log of |terminated\.message$")


def is_most(services: int, of: int) -> bool:
    """Return whether so many of all Services are broken by one cause that somebody had noticed within the week."""
    return services >= MANY and services > of / 2


def in_order(causes: Sequence[Cause], use: UseOfServices, symptom: Symptom | None, at: datetime) -> tuple[Cause, ...]:
    """Return the causes in their order, each with the broken Services that it may follow from."""
    causes = [replace(each, is_old=each.is_old or _may_be_meant(each, use)) for each in causes]
    breaking = _breaking(causes)
    known = [replace(each, depends_on=_depends_on(each, causes, breaking, use)) for each in causes]
    return tuple(_roots_first(sorted(known, key=lambda each: _rank(each, use, symptom, at)), use))


def _may_be_meant(cause: Cause, use: UseOfServices) -> bool:
    """Return whether it may be so on purpose: nothing calls these Services, and no Event tells that it just began."""
    if _is_by_design(cause, use):
        return True
    if cause.since is not None:
        return False
    if _is_dns_elsewhere(cause) or (cause.callers and use.is_done_without(cause.services, cause.callers)):
        return True
    if checks_by_code()[cause.finding.code].may_be_meant:
        unused = [each for each in cause.services if not (use.is_left_alone(each) or use.is_asleep(each))]
        return all(use.is_idle(each) and use.is_silent(each) for each in unused)
    return _is_left_behind(cause, use) and all(
        use.is_left_alone(each) or use.is_silent(each) for each in cause.services
    )


def _is_by_design(cause: Cause, use: UseOfServices) -> bool:
    """Return whether no call can miss these Services: calls wake their workload, they take none, or their run is over."""
    is_asleep = checks_by_code()[cause.finding.code].may_be_meant and use.is_put_to_sleep(cause)
    return bool(cause.services) and (
        is_asleep or all(use.takes_no_call(each) or use.is_over(each) for each in cause.services)
    )


def _is_dns_elsewhere(cause: Cause) -> bool:
    """Return whether it is a DNS Service without any pod: a warning, since DNS may run outside of pods (EKS Auto Mode)."""
    finding = cause.finding
    return finding.severity is Severity.WARN and checks_by_code()[finding.code].shows is Effect.NO_POD_SELECTED


def _is_left_behind(cause: Cause, use: UseOfServices) -> bool:
    """Return whether an old Service selects what is no more: neither pods nor workloads have anything like it."""
    finding = cause.finding
    if checks_by_code()[finding.code].shows is not Effect.NO_POD_SELECTED or not all(map(use.is_aged, cause.services)):
        return False
    return all(each.object == finding.about for each in finding.evidence)


def may_follow(found: Finding, shared: Finding) -> bool:
    """Return whether a finding may follow from a fault that all Services share, which began no later.

    A program that gives its own reason for its end, which is no lookup, does not.
    """
    if shared.severity is not Severity.FAIL or checks_by_code()[found.code].shows not in _MAY_FOLLOW:
        return False
    if found.since and shared.since and found.since < shared.since - TOGETHER:
        return False
    words = [str(each.value) for each in found.evidence if _OWN_WORDS.search(each.field)]
    return not words or any(tells_lookup(each) for each in words)


def gives_another_reason(found: Finding) -> bool:
    """Return whether a program gives a reason of its own for its end, which is no call that failed."""
    words = [str(each.value) for each in found.evidence if _OWN_WORDS.search(each.field)]
    return bool(words) and not any(map(failed_in, words))


def refuses_port(found: Finding) -> bool:
    """Return whether a finding is of a port that refuses: it shows that, or brings it about."""
    known = checks_by_code()[found.code]
    return Effect.PORT_REFUSES in (known.shows, *known.causes)


def is_of_callers(found: Finding) -> bool:
    """Return whether a finding shows what a program does that cannot do without another one."""
    return checks_by_code()[found.code].shows in _MAY_FOLLOW


def _breaking(causes: Sequence[Cause]) -> dict[Reached, list[int]]:
    """Return by Service the places of the causes that break it."""
    found: dict[Reached, list[int]] = defaultdict(list)
    for place, each in enumerate(causes):
        for service in each.services:
            found[service].append(place)
    return found


def _depends_on(
    cause: Cause, causes: Sequence[Cause], breaking: dict[Reached, list[int]], use: UseOfServices
) -> tuple[Reached, ...]:
    if cause.callers or checks_by_code()[cause.finding.code].shows not in _MAY_FOLLOW:
        return ()
    called = set[Reached]().union(*(use.calls.get(each, ()) for each in cause.services)).difference(cause.services)
    called.update(one for each in causes if each.callers for one in each.services)
    if not cause.services:  # of a workload that no Service selects
        called.update(use.calls_of_workloads.get(cause.finding.about, ()))
    broken = (one for one in called if any(_may_precede(causes[at], cause, use) for at in breaking.get(one, ())))
    return tuple(sorted(broken, key=lambda each: (each.namespace, each.name)))


def _may_precede(first: Cause, cause: Cause, use: UseOfServices) -> bool:
    """Return whether one cause fails its Services for everybody, or for the members of the other, and began no later."""
    if first.is_old and not cause.is_old:
        return False
    if first.finding.severity is not Severity.FAIL:
        return _is_borne_out(first, cause, use)
    if first.callers and not (_takes_name(first) or _fails_members(first, cause, use)):
        return False
    return first.since is None or cause.since is None or first.since <= cause.since + TOGETHER


def _takes_name(first: Cause) -> bool:
    """Return whether a StatefulSet no longer has the names by which its members are called: that is so for whoever calls."""
    return is_nameless(first) and first.finding.about not in first.callers


def _is_borne_out(first: Cause, cause: Cause, use: UseOfServices) -> bool:
    """Return whether a warning may be why another cause fails, which gives no other reason.

    It is a suspicion, a loop of kills, a lost majority, or pods of another program that take a share of the calls.
    """
    if cause.since is None or gives_another_reason(cause.finding):
        return False
    return (
        _is_newly_suspected(first, cause.since, use)
        or _ends_all(first, cause.since)
        or is_majority_lost(first, cause.since)
        or _is_newly_joined(first, cause.since, use)
    )


def _is_newly_suspected(first: Cause, since: datetime, use: UseOfServices) -> bool:
    """Return whether a Service that is suspected to refuse everybody has new pods, and what calls it fails since then.

    With pods that have long been called the suspicion is as old, and was no reason to fail until now; unless it is likely, and
    nothing records that its ports were written long before (`kubectl get -o yaml` hides it): then it may be as young.
    """
    if not refuses_port(first.finding):
        return False
    born = [each.metadata.creation_timestamp for each in use.members(first.services) if not each.is_terminal]
    may_be_young = first.finding.confidence is Confidence.LIKELY and use.may_be_rewritten(first.services, since)
    return bool(born) and all(
        each is not None and (may_be_young or since - FIRST_CALL <= each) and each <= since + TOGETHER for each in born
    )


def _is_newly_joined(first: Cause, since: datetime, use: UseOfServices) -> bool:
    """Return whether pods that are not its own came behind a Service just before what calls it failed."""
    if Effect.BACKEND_FAILS not in checks_by_code()[first.finding.code].causes:
        return False
    named = {each.object for each in first.finding.evidence if each.object.kind == "Pod"}
    born = [each.metadata.creation_timestamp for each in use.members(first.services) if each.ref in named]
    return any(each is not None and since - FIRST_CALL <= each <= since + TOGETHER for each in born)


def _ends_all(first: Cause, since: datetime) -> bool:
    """Return whether every pod of a Service ends again and again, though one is up just now, and what calls it fails since."""
    finding = first.finding
    if checks_by_code()[finding.code].shows is not Effect.CONTAINER_CRASHES or finding.affected is None:
        return False
    is_all = finding.affected.endpoints == finding.affected.of
    return is_all and first.since is not None and since - FIRST_CALL <= first.since <= since + TOGETHER


def _fails_members(first: Cause, cause: Cause, use: UseOfServices) -> bool:
    """Return whether calls that fail are of what another cause breaks, which gives no other reason of its own for that.

    With what a pod was told when it was made it has run as long as it ran: then that is no reason to fail now, unless the
    Service that it means was made since, under another name or elsewhere, or its ports were written since.
    """
    callers = set(first.callers)
    members = [each for each in use.members(cause.services) if (each.workload or each.ref) in callers]
    if not members or gives_another_reason(cause.finding):
        return False
    born = [each.metadata.creation_timestamp for each in members if each.metadata.creation_timestamp]
    is_told = first.finding.about in callers and cause.since and born
    known = (*born, *use.made(first))
    return not is_told or any(each >= cause.since - FIRST_CALL for each in known if cause.since)


def _roots_first(causes: Sequence[Cause], use: UseOfServices) -> Iterator[Cause]:
    """Yield each cause after those of the Services that it depends on.

    In a circle, what is outside of it comes first, then what began first: the walk ends there, and tells on its way back.
    """
    told: set[int] = set()
    needed = _needed(causes, use)

    def tell(at: int) -> Iterator[Cause]:
        if at in told:
            return
        told.add(at)
        circle = {each for each in needed[at] if at in _all_needed(each, needed)}
        for place in sorted(
            needed[at], key=lambda each: (each in circle, each in circle and -_began(causes[each]), each)
        ):
            yield from tell(place)
        yield causes[at]

    for at in range(len(causes)):
        yield from tell(at)


def _began(cause: Cause) -> float:
    return cause.since.timestamp() if cause.since else 0.0


def _needed(causes: Sequence[Cause], use: UseOfServices) -> list[set[int]]:
    """Return for each cause the places of those that come before it."""
    breaking = _breaking(causes)
    places = [{place for service in each.depends_on for place in breaking[service]} for each in causes]
    return [
        {place for place in found - {at} if _may_precede(causes[place], causes[at], use)} or unnamed_roots(at, causes)
        for at, found in enumerate(places)
    ]


def _all_needed(at: int, needed: Sequence[set[int]]) -> set[int]:
    """Return what a cause comes after, and what that comes after, and so on."""
    found, coming = set[int](), [at]
    while coming:
        new = needed[coming.pop()] - found
        found |= new
        coming += new
    return found


def _rank(
    cause: Cause, use: UseOfServices, symptom: Symptom | None, at: datetime
) -> tuple[bool, bool, bool, int, int, int, bool, float, str, str]:
    finding = cause.finding
    fits = symptom is not None and symptom in checks_by_code()[finding.code].fits
    age = (at - cause.since).total_seconds() if cause.since else float("inf")
    return (
        cause.is_old,
        symptom is not None and not fits,
        cause.since is None
        and (use.is_lived_with(cause) or (len(cause.services) == 1 and use.is_idle(cause.services[0]))),
        GRAVITY[finding.severity],
        -len(cause.services),
        SURENESS[finding.confidence],
        checks_by_code()[finding.code].shows in _MAY_FOLLOW,
        age,
        finding.code,
        str(finding.about),
    )
