"""Causes in the DNS, measured: ExternalNames that lead nowhere, and a replica whose real CoreDNS serves another zone."""

import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.live_cluster.control_plane import ControlPlane

pytestmark = pytest.mark.cluster
Program = Callable[..., subprocess.CompletedProcess[str]]
INSIDE = {"K8SNET_POD_NAME": "worker-0", "K8SNET_POD_NAMESPACE": "k8snet", "K8SNET_NODE_NAME": "node-1"}
SICK = "10.244.255.4"


def alias(name: str, target: str) -> str:
    return f"""
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: aliases}}
spec: {{type: ExternalName, externalName: {target}}}
---"""


OBJECTS = "".join(
    [
        "\napiVersion: v1\nkind: Namespace\nmetadata: {name: aliases}\n---",
        alias("gone", "nobody.aliases.svc.cluster.local"),
        alias("literal", "10.0.0.5"),
        alias("short", "kubernetes.default"),
        alias("fine", "kubernetes.default.svc.cluster.local"),
        """
apiVersion: v1
kind: Service
metadata: {name: web, namespace: aliases}
spec: {selector: {app: none}, ports: [{port: 80}]}
""",
    ]
)
COREFILE = f""".:53 {{
    bind {SICK}
    errors
    ready
    kubernetes cluster.internal {{
        kubeconfig KUBECONFIG
    }}
}}
"""
REPLICA = f"""
apiVersion: v1
kind: Pod
metadata: {{name: coredns-c, namespace: kube-system, labels: {{k8s-app: kube-dns}}, annotations: {{stand-in/ip: {SICK}}}}}
spec:
  serviceAccountName: coredns
  dnsPolicy: Default
  containers: [{{name: coredns, image: coredns, readinessProbe: {{httpGet: {{path: /ready, port: 8181}}}}}}]
"""


@pytest.fixture(scope="module")
def aliases(control_plane: ControlPlane, eventually: Callable[..., None], k8snet: Program) -> Iterator[str]:
    """A namespace with aliases, known to CoreDNS."""
    control_plane.apply(OBJECTS)
    eventually(lambda: why(k8snet, "fine", "aliases")["outcome"] != "fail", what="CoreDNS knows the aliases")
    yield "aliases"
    control_plane.kubectl("delete", "namespace", "aliases", "--wait=false")


@pytest.fixture
def sick_replica(control_plane: ControlPlane, pod_network: None, eventually: Callable[..., None]) -> Iterator[None]:
    """A third DNS pod in rotation, whose CoreDNS is ready and serves another zone."""
    if not isinstance(control_plane, ControlPlane):
        pytest.skip("no CoreDNS of ours can be put behind the DNS of an existing cluster")
    path = control_plane.home / "Corefile.sick"
    path.write_text(COREFILE.replace("KUBECONFIG", control_plane.kubeconfig))
    coredns = control_plane.binaries / "coredns"
    control_plane.run("coredns-sick", [coredns, "-conf", path])
    control_plane.apply(REPLICA)

    def in_rotation() -> bool:
        label = "kubernetes.io/service-name=kube-dns"
        slices = json.loads(
            control_plane.kubectl("-n", "kube-system", "get", "endpointslices", "-l", label, "-o", "json")
        )
        words = [word for each in slices["items"] for word in each["endpoints"] or ()]
        return any(word["addresses"] == [SICK] and word["conditions"].get("ready") for word in words)

    eventually(in_rotation, what="the sick replica is in rotation")
    yield
    control_plane.kubectl("-n", "kube-system", "delete", "pod", "coredns-c", "--wait=false")


def why(k8snet: Program, service: str, namespace: str) -> dict[str, Any]:
    done = k8snet("why", service, "in", namespace, "-o", "json", **INSIDE)
    assert done.stdout, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("service", ["gone", "literal", "short"])
def test_alias_that_leads_nowhere(aliases: str, pod_network: None, k8snet: Program, service: str) -> None:
    """Measured or by its target: the alias is the root, sure, and routing and application are not tested."""
    told = why(k8snet, service, aliases)

    assert told["root_cause"]["code"] == "DNS-026", told["verdicts"]
    assert told["root_cause"]["confidence"] == "certain", told["observations"]
    assert {each["status"] for each in told["verdicts"].values()} == {"fail", "unknown"}
    assert told["verdicts"]["routing"]["consequence_of"] == "dns"


def test_short_target_is_written_in_full(aliases: str, pod_network: None, k8snet: Program) -> None:
    """The Service that a short target means is read, and the printed patch, proved first, leads to it."""
    (found,) = (each for each in why(k8snet, "short", aliases)["findings"] if each["code"] == "DNS-026")

    assert "did you mean kubernetes.default.svc.cluster.local?" in found["message"]
    assert '"externalName":"kubernetes.default.svc.cluster.local"' in found["fix"][0]["command"]
    assert "dns ok" in found["fix"][0]["proof"]


def test_alias_that_leads_somewhere(aliases: str, pod_network: None, k8snet: Program) -> None:
    """The same with a target that is there: the name resolves."""
    told = why(k8snet, "fine", aliases)

    assert told["root_cause"] is None, told["root_cause"]
    assert told["verdicts"]["dns"]["status"] == "ok"


def test_sick_replica(aliases: str, sick_replica: None, k8snet: Program) -> None:
    """One of three DNS pods does not know the cluster's zone: it is named, and the others are not."""
    told = why(k8snet, "web", aliases)
    found = [each for each in told["findings"] if each["code"] == "DNS-002"]

    assert len(found) == 1, told["observations"]
    assert (found[0]["severity"], found[0]["confidence"]) == ("warn", "certain")
    assert found[0]["affected"] == {"endpoints": 1, "of": 3, "share": 0.3333}
    assert "coredns-c (10.244.255.4" in found[0]["message"]
    assert "kubectl -n kube-system logs coredns-c --tail=50" in found[0]["check"]
