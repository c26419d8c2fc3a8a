"""The load balancer's address is called from inside, and the Service admits other addresses only

## Meaning
Calls of a load balancer's IP from inside of the cluster do not leave it: kube-proxy on the caller's node hands them to an
endpoint itself. It keeps to `loadBalancerSourceRanges` all the same, and sees the pod's own address, which is in none of
these ranges.

## Impact
Every call of that address from inside is dropped: a time-out. The same address works from the ranges that are admitted, and
the Service's name works from inside.

## How it is detected
The IP of the Service's load balancer was asked for, the calling pod's address is known, `spec.loadBalancerSourceRanges` is set
and none of its ranges holds that address. kube-proxy runs in this cluster.

## When it stays silent
For other addresses and names. If the ranges hold the pods' addresses, or there are none. For an address that kube-proxy leaves
alone (`ipMode: Proxy`). If a connection was made. Where another service proxy runs, and for callers on the host network, whose
node may send from another of its addresses: then the hop is unknown, and says so.

## Fix
Call the Service by its name inside of the cluster. To admit pods at the load balancer's address too, add their ranges.

## Known limits
The annotation `service.beta.kubernetes.io/load-balancer-source-ranges`, which some clouds' controllers still read, is not.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import get_field
from bot.checks.facts.ownership import managed_by
from bot.model.call.hop import Hop
from bot.model.call.hops.proxy import excluded, restricts_balancer
from bot.model.call.occasions import Occasion
from bot.model.call.service_proxies import proxies
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.kubectl import kubectl
from bot.model.probe import Outcome, Purpose
from bot.model.question.entry import Entry
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Evidence, Fix
from bot.model.text import listing


@check(
    "RTE-037",
    "load-balancer-excludes-caller",
    hop=Hop.PROXY,
    needs=("services",),
    uses=("pods", "source"),
    fits=(Symptom.TIMEOUT,),
    when=restricts_balancer,
    silent_when_plain=True,
    only=(Occasion.CALLER,),
)
def load_balancer_excludes_caller(case: Case) -> Iterator[Detection]:
    service, entry, caller = case.service, case.question.entry, case.caller.pod
    if service is None or entry is None or caller is None or caller.spec.host_network or not proxies(case.snapshot):
        return
    address = excluded(case)
    if address and not any(each.outcome is Outcome.ANSWERED for each in case.measured.tcp(Purpose.ENTRY)):
        yield _found(service, entry, caller, address)


def _found(service: Service, entry: Entry, caller: Pod, address: str) -> Detection:
    ranges = service.spec.load_balancer_source_ranges or ()
    return Detection(
        about=service.ref,
        message=f"Service {service.namespace}/{service.name} admits {listing(ranges, 3)} only at its load balancer's address "
        f"{entry.address} (loadBalancerSourceRanges), and kube-proxy on the caller's node sees {caller.name} there as "
        f"{address}; its name {service.name}.{service.namespace} works from inside.",
        confidence=Confidence.LIKELY,
        evidence=(
            Evidence(
                service.ref, "spec.loadBalancerSourceRanges", list(ranges), "kept to for calls from inside as well"
            ),
            Evidence(caller.ref, "status.podIP", address, "in none of them"),
        ),
        check=(
            get_field(service.ref, "loadBalancerSourceRanges"),
            kubectl("get", "pod", caller.name, "-o", "wide", namespace=caller.namespace),
        ),
        fix=(_fix(service, address),),
        pods=frozenset({caller.name}),
        key=(entry.address,),
    )


def _fix(service: Service, address: str) -> Fix:
    """Admit this pod's address and no other; a pod that is made anew has another one."""
    prefix = 32 if "." in address else 128
    ranges = [*(service.spec.load_balancer_source_ranges or ()), f"{address}/{prefix}"]
    risk = (
        "better call the Service by its name: this admits one pod's address, which changes with the pod, and the load "
        f"balancer's own controller may open it outside as well{managed_by(service)}"
    )
    return Fix(about=service.ref, merge={"spec": {"loadBalancerSourceRanges": ranges}}, risk=risk)
