"""What an ExternalName stands for, as far as its name tells: a Service of this cluster, or a host outside.

https://kubernetes.io/docs/concepts/services-networking/service/#externalname
"""

from bot.model.kube.services import Service
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot

_SERVICE_LABELS = 2
_LONGEST_CHAIN = 8


def target_of(service: Service) -> str:
    """Return the name that an ExternalName stands for, lower case and without its final dot."""
    return service.spec.external_name.removesuffix(".").lower()


def service_named(snapshot: Snapshot, target: str) -> Ref | None:
    """Return the Service of this cluster whose full name this is, whether or not it is there; None for any other name."""
    left, _, zone = target.partition(".svc.")
    parts = left.split(".")
    is_full = zone == snapshot.zone.rstrip(".") and len(parts) == _SERVICE_LABELS
    return Ref("Service", parts[0], parts[1]) if is_full else None


def aliased(snapshot: Snapshot, service: Service) -> Ref | None:
    """Return the Service of this cluster that an ExternalName is another name of; None for a host outside."""
    return service_named(snapshot, target_of(service))


def chain(snapshot: Snapshot, service: Service) -> tuple[Service, ...]:
    """Return an ExternalName and the aliases of this cluster that it leads to, each once; the last leads to none, or back."""
    way = [service]
    while len(way) < _LONGEST_CHAIN and (ref := aliased(snapshot, way[-1])):
        following = snapshot.service(ref.namespace, ref.name)
        if following is None or not following.is_external_name or following in way:
            break
        way.append(following)
    return tuple(way)
