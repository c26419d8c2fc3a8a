"""Other namespaces in which lies what pods and routes of a scope call, by the names that they hold, for triages."""

from collections.abc import Iterator

from bot.model.call.alias import target_of
from bot.model.call.named_hosts import ANY_SERVICE
from bot.model.dependencies.dependencies import dependencies_of, service_of
from bot.model.kube.pods import Pod
from bot.model.kube.workloads import Namespace
from bot.model.memo import memo_by
from bot.model.question.question import Source
from bot.model.refs import is_label
from bot.model.snapshot import Snapshot
from bot.model.views.caller import Caller
from bot.model.views.routes import routes_of


def namespaces_named(snapshot: Snapshot, namespaces: tuple[str, ...]) -> tuple[str, ...]:
    """Return the other namespaces whose Services are named in these, in order of name; none where all are asked about.

    A name of two labels may be one of the world: where the cluster's namespaces are known, only these count; else only
    what stands before `svc`.
    """
    known = {each.name for each in snapshot.namespaces} if snapshot.was_listed(Namespace) else None
    found = {
        place
        for namespace in namespaces
        for host, home in _hosts(snapshot, namespace)
        if (place := _namespace_of(snapshot, host, home, is_sure=known is None))
    }
    return tuple(sorted(each for each in found.difference(namespaces) if known is None or each in known))


def names_of_nobody(snapshot: Snapshot, namespaces: tuple[str, ...]) -> tuple[str, ...]:
    """Return the bare names that something of these namespaces calls there and that no Service of its own has, as they come.

    A Service of another namespace may have one: then a short name was taken for enough (DNS-011).
    """
    found = (
        host
        for namespace in namespaces
        for host, home in _hosts(snapshot, namespace)
        if is_label(host) and snapshot.service(home, host) is None
    )
    return tuple(dict.fromkeys(found))


@memo_by
def _hosts(snapshot: Snapshot, namespace: str) -> tuple[tuple[str, str], ...]:
    """Return each host that something of a namespace calls, and the namespace that a short name means."""
    return tuple(_called_from(snapshot, namespace))


def _called_from(snapshot: Snapshot, namespace: str) -> Iterator[tuple[str, str]]:
    for workload, pods in snapshot.pods_by_workload(namespace).items():
        live = sorted((each for each in pods if not each.is_terminal), key=lambda each: each.name)
        for pod in live[:1] if workload else live:
            yield from ((each, namespace) for each in _of_pod(snapshot, pod))
    for service in snapshot.services_in(namespace):
        if service.is_external_name:
            yield target_of(service), namespace
    for route in routes_of(snapshot):
        for ref in route.backend_refs:
            if route.namespace == namespace and ref.kind == "Service" and ref.namespace:
                yield f"{ref.name}.{ref.namespace}.svc", namespace


def _of_pod(snapshot: Snapshot, pod: Pod) -> Iterator[str]:
    for each in Caller(snapshot, Source(namespace=pod.namespace, pod=pod.name)).hosts(ANY_SERVICE):
        yield each.named.host
    for one in dependencies_of(snapshot, (pod,), known_only=False):
        yield f"{one.service.name}.{one.service.namespace}.svc"
    for alias in pod.spec.host_aliases or ():
        yield from alias.hostnames or ()


def _namespace_of(snapshot: Snapshot, host: str, home: str, *, is_sure: bool) -> str:
    """Return the namespace of the Service that a host means; empty for none. `is_sure`: not by a name of two labels."""
    if is_sure and "svc" not in host.split("."):
        return ""
    service = service_of(snapshot, host, home, known_only=False)
    return service.namespace if service else ""
