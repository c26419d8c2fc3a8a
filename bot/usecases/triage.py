"""Triage: the few root causes of what is broken in a scope, each once, with the Services that it takes down.

Every Service is judged as a digest judges it, on one snapshot; Services with the same root are one cause. Their order is
that of `bot.usecases.order_of_causes`.
"""

from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import asdict, replace

from bot.checks.engine.judge import judge
from bot.model.case import Case
from bot.model.dependencies.calls import Call, calls_from_elsewhere, shown_calls
from bot.model.kube.services import Service
from bot.model.question.question import Question
from bot.model.refs import Ref
from bot.model.result.finding import GRAVITY, Finding, Severity
from bot.model.result.triage import Cause, Reached, Triage
from bot.model.snapshot import Snapshot
from bot.usecases.digest import NOTHING_SAID, Judged, judge_services, table_of
from bot.usecases.lost_nodes import lost_nodes
from bot.usecases.order_of_causes import OLD, UseOfServices, in_order
from bot.usecases.stuck_rollouts import stuck_rollouts


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
    calls = () if asked.source else shown_calls(snapshot, namespaces)
    foreign = () if asked.source else calls_from_elsewhere(snapshot, namespaces)
    called = _judge_calls(snapshot, calls, asked, judged)
    called += tuple(one for one in _judge_calls(snapshot, foreign, asked, judged) if _is_of(one.root, namespaces))
    borne = () if asked.source else (*stuck_rollouts(snapshot, namespaces), *lost_nodes(snapshot, namespaces))
    causes = [_cause(found, snapshot, len(judged)) for found in _by_root(judged, called, borne)]
    if asked.source and len(causes) > 1:
        calls = shown_calls(snapshot, namespaces)
    return Triage(
        **asdict(made),
        is_called=asked.source is not None,
        causes=in_order(causes, UseOfServices(snapshot, (*calls, *foreign)), asked.symptom, at),
    )


# What others stand in for: the finding, as a warning, and the Services that have less than they should.
Borne = tuple[Finding, Sequence[Service]]


class _Called(Struct, frozen=True):
    """One call that the objects show, with the root of what keeps it from succeeding."""

    call: Call
    caller: Ref | None
    root: Finding


class _Broken(Struct):
    """A root finding as each Service or call has it, the Services that it breaks for everybody, and the broken calls."""

    told: list[Finding]
    services: list[Reached]
    calls: list[_Called]

    @property
    def root(self) -> Finding:
        """Return the gravest, with what is known of the others: since when, and the fixes of each of them.

        Of several in other words the shortest tells of the thing itself, the others of who waits for it, too.
        """
        first = min(self.told, key=lambda each: (GRAVITY[each.severity], len(each.message)))
        since = [each.since for each in self.told if each.since]
        fix = dict.fromkeys(line for each in (first, *self.told) for line in each.fix)
        return replace(first, since=first.since or min(since, default=None), fix=tuple(fix))


def _judge_calls(
    snapshot: Snapshot, calls: Iterable[Call], asked: Question, judged: Sequence[Judged]
) -> tuple[_Called, ...]:
    """Judge these calls. What ails a caller that is itself called is told of it as a Service."""
    told = {(each.service.namespace, each.service.name) for each in judged}
    found = []
    for call in calls:
        pod = snapshot.pod(call.caller.namespace, call.caller.name) if call.caller else None
        if (
            pod
            and not pod.is_ready
            and any((each.namespace, each.name) in told for each in snapshot.services_selecting(pod))
        ):
            continue
        if root := judge(Case(_question(call, snapshot, asked), snapshot)).root:
            found.append(_Called(call, (pod.workload or pod.ref) if pod else None, root))
    return tuple(found)


def _is_of(root: Finding, namespaces: tuple[str, ...]) -> bool:
    """Return whether what ails a caller from elsewhere lies in these namespaces; else it is told where it lies."""
    return root.about.namespace in namespaces


def _question(call: Call, snapshot: Snapshot, asked: Question) -> Question:
    service = call.service
    is_near = call.caller is None or call.caller.namespace == service.namespace
    return Question(
        service=service.name,
        namespace=service.namespace,
        port=call.port,
        cluster=snapshot.cluster,
        name=service.name if is_near else f"{service.name}.{service.namespace}",
        source=call.source,
        symptom=asked.symptom,
    )


def _by_root(judged: Sequence[Judged], called: Iterable[_Called], borne: Iterable[Borne]) -> Iterable[_Broken]:
    """Return each root finding once, as the Service that it hurts most has it, with the Services and calls that have it."""
    found: dict[Hashable, _Broken] = {}
    for each in judged:
        for root in each.judgement.findings:
            if root.severity is not Severity.INFO:
                _held(found, root).services.append(Reached(each.service.namespace, each.service.name))
    for one in called:
        _held(found, one.root).calls.append(one)
    for root, services in borne:
        known = found.get(_identity(root))
        if known is None or known.root.severity is Severity.WARN:  # else it breaks others, and they come first
            _held(found, root).services += [Reached(each.namespace, each.name) for each in services]
    return found.values()


def _identity(root: Finding) -> Hashable:
    """Return what makes two findings one root: of an object that many Services share it is the object.

    A policy, a node, a line of a Corefile is said to hurt each Service by another finding, and is one thing to mend.
    """
    about = root.about
    if about.kind == "Node" or about.kind.endswith("NetworkPolicy"):
        return root.code, about
    if about.kind == "ConfigMap" and root.evidence:
        return root.code, about, root.evidence[0].field, root.evidence[0].note
    return root.fingerprint


def _held(found: dict[Hashable, _Broken], root: Finding) -> _Broken:
    held = found.setdefault(_identity(root), _Broken([], [], []))
    held.told.append(root)
    return held


def _cause(broken: _Broken, snapshot: Snapshot, of: int) -> Cause:
    root, services = broken.root, broken.services
    callers = {} if services else {each.caller: None for each in broken.calls if each.caller}
    called = {Reached(each.call.service.namespace, each.call.service.name): None for each in broken.calls}
    return Cause(
        finding=root,
        services=tuple(dict.fromkeys(services)) or tuple(called),
        since=root.since,
        share=round(len(set(services)) / of, 3) if of else 0.0,
        is_old=root.since is not None and snapshot.age(root.since) >= OLD,
        callers=tuple(sorted(callers)),
    )
