"""The load balancer of the Service has no address

## Meaning
A Service of type LoadBalancer is given an address by a controller outside of Kubernetes' own: the cloud's, MetalLB, another
one. None has come for this one.

## Impact
None for callers inside of the cluster who use the Service's name or ClusterIP. Callers from outside have no way in.

## How it is detected
The type is LoadBalancer, the Service is older than three minutes, and `status.loadBalancer.ingress` is empty. An event of
its controller (`SyncLoadBalancerFailed`, `FailedBuildModel`, `FailedDeployModel`, `AllocationFailed`) says why; then a triage
tells it as a warning.

## When it stays silent
In the first three minutes. For other types. It is context only, since the way from inside does not need it.

## Fix
Install or repair the controller; name its `loadBalancerClass`, if there are several. On bare metal there is none unless
somebody installed one.

## Known limits
What the controller thinks is known only by its events and its log.
"""

from collections.abc import Iterator
from datetime import timedelta

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.result.finding import Detection, Evidence, Severity
from bot.model.text import one_line

# What clouds take to make one.
_PATIENCE = timedelta(minutes=3)
# Of a cloud's service controller, of AWS's own, of MetalLB.
_FAILED = ("SyncLoadBalancerFailed", "FailedBuildModel", "FailedDeployModel", "AllocationFailed")


def is_pending(case: Case) -> bool:
    """Return whether the Service's load balancer has no address, and should have one by now."""
    service = case.service
    if service is None or service.spec.type != "LoadBalancer" or service.balancer_addresses:
        return False
    born = service.metadata.creation_timestamp
    return born is None or case.snapshot.is_older(born, _PATIENCE)


@check(
    "RTE-027",
    "load-balancer-pending",
    hop=Hop.SERVICE,
    needs=("services",),
    uses=("events",),
    when=is_pending,
    silent_when_plain=True,
    only=(Occasion.UNUSUAL,),
)
def load_balancer_pending(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    said = next((each for reason in _FAILED for each in case.snapshot.events_about(service.ref, reason)), None)
    event = (Evidence(service.ref, "events", said.reason, "its controller failed"),) if said else ()
    why = f": {one_line(said.message, limit=200)}" if said else ""
    yield Detection(
        about=service.ref,
        message=f"The load balancer of Service {service.namespace}/{service.name} has no address yet{why}; calls by its name "
        f"from inside do not need it.",
        severity=Severity.INFO,
        evidence=(Evidence(service.ref, "status.loadBalancer.ingress", None, "pending"), *event),
        check=(describe(service.ref),),
    )
