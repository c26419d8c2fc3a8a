"""There is no Service of this name

## Meaning
The cluster's DNS knows a name like `user-service.shop` only while a Service `user-service` exists in the namespace
`shop`. It does not, in this namespace or any other that can be read. A pod's or Deployment's name alone is not a DNS
name.

## Impact
Every lookup ends with NXDOMAIN: "Name or service not known", "no such host", ENOTFOUND. No connection is ever tried.

## How it is detected
The Services of the namespace were read and this one is not among them. If the namespace itself does not exist, that
is said first. Near names are offered: a few letters off, another spelling (`svc`, `service`), a prefix or suffix (a
Helm release). A workload of that name is pointed out, with the Services that select what it makes, or that none does;
a pod with its own name below the headless Service that governs it, and EndpointSlices: a controller's, left from a
Service that was just deleted, or those that somebody wrote for a Service of this name, which may be misspelt itself.

## When it stays silent
If a Service of that name exists in another namespace (DNS-011), and no workload of that name here, but for the caller
itself. If the Services could not be read. For a name of two labels that may lie outside of the cluster
(`example.com`): one with a trailing dot, or of a namespace that does not exist while nothing of a like name does. If
the name did resolve when it was asked, e.g. through a mesh or a rewrite in the Corefile: then this is context only.

## Fix
Correct the name in the caller's configuration, or create the missing Service. For a workload that declares its port
the command to expose it is printed.

## Known limits
Names of a service mesh, of other clusters (`svc.clusterset.local`) and of the company's own DNS are not Services;
only a measurement can tell that they resolve.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_services, everywhere
from bot.checks.facts.lookups import lacks_namespace, resolved_to
from bot.checks.facts.own_workload import own_workload, services_of
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.gaps import SCOPE, SIMILAR_SERVICES
from bot.model.kube.services import SERVICE_NAME_LABEL, EndpointSlice, Service
from bot.model.kube.workloads import Workload
from bot.model.kubectl import kubectl, resource
from bot.model.probe import Outcome, Purpose
from bot.model.question.question import Symptom
from bot.model.question.suggest import suggest
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity
from bot.model.text import listing, plain

_ELSEWHERE = "another namespace has one:"
_WHOLE = "has this name; without a Service `why in NAMESPACE` asks what is broken there"


@check(
    "DNS-010",
    "unknown-service-name",
    hop=Hop.RECORD,
    needs=("services",),
    uses=("namespaces", "workloads", "endpointslices", "events"),
    fits=(Symptom.NXDOMAIN,),
    silent_when_plain=True,
    only=(Occasion.NO_SERVICE,),
)
def unknown_service_name(case: Case) -> Iterator[Detection]:
    question = case.question
    if case.service is not None or not question.service:
        return
    no_namespace = lacks_namespace(case)
    if case.snapshot.services_named(question.service) and not no_namespace and own_workload(case) is None:
        return
    outside = _may_be_outside(case)
    if outside and (question.name.endswith(".") or not (_has_namespace(case) or _meant(case))):
        return
    answered = resolved_to(case)
    near = () if no_namespace else _near(case)
    yield Detection(
        about=case.service_ref,
        message=_message(case, near, no_namespace=no_namespace, answered=answered),
        severity=Severity.INFO if answered else Severity.FAIL,
        confidence=Confidence.LIKELY if outside else Confidence.CERTAIN,
        evidence=tuple(_evidence(case, near, no_namespace=no_namespace)),
        check=(at_services(question.namespace), everywhere(question.service)),
        fix=() if no_namespace else tuple(_fixes(case)),
        key=("no namespace",) if no_namespace else (),
    )


def _message(case: Case, near: tuple[str, ...], *, no_namespace: bool, answered: tuple[str, ...]) -> str:
    service, namespace = plain(case.question.service), plain(case.question.namespace)
    if answered:
        return (
            f"{service}.{namespace} is no Service, yet the name resolves to {listing(answered)}: something other "
            "than a Service answers for it."
        )
    if no_namespace:
        likely = tuple(dict.fromkeys((*_homes(case), *_near_namespaces(case))))
        begin = f"{service}.{namespace} does not resolve: there is no namespace {namespace}"
        meant = " or ".join(f"{service}.{each}" for each in likely[:3])
        return f"{begin}; did you mean {meant}?" if likely else f"{begin}."
    begin = f"{service}.{namespace} does not resolve: {namespace} has no Service {service}"
    if owner := own_workload(case):
        return f"{begin}{_exposed(case, owner)}"
    if member := _member(case):
        return f"{begin}, only a pod, whose name in DNS is {member}."
    if _was_deleted(case):
        return f"{begin}; its EndpointSlices are still there, so it was deleted a moment ago."
    if written := _written_for(case):
        begin = f"{begin}, though EndpointSlice {listing(written, 2)} was written for it"
    if near:
        return f"{begin}; did you mean {' or '.join(near)}?"
    is_whole = case.snapshot.has(SIMILAR_SERVICES) and case.snapshot.has(SCOPE) and not case.snapshot.visible
    everywhere_read = is_whole and not written and case.snapshot.was_listed(Service, service=case.question.service)
    return f"{begin}, nor has any other namespace." if everywhere_read else f"{begin}."


def _exposed(case: Case, owner: Workload) -> str:
    """Say whom the pods of the workload of that name are called by, and who has the name elsewhere."""
    if services := services_of(case, owner):
        names = [plain(each.name) for each in services]
        begin = f"; Service {listing(names)} selects what {owner.ref} makes; did you mean {' or '.join(names[:3])}?"
    else:
        begin = f", only {owner.ref}, which no Service of that name exposes"
    homes = [f"{plain(case.question.service)}.{each}" for each in _homes(case)]
    if homes:
        return f"{begin.removesuffix('.')}{'' if services else ';'} {_ELSEWHERE} {listing(homes)}."
    return begin if services else f"{begin}."


def _may_be_outside(case: Case) -> bool:
    """Tell a host name of two labels: after the search list the resolver asks for it as it is, and any server may know it."""
    labels = case.question.name.lower().rstrip(".").split(".")
    return labels == [case.question.service, case.question.namespace]


def _has_namespace(case: Case) -> bool:
    place, snapshot = case.question.namespace, case.snapshot
    return bool(snapshot.namespace(place) or snapshot.services_in(place) or snapshot.pods_in(place))


def _meant(case: Case) -> bool:
    """Tell whether the namespace looks mistyped: the Service lies in another one, or one like it in one of a near name."""
    service, snapshot = case.question.service, case.snapshot
    near = (each.name for place in _near_namespaces(case) for each in snapshot.services_in(place))
    return bool(_homes(case)) or bool(suggest(service, near))


def _near_namespaces(case: Case) -> tuple[str, ...]:
    return suggest(case.question.namespace, case.snapshot.namespace_names)


def _homes(case: Case) -> list[str]:
    return sorted(each.namespace for each in case.snapshot.services_named(case.question.service))


def _near(case: Case) -> tuple[str, ...]:
    """Near names here, then near names elsewhere as `name.namespace`."""
    wanted, place = case.question.service, case.question.namespace
    here = suggest(wanted, (each.name for each in case.snapshot.services_in(place)))
    elsewhere = (each for each in case.snapshot.services if each.namespace != place)
    others = {each.name: each.namespace for each in elsewhere if case.snapshot.may_name(each.namespace)}
    there = tuple(f"{name}.{others[name]}" for name in suggest(wanted, others) if name not in here)
    return (*here, *there)[:4]


def _member(case: Case) -> str:
    """Return the name that a pod called so has below the headless Service which governs it; empty where there is none."""
    pod = case.snapshot.pod(case.question.namespace, case.question.service)
    if pod is None or pod.spec.hostname != pod.name:
        return ""
    governing = case.snapshot.service(pod.namespace, pod.spec.subdomain or "")
    return f"{pod.name}.{governing.name}" if governing and governing in case.snapshot.services_selecting(pod) else ""


def _slices(case: Case) -> tuple[EndpointSlice, ...]:
    """The slices that name the Service which is not there."""
    known = case.snapshot.slices_in(case.question.namespace)
    return tuple(each for each in known if each.service_name == case.question.service)


def _was_deleted(case: Case) -> bool:
    """A controller's slices go with their Service, a moment later; those of anybody else stay (garbage collection)."""
    return any(each.is_controlled or each.is_mirrored for each in _slices(case))


def _written_for(case: Case) -> list[str]:
    """Slices that somebody wrote for a Service of this name: it may exist under a misspelt one."""
    return sorted(each.name for each in _slices(case) if not each.managed_by)


def _evidence(case: Case, near: tuple[str, ...], *, no_namespace: bool) -> Iterator[Evidence]:
    namespace = case.question.namespace
    if no_namespace:
        names = tuple(sorted(case.snapshot.namespace_names))
        yield Evidence(Ref("Namespace", namespace), "metadata.name", None, f"namespaces: {listing(names, most=8)}")
        return
    names = tuple(sorted(each.name for each in case.snapshot.services_in(namespace)))
    is_part = any(each.namespace == namespace for each in case.snapshot.gaps_for(SIMILAR_SERVICES, namespace))
    part = ", of those that were read" if is_part else ""
    note = f"Services of {namespace}{part}: {listing(names, most=8)}" if names else f"{namespace} has no Service"
    yield Evidence(case.service_ref, "metadata.name", None, note)
    if near:
        yield Evidence(case.service_ref, "near names", list(near))
    if case.snapshot.namespace(case.question.service):
        yield Evidence(Ref("Namespace", case.question.service), "namespace", case.question.service, _WHOLE)
    if owner := own_workload(case):
        yield Evidence(owner.ref, "workload", owner.name, "no Service of that name exposes it")
    for known in services_of(case, owner)[:2] if owner else ():
        yield Evidence(known.ref, "spec.selector", dict(known.selector.pairs), "selects what it makes")
    if _was_deleted(case):
        yield Evidence(case.service_ref, "endpointslices", None, "EndpointSlices of the Service are still there")
    for name in _written_for(case)[:2]:
        slice_ref = Ref("EndpointSlice", name, namespace)
        yield Evidence(slice_ref, f"metadata.labels.{SERVICE_NAME_LABEL}", case.question.service, "names this Service")
    for each in case.measured.queries(Purpose.SERVICE):
        if each.outcome is Outcome.NXDOMAIN:
            yield Evidence(case.service_ref, "dns", str(each.outcome), "measured")
            return


def _fixes(case: Case) -> Iterator[Fix]:
    """Expose the workload of that name, where no Service does and its one declared port is known."""
    owner = own_workload(case)
    if owner is None or services_of(case, owner):
        return
    declared = sorted(
        {
            port.container_port
            for container in owner.spec.template.spec.containers or ()
            for port in container.ports or ()
            if port.protocol == case.question.protocol
        }
    )
    if len(declared) != 1:
        return
    asked = case.question.port if isinstance(case.question.port, int) else declared[0]
    words = ("expose", f"{resource(owner.ref)}/{owner.name}", f"--port={asked}", f"--target-port={declared[0]}")
    risk = f"creates a Service for {owner.ref}; make sure that it is meant to be called"
    yield Fix(about=case.service_ref, command=kubectl(*words, namespace=owner.namespace), risk=risk)
