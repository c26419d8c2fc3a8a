"""Two Services have one ClusterIP

## Meaning
The API server gives every ClusterIP to one Service only. These two have the same: after a restore from a backup, or where
two control planes gave out one range. kube-proxy makes rules for both, and one of them wins.

## Impact
Calls to one Service end in the other, or on a port that it does not have. Which one wins may differ from node to node.

## How it is detected
Another Service with the same address in `clusterIPs` was read.

## When it stays silent
For headless Services. Where Services of other namespaces were not read nobody can tell. A ClusterIP inside of a range that
is used elsewhere is harmless as long as nobody routes that range.

## Fix
Make one of the two again: it gets another ClusterIP. Restart what keeps the old one. Then let the API server repair its
allocations (`kubectl get ipaddresses`).

## Known limits
A live question reads the Services of its own name and namespace, and those of the DNS; a table reads all of its scope.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.kubectl import kubectl
from bot.model.result.finding import Detection, Evidence
from bot.model.text import listing


def shares_address(case: Case) -> bool:
    """Return whether another Service that was read has a ClusterIP of this one."""
    service = case.service
    return service is not None and any(len(case.snapshot.services_by_ip(each)) > 1 for each in service.cluster_ips)


@check("RTE-026", "service-address-collision", hop=Hop.SERVICE, needs=("services",), when=shares_address)
def service_address_collision(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    for address in service.cluster_ips:
        twins = [each for each in case.snapshot.services_by_ip(address) if each.ref != service.ref]
        if not twins:
            continue
        own = sorted((service, *twins), key=lambda each: (each.namespace, each.name))
        names = [f"{each.namespace}/{each.name}" for each in own]
        columns = "custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,IPS:.spec.clusterIPs"
        yield Detection(
            about=service.ref,
            message=f"Services {listing(names)} have one ClusterIP, {address}: which of them answers there is chance.",
            evidence=tuple(
                Evidence(each.ref, "spec.clusterIPs", list(each.cluster_ips)) for each in (service, *twins[:3])
            ),
            check=(kubectl("get", "svc", "-A", "-o", columns),),
            key=(address, *(each for each in names if each != f"{service.namespace}/{service.name}")),
            common=address,
        )
