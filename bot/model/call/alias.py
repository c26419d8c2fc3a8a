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
    """Return the Service of this cluster whose full name this is, or that of one of its endpoints; None for any other name.

    It may not be there.
    """
    parts = _labels(snapshot, target)
    return Ref("Service", *parts[-_SERVICE_LABELS:]) if parts else None


def host_in(snapshot: Snapshot, target: str) -> str:
    """Return the label before the Service's in the full name of an endpoint (`db-0`); empty for that of a Service."""
    parts = _labels(snapshot, target)
    return parts[0] if len(parts) > _SERVICE_LABELS else ""


def _labels(snapshot: Snapshot, target: str) -> list[str]:
    left, _, zone = target.partition(".svc.")
    parts = left.split(".")
    is_full = zone == snapshot.zone.rstrip(".") and _SERVICE_LABELS <= len(parts) <= _SERVICE_LABELS + 1
    return parts if is_full and all(parts) else []


def aliased(snapshot: Snapshot, service: Service) -> Ref | None:
    """Return the Service of this cluster that an ExternalName is another name of; None for a host outside."""
    return service_named(snapshot, target_of(service))


def chain(snapshot: Snapshot, service: Service) -> tuple[Service, ...]:
    """Return an ExternalName and the aliases of this cluster that it leads to, each once; the last leads to none, or back."""
    way = [service]
    while len(way) < _LONGEST_CHAIN and (ref := aliased(snapshot, way[-1])):
        following = snapshot.service(ref.namespace, ref.name)
        is_end = following is None or not following.is_external_name or following in way
        if is_end or host_in(snapshot, target_of(way[-1])):
            break
        assert following is not None
        way.append(following)
    return tuple(way)
