"""Read-only kubectl commands that several checks print.

They change nothing and end with 0 even where nothing is found.
"""

from collections.abc import Mapping

from bot.model.kube.pods import Pod
from bot.model.kube.services import SERVICE_NAME_LABEL
from bot.model.kubectl import kubectl, resource
from bot.model.refs import Ref


def get_field(ref: Ref, *names: str) -> str:
    """Show fields of an object's spec, e.g. `get_field(service, "selector")`."""
    return get_fields(ref, {name: f".spec.{name}" for name in names})


def get_fields(ref: Ref, paths: Mapping[str, str]) -> str:
    """Show what is at paths of an object that exists, a line each, by the names given.

    The name is printed by the path itself: of a field that is not there kubectl prints nothing, and no end of a line.
    """
    lines = "".join(f'{name}: {{{path}}}{{"\\n"}}' for name, path in paths.items())
    return kubectl("get", resource(ref), ref.name, "-o", f"jsonpath={lines}", namespace=ref.namespace)


def get_of_containers(pod: Ref, *names: str) -> str:
    """Show fields of each container of a pod, e.g. `get_of_containers(pod.ref, "readinessProbe")`."""
    said = "".join(f" {name}: {{.{name}}}" for name in names)
    lines = f'{{range .spec.containers[*]}}{{.name}}{said}{{"\\n"}}{{end}}'
    return kubectl("get", "pod", pod.name, "-o", f"jsonpath={lines}", namespace=pod.namespace)


def on_node(node: str, *words: str) -> str:
    """Run a program of a node's own, in a pod that `kubectl debug` starts there and leaves behind."""
    start = ("debug", f"node/{node}", "-it", "--profile=sysadmin", "--image=busybox:1.37", "--", "chroot", "/host")
    return kubectl(*start, *words)


def kubelet_log(node: str) -> str:
    """Show the last lines of a node's kubelet, where it runs under systemd."""
    return on_node(node, "journalctl", "-u", "kubelet", "-n", "100", "--no-pager")


# A line an endpoint: in custom-columns an endpoint that says nothing of `ready`, and so is ready, shifts the column.
# The first line is printed where there is no slice at all: kubectl says nothing of an empty list in this format.
_READINESS = (
    'jsonpath=endpoints:{"\\n"}{range .items[*]}{range .endpoints[*]}{.addresses[0]}{" ready="}{.conditions.ready}{"\\n"}{end}'
    '{"ports "}{.ports[*].port}{"\\n"}{end}'
)


def at_endpoints(service: Ref) -> str:
    """Show the EndpointSlices of a Service, and which endpoints are ready: kubectl's own table lists those that are not alike.

    The deprecated Endpoints are cut at 1,000 and may be switched off.
    """
    label = f"{SERVICE_NAME_LABEL}={service.name}"
    return kubectl("get", "endpointslices", "-l", label, "-o", _READINESS, namespace=service.namespace)


def at_endpoints_whole(service: Ref) -> str:
    """Show the EndpointSlices with ports, nodes and conditions of every endpoint."""
    label = f"{SERVICE_NAME_LABEL}={service.name}"
    return kubectl("get", "endpointslices", "-l", label, "-o", "yaml", namespace=service.namespace)


def at_pods(namespace: str, selector: object) -> str:
    """Show the pods that a selector finds, with their nodes."""
    return kubectl("get", "pods", "-l", str(selector), "-o", "wide", namespace=namespace)


_CONDITION = (
    'custom-columns=POD:.metadata.name,READY:.status.conditions[?(@.type=="Ready")].status,'
    'WHY:.status.conditions[?(@.type=="Ready")].reason'
)


def at_readiness(namespace: str, node: str) -> str:
    """Show the condition of the pods of a node: kubectl's own table counts containers, and has 1/1 Running of a lost one."""
    there = ("--field-selector", f"spec.nodeName={node}")
    return kubectl("get", "pods", *there, "-o", _CONDITION, namespace=namespace)


def at_labels(namespace: str) -> str:
    """Show all pods of a namespace with their labels."""
    return kubectl("get", "pods", "--show-labels", namespace=namespace)


def at_services(namespace: str) -> str:
    return kubectl("get", "svc", namespace=namespace)


def everywhere(service: str) -> str:
    """Show every Service of one name, in all namespaces."""
    return kubectl("get", "svc", "-A", "--field-selector", f"metadata.name={service}")


def describe(ref: Ref) -> str:
    return kubectl("describe", resource(ref), ref.name, namespace=ref.namespace)


def look_up(pod: Pod | None, name: str, full: str) -> tuple[str, ...]:
    """Look a name up in the caller's pod: as the C library does, and the full name by nslookup, which then searches nothing.

    `getent` is in glibc and Alpine images; nslookup may be BusyBox's, which says NXDOMAIN for names that the C library finds,
    and ends with 1 where a step of the search does not exist (docs/resolvers.md): the trailing dot keeps it from both.
    """
    if pod is None:
        return ()
    inside = ("exec", pod.name, "--")
    return (
        kubectl(*inside, "getent", "ahosts", name.rstrip("."), namespace=pod.namespace),
        kubectl(*inside, "nslookup", f"{full.rstrip('.')}.", namespace=pod.namespace),
    )
