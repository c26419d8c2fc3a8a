"""What the real EndpointSlice controllers write, held against what k8snet computes and says of it."""

import json
import shlex
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from bot.checks.facts.commands import at_endpoints
from bot.model.kube.endpoints import expected_slices
from bot.model.kube.pods import Pod
from bot.model.kube.services import EndpointSlice, Service
from bot.model.refs import Ref
from tests.live_cluster.control_plane import ControlPlane

pytestmark = pytest.mark.cluster
Program = Callable[..., subprocess.CompletedProcess[str]]

OBJECTS = """
apiVersion: v1
kind: Namespace
metadata: {name: slices}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: slices}
spec:
  replicas: 2
  selector: {matchLabels: {app: web, part: server}}
  template:
    metadata: {labels: {app: web, part: server}}
    spec:
      containers:
        - name: web
          image: agnhost
          args: [netexec, --http-port=8080]
          ports: [{name: http, containerPort: 8080}]
          readinessProbe: {httpGet: {path: /readyz, port: 8080}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, namespace: slices}
spec:
  template:
    metadata: {labels: {app: web}}
    spec: {restartPolicy: Never, containers: [{name: migrate, image: agnhost, args: [pause]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: slices}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: http}, {name: raw, port: 81, targetPort: 8080}]
---
apiVersion: v1
kind: Service
metadata: {name: relay, namespace: slices}
spec: {ports: [{name: syslog, port: 514, protocol: UDP}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: relay, namespace: slices}
subsets: [{addresses: [{ip: 192.0.2.10}], ports: [{name: syslog, port: 514}]}]
---
apiVersion: v1
kind: Service
metadata: {name: ledger, namespace: slices}
spec: {ports: [{port: 5432}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: ledger-1, namespace: slices, labels: {kubernetes.io/service-name: ledger}}
addressType: IPv4
ports: [{name: "", port: 5432}]
endpoints: [{addresses: [192.0.2.20]}, {addresses: [192.0.2.21], conditions: {ready: false}}]
"""


def listed(plane: ControlPlane, kind: str, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(plane.kubectl("-n", "slices", "get", kind, *words, "-o", "json"))["items"]
    return found


@pytest.fixture(scope="module")
def slices(control_plane: ControlPlane, eventually: Callable[..., None]) -> Iterator[ControlPlane]:
    """A Deployment and a Job behind one Service, and a Service whose Endpoints are written by hand, all settled."""
    control_plane.apply(OBJECTS)

    def settled() -> bool:
        found = listed(control_plane, "endpointslices", "-l", "kubernetes.io/service-name=web")
        ready = [one for each in found for one in each.get("endpoints") or () if one["conditions"]["ready"]]
        return len(ready) == 3 and bool(
            listed(control_plane, "endpointslices", "-l", "kubernetes.io/service-name=relay")
        )

    eventually(settled, what="three ready endpoints, and a mirrored slice")
    yield control_plane
    control_plane.kubectl("delete", "ns", "slices", "--wait=false")


def endpoints(known: tuple[EndpointSlice, ...]) -> set[tuple[Any, ...]]:
    """Every endpoint with the ports of its slice, which is all that its consumers look at."""
    return {
        (
            *(one.addresses or ()),
            one.target_ref.name if one.target_ref else "",
            one.node_name,
            one.conditions.ready,
            one.conditions.serving,
            one.conditions.terminating,
            each.address_type,
            tuple(sorted((port.name or "", port.port or 0, port.protocol or "") for port in each.ports or ())),
        )
        for each in known
        for one in each.endpoints or ()
    }


def test_controller_writes_what_is_computed(slices: ControlPlane) -> None:
    """A pod without the named port is in a slice of its own; families, conditions and nodes are the controller's."""
    service = next(each for each in listed(slices, "services") if each["metadata"]["name"] == "web")
    pods = tuple(msgspec.convert(each, Pod, strict=False) for each in listed(slices, "pods"))
    real = tuple(
        msgspec.convert(each, EndpointSlice, strict=False)
        for each in listed(slices, "endpointslices", "-l", "kubernetes.io/service-name=web")
    )

    computed = expected_slices(msgspec.convert(service, Service, strict=False), pods)

    assert endpoints(computed) == endpoints(real)
    assert len({each.ports for each in computed}) == 2
    assert all(each.is_controlled for each in real)


def root(program: Program, *words: str) -> tuple[str, str]:
    found = json.loads(program("why", *words, "-n", "slices", "-o", "json", "--no-probe").stdout)
    cause = found["root_cause"] or {"code": found["outcome"], "message": ""}
    return cause["code"], cause["message"]


def test_pod_of_a_job_is_in_rotation(slices: ControlPlane, k8snet: Program) -> None:
    """The controller lists a Job's ready pod as it lists any; the selector is too broad."""
    code, message = root(k8snet, "web", "--port", "81")

    assert (code, "migrate" in message) == ("RTE-003", True), message


def test_mirrored_slice_has_the_protocol_of_its_endpoints(slices: ControlPlane, k8snet: Program) -> None:
    """Endpoints without a protocol are TCP, and so is their mirrored slice: the UDP port has none."""
    code, message = root(k8snet, "relay", "--port", "514")

    assert (code, "UDP" in message) == ("RTE-015", True), message


def test_slice_of_a_lost_selector_stays(slices: ControlPlane, k8snet: Program, eventually: Callable[..., None]) -> None:
    """A Service that loses its selector keeps its slices, and nobody takes the pods that go out of them."""
    slices.kubectl(
        "-n", "slices", "patch", "svc", "web", "--type=json", "-p", '[{"op":"remove","path":"/spec/selector"}]'
    )
    slices.kubectl("-n", "slices", "delete", "deploy/web", "job/migrate")
    eventually(lambda: not listed(slices, "pods"), what="the pods are gone")

    code, message = root(k8snet, "web", "--port", "81")

    assert (code, "gone" in message) == ("RTE-017", True), message


def printed(plane: ControlPlane, service: str) -> set[tuple[str, str, str]]:
    """What the command shows: an address, `ready` and the ports of its slice."""
    found: set[tuple[str, str, str]] = set()
    waiting: list[tuple[str, str]] = []
    title, *lines = plane.kubectl(*shlex.split(at_endpoints(Ref("Service", service, "slices")))[1:]).splitlines()
    assert title == "endpoints:"
    for line in lines:
        address, ready, of_endpoint = line.partition(" ready=")
        if ready:
            waiting.append((address, of_endpoint))
        else:
            found |= {(*each, line.removeprefix("ports").strip()) for each in waiting}
            waiting = []
    return found


def test_printed_command_shows_who_is_ready(slices: ControlPlane) -> None:
    """Each address of each slice with its readiness and ports, as the API says them."""
    assert printed(slices, "web") == {
        (
            one["addresses"][0],
            str(one["conditions"]["ready"]).lower(),
            " ".join(str(port["port"]) for port in each["ports"] or ()),
        )
        for each in listed(slices, "endpointslices", "-l", "kubernetes.io/service-name=web")
        for one in each.get("endpoints") or ()
    }
    assert len({address for address, _, _ in printed(slices, "web")}) == 3


def test_printed_command_keeps_apart_what_says_nothing(slices: ControlPlane) -> None:
    """An endpoint without conditions is ready, and in columns the next one's "false" stood beside it."""
    assert printed(slices, "ledger") == {("192.0.2.20", "", "5432"), ("192.0.2.21", "false", "5432")}


def test_printed_command_says_that_there_is_none(slices: ControlPlane) -> None:
    """A Service without a slice: an empty screen is no answer."""
    assert printed(slices, "nobody") == set()
