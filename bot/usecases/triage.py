"""Triage: the few root causes of what is broken in a scope, each once, with the Services that it takes down.

Every Service is judged as a digest judges it, on one snapshot; Services with the same root are one cause. Their order is
that of `bot.usecases.order_of_causes`.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from msgspec.structs import asdict, replace

from bot.checks.engine.judge import Judgement, judge_if_broken
from bot.checks.engine.registry import checks_by_code
from bot.checks.facts.pod_state import never_ran
from bot.model.call.copied_selector import declares
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.dependencies.call import Call
from bot.model.dependencies.calls import calls_from_elsewhere, shown_calls
from bot.model.dependencies.elsewhere import namespaces_named
from bot.model.dns.cluster_dns import cluster_dns
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.question.question import Question
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Finding, Severity
from bot.model.result.triage import Cause, Reached, Triage
from bot.model.snapshot import Snapshot
from bot.usecases.digest import NOTHING_SAID, Judged, judge_each, judge_services, table_of
from bot.usecases.lost_nodes import lost_nodes
from bot.usecases.nameless_members import nameless_members
from bot.usecases.order_of_causes import MANY, in_order, is_most, refuses_port
from bot.usecases.pending_balancers import pending_balancers
from bot.usecases.relabelled import since_relabelled
from bot.usecases.shared_causes import Borne, Broken, Called, by_root, denied_after, told_of
from bot.usecases.since_told import since_told
from bot.usecases.stuck_rollouts import stuck_rollouts
from bot.usecases.unread_policies import with_suspects
from bot.usecases.unserved_workloads import unserved_workloads
from bot.usecases.use_of_services import OLD, UseOfServices


def triage(
    snapshot: Snapshot,
    *,
    at: datetime,
    took_ms: int = 0,
    namespaces: tuple[str, ...] = (),
    asked: Question = NOTHING_SAID,
) -> Triage:
    """Return the triage of these namespaces (none given: of all). A caller and a symptom in `asked` narrow it."""
    judged = judge_services(snapshot, namespaces, asked)
    made = table_of(snapshot, judged, at=at, took_ms=took_ms, namespaces=namespaces)
    shown = _tellable(snapshot, shown_calls(snapshot, namespaces), namespaces)
    calls = _of_caller(snapshot, shown, asked)
    foreign = () if asked.source else _tellable(snapshot, calls_from_elsewhere(snapshot, namespaces), namespaces)
    below = _below(snapshot, (*calls, *foreign), asked, judged)
    failing = {each.service.ref for each in (*judged, *below) if each.judgement.root}
    called = _judge_calls(snapshot, calls, asked, failing)
    called += tuple(one for one in _judge_calls(snapshot, foreign, asked, failing) if _is_of(one.root, namespaces))
    unserved = () if asked.source else tuple(unserved_workloads(snapshot, namespaces))
    called = tuple(one for one in called if not _is_of_workload(one, {about for about, *_ in unserved}))
    borne = [(each, services) for _, each, services in unserved] + (
        [] if asked.source else list(_borne(snapshot, namespaces))
    )
    use = UseOfServices(snapshot, (*shown, *foreign))
    causes = [_cause(each, snapshot, len(judged), use) for each in by_root(snapshot, (*judged, *below), called, borne)]
    return Triage(
        **{**asdict(made), "unread": (*made.unread, *_unread_beside(snapshot, namespaces))},
        is_called=asked.source is not None,
        causes=in_order(causes, use, asked.symptom, at),
    )


def _of_caller(snapshot: Snapshot, calls: tuple[Call, ...], asked: Question) -> tuple[Call, ...]:
    """Return the calls of the workload that is asked about; all where nobody was named."""
    if asked.source is None:
        return calls
    who = Case(asked, snapshot).caller.pod
    callers = {each.caller: snapshot.pod(each.caller.namespace, each.caller.name) for each in calls if each.caller}
    its = {
        ref
        for ref, pod in callers.items()
        if who and pod and (pod.ref == who.ref or (pod.workload is not None and pod.workload == who.workload))
    }
    return tuple(each for each in calls if each.caller in its)


def _unread_beside(snapshot: Snapshot, namespaces: tuple[str, ...]) -> Iterator[str]:
    """Yield the other namespaces that are called from these and whose Services were not read: nothing is known of them."""
    beside = namespaces_named(snapshot, namespaces)
    return (each for each in beside if not (snapshot.was_listed(Service, each) and snapshot.may_name(each)))


def _tellable(snapshot: Snapshot, calls: tuple[Call, ...], namespaces: tuple[str, ...]) -> tuple[Call, ...]:
    """Return the calls of which both ends may be told to who asked, where these namespaces were asked about; lookups are."""
    if not namespaces or not snapshot.visible:
        return calls
    dns = cluster_dns(snapshot).service
    told = {*snapshot.namespace_names, *namespaces}
    return tuple(
        each
        for each in calls
        if (each.service.namespace in told or (dns and each.service == dns.ref))
        and (each.caller is None or each.caller.namespace in told)
    )


def _judge_calls(
    snapshot: Snapshot, calls: Iterable[Call], asked: Question, failing: Collection[Ref]
) -> tuple[Called, ...]:
    """Judge these calls. What ails a caller that is itself called is told of it as a Service, and so is what fails for all.

    What lies between such a caller and a sound Service may be why the caller fails. Where nobody knows which port is called, no
    more is told than that policies keep a caller that fails from all of them, and what its own settings do to the name.
    """
    found = []
    for call in calls:
        pod = snapshot.pod(call.caller.namespace, call.caller.name) if call.caller else None
        if pod and asked.source is None and never_ran(pod):
            continue  # what it is told keeps it from nothing yet
        if call.is_vague and (pod is None or (pod.is_ready and not pod.spec.host_aliases)):
            continue  # what a pod's own hosts file says holds for every port
        is_told = pod is not None and not pod.is_ready and bool(snapshot.services_selecting(pod))
        if pod and is_told and (pod.is_terminating or snapshot.is_lost(pod.spec.node_name)):
            continue
        if is_told and call.service in failing and not call.member:
            continue
        case = Case(_question(call, snapshot, asked), snapshot, route=call.route)
        if (judgement := judge_if_broken(case)) is None:
            continue
        caller = (pod.workload or pod.ref) if pod else None
        suspects = (*told_of(judgement, snapshot), *_beside_state(call, judgement))
        told = (since_relabelled(snapshot, pod, root) for root in suspects)
        called = snapshot.service(call.service.namespace, call.service.name)
        dated = (since_told(snapshot, pod, called, root) for root in told)
        sure = (_as_sure_as_written(call, pod, root) for root in dated)
        roots = [root for root in sure if not _is_lived_with(snapshot, call, root)]
        roots = [root for root in roots if not call.is_vague or _is_denial(root) or root.about == caller]
        found += [
            Called(call, caller, root, denied_after(case, judgement, root))
            for root in roots
            if not ((is_told or (pod and _has_stand_in(snapshot, pod))) and _is_state_of(call.caller, root))
        ]
    return tuple(found)


def _beside_state(call: Call, judgement: Judgement) -> Iterator[Finding]:
    """Yield what is wrong with the endpoints that are called, where the root is that the caller does not run.

    It may be why: pods of another program that take a share of its calls, which a table tells as context.
    """
    if judgement.root is None or not _is_state_of(call.caller, judgement.root):
        return
    for each in judgement.findings:
        if each.severity is Severity.WARN and checks_by_code()[each.code].hop is Hop.ENDPOINTS:
            yield each


def _is_denial(found: Finding) -> bool:
    """Return whether policies deny a call, at every port where none was asked for."""
    return found.severity is Severity.FAIL and checks_by_code()[found.code].hop is Hop.POLICY


def _as_sure_as_written(call: Call, pod: Pod | None, found: Finding) -> Finding:
    """Return what is found of a port that only a scheme implies: likely at most, and a warning while its caller is ready.

    Its program may add a port of its own (Tempo's vulture does).
    """
    if not call.is_implied or checks_by_code()[found.code].hop not in (Hop.SERVICE, Hop.CALLER):
        return found
    is_fine = pod is not None and pod.is_ready and found.severity is Severity.FAIL
    severity = Severity.WARN if is_fine else found.severity
    confidence = Confidence.LIKELY if found.confidence is Confidence.CERTAIN else found.confidence
    return replace(found, severity=severity, confidence=confidence)


def _has_stand_in(snapshot: Snapshot, pod: Pod) -> bool:
    """Return whether another pod of its workload is ready: then what state it is in keeps nobody from calling."""
    made = snapshot.pods_by_workload(pod.namespace).get(pod.workload, ()) if pod.workload else ()
    return not pod.is_ready and any(each.is_ready for each in made)


def _is_state_of(pod: Ref | None, found: Finding) -> bool:
    """Return whether a finding tells what state a pod is in, and not what it was told to do."""
    return found.about == pod and any(each.field.startswith("status") for each in found.evidence)


def _is_lived_with(snapshot: Snapshot, call: Call, found: Finding) -> bool:
    """Return whether a finding only suspects something, and its caller is ready all the same.

    It may be that a port which nobody declares, or for another protocol, refuses: the Service's other ports lead to declared
    ones, its containers declare less than they serve. Or that some resolvers would not find the name: its own has.
    """
    pod = snapshot.pod(call.caller.namespace, call.caller.name) if call.caller else None
    service = snapshot.service(call.service.namespace, call.service.name)
    if found.confidence is Confidence.POSSIBLE and checks_by_code()[found.code].hop is Hop.RECORD:
        return pod is not None and pod.is_ready
    is_of_port = checks_by_code()[found.code].hop is not Hop.APPLICATION and refuses_port(found)
    if (
        not (is_of_port and found.confidence is Confidence.POSSIBLE)
        or pod is None
        or not pod.is_ready
        or service is None
    ):
        return False
    others = [each for each in service.ports if each.port != call.port]
    return any(declares(snapshot.pods_behind(service), each) for each in others)


def _below(snapshot: Snapshot, calls: Iterable[Call], asked: Question, judged: Sequence[Judged]) -> tuple[Judged, ...]:
    """Return the Services of other namespaces that take no call at all and that these need.

    Members of these call them which fail themselves: such a one is told as a Service, and what it calls may be why it fails.
    Or they are those of a controller that fails, which sends calls by an Ingress on to these.
    """
    told = {(each.service.namespace, each.service.name) for each in judged}
    needed = {
        call.service
        for call in calls
        if (call.service.namespace, call.service.name) not in told and _is_told(snapshot, call, told)
    }
    senders = {call.caller for call in calls if call.route and call.caller}
    pods = (snapshot.pod(each.namespace, each.name) for each in senders)
    fronts = {each.ref for pod in pods if pod and not pod.is_ready for each in snapshot.services_selecting(pod)}
    needed |= {each for each in fronts if (each.namespace, each.name) not in told}
    known = (snapshot.service(each.namespace, each.name) for each in needed)
    found = judge_each(snapshot, filter(None, known), asked)
    return tuple(each for each in found if (root := each.judgement.root) and root.severity is Severity.FAIL)


def _borne(snapshot: Snapshot, namespaces: tuple[str, ...]) -> Iterator[Borne]:
    """Yield what breaks no Service, since others stand in for it or nobody has to call it."""
    yield from stuck_rollouts(snapshot, namespaces)
    yield from lost_nodes(snapshot, namespaces)
    yield from nameless_members(snapshot, namespaces)
    yield from pending_balancers(snapshot, namespaces)


def _is_of_workload(one: Called, told: Collection[Ref]) -> bool:
    """Return whether a call fails for its caller alone, which is told as its workload."""
    return one.caller in told and one.call.caller is not None and one.root.about == one.call.caller


def _is_told(snapshot: Snapshot, call: Call, told: Collection[tuple[str, str]]) -> bool:
    """Return whether a call's pod is not ready, and a member of a Service that was judged."""
    pod = snapshot.pod(call.caller.namespace, call.caller.name) if call.caller else None
    return (
        pod is not None
        and not pod.is_ready
        and any((each.namespace, each.name) in told for each in snapshot.services_selecting(pod))
    )


def _is_of(root: Finding, namespaces: tuple[str, ...]) -> bool:
    """Return whether what ails a caller from elsewhere lies in these namespaces; else it is told where it lies."""
    return root.about.namespace in namespaces


def _question(call: Call, snapshot: Snapshot, asked: Question) -> Question:
    service = call.service
    is_near = call.caller is None or call.caller.namespace == service.namespace
    name = ".".join(filter(None, (call.member, service.name, "" if is_near and not call.member else service.namespace)))
    dns = cluster_dns(snapshot).service
    if call.is_full or (dns and dns.ref == service):  # whom a resolver asks it knows by an address
        name = f"{service.name}.{service.namespace}.svc.{snapshot.zone}"
    return Question(
        service=service.name,
        namespace=service.namespace,
        port=call.port,
        cluster=snapshot.cluster,
        name=name,
        source=call.source,
        symptom=asked.symptom,
    )


def _cause(broken: Broken, snapshot: Snapshot, of: int, use: UseOfServices) -> Cause:
    services = broken.services
    root = with_suspects(snapshot, use, broken.root, tuple(dict.fromkeys(services)))
    callers = {} if services else {each.caller: None for each in broken.calls if each.caller}
    called = {Reached(each.call.service.namespace, each.call.service.name): None for each in broken.calls}
    return Cause(
        finding=root,
        services=tuple(dict.fromkeys(services)) or tuple(called),
        since=root.since,
        share=round(len(set(services)) / of, 3) if of else 0.0,
        is_old=root.since is not None
        and snapshot.age(root.since) >= OLD
        and len(callers) < MANY
        and not is_most(len(set(services)), of),
        callers=tuple(sorted(callers)),
    )
