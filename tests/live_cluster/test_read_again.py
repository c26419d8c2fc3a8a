"""Real pods are taken away while a question about them is answered: they are not told as bad backends."""

import json
from collections.abc import Callable, Iterator

import pytest
from msgspec.structs import replace

from bot.answer import Runtime, answer
from bot.cluster.backends import read_backends
from bot.cluster.transport import Cluster
from bot.model.probe import Observation, Outcome, Probe, TcpConnect
from bot.model.question.question import Question
from bot.model.question.request import Kind, Request
from bot.model.refs import Ref
from bot.model.result.diagnosis import Diagnosis
from bot.model.result.status import Basis, Status
from bot.runtime import live_runtime
from tests.live_cluster.control_plane import ControlPlane
from tests.live_cluster.test_reading import deployment, service

pytestmark = pytest.mark.cluster

PLACE = "replaced"
OBJECTS = "".join(
    [
        f"\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {PLACE}}}\n---",
        deployment("users", "users", namespace=PLACE),
        service("users", "users", PLACE),
    ]
)
REQUEST = Request(Kind.WHY, Question(service="users", namespace=PLACE, name="users"))


@pytest.fixture
def replaced(control_plane: ControlPlane, pod_network: None, eventually: Callable[..., None]) -> Iterator[ControlPlane]:
    """A Service of two ready pods that answer."""
    control_plane.apply(OBJECTS)
    control_plane.kubectl("-n", PLACE, "rollout", "status", "deploy/users", "--timeout=180s")
    eventually(lambda: len(_addresses(control_plane)) == 2, what="both pods are endpoints")
    yield control_plane
    control_plane.kubectl("delete", "namespace", PLACE, "--wait=false")


def _addresses(cluster: ControlPlane) -> set[str]:
    items = json.loads(cluster.kubectl("-n", PLACE, "get", "endpointslices", "-o", "json"))["items"]
    known = (one for each in items for one in each.get("endpoints") or ())
    return {one["addresses"][0] for one in known if one["conditions"]["ready"]}


async def asked(cluster: Cluster, between: Callable[[], None] = lambda: None) -> Diagnosis:
    """Ask as a command does; `between` happens after the reading and before the first probe."""
    runtime, done = live_runtime(cluster, namespace=PLACE, probe=True, deadline=60.0), []
    assert runtime.measure
    measure = runtime.measure

    async def measured(probes: tuple[Probe, ...], seconds: float) -> tuple[Observation, ...]:
        if not done:
            done.append(between())
        return await measure(probes, seconds)

    changed: Runtime = replace(runtime, measure=measured)
    found = await answer(REQUEST, changed)
    assert isinstance(found, Diagnosis)
    return found


async def test_a_pod_that_is_replaced_meanwhile(replaced: ControlPlane, eventually: Callable[..., None]) -> None:
    """The new pod is measured in its place, and all is well."""
    before = _addresses(replaced)

    def replace_one() -> None:
        first = replaced.kubectl("-n", PLACE, "get", "pods", "-o", "name").split()[0]
        replaced.kubectl("-n", PLACE, "delete", first, "--now", "--wait")
        eventually(
            lambda: len(_addresses(replaced)) == 2 and _addresses(replaced) != before, what="another pod is ready"
        )

    async with Cluster(kubeconfig=replaced.kubeconfig, name="test") as cluster:
        found = await asked(cluster, replace_one)

    seen = {each.probe.address: each.outcome for each in found.observations if _is_endpoint(each)}
    assert [each.code for each in found.findings if each.severity != "info"] == []
    assert (found.outcome, found.verdicts["application"].basis) == (Status.OK, Basis.PROBED)
    assert seen == dict.fromkeys(_addresses(replaced), Outcome.ANSWERED)


def _is_endpoint(seen: Observation) -> bool:
    return isinstance(seen.probe, TcpConnect) and seen.probe.purpose == "endpoint"


async def test_backends_of_services(replaced: ControlPlane) -> None:
    """Three requests a Service: it, its slices and its pods, and nothing of others."""
    services = (Ref("Service", "users", PLACE), Ref("Service", "kube-dns", "kube-system"))
    async with Cluster(kubeconfig=replaced.kubeconfig, name="test") as cluster:
        found = await read_backends(cluster, services, 60.0)

    assert (found.requests, found.gaps) == (6, ())
    assert {each.ref for each in found.services} == set(services)
    users = found.service(PLACE, "users")
    assert users is not None
    assert {each.ip for each in found.pods_behind(users)} == _addresses(replaced)
    assert {each.namespace for each in found.pods} == {PLACE, "kube-system"}
