"""What is one cause for many: findings of Services and of calls are brought together by what there is to mend."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from bot.checks.engine.judge import Judgement
from bot.checks.engine.registry import checks_by_code
from bot.model.case import Case
from bot.model.dependencies.call import Call
from bot.model.dns.cluster_dns import cluster_dns
from bot.model.kube.services import Service
from bot.model.memo import memo
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import GRAVITY, Finding, Severity
from bot.model.result.triage import Reached
from bot.model.snapshot import Snapshot
from bot.model.text import listing
from bot.usecases.digest import Judged
from bot.usecases.order_of_causes import may_follow

_MOST_WAITING = 8
# What others stand in for: the finding, as a warning, and the Services that have less than they should.
Borne = tuple[Finding, Sequence[Service]]


class Called(Struct, frozen=True):
    """One call that the objects show, with the root of what keeps it from succeeding.

    `denied`: where policies are the root, what of them keeps it from succeeding all the same once that is mended.
    """

    call: Call
    caller: Ref | None
    root: Finding
    denied: tuple[Finding, ...] = ()


class Broken(Struct):
    """A root finding as each Service or call has it, the Services that it breaks for everybody, and the broken calls.

    `without`: what is said of those who wait for the Service that is missing by the root, or end without it.
    """

    told: list[Finding]
    services: list[Reached]
    calls: list[Called]
    without: list[Finding]

    @property
    def root(self) -> Finding:
        """Return the gravest, with what is known of the others: since when, and the fixes of each of them.

        Of several in other words the shortest tells of the thing itself, the others of who waits for it, too.
        """
        first = min(self.told, key=lambda each: (GRAVITY[each.severity], len(each.message), str(each.about)))
        since = [each.since for each in (*self.told, *self.without) if each.since]
        still = [each for each in self.calls if each.denied]
        further = (found for each in still for found in each.denied)
        fix = dict.fromkeys(line for each in (first, *self.told, *further) for line in each.fix)
        words = f"{_elsewhere(first, self.told)}{_without(self.without)}{_denied(still)}"
        since_when = first.since or min(since, default=None)
        return replace(first, message=f"{first.message}{words}", since=since_when, fix=tuple(fix))


def _elsewhere(first: Finding, told: Sequence[Finding]) -> str:
    """Return of which nodes or objects the same is said; of those that a message has named already nothing."""
    here, nodes = _nodes_of(first), sorted(set[str]().union(*map(_nodes_of, told)))
    if here and (others := [each for each in nodes if each not in here]):
        return f" It is the same on {listing(others)}."
    said = {str(each.about) for each in told if each.common and each.message != first.message} - {str(first.about)}
    return f" The same is so of {listing(sorted(said), 3)}." if said else ""


def _nodes_of(found: Finding) -> frozenset[str]:
    """Return the node that a finding is about, or those of the callers that it is about."""
    if found.about.kind == "Node":
        return frozenset((found.about.name,))
    return frozenset(str(each.value) for each in found.evidence if found.common and each.field == "spec.nodeName")


def _without(waiting: Sequence[Finding]) -> str:
    """Return who waits for what is missing, or ends without it."""
    who = sorted({str(each.about) for each in waiting})
    return f" {listing(who, _MOST_WAITING)} {'needs' if len(who) == 1 else 'need'} it." if who else ""


def _denied(still: Sequence[Called]) -> str:
    """Return which calls policies deny all the same once what is told first is mended."""
    services = sorted({f"{each.call.service.namespace}/{each.call.service.name}" for each in still})
    codes = sorted({found.code for each in still for found in each.denied})
    told = f" With the first fix alone calls to {listing(services)} stay denied ({listing(codes)})."
    return told if services else ""


def denied_after(case: Case, judgement: Judgement, root: Finding) -> tuple[Finding, ...]:
    """Return the failures that policies make of a call once the first fix of its root, which is a policy's, is made."""
    if not root.fixes or not _is_of_policy(root) or len([*_denials(judgement)]) == 1:
        return ()
    from bot.usecases.whatif import after  # noqa: PLC0415 (only where something is to be mended)

    then = after(case, root.fixes[0])
    return tuple(_denials(then.judgement)) if then else ()


def _denials(judgement: Judgement) -> Iterator[Finding]:
    free = (each for each in judgement.findings if each.severity is Severity.FAIL and not each.caused_by)
    return (each for each in free if _is_of_policy(each))


def _is_of_policy(found: Finding) -> bool:
    return found.about.kind.endswith("NetworkPolicy")


def by_root(
    snapshot: Snapshot, judged: Sequence[Judged], called: Sequence[Called], borne: Iterable[Borne]
) -> Iterable[Broken]:
    """Return each root finding once, as the Service that it hurts most has it, with the Services and calls that have it."""
    found: dict[Hashable, Broken] = {}
    for each in judged:
        for root in told_of(each.judgement, snapshot):
            _held(found, _identity(root, snapshot), root).services.append(
                Reached(each.service.namespace, each.service.name)
            )
    gone = _gone(snapshot, called)
    for one in sorted(called, key=lambda each: each.call in gone):
        identity = gone.get(one.call, _identity(one.root, snapshot))
        known = found.get(identity) if one.call in gone else None
        (known or _held(found, identity, one.root)).calls.append(one)
    agents = {each.workload for each in found if isinstance(each, _OfAgents)}
    for root, services in borne:
        if root.about in agents and not services:
            continue  # what its pods fail to do on their nodes is told
        known = found.get(_identity(root, snapshot))
        if known is None or known.root.severity is Severity.WARN:  # else it breaks others, and they come first
            _held(found, _identity(root, snapshot), root).services += [
                Reached(each.namespace, each.name) for each in services
            ]
    _join(found, _following_daemon_sets(found))
    _join(found, _following_services(found))
    _join(found, _following_keepers(found, snapshot))
    _join(found, _following_missing(found))
    _join(found, _following_misplaced(found, snapshot))
    _join(found, _following_nodes(found, snapshot))
    return found.values()


def _join(found: dict[Hashable, Broken], follows: Iterable[tuple[Hashable, Callable[[Broken], bool]]]) -> None:
    """Move, in `found`, the Services and calls of each of these roots to the first other one that it follows from, if any."""
    for key, is_cause in follows:
        known = found[key]
        cause = next((each for each in found.values() if each is not known and is_cause(each)), None)
        if cause:
            cause.services += known.services
            cause.calls += known.calls
            cause.without += known.without
            if _waits_for(known.root, cause):
                cause.without += known.told
            del found[key]


def _following_daemon_sets(found: dict[Hashable, Broken]) -> Iterator[tuple[Hashable, Callable[[Broken], bool]]]:
    """Yield what agents of many nodes fail to do, and what it follows from: what ails their DaemonSet."""
    for key in tuple(found):
        if isinstance(key, _OfAgents):
            yield key, partial(_is_about, key.workload)


def _following_services(found: dict[Hashable, Broken]) -> Iterator[tuple[Hashable, Callable[[Broken], bool]]]:
    """Yield what a Service without endpoints breaks for others alone, and what it follows from: what takes these away."""
    for key, known in tuple(found.items()):
        about = known.root.about
        own = Reached(about.namespace, about.name)
        if about.kind == "Service" and own not in known.services:
            yield key, partial(_takes_away, own)


def _following_keepers(
    found: dict[Hashable, Broken], snapshot: Snapshot
) -> Iterator[tuple[Hashable, Callable[[Broken], bool]]]:
    """Yield what a Service without selector breaks, and what it follows from: what ails the StatefulSet of its name.

    Its members (Patroni) write down themselves which of them takes calls.
    """
    for key, known in tuple(found.items()):
        about = known.root.about
        service = snapshot.service(about.namespace, about.name) if about.kind == "Service" else None
        is_empty = checks_by_code()[known.root.code].shows is Effect.NO_USABLE_ENDPOINT
        if service and is_empty and not service.selector.pairs:
            yield key, partial(_is_about, Ref("StatefulSet", about.name, about.namespace))


def _following_missing(found: dict[Hashable, Broken]) -> Iterator[tuple[Hashable, Callable[[Broken], bool]]]:
    """Yield what pods wait for in vain, or end without, and what it follows from: that this Service does not exist."""
    for key, known in tuple(found.items()):
        if known.root.common:
            yield key, partial(_waits_for, known.root)


def _following_misplaced(
    found: dict[Hashable, Broken], snapshot: Snapshot
) -> Iterator[tuple[Hashable, Callable[[Broken], bool]]]:
    """Yield what a missing Service breaks, and what it follows from: that it was made where its pods are not."""
    for key, known in tuple(found.items()):
        called = {each.call.service for each in known.calls}
        if len(called) == 1 and not known.services and snapshot.object(missing := called.pop()) is None:
            yield key, partial(_has_its_pods, missing)


def _following_nodes(
    found: dict[Hashable, Broken], snapshot: Snapshot
) -> Iterator[tuple[Hashable, Callable[[Broken], bool]]]:
    """Yield what a pod that has not begun breaks, and what it follows from: what ails its node.

    The name of a member that is not ready is gone by what ails its workload.
    """
    for key, known in tuple(found.items()):
        about = known.root.about
        pod = snapshot.pod(about.namespace, about.name) if about.kind == "Pod" else None
        if pod and pod.status.phase == "Pending":
            yield key, partial(_is_about, Ref("Node", pod.spec.node_name))
        elif pod and pod.workload and checks_by_code()[known.root.code].shows is Effect.NAME_WITHOUT_ADDRESS:
            yield key, partial(_is_about, pod.workload)


def _waits_for(waiting: Finding, missing: Broken) -> bool:
    root = missing.root
    return root.severity is Severity.FAIL and root.code != waiting.code and str(root.about) == waiting.common


def _is_about(ref: Ref, other: Broken) -> bool:
    return other.root.about == ref


def _has_its_pods(missing: Ref, other: Broken) -> bool:
    """Return whether a Service of the same name elsewhere is without pods, and those that it means are here."""
    root = other.root
    is_twin = root.about.kind == "Service" and root.about.name == missing.name
    return is_twin and any(each.object.namespace == missing.namespace for each in root.evidence)


def _takes_away(service: Reached, other: Broken) -> bool:
    return service in other.services and other.root.severity is Severity.FAIL


def _gone(snapshot: Snapshot, called: Sequence[Called]) -> dict[Call, Hashable]:
    """Return the identity of calls by routes of Services that are gone: such a one is one thing to mend, whoever names it."""
    missing = [each for each in called if snapshot.object(each.call.service) is None]
    named = {
        each.call.service: _identity(each.root, snapshot) for each in missing if each.root.about == each.call.service
    }
    return {
        each.call: named.get(each.call.service, (each.root.code, each.call.service))
        for each in missing
        if each.call.route
    }


class _OfAgents(Struct, frozen=True):
    """One code of findings about agents of nodes, which one DaemonSet makes."""

    code: str
    workload: Ref


def _identity(root: Finding, snapshot: Snapshot) -> Hashable:
    """Return what makes two findings one root: of an object that many Services share it is the object.

    A policy, a node, a DaemonSet's pods on nodes, a registry, a line of a Corefile is said to hurt each Service by another
    finding, and is one thing to mend.
    """
    about = root.about
    if root.common:
        return root.code, root.common
    if agents := _agents_of(root, snapshot):
        return _OfAgents(root.code, agents)
    if about.kind == "Node" or _is_of_policy(root) or _is_of_members(root):
        return root.code, about
    if about.kind == "ConfigMap" and root.evidence:
        return root.code, about, root.evidence[0].field, root.evidence[0].note
    return root.fingerprint


def _is_of_members(root: Finding) -> bool:
    """Return whether names below a Service mean members that a StatefulSet does not make: its number is one thing to mend."""
    return root.about.kind == "StatefulSet" and checks_by_code()[root.code].shows is Effect.NAME_WITHOUT_ADDRESS


def _agents_of(root: Finding, snapshot: Snapshot) -> Ref | None:
    """Return the DaemonSet whose pod does not do its work on the node that a finding is about; None for other findings."""
    holder = root.evidence[0].object if root.about.kind == "Node" and root.evidence else root.about
    pod = snapshot.pod(holder.namespace, holder.name) if holder.kind == "Pod" else None
    return pod.workload if pod and pod.workload and pod.workload.kind == "DaemonSet" else None


def _held(found: dict[Hashable, Broken], identity: Hashable, root: Finding) -> Broken:
    held = found.setdefault(identity, Broken([], [], [], []))
    held.told.append(root)
    return held


def told_of(judgement: Judgement, snapshot: Snapshot) -> Iterator[Finding]:
    """Yield the root, and what is wrong beside a fault that all Services share, unless it may follow from that.

    What is wrong with the DNS's own Service and pods is that fault itself.
    """
    root, beside = judgement.root, judgement.beside
    if root:
        yield root
    if root and beside and not may_follow(beside, root) and beside.about not in _of_dns(snapshot):
        yield beside


@memo
def _of_dns(snapshot: Snapshot) -> frozenset[Ref]:
    """Return the Service of the cluster's DNS, its pods and their makers."""
    dns = cluster_dns(snapshot)
    service = dns.service
    if service is None:
        return frozenset()
    pods, makers = (*dns.pods, *snapshot.pods_behind(service)), snapshot.workloads_behind(service)
    own = {ref for pod in pods for ref in (pod.ref, pod.workload) if ref}
    return frozenset(own | {service.ref} | {each.ref for each in makers})
