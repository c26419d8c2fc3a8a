"""The Service selects pods that are not its own

## Meaning
A Service takes every ready pod that carries the labels it selects, whoever made it. Here its selector also matches pods
that cannot be meant: those of a Job that runs beside the servers, those of another release of the same chart, those of
a workload with other ports, or those of programs that have Services of their own.

## Impact
Their share of the connections is refused, or answered by the wrong application: one error in so many calls, with nothing
wrong with any pod.

## How it is detected
A Job's pod is a ready endpoint beside pods of servers. Or the pods are of two releases (`app.kubernetes.io/instance`,
`release`) and the Services of both have the same selector. Or the pods of one workload declare ports, and not the one that is
called, while all the others declare it; or declare none and are probed at none, and their component label is another one, or
their workload is called a worker, consumer or scheduler. Or they are of programs of other images, each with a Service of its
own name, beside the workload that this Service is called after; or of the same image, and those Services have the same
selector. A refused connection to exactly these pods makes it certain.

## When it stays silent
For a canary beside the stable version, or blue beside green: two workloads that serve the same port. For a Service that is
called after none of its workloads: it may be meant to stand for all. Where a Job's pods
are all there is, or declare the port that is called. For two Services of one release. Where pods declare no port at all,
and nothing says that they are another part of the program. Where these pods accept the connection: then they may be meant.

## Fix
The printed patch adds the label to the selector that all of its own pods carry and none of the others does. Where a Job's
pod carries every one of them, a label is taken off that pod, which ends it at once; take it off the Job's template as
well, or the next run is back.

## Known limits
Declared ports are documentation. Without a measurement, pods that differ in these alone are a likely reason in `why`, and
context in a table.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import get_field
from bot.checks.facts.ownership import managed_by
from bot.model.call.hop import Hop
from bot.model.call.mixture import RELEASE_LABELS, Mixture, Why, is_mixed, mixture, release_of, telling_pairs
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.kubectl import kubectl
from bot.model.probe import Outcome
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Fix, Severity, Written
from bot.model.text import count, listing

# Labels that tell what a pod is, the best ones to select by in front; others follow by name.
_TELLING = (
    "app.kubernetes.io/component",
    "component",
    *RELEASE_LABELS,
    "app.kubernetes.io/name",
    "app",
    "k8s-app",
    "role",
    "tier",
)
_BY_PORTS = (Why.PORTS, Why.SILENT)
# Labels of a revision or of a single pod: they change with the next rollout.
_PASSING = (
    "pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
    "rollouts-pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "version",
    "app.kubernetes.io/version",
    "helm.sh/chart",
    "chart",
)


@check(
    "RTE-003",
    "selector-too-broad",
    hop=Hop.ENDPOINTS,
    needs=("services", "endpointslices", "pods"),
    uses=("workloads",),
    causes=(Effect.BACKEND_FAILS,),
    fits=(Symptom.INTERMITTENT, Symptom.REFUSED, Symptom.SERVER_ERROR),
    when=is_mixed,
    silent_when_plain=True,
    only=(Occasion.NOT_PLAIN, Occasion.BACKENDS),
)
def selector_too_broad(case: Case) -> Iterator[Detection]:
    found, service = mixture(case), case.service
    if found is None or service is None:
        return
    seen = _seen(case, found)
    if found.why in (Why.RELEASE, Why.SERVICE) or Outcome.ANSWERED not in seen:
        yield _found(case, service, found, refused=bool(seen) and seen == {Outcome.REFUSED})


def _seen(case: Case, found: Mixture) -> set[Outcome]:
    """Return what connecting to the pods that are not its own gave."""
    names = {each.name for each in found.others}
    tried = (case.measured.tcp_to(each) for each in case.backends.all_usable if each.pod in names)
    return {each.outcome for each in tried if each is not None}


def _found(case: Case, service: Service, found: Mixture, *, refused: bool) -> Detection:
    addresses = {each.address for each in case.backends.all_usable}
    names = sorted(each.name for each in found.others)
    return Detection(
        about=service.ref,
        message=f"Service {service.namespace}/{service.name} selects {service.selector}, which "
        f"finds {count(len(names), 'pod')} of {listing([str(each) for each in found.makers], 2)} as well "
        f"({listing(names, 2)}): {_wrong(found)}.",
        severity=Severity.INFO if case.in_table and found.why in _BY_PORTS else Severity.WARN,
        confidence=Confidence.CERTAIN if refused or found.why is Why.RELEASE else Confidence.LIKELY,
        evidence=(
            Evidence(service.ref, "spec.selector", service.selector.pairs, "all these pods carry it"),
            *(
                Evidence(each.ref, "metadata.ownerReferences", str(each.workload or "none"), _ports(each))
                for each in found.others[:3]
            ),
            *(
                Evidence(each.ref, "metadata.ownerReferences", str(each.workload or "none"), _ports(each))
                for each in found.own[:1]
            ),
        ),
        check=(get_field(service.ref, "selector"), _owners(service)),
        fix=_fixes(service, found),
        affected=Affected(len(names), max(len(addresses), len(names))),
        pods=frozenset(names),
        key=(found.why, *(str(each) for each in found.makers)),
        written=Written(service.ref, ("spec", "selector"), begins=False),
    )


def _wrong(found: Mixture) -> str:
    match found.why:
        case Why.JOB:
            return "a Job's pod is no server, and gets its share of the connections"
        case Why.RELEASE:
            releases = sorted({release_of(each.labels) for each in found.others})
            they = "it is" if len(found.others) == 1 else "they are"
            return f"{they} of release {listing(releases)}, whose Service {listing(list(found.twins))} has the same selector"
        case Why.SERVICE if found.twins:
            has = "has" if len(found.twins) == 1 else "have"
            return f"Service {listing(list(found.twins))}, which is for them, {has} the same selector"
        case Why.SERVICE:
            return (
                f"other programs, which have {'a Service' if len(found.makers) == 1 else 'Services'} of their own name"
            )
    they = "it declares" if len(found.others) == 1 else "they declare"
    if found.why is Why.SILENT:
        return f"{they} no port, and {'is' if len(found.others) == 1 else 'are'} another part of the program"
    return f"{they} other ports, and not the one that is called"


def _ports(pod: Pod) -> str:
    ports = sorted(
        f"{port.container_port}/{port.protocol}" for each in pod.serving_containers for port in each.ports or ()
    )
    return f"declares {listing(ports)}" if ports else "declares no port"


def _owners(service: Service) -> str:
    columns = "custom-columns=NAME:.metadata.name,OWNER:.metadata.ownerReferences[0].name,LABELS:.metadata.labels"
    return kubectl("get", "pods", "-l", str(service.selector), "-o", columns, namespace=service.namespace)


def _fixes(service: Service, found: Mixture) -> tuple[Fix, ...]:
    """Select by what only its own pods carry; else take a label off the Job's pods, which no controller adopts by it."""
    telling = {key: value for key, value in telling_pairs(found.own, found.others).items() if key not in _PASSING}
    if telling:
        key = min(telling, key=lambda each: (_TELLING.index(each) if each in _TELLING else len(_TELLING), each))
        risk = f"pods without {key}={telling[key]} get no traffic of this Service any more{managed_by(service)}"
        return (Fix(about=service.ref, merge={"spec": {"selector": {key: telling[key]}}}, risk=risk),)
    if found.why is not Why.JOB:
        return ()
    key = next((each for each in reversed(_TELLING) if each in service.selector.pairs), min(service.selector.pairs))
    risk = (
        f"policies that select this pod by {key} no longer do; take it off the Job's template, or its next run is back"
    )
    return tuple(
        Fix(about=each.ref, merge={"metadata": {"labels": {key: None}}}, risk=risk) for each in found.others[:3]
    )
