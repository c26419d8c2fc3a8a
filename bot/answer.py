"""The one answer to a request, for the command line and for workers alike.

What reads and what measures is given as functions, so saved objects, a sandbox or a cluster will do, and this file knows
neither Kubernetes nor sockets. What is decided about a question (defaults, refusals, what is read for it) is decided here.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from bot.errors import UsageError
from bot.model.case import Case
from bot.model.dns.resolv_conf import ResolvConf
from bot.model.held import HeldKinds
from bot.model.names import Names
from bot.model.probe import Vantage
from bot.model.question.places import missing_gaps
from bot.model.question.question import Question, Source
from bot.model.question.refusals import expect_place_of_caller, expect_services
from bot.model.question.request import Kind, Request, expect_askable
from bot.model.question.resolve import resolve_source
from bot.model.refs import Ref
from bot.model.result.diagnosis import Diagnosis, Offer, OpenGap
from bot.model.snapshot import Snapshot
from bot.usecases.diagnose import DEADLINE, diagnose, now
from bot.usecases.given import Again, Beside, Clock, Read
from bot.usecases.given import Run as Measure
from bot.usecases.saved import sourced_in

if TYPE_CHECKING:  # of callers' pods, of `dns` and of `path`
    from bot.model.dns.search.answers import SearchStep
    from bot.model.dns.search.resolver import Resolver
    from bot.model.probe_order import Search
    from bot.model.probe_result import ProbeResult
    from bot.model.result.answer import Answered
    from bot.model.result.path import PathAnswer
    from bot.model.result.resolution import Resolution
    from bot.usecases.from_caller import Searched
    from bot.usecases.kept import Kept

ReadScope = Callable[[tuple[str, ...]], Awaitable[Snapshot]]  # namespaces whole; none named: all of them
# Name, how, DNS port, seconds, and who must be able to conclude from what is asked.
Resolve = Callable[[str, ResolvConf, int, float, tuple["Resolver", ...]], Awaitable[tuple["SearchStep", ...]]]

# The caller's pod, and what it is to search for by its own settings: what it was answered.
SearchBeside = Callable[[Ref, "Search"], Awaitable["ProbeResult"]]

DEFAULT_NAMESPACE = "default"  # what kubectl uses where a context names none
_A_MOMENT = 0.1  # seconds for a lookup where reading has used up all others


async def at_once(work: "Callable[[], Answered]") -> "Answered":
    """Do long work here and now, where nobody else waits."""
    return work()


class Runtime(Struct, frozen=True):
    """How to read and to measure. Without `measure` and `resolve` nothing is sent, and answers rest on objects."""

    read: Read
    read_scope: ReadScope
    measure: Measure | None = None
    resolve: Resolve | None = None
    vantage: Vantage = Vantage()
    deadline: float = DEADLINE  # seconds of one question, reading included
    default_scope: tuple[str, ...] = ()  # of a table or digest for which no namespace was named; empty: all
    clock: Clock = now
    # As `read_scope`, with what shows who calls whom, for a triage; without it that does.
    read_triage: ReadScope | None = None
    names: Callable[[], Awaitable[Names]] | None = None  # the names by which people ask, for pickers
    beside: Callable[[str], Beside] | None = (
        None  # measures in the caller's pod for the run of that id; None: not allowed
    )
    search_beside: Callable[[str], SearchBeside] | None = None  # as `beside`, of one name
    offer: Offer | None = None  # what these take
    again: Again | None = None  # reads once more what failed in a probe
    held: Callable[[], HeldKinds] | None = None  # what is held by watches, for `doctor`
    kept: "Kept | None" = None  # the rows of the last table of all Services, where objects are held, too
    # Judging ten thousand Services takes two seconds; a worker does it where heartbeats and other questions go on.
    aside: "Callable[[Callable[[], Answered]], Awaitable[Answered]]" = at_once


async def answer(request: Request, runtime: Runtime) -> "Answered":
    """Answer one request.

    Raises UsageError for what cannot be asked (the same words wherever it was asked), ClusterUnreachableError and
    DumpUnreadableError where nothing can be read.
    """
    expect_askable(request)
    runtime = _looked_at(runtime, request)
    if request.is_of_many:
        return await _scope(request, runtime)
    if request.kind is Kind.DNS:
        return await _resolution(request, runtime)
    if request.kind is Kind.PATH:
        return await _path(request, runtime)
    found = await _diagnosis(request, runtime)
    return await _namespace_instead(request, runtime) or found if _may_be_namespace(request, found) else found


def _looked_at(runtime: Runtime, request: Request) -> Runtime:
    """Return a runtime whose snapshots have the caller's namespace, and know which namespaces may be suggested to who asks.

    What it reads raises UnknownNameError where that namespace is not there, but for a caller beside the Service: that the
    Service is not there is the answer.
    """

    def looked_at(snapshot: Snapshot, source: Source | None) -> Snapshot:
        seen = replace(snapshot, visible=request.visible) if request.visible else snapshot
        expect_place_of_caller(source, seen)
        return seen

    async def read(question: Question) -> tuple[Question, Snapshot]:
        known, snapshot = await runtime.read(question)
        is_beside = known.source and known.source.namespace == known.namespace and bool(known.service)
        return known, looked_at(snapshot, None if is_beside and request.kind is Kind.WHY else known.source)

    async def read_scope(namespaces: tuple[str, ...]) -> Snapshot:
        return looked_at(await runtime.read_scope(namespaces), request.question.source)

    async def read_triage(namespaces: tuple[str, ...]) -> Snapshot:
        return looked_at(await (runtime.read_triage or runtime.read_scope)(namespaces), request.question.source)

    return replace(runtime, read=read, read_scope=read_scope, read_triage=read_triage)


def _may_be_namespace(request: Request, found: Diagnosis) -> bool:
    """Return whether `check shop` names no Service, and nothing else was said that only a Service has."""
    question = request.question
    only_named = question == Question(service=question.service, name=question.service, cluster=question.cluster)
    unknown = found.root_cause is not None and found.root_cause.code == "DNS-010"
    return request.kind is Kind.CHECK and only_named and unknown


async def _namespace_instead(request: Request, runtime: Runtime) -> "Answered | None":
    """Return the table of the namespace that is called like that, or None where there is none with Services."""
    scope = Question(cluster=request.question.cluster)
    try:
        return await _scope(replace(request, question=scope, namespaces=(request.question.service,)), runtime)
    except UsageError:
        return None


async def _diagnosis(request: Request, runtime: Runtime) -> Diagnosis:
    found = await diagnose(
        request.question,
        read=runtime.read,
        run=runtime.measure,
        vantage=runtime.vantage,
        beside=_beside(request, runtime),
        again=runtime.again,
        clock=runtime.clock,
        run_id=request.id,
        deadline=runtime.deadline,
    )
    source = found.question.source
    may_ask = runtime.beside is not None and not request.from_caller and source is not None and bool(source.pod)
    return replace(found, offer=runtime.offer) if may_ask else found


def _beside(request: Request, runtime: Runtime) -> Beside | None:
    """Return how the caller's pod measures, where its asker has agreed. Raises UsageError where that is switched off."""
    if not request.from_caller:
        return None
    if runtime.beside is None:
        raise _nothing_from_callers()
    return runtime.beside(request.id)


def _nothing_from_callers() -> UsageError:
    return UsageError(
        "Nothing is measured from callers' pods here.",
        hint="Whoever runs k8snet may allow it: K8SNET_CALLER_PROBE=true, or callerProbe.enabled of the chart.",
    )


async def _scope(request: Request, runtime: Runtime) -> "Answered":
    at = runtime.clock()
    namespaces = request.namespaces or (() if request.everything else runtime.default_scope)
    source = request.question.source
    caller = (source.namespace,) if source and namespaces else ()  # of all namespaces his is one
    read = (runtime.read_triage if request.kind is Kind.WHY else None) or runtime.read_scope
    snapshot = await read(tuple(dict.fromkeys((*namespaces, *caller))))
    expect_services(snapshot, namespaces, or_pods=request.kind is Kind.WHY)
    if missing := missing_gaps(namespaces, snapshot):
        snapshot = replace(snapshot, gaps=(*snapshot.gaps, *missing))
    took_ms = _milliseconds(at, runtime.clock())
    kept = None if snapshot.watch_age is None else runtime.kept  # else it would be the only one who holds these objects

    def judged() -> "Answered":
        if request.kind is Kind.WHY:
            from bot.usecases.triage import triage  # noqa: PLC0415 (only where no Service is named)

            asked, known = sourced_in(request.question, snapshot)
            return triage(known, at=at, took_ms=took_ms, namespaces=namespaces, asked=asked)
        from bot.usecases.digest import digest, table  # noqa: PLC0415 (only for many Services)

        if request.kind is Kind.CHECK:
            return table(snapshot, at=at, took_ms=took_ms, namespaces=namespaces, kept=kept)
        return digest(snapshot, at=at, took_ms=took_ms, namespaces=namespaces, since=request.since, kept=kept)

    return await runtime.aside(judged)


async def _resolution(request: Request, runtime: Runtime) -> "Resolution":
    from bot.model.dns.about_name import Asked, about_name, is_reverse, pointers  # noqa: PLC0415 (only for `dns`)
    from bot.model.dns.cluster_dns import cluster_dns  # noqa: PLC0415 (as above)
    from bot.model.dns.records import walk_saved  # noqa: PLC0415 (as above)
    from bot.model.dns.search.guess import chosen_resolver  # noqa: PLC0415 (as above)
    from bot.model.dns.search.table import WALKED, WORDS  # noqa: PLC0415 (as above)
    from bot.model.probe_order import Search  # noqa: PLC0415 (as above)
    from bot.model.result.resolution import Resolution  # noqa: PLC0415 (as above)
    from bot.model.views.caller import caller_of  # noqa: PLC0415 (as above)
    from bot.usecases.from_caller import Searched  # noqa: PLC0415 (as above)
    from bot.usecases.lookup_findings import on_the_way  # noqa: PLC0415 (as above)

    name, began = request.question.name or request.question.service, runtime.clock()
    question, snapshot = await runtime.read(request.question)
    caller = caller_of(question, snapshot)
    chosen = chosen_resolver(question, caller)
    wanted = (*WALKED, *((WORDS[chosen.resolver],) if chosen.resolver else ()))
    searches, own = not is_reverse(name), Searched()
    if request.from_caller and searches:
        order = Search(name, tuple(each.name for each in wanted))
        own = await _searched_there(request, runtime, Case(question, snapshot), order)
    conf, vantage, resolve = own.conf or caller.resolv_conf, own.vantage, runtime.resolve if searches else None
    if own.conf:
        steps = own.steps
    elif resolve:
        left = runtime.deadline - (runtime.clock() - began).total_seconds()
        steps = await resolve(name, conf, cluster_dns(snapshot).port_number, max(left, _A_MOMENT), wanted)
        vantage = runtime.vantage
    else:
        steps = walk_saved(name, conf, snapshot, wanted, caller.address) if searches else ()
    is_probed = bool(own.conf or resolve)
    judged = on_the_way(question, snapshot, steps, vantage if is_probed else None, own.conf)
    return Resolution(
        name=name,
        namespace=caller.namespace,
        source=question.source,
        conf=conf,
        steps=steps,
        vantage=vantage,
        is_probed=is_probed,
        resolver=chosen.resolver,
        guessed_by=chosen.because,
        gaps=(*_unread(question, snapshot, caller.namespace, is_probed=is_probed), *own.told),
        notes=about_name(Asked(name, caller.namespace, conf, steps), snapshot),
        pointers=() if searches else pointers(name, snapshot),
        findings=judged.findings,
        doubt=judged.doubt,
        offer=runtime.offer if searches and _may_search(request, question) else None,
    )


def _may_search(request: Request, question: Question) -> bool:
    """Return whether the caller's pod is named, and could search, and did not."""
    return not request.from_caller and bool(question.source and question.source.pod)


async def _searched_there(request: Request, runtime: Runtime, case: Case, search: "Search") -> "Searched":
    """Return what the caller's own pod finds, where its asker has agreed. Raises UsageError where that is switched off."""
    from bot.usecases.from_caller import Searched, no_pod, searched  # noqa: PLC0415 (as above)

    if runtime.search_beside is None:
        raise _nothing_from_callers()
    pod = case.caller.pod
    if pod is None:
        return Searched(told=(no_pod(case),))
    return searched(case, pod, await runtime.search_beside(request.id)(pod.ref, search))


def _unread(question: Question, snapshot: Snapshot, caller: str, *, is_probed: bool) -> tuple[OpenGap, ...]:
    """What could not be read of what a lookup rests on: the caller's settings; where nothing is asked, the objects as well.

    `caller` is the caller's namespace.
    """
    found = [*snapshot.gaps_for("source", caller)] if question.source else []
    if not is_probed:
        places = dict.fromkeys(filter(None, (question.namespace, caller)))
        found += [
            gap for need in ("services", "endpointslices") for each in places for gap in snapshot.gaps_for(need, each)
        ]
        found += [*snapshot.gaps_for("dns"), *snapshot.gaps_for("corefile")]
    return tuple(dict.fromkeys(OpenGap(each.what, each.why, grant=each.grant) for each in found))


async def _path(request: Request, runtime: Runtime) -> "PathAnswer":
    from bot.usecases.path import path  # noqa: PLC0415 (only for `path`)

    question, target, snapshot = await _ends(request, runtime)
    assert question.source is not None  # expect_askable
    found = path(snapshot, question.source, target, question.port, _protocol(question, snapshot))
    return replace(found, assumed=question.assumed)


def _protocol(question: Question, snapshot: Snapshot) -> str:
    """Return the protocol of a path: where nobody said it, the one in which the Service offers the port."""
    service = snapshot.service(question.namespace, question.service)
    if service is None or question.port is None or question.protocol_said:
        return question.protocol
    port = service.offered(question.port, question.protocol)
    return port.protocol if port else question.protocol


async def _ends(request: Request, runtime: Runtime) -> tuple[Question, Ref | str, Snapshot]:
    """Read what a path touches: one Service; or, to a pod or an IP, the namespaces whole that it may lie in."""
    question, pod = request.question, request.pod
    if question.service:
        resolved, snapshot = await runtime.read(question)
        return resolved, Ref("Service", resolved.service, resolved.namespace), snapshot
    caller = question.source.namespace if question.source else ""
    asked = replace(question, namespace=question.namespace or caller or DEFAULT_NAMESPACE)
    if pod is None:
        snapshot = await runtime.read_scope(())
        return resolve_source(asked, snapshot), question.address, snapshot
    place = pod.namespace or asked.namespace
    snapshot = await runtime.read_scope(tuple(dict.fromkeys((caller or place, place))))
    return resolve_source(asked, snapshot), Ref("Pod", pod.pod, place), snapshot


def _milliseconds(began: datetime, ended: datetime) -> int:
    return round((ended - began).total_seconds() * 1000)
