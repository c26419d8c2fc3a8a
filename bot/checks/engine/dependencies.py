"""What a finding's pods wait for, judged by itself: the root of a failure may lie in a Service one or two steps further.

A Service that failing pods wait for is judged as if one of them asked about it. Its root cause, if every call of it fails and
more than a guess says so, is the cause of the finding here, at the finding's own hop. A Service that was come through is not
judged again, so that two that wait for each other end (docs/failure-modes.md, A.2, "dependency recursion").
"""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from bot.checks.engine.causes import Held
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.gaps import DEPENDENCIES
from bot.model.kube.pods import Pod
from bot.model.kube.services import EndpointSlice, Service
from bot.model.question.question import Question, Source, Symptom
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import Because, Confidence, Dependency, Severity

MOST_STEPS = 2
# A finding names few Services; with more, the log of a program that calls everybody would be followed.
_MOST_SERVICES = 3
# Where the lookups of the waiting pod itself fail, whatever name it asks for. That it asks for a Service which does not exist
# is its own fault, and is told with it.
_OF_THE_POD = (Hop.RESOLVER, Hop.DNS_ACCESS, Hop.DNS_SERVER)

Judged = Callable[[Case], tuple[Held, ...]]  # the root of a case, and what follows from it; empty where it has none


class Deeper(Struct, frozen=True):
    """The cause of the finding at `index`, in a Service that its pods wait for."""

    index: int
    held: Held


def deeper(case: Case, held: Sequence[Held], judged: Judged) -> Iterator[Deeper]:
    """Yield the causes that lie in Services which the findings' pods wait for. `judged` judges a case of its own."""
    if len(case.followed) >= MOST_STEPS:
        return
    for index, each in enumerate(held):
        for dependency in each.found.waits_for[:_MOST_SERVICES]:
            if (found := _cause(case, each, dependency, judged)) is not None:
                yield Deeper(index, found)
                break


def _cause(case: Case, effect: Held, dependency: Dependency, judged: Judged) -> Held | None:
    service = dependency.service
    come_through = (case.service_ref, *case.followed)
    if (
        service in come_through
        or not case.snapshot.has(DEPENDENCIES, service.namespace)
        or not _is_known(case, dependency)
    ):
        return None
    known = judged(_case_of(case, dependency))
    root = known[0] if known else None
    if root is None or not _counts(root) or not (dependency.exists or root.hop in _OF_THE_POD):
        return None
    if dependency.lookup and _has_address(case, service) and root.hop not in (*_OF_THE_POD, Hop.RECORD):
        return None  # its name resolves whether or not it has an endpoint
    if dependency.because is Because.REFUSED:
        root = _without_endpoint(root, known[1:])
    found, waiting = root.found, effect.found
    words = f"{found.message} {_told(waiting.about, dependency)}"
    likely = found.confidence is Confidence.CERTAIN and dependency.because is not Because.WAITS
    told = replace(
        found,
        message=words,
        severity=waiting.severity,
        confidence=Confidence.LIKELY if likely else found.confidence,
        evidence=(*found.evidence, replace(dependency.evidence, note=f"names {dependency.place}")),
        affected=waiting.affected,
        pods=waiting.pods,
        layer=effect.hop.layer if effect.hop is Hop.CALLER else root.layer,  # the way that was asked about is another
        waits_for=(),
    )
    return Held(root.check, told, at=effect.hop)


def _has_address(case: Case, service: Ref) -> bool:
    known = case.snapshot.service(service.namespace, service.name)
    return known is not None and bool(known.cluster_ips)


def _is_known(case: Case, dependency: Dependency) -> bool:
    """Return whether it can be judged: it was read with its endpoints, or it does not exist."""
    place = dependency.service.namespace
    service = case.snapshot.service(place, dependency.service.name)
    if service is not None:
        whole = case.snapshot.was_listed(EndpointSlice, place) and case.snapshot.was_listed(Pod, place)
        return whole or bool(case.snapshot.slices_of(service)) or service.is_external_name
    return case.snapshot.was_listed(Service, place)


def _case_of(case: Case, dependency: Dependency) -> Case:
    """The question that a waiting pod would ask about it."""
    service, pod = dependency.service, dependency.evidence.object
    is_virtual = _has_address(case, service)  # else any port leads to the pod
    question = Question(
        service=service.name,
        namespace=service.namespace,
        port=(dependency.port or None) if is_virtual else None,
        source=Source(pod.namespace, pod=pod.name) if pod.kind == "Pod" else None,
        symptom=Symptom.NXDOMAIN if dependency.lookup else None,
        cluster=case.question.cluster,
        name=service.name,
    )
    followed = (*case.followed, case.service_ref)
    return Case(question, case.snapshot, in_table=case.in_table, followed=followed)


def _counts(root: Held) -> bool:
    """Every call fails of it, more than a guess says so, and it is not that the waiting pod itself does not run."""
    found = root.found
    return (
        found.severity is Severity.FAIL and found.confidence is not Confidence.POSSIBLE and root.hop is not Hop.CALLER
    )


def _without_endpoint(root: Held, follows: Sequence[Held]) -> Held:
    """Return what a refusal of the API server is due to: that the webhook's Service has no endpoint, and why.

    That is the root: a webhook may also be taken away, or made to fail open, until its pods are back.
    """
    shown = next((each for each in follows if each.check.shows is Effect.NO_USABLE_ENDPOINT), None)
    if shown is None:
        return root
    why = root.found
    words, evidence = f"{shown.found.message} {why.message}", (*shown.found.evidence, *why.evidence)
    return Held(shown.check, replace(shown.found, message=words, evidence=evidence, check=why.check, fix=why.fix))


def _told(about: Ref, dependency: Dependency) -> str:
    verb = {
        Because.WAITS: f"Init container {dependency.container} of {about} waits for {dependency.service}.",
        Because.SAID: f"{about} says that it cannot reach {dependency.service}.",
        Because.REFUSED: f"The API server makes no pods of {about} without it.",
        Because.CALLS: f"{about} calls {dependency.service}.",
    }
    return verb[dependency.because]
