"""A container beside a caller's, against a real API server: who may add it, where it is taken, and each refusal in words."""

import asyncio
import json
from collections.abc import Callable, Iterator

import pytest
import yaml

from bot.cluster.ephemeral import refusals
from bot.cluster.ephemeral.caller_pod import MOST_OF_OURS, CallerPod
from bot.cluster.ephemeral.container import addition
from bot.cluster.ephemeral.measure import Manner, measure_in_pod
from bot.cluster.errors import ApiError
from bot.cluster.transport import Cluster
from bot.model.kube.objects import Meta
from bot.model.probe import TcpConnect
from bot.model.probe_result import ProbeResult
from tests.live_cluster.control_plane import ControlPlane

pytestmark = pytest.mark.cluster

PLACE = "beside"
IMAGE = "registry.example/k8snet:1"
PROBES = (TcpConnect("10.96.0.10", 53),)
STRICT = """
    securityContext: {runAsNonRoot: true, runAsUser: 1000, seccompProfile: {type: RuntimeDefault}}
    containers:
    - {name: app, image: none, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}
"""


def pod(name: str, spec: str = "containers: [{name: app, image: none}]", annotation: str = "") -> str:
    """Return a pod on a node that is not there, so that nobody but the test writes its status."""
    note = f"annotations: {{{annotation}}}" if annotation else ""
    return f"""
apiVersion: v1
kind: Pod
metadata:
    name: {name}
    namespace: {PLACE}
    {note}
spec:
    nodeName: elsewhere
    automountServiceAccountToken: false
    {spec}
---"""


@pytest.fixture(scope="module")
def plane(control_plane: ControlPlane) -> Iterator[ControlPlane]:
    control_plane.apply(f"{{apiVersion: v1, kind: Namespace, metadata: {{name: {PLACE}}}}}")
    for name in ("free", "full", "forgotten", "gone", "pulled", "killed"):
        control_plane.apply(pod(name))
    control_plane.apply(pod("strict", STRICT))
    control_plane.apply(pod("loose"))
    control_plane.apply(pod("static", annotation="kubernetes.io/config.mirror: abc"))
    control_plane.apply(pod("meshed", "containers: [{name: app, image: none}, {name: istio-proxy, image: none}]"))
    control_plane.apply(pod("windows", "os: {name: windows}\n    containers: [{name: app, image: none}]"))
    control_plane.kubectl("label", "namespace", PLACE, "pod-security.kubernetes.io/enforce=restricted")
    yield control_plane
    control_plane.kubectl("delete", "namespace", PLACE, "--wait=false")


def status(plane: ControlPlane, name: str, **said: object) -> None:
    """Write what a kubelet would say of a pod."""
    patch = json.dumps({"status": {"phase": "Running", **said}})
    plane.kubectl("-n", PLACE, "patch", "pod", name, "--subresource=status", "--type=merge", "-p", patch)


def spec_of(plane: ControlPlane, name: str) -> list[dict[str, object]]:
    """Return the ephemeral containers of a pod as the API server has them."""
    found = json.loads(plane.kubectl("-n", PLACE, "get", "pod", name, "-o", "json"))
    return list(found["spec"].get("ephemeralContainers", ()))


async def measured(plane: ControlPlane, name: str, *, run: str = "01JDB2Q4W6", seconds: float = 1.0) -> ProbeResult:
    async with Cluster(kubeconfig=plane.kubeconfig) as cluster:
        return await measure_in_pod(
            cluster, PLACE, name, PROBES, run_id=run, manner=Manner(IMAGE, seconds), seconds=1.0
        )


async def test_container_is_taken_under_the_strictest_standard(plane: ControlPlane) -> None:
    """In a namespace that enforces `restricted`; asked again it is not added again; nothing runs it, and that is said."""
    status(plane, "strict")

    first = await measured(plane, "strict")
    again = await measured(plane, "strict")
    other = await measured(plane, "strict", run="01JDB2Q4W7")

    assert first.why == "the container was not started within 1 s, the kubelet says nothing of it"
    assert again == first == other
    added = spec_of(plane, "strict")
    assert {each["name"] for each in added} == {"k8snet-01jdb2q4w6", "k8snet-01jdb2q4w7"}
    assert added[0]["args"][0] == "probe"  # type: ignore[index]
    assert not {"resources", "targetContainerName", "command", "stdin", "tty"} & {
        key for key, value in added[0].items() if value
    }
    assert "runAsUser" not in added[0]["securityContext"]  # type: ignore[operator]


async def test_pod_that_breaks_the_standard_itself_is_told(plane: ControlPlane) -> None:
    """Its namespace became strict after it was made, so that nothing may be changed about it."""
    status(plane, "loose")

    found = await measured(plane, "loose")

    assert found.why.startswith(
        'the API server did not take the container: pods "loose" is forbidden: violates PodSecurity'
    )
    assert (found.grant, spec_of(plane, "loose")) == ("", [])


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("static", "it is a static pod, and these cannot have ephemeral containers"),
        ("windows", "its node runs Windows, and the image of k8snet is for Linux"),
        ("meshed", "istio-proxy takes every connection that leaves the pod itself"),
    ],
)
async def test_pods_in_which_nothing_could_be_measured(plane: ControlPlane, name: str, why: str) -> None:
    """They are told before anything is sent."""
    status(plane, name)

    assert (await measured(plane, name)).why.startswith(why)
    assert spec_of(plane, name) == []


async def test_what_the_api_server_says_of_a_static_pod(plane: ControlPlane) -> None:
    """Ours is its own rule, known before: it refuses the same."""
    status(plane, "static")
    sending = addition(CallerPod(), "k8snet-x", IMAGE, "{}")
    async with Cluster(kubeconfig=plane.kubeconfig) as cluster:
        with pytest.raises(ApiError) as refused:
            await cluster.send(f"/api/v1/namespaces/{PLACE}/pods/static/ephemeralcontainers", sending, seconds=5)

    assert "static pods do not support ephemeral containers" in str(refused.value)


async def test_pod_that_was_replaced_gets_nothing(plane: ControlPlane) -> None:
    """A StatefulSet's next pod has the same name, and nobody agreed to that one: the patch names the uid."""
    status(plane, "gone")
    sending = addition(CallerPod(metadata=Meta(uid="another")), "k8snet-x", IMAGE, "{}")
    async with Cluster(kubeconfig=plane.kubeconfig) as cluster:
        with pytest.raises(ApiError) as refused:
            await cluster.send(f"/api/v1/namespaces/{PLACE}/pods/gone/ephemeralcontainers", sending, seconds=5)

    assert str(refusals.not_taken(refused.value)) == "the pod was replaced by another one of its name meanwhile"
    assert spec_of(plane, "gone") == []


async def test_pod_that_is_not_there_or_does_not_run(plane: ControlPlane) -> None:
    assert (await measured(plane, "nobody")).why == "the pod is gone"
    status(plane, "gone", phase="Succeeded")
    assert (await measured(plane, "gone")).why == "the pod is not running (its phase is Succeeded)"


async def test_containers_of_ours_do_not_add_up(plane: ControlPlane) -> None:
    """They stay for as long as the pod: after some it is told, and no more are put into it."""
    plane.kubectl("label", "namespace", PLACE, "pod-security.kubernetes.io/enforce-")
    status(plane, "full")
    for number in range(30):
        if len(spec_of(plane, "full")) == MOST_OF_OURS:  # not each is there within its 0.3 s where the machine is busy
            break
        await measured(plane, "full", run=f"run{number}", seconds=0.3)
    found = await measured(plane, "full", run="one-more", seconds=0.3)

    assert found.why == "it has 5 ephemeral containers of k8snet already, which stay until the pod ends"
    assert len(spec_of(plane, "full")) == MOST_OF_OURS


@pytest.mark.parametrize(
    ("name", "state", "why"),
    [
        (
            "pulled",
            {"waiting": {"reason": "ErrImagePull", "message": "pull access denied"}},
            "its image cannot be pulled (ErrImagePull: pull access denied)",
        ),
        (
            "killed",
            {"waiting": {"reason": "CreateContainerConfigError", "message": "image has non-numeric user"}},
            "it cannot be started (CreateContainerConfigError: image has non-numeric user)",
        ),
    ],
)
async def test_container_that_does_not_come_up_is_told_at_once(
    plane: ControlPlane, eventually: Callable[..., None], name: str, state: dict[str, object], why: str
) -> None:
    plane.kubectl("label", "namespace", PLACE, "pod-security.kubernetes.io/enforce-")
    status(plane, name)
    asking = asyncio.create_task(measured(plane, name, run="r", seconds=20))
    await asyncio.to_thread(eventually, lambda: spec_of(plane, name), what="the container is in the pod's spec")
    said = {"name": "k8snet-r", "image": IMAGE, "imageID": "", "ready": False, "restartCount": 0, "state": state}
    status(plane, name, ephemeralContainerStatuses=[said])

    assert (await asking).why == why


async def test_rule_that_is_printed_is_the_one_that_is_missing(
    plane: ControlPlane, eventually: Callable[..., None]
) -> None:
    """An account that may read all and add nothing is told the rule; with that rule it may."""
    plane.kubectl("label", "namespace", PLACE, "pod-security.kubernetes.io/enforce-")
    status(plane, "free")
    plane.kubectl("-n", PLACE, "create", "serviceaccount", "asker")
    plane.kubectl(
        "-n", PLACE, "create", "rolebinding", "asker", "--clusterrole=view", f"--serviceaccount={PLACE}:asker"
    )
    token = plane.kubectl("-n", PLACE, "create", "token", "asker").strip()
    config = plane.kubeconfig_for("beside-asker", token)

    async def asked() -> ProbeResult:
        async with Cluster(kubeconfig=config) as cluster:
            return await measure_in_pod(
                cluster, PLACE, "free", PROBES, run_id="r", manner=Manner(IMAGE, 1.0), seconds=1.0
            )

    refused = await asked()
    assert refused.why == f"this account may not add ephemeral containers to pods in {PLACE}"
    assert spec_of(plane, "free") == []

    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "rules": yaml.safe_load(refused.grant)}
    plane.apply(json.dumps({**role, "metadata": {"name": "probes", "namespace": PLACE}}))
    plane.kubectl("-n", PLACE, "create", "rolebinding", "probes", "--role=probes", f"--serviceaccount={PLACE}:asker")
    who = f"--as=system:serviceaccount:{PLACE}:asker"
    may = ("-n", PLACE, "auth", "can-i", "patch", "pods", "--subresource=ephemeralcontainers", who)
    eventually(lambda: plane.kubectl(*may, check=False).strip() == "yes", what="the rule is known")

    assert "the kubelet says nothing" in (await asked()).why
    assert len(spec_of(plane, "free")) == 1
