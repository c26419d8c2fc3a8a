"""What was looked at on one hop of one call, before any finding is weighed.

A sight is never `warn` or `fail`: that something is wrong is said by a finding of a check. It says whether the hop is on
the path, and whether what decides it was looked at and is in order; everything else is unknown, with its reason.
"""

from collections.abc import Callable

from msgspec import Struct

from bot.model.case import Case
from bot.model.result.status import Basis, Status
from bot.model.text import listing


class Sight(Struct, frozen=True):
    """One hop as it was seen: OK, UNKNOWN or OFF_PATH, on which basis, and in one line what was looked at, or why not.

    `is_failure`: it does not work, by what was seen. Whether something explains that is known when the checks have spoken.
    """

    status: Status
    basis: Basis
    because: str
    is_failure: bool = False


def sound(because: str, basis: Basis = Basis.CONFIG) -> Sight:
    """Return a hop that was looked at and is in order."""
    return Sight(Status.OK, basis, because)


def unknown(because: str, basis: Basis = Basis.NONE) -> Sight:
    """Return a hop that cannot be called sound, with the reason."""
    return Sight(Status.UNKNOWN, basis, because)


def failing(because: str, basis: Basis = Basis.PROBED) -> Sight:
    """Return a hop that does not work; the judge says beside it whether no check explains that."""
    return Sight(Status.UNKNOWN, basis, because, is_failure=True)


def off_path(because: str) -> Sight:
    """Return a hop that this call does not pass."""
    return Sight(Status.OFF_PATH, Basis.NONE, because)


NO_CALLER = off_path("no caller named")


def not_probed(case: Case) -> str:
    """Return why nothing was measured that counts, in words."""
    if case.measured.network_unreachable:
        return "not probed: the pod network cannot be reached from here"
    if not case.measured.vantage_is_blocked:
        return "not probed"
    if case.vantage.is_caller:
        return "not probed: the caller itself was not let through"
    if not case.vantage.is_in_cluster:
        return "not probed: policies may keep out who measures from outside of the pod network"
    return "not probed: policies do not admit the worker"


def milliseconds(value: float) -> str:
    """Return a duration for people."""
    return f"{value:.0f} ms" if value >= 1 else "under 1 ms"


def gap_words(case: Case, need: str, *namespaces: str) -> str:
    """Return in words what of a need was not read in these namespaces (none given: anywhere); empty where all was."""
    snapshot = case.snapshot
    for place in namespaces or ("",):
        for gap in snapshot.gaps_for(need, place):
            return f"{gap.what} could not be read ({gap.why})"
    return ""


def unread_caller(case: Case) -> str:
    """Return why a caller that was named is not known: what depends on who it is is then open; empty where it is known."""
    return "" if case.caller.party is not None else _unread(case)


def unplaced_caller(case: Case) -> str:
    """Return why the node of a caller that was named is not known; empty where it is, or where nobody was named."""
    source = case.question.source
    is_named = source is not None and bool(source.pod or source.workload)
    return _unread(case) if is_named and not case.caller.node else ""


def unsure_place(case: Case, has: Callable[[str], bool], what: str) -> str:
    """Return why a caller of whom nothing but the namespace was said may be on a node without something that each needs.

    `has` tells of a node's name whether it has it, `what` names it. Empty where each node that takes any pod has it, and for
    anybody else.
    """
    source = case.question.source
    if source is None or source.pod or source.workload:
        return ""
    if why := gap_words(case, "nodes"):
        return why
    without = sorted(each.name for each in case.snapshot.nodes if each.takes_any_pod and not has(each.name))
    lacks = f"{'has' if len(without) == 1 else 'have'} no {what}"
    return f"a pod of {source.namespace} may run on {listing(without, 3)}, which {lacks}" if without else ""


def _unread(case: Case) -> str:
    source = case.question.source
    if source is None:
        return ""
    for need in ("source", "pods", "workloads"):
        if why := gap_words(case, need, source.namespace):
            return why
    return f"no pod of {source} was found"


def no_service(case: Case) -> Sight:
    """Return a hop behind a Service that is not there, or was not read."""
    if not case.question.service:
        if case.question.address and (why := gap_words(case, "services", case.question.namespace)):
            return unknown(f"which Service has the IP {case.question.address} is not known: {why}")
        return unknown(_balancer(case) or f"{case.question.name or 'the address'} is no Service of this cluster")
    missing = f"{case.question.namespace} has no Service {case.question.service}"
    return unknown(gap_words(case, "services", case.question.namespace) or missing)


def _balancer(case: Case) -> str:
    """Return in words whose load balancer has the name that was asked; empty where none is known to."""
    name = case.question.name.lower().rstrip(".")
    known = (each for each in case.snapshot.services if name and name in each.balancer_addresses)
    return next((f"{name} is the load balancer of {each.ref}: {_AND_BACK}" for each in known), "")


# https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html#client-ip-preservation
_AND_BACK = (
    "such a call leaves the cluster and comes back, and a balancer that preserves clients' addresses sends none to the node "
    "it comes from"
)
