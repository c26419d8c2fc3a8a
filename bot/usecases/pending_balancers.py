"""Load balancers that their controller says it cannot make: calls from inside need none, but a triage tells them.

`why` tells a load balancer without an address as context. Where nothing was said of it no controller is there, as on most
clusters for tests, and nobody misses it; where a controller failed within the hour, whoever asks what is broken means it.
"""

from collections.abc import Iterator
from functools import partial

from msgspec.structs import replace

from bot.model.kube.services import Service
from bot.model.result.changes import writer_of
from bot.model.result.finding import Finding
from bot.model.snapshot import Snapshot
from bot.usecases.context import context_as_warning

_TOLD = {"status.loadBalancer.ingress", "events"}


def pending_balancers(snapshot: Snapshot, namespaces: tuple[str, ...]) -> Iterator[tuple[Finding, tuple[Service, ...]]]:
    """Yield what is said of each such Service, as a warning, since it is to have one. `namespaces`: of these."""
    for each in snapshot.services:
        if (
            (namespaces and each.namespace not in namespaces)
            or each.spec.type != "LoadBalancer"
            or each.balancer_addresses
        ):
            continue
        if found := context_as_warning(snapshot, each, partial(_is_refused, each)):
            writer = writer_of(each, "spec", "type")
            yield replace(found, since=writer.time if writer else each.metadata.creation_timestamp), (each,)


def _is_refused(service: Service, found: Finding) -> bool:
    """Return whether it tells that the load balancer has no address, and an Event that its controller failed."""
    return found.about == service.ref and {each.field for each in found.evidence} >= _TOLD
