"""An Ingress sends calls to a Service or port that does not exist

## Meaning
A rule of an Ingress names a Service of its own namespace, and one of that Service's ports, by number or name. The Service is
not there, or has no such port. The number is the Service's (`ports[].port`), not the container's; the name is that of the
Service's port.

## Impact
Calls for the hosts and paths of that rule fail: 503 with ingress-nginx, 404 with Traefik, 500 or 502 elsewhere. Other rules
of the Ingress, and calls of the Service by its own name, are fine.

## How it is detected
By the Services of the Ingress's namespace and their ports. Near names, and Services of that name in other namespaces (to
which an Ingress cannot send anything), are pointed out. A triage asks it of each Ingress that it reads.

## When it stays silent
For a backend that is no Service (`resource`), for the port `use-annotation` of the AWS Load Balancer Controller and for an
Ingress that only redirects (ingress-nginx): their backend is never called. For an ExternalName Service, which needs no port.
Where the Ingress has no address, and its class is none of this cluster's, or others alone have one, nobody serves it: then
it is context.
A number that is a port's `targetPort` is a warning only: ingress-nginx takes it, others do not.

## Fix
Correct the rule. Where one Service, or one port, can be meant the patch is printed.

## Known limits
Controllers that read more than the Ingress (annotations, resources of their own) may send the call somewhere else.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_services, describe, get_field
from bot.checks.facts.ownership import managed_by
from bot.checks.ingress._ingresses import comes_by_ingress, ingress_of, is_served, words_of, written
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.services import Service
from bot.model.kube.workloads import Ingress, IngressBackend
from bot.model.kubectl import json_patch
from bot.model.question.question import Symptom
from bot.model.question.suggest import suggest
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity
from bot.model.text import listing, plain

_HTTP = "TCP"


@check(
    "ING-002",
    "ingress-backend-missing",
    hop=Hop.INGRESS,
    needs=("services", "ingresses"),
    uses=("namespaces", "workloads"),
    fits=(Symptom.SERVER_ERROR,),
    when=comes_by_ingress,
    silent_when_plain=True,
    only=(Occasion.ROUTE,),
)
def ingress_backend_missing(case: Case) -> Iterator[Detection]:
    ingress, service = ingress_of(case), case.service
    if ingress is None:
        return
    if service is None:
        yield _no_service(case, ingress)
    elif not service.is_external_name and service.ports and _lacks(service, case.question.port):
        yield _no_port(case, ingress, service)


def _lacks(service: Service, asked: int | str | None) -> bool:
    return asked is not None and service.port(asked, _HTTP) is None


def _no_service(case: Case, ingress: Ingress) -> Detection:
    name, place = case.question.service, ingress.namespace
    near = suggest(name, (each.name for each in case.snapshot.services_in(place)))
    homes = sorted(each.namespace for each in case.snapshot.services_named(name))
    begin = f"{ingress.ref} sends calls to Service {plain(name)}, and {place} has none of that name"
    end = f"; an Ingress cannot reach the one of {listing(homes)}." if homes and not near else words_of(near)
    names = tuple(sorted(each.name for each in case.snapshot.services_in(place)))
    return Detection(
        about=ingress.ref,
        message=f"{begin}{end}",
        severity=_severity(case, ingress),
        evidence=(
            Evidence(ingress.ref, "spec…backend.service.name", name, f"Services of {place}: {listing(names, most=8)}"),
        ),
        check=(describe(ingress.ref), at_services(place)),
        fix=_fix(ingress, case, {"name": near[0]}) if len(near) == 1 else (),
        key=(name,),
        written=written(ingress, "rules", begins=not near and not _has_workload(case, ingress)),
    )


def _has_workload(case: Case, ingress: Ingress) -> bool:
    """Return whether a workload of the Service's name is there: that may have been deleted after the Ingress was written.

    One of the two names may go on behind the other: `shop-svc` of `shop`, `shop` of `shop-web`.
    """
    name = case.question.service
    return any(
        f"{name}-".startswith(f"{each.name}-") or each.name.startswith(f"{name}-")
        for each in case.snapshot.workloads_in(ingress.namespace)
    )


def _no_port(case: Case, ingress: Ingress, service: Service) -> Detection:
    asked = case.question.port
    taken = next((each for each in service.ports if asked == each.target), None)
    has = listing([f"{each}{f' ({each.name})' if each.name else ''}" for each in service.ports])
    hint = f": {asked} is its targetPort, which ingress-nginx takes and others do not" if taken else ""
    named = f"named {plain(asked)}" if isinstance(asked, str) else f"{asked}/{_HTTP}"
    meant = taken or (service.ports[0] if len(service.ports) == 1 else None)
    return Detection(
        about=ingress.ref,
        message=f"{ingress.ref} sends calls to Service {service.name}, port {named}, which that Service does not have; "
        f"it has {has}{hint}.",
        severity=max(_severity(case, ingress), Severity.WARN if taken else Severity.FAIL, key=list(Severity).index),
        confidence=Confidence.LIKELY if taken else Confidence.CERTAIN,
        evidence=(
            Evidence(ingress.ref, "spec…backend.service.port", asked),
            Evidence(service.ref, "spec.ports", [str(each) for each in service.ports]),
        ),
        check=(describe(ingress.ref), get_field(service.ref, "ports")),
        fix=_fix(ingress, case, {"port": {"number": meant.port}}) if meant else (),
        key=(service.name, str(asked)),
        written=written(ingress, "rules", beside=written(service, "ports")),
    )


def _severity(case: Case, ingress: Ingress) -> Severity:
    """What nobody serves is context."""
    return Severity.FAIL if is_served(case.snapshot, ingress) else Severity.INFO


def _fix(ingress: Ingress, case: Case, change: dict[str, object]) -> tuple[Fix, ...]:
    """Return one patch of all the backends that name what is missing."""
    operations = tuple(
        {"op": "replace", "path": f"{path}/service/{field}", "value": value}
        for path, backend in ingress.backends
        if _is_asked(backend, case)
        for field, value in change.items()
    )
    risk = f"make sure that it is the Service that is meant{managed_by(ingress)}"
    return (Fix(about=ingress.ref, command=json_patch(ingress.ref, operations), risk=risk),) if operations else ()


def _is_asked(backend: IngressBackend, case: Case) -> bool:
    known, asked = backend.service, case.question.port
    return known is not None and known.name == case.question.service and asked in (known.port.number, known.port.name)
