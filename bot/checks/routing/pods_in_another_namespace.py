"""The pods that the selector wants are in another namespace

## Meaning
A Service's selector looks at pods of its own namespace only. No pod here carries the labels it asks for, but pods in
another namespace carry all of them. The Service was most likely created in the wrong namespace, or the workload was.

## Impact
Every request fails, as with any Service without endpoints: refused, a time-out, or NXDOMAIN if it is headless.

## How it is detected
The selector matches nothing in the Service's namespace (RTE-001), and pods of another namespace satisfy it whole. One
generic pair such as `app: web` matches elsewhere by chance, so it takes two pairs, or a label value that is the
Service's own name.

## When it stays silent
If pods in its own namespace nearly match: then a mistyped label is the better explanation (RTE-001). If pods of other
namespaces could not be read.

## Fix
Call the Service beside those pods where there is one, or create it there. An alias (a Service of type ExternalName)
cannot take the place of a Service that has a selector, so no command is printed that would change the one at hand.

## Known limits
The same application often runs in several namespaces (staging, production). That is why this is said to be likely,
not certain.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import get_field
from bot.checks.routing._selector_suggestions import nearest
from bot.checks.routing.selector_matches_no_pod import has_no_pod
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.kubectl import kubectl
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence
from bot.model.text import count, listing


@check(
    "RTE-002",
    "pods-in-another-namespace",
    hop=Hop.ENDPOINTS,
    needs=("services", "pods"),
    uses=("workloads", "endpointslices"),
    causes=(Effect.NO_POD_SELECTED,),
    silent_when_plain=True,
    only=(Occasion.NO_POD,),
)
def pods_in_another_namespace(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None or not has_no_pod(case) or not case.backends.has_no_endpoint:
        return
    if not _is_specific(service) or nearest(service, case.snapshot):
        return
    pods = _elsewhere(case, service)
    if not pods:
        return
    homes = sorted({pod.namespace for pod in pods})
    yield Detection(
        about=service.ref,
        message=_message(case, service, pods, homes),
        confidence=Confidence.LIKELY,
        evidence=(
            Evidence(service.ref, "spec.selector", service.selector.pairs, f"no pod of {service.namespace} has it"),
            *(_pods(home, pods) for home in homes[:3]),
        ),
        check=(get_field(service.ref, "selector"), kubectl("get", "pods", "-A", "-l", str(service.selector))),
        key=tuple(homes),
    )


def _is_specific(service: Service) -> bool:
    """Two pairs, or one that names the Service, are more than chance."""
    pairs = service.selector.pairs
    return len(pairs) > 1 or service.name in pairs.values()


def _elsewhere(case: Case, service: Service) -> list[Pod]:
    others = {pod.namespace for pod in case.snapshot.pods} - {service.namespace}
    return [
        pod
        for namespace in sorted(filter(case.snapshot.may_name, others))
        for pod in case.snapshot.pods_selected(namespace, service.selector)
        if not pod.is_terminal
    ]


def _message(case: Case, service: Service, pods: list[Pod], homes: list[str]) -> str:
    there = [
        f"{other.name}.{other.namespace}"
        for home in homes
        for other in case.snapshot.services_in(home)
        if other.selector.pairs and any(other.selector.matches(pod.labels) for pod in pods if pod.namespace == home)
    ]
    hint = f"; {listing(there)} already leads to them" if there else ""
    return (
        f"Service {service.namespace}/{service.name} selects {service.selector}, which no pod in {service.namespace} "
        f"carries but {count(len(pods), 'pod')} in {listing(homes)} {'does' if len(pods) == 1 else 'do'}{hint}."
    )


def _pods(home: str, pods: list[Pod]) -> Evidence:
    here = sorted((pod for pod in pods if pod.namespace == home), key=lambda pod: pod.name)
    first = here[0].workload or here[0].ref
    return Evidence(first, "metadata.namespace", home, f"{count(len(here), 'pod')} with all the labels")
