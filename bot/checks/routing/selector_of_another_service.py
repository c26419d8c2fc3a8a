"""The Service selects the pods of another Service, and nothing selects those that it is called after

## Meaning
Selectors are copied with manifests. Here two Services have the same selector; one of them is called after the workload that
makes the selected pods, the other one after a workload of the same namespace that no Service selects.

## Impact
Whoever calls the Service talks to the wrong program: connections come about, and requests fail in whatever way that program
answers what it does not know; or policies of the other workload drop them.

## How it is detected
By names and labels alone: the selected pods are all of one workload, whose name and labels are not the Service's; another
Service of a name like that workload's has the same selector; and a Deployment or StatefulSet of the Service's name (or of
that without `-svc`, `-service`) has ready pods that declare the port that is called, while no Service selects them.

That is a warning, since it may be meant. It is a failure where the selected pods do not declare the port, and the others do,
or where policies deny it at the selected pods, and not at the others.

## When it stays silent
Where one name begins with the other (`web`, `web-canary`): blue beside green. Where the selected pods carry the Service's
name in a label. Where the workload of the Service's name has another Service, no ready pod, or declares no such port. Where
no other Service has this selector. Where not all Services of the namespace were read.

## Fix
The printed patch selects by the same labels with the values that the other workload's pods have, where that finds exactly
these.

## Known limits
A maintenance page, or a program that is taken apart piece by piece, may look the same, and is meant.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import get_field
from bot.checks.facts.ownership import managed_by
from bot.model.call.copied_selector import Copied, copied_selector, declares, twins_of
from bot.model.call.hop import Hop
from bot.model.call.hops.policy import targets
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.selectors import ServiceSelector
from bot.model.kube.services import Service, ServicePort
from bot.model.kubectl import kubectl
from bot.model.policy.parties import Party
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity, Written
from bot.model.text import listing


def _has_twin(case: Case) -> bool:
    """Return whether workloads decide: asked, too, where something was not read and so any occasion may be given."""
    return bool(twins_of(case))


@check(
    "RTE-040",
    "selector-of-another-service",
    hop=Hop.ENDPOINTS,
    needs=("services", "endpointslices", "pods", "workloads"),
    uses=("networkpolicies",),
    causes=(Effect.PORT_REFUSES, Effect.NOT_ADMITTED, Effect.ALL_BACKENDS_FAIL),
    fits=(Symptom.SERVER_ERROR, Symptom.REFUSED, Symptom.TIMEOUT, Symptom.TLS),
    when=_has_twin,
    may_be_meant=True,
    only=(Occasion.TWIN,),
)
def selector_of_another_service(case: Case) -> Iterator[Detection]:
    found, service = copied_selector(case), case.service
    if found is None or service is None:
        return
    why = _contradiction(case, found)
    twins = listing([str(each.name) for each in found.twins], 2)
    said = why or "judged by names alone, so it may be meant"
    yield Detection(
        about=service.ref,
        message=f"Service {service.namespace}/{service.name} selects {service.selector}, the pods of {found.maker}, as Service "
        f"{twins} does, and no Service selects those of {found.own.ref}, which has its name: {said}.",
        severity=Severity.FAIL if why else Severity.WARN,
        confidence=Confidence.LIKELY if why else Confidence.POSSIBLE,
        evidence=(
            Evidence(service.ref, "spec.selector", service.selector.pairs, f"all pods are of {found.maker}"),
            *(Evidence(each, "spec.selector", service.selector.pairs, "the same") for each in found.twins[:2]),
            Evidence(found.own_pods[0].ref, "metadata.labels", found.own_pods[0].labels, "no Service selects it"),
        ),
        check=(
            get_field(service.ref, "selector"),
            kubectl("get", "svc", "-o", "wide", namespace=service.namespace),
            kubectl("get", "pods", "--show-labels", namespace=service.namespace),
        ),
        fix=_fix(case, service, found),
        pods=frozenset(each.name for each in found.pods),
        key=(str(found.maker), str(found.own.ref)),
        written=Written(service.ref, ("spec", "selector"), begins=False),
    )


def _contradiction(case: Case, found: Copied) -> str:
    """Return in words what speaks against the selected pods, and not against the others; empty where nothing does."""
    if not any(declares(found.pods, each) for each in case.ports):
        return "these declare the port that is called, and the selected ones do not"
    if _are_denied(case, found):
        return "policies deny the port that is called at the selected pods, and not at these"
    return ""


def _are_denied(case: Case, found: Copied) -> bool:
    """Return whether policies deny every port at all of the selected pods, and none at an own one.

    A known caller is denied; where nobody is known, everybody.
    """
    policies, caller = case.policies, case.caller.party

    def denies(party: Party, number: int | None, port: ServicePort) -> bool:
        if caller is None:
            return number is not None and policies.closes(party, number, port.protocol)
        return policies.decide(caller, party, number, port.protocol).decision == "deny"

    selected, own = targets(case), policies.pod(found.own_pods[0])
    if not selected or not all(denies(each.party, each.number, each.port) for each in selected):
        return False
    return not any(denies(own, each.resolve(found.own_pods[0]), each) for each in case.ports)


def _fix(case: Case, service: Service, found: Copied) -> tuple[Fix, ...]:
    labels = found.own.template_labels
    pairs = {key: labels.get(key, "") for key in service.selector.pairs}
    chosen = case.snapshot.pods_selected(service.namespace, ServiceSelector(pairs)) if all(pairs.values()) else ()
    if not chosen or any(each.workload != found.own.ref for each in chosen):
        return ()
    risk = f"sends the Service's traffic to {found.own.ref}, and no longer to {found.maker}{managed_by(service)}"
    return (Fix(about=service.ref, merge={"spec": {"selector": pairs}}, risk=risk),)
