"""The command line against a real API server and a real CoreDNS: every command that reads a cluster."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.live_cluster.control_plane import ControlPlane

pytestmark = pytest.mark.cluster
Program = Callable[..., subprocess.CompletedProcess[str]]
OBJECTS = """
apiVersion: v1
kind: Namespace
metadata: {name: lines}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: lines}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: web, ports: [{name: http, containerPort: 8080}]}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: lines}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: typo, namespace: lines}
spec: {selector: {app: wbe}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: only-friends, namespace: lines}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress: [{from: [{podSelector: {matchLabels: {friend: "yes"}}}]}]
"""


@pytest.fixture(scope="module")
def lines(control_plane: ControlPlane) -> Iterator[str]:
    """A namespace with a healthy Service, a mistyped one, and a policy."""
    control_plane.apply(OBJECTS)
    control_plane.kubectl("-n", "lines", "rollout", "status", "deploy/web", "--timeout=180s")
    yield "lines"
    control_plane.kubectl("delete", "namespace", "lines", "--wait=false")


def test_why(lines: str, k8snet: Program) -> None:
    """A live question is answered with what was read and how often was asked."""
    done = k8snet("why", "typo", "in", lines, "--no-probe", "-o", "json")
    told = json.loads(done.stdout)

    assert done.returncode == 3, done.stderr
    assert told["root_cause"]["code"] == "RTE-001"
    assert 0 < told["api_requests"] <= 20


def test_why_finds_the_namespace(lines: str, k8snet: Program) -> None:
    """Without a namespace the only Service of that name is meant, which is said."""
    done = k8snet("why", "typo", "--no-probe", "-o", "json")
    told = json.loads(done.stdout)["question"]

    assert told["namespace"] == lines
    assert "the only one" in told["assumed"][0]


def test_caller_by_its_workload(lines: str, k8snet: Program) -> None:
    """`from web` means the Deployment where no pod is called so; a caller that nobody knows is no caller."""
    done = k8snet("why", "web", "in", lines, "from", "web", "--no-probe", "-o", "json")

    assert json.loads(done.stdout)["question"]["source"]["workload"] == "deploy/web", done.stdout


def test_check_and_digest(lines: str, k8snet: Program) -> None:
    """Tables and digests read whole namespaces."""
    table = k8snet("check", "-n", lines, "-o", "json")
    digest = k8snet("digest", "-n", lines, "-o", "json")

    outcomes = {each["name"]: each["outcome"] for each in json.loads(table.stdout)["services"]}
    assert outcomes["typo"] == "fail"
    assert table.returncode == 3, table.stderr
    assert "RTE-001" in {each["code"] for each in json.loads(digest.stdout)["new"]}
    assert k8snet("check", "-A").returncode == 3


BESIDE = """
apiVersion: v1
kind: Namespace
metadata: {name: lines-data}
---
apiVersion: v1
kind: Service
metadata: {name: store, namespace: lines-data}
spec: {selector: {app: nobody}, ports: [{port: 5432}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reader, namespace: lines}
spec:
  selector: {matchLabels: {app: reader}}
  template:
    metadata: {labels: {app: reader}}
    spec:
      containers: [{name: app, image: reader, env: [{name: STORE_ADDR, value: "store.lines-data:5432"}]}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: site, namespace: lines}
spec: {defaultBackend: {service: {name: wob, port: {number: 80}}}}
"""


def test_triage(lines: str, k8snet: Program, control_plane: ControlPlane) -> None:
    """What is called in another namespace is read, and so are Ingresses."""
    control_plane.apply(BESIDE)
    control_plane.kubectl("-n", lines, "rollout", "status", "deploy/reader", "--timeout=180s")
    done = k8snet("why", "-n", lines, "-o", "json")
    control_plane.kubectl("delete", "namespace", "lines-data", "--wait=false")
    found = [each["finding"] for each in json.loads(done.stdout)["causes"]]

    assert done.returncode == 3, done.stderr
    assert {("RTE-001", "typo"), ("RTE-001", "store"), ("ING-002", "site")} <= {
        (each["code"], each["about"]["name"]) for each in found
    }


def test_dns(lines: str, k8snet: Program) -> None:
    """The name is asked of the cluster's DNS, step by step, as a pod of the namespace asks."""
    done = k8snet("dns", "web", "in", lines, "-o", "json")
    told = json.loads(done.stdout)

    assert done.returncode == 0, (done.stdout, done.stderr)
    assert told["basis"] == "probed"
    assert told["steps"][0]["name"] == f"web.{lines}.svc.cluster.local."
    assert told["steps"][0]["a"]["outcome"] == "answered"


def test_dns_without_probes(lines: str, k8snet: Program) -> None:
    """Without probes the objects answer, and it is said."""
    told = json.loads(k8snet("dns", "web", "in", lines, "--no-probe", "-o", "json").stdout)

    assert (told["basis"], told["outcome"]) == ("config", "ok")


def test_path(lines: str, k8snet: Program) -> None:
    """A path names the policy that denies, to a Service and to a pod."""
    to_service = k8snet("path", "default/", "to", "web", "in", lines, "-o", "json")
    told = json.loads(to_service.stdout)

    assert to_service.returncode == 3, (to_service.stdout, to_service.stderr)
    assert [each["name"] for each in told["ingress"]["denied_by"]] == ["only-friends"]


def test_snapshot(lines: str, k8snet: Program, tmp_path: Path) -> None:
    """A snapshot of the live cluster replays to the same findings."""
    file = tmp_path / "snapshot.json"
    assert k8snet("snapshot", "typo", "-n", lines, "-o", str(file)).returncode == 0

    live, saved = (
        json.loads(k8snet("why", "typo", "-n", lines, *how, "-o", "json").stdout)
        for how in (("--no-probe",), ("--dump", str(file)))
    )
    assert live["findings"] == saved["findings"]


def test_doctor(k8snet: Program) -> None:
    """The doctor tries each kind that is read; an admin may read all of them."""
    done = k8snet("doctor")

    assert done.returncode == 0, done.stdout
    assert "  ok    endpointslices" in done.stdout


def test_unreachable(lines: str, k8snet: Program, tmp_path: Path) -> None:
    """A cluster that does not answer is exit code 1 and one sentence, within seconds."""
    dead = tmp_path / "kubeconfig"
    dead.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "dead",
                "clusters": [{"name": "dead", "cluster": {"server": "https://127.0.0.1:1"}}],
                "users": [{"name": "dead", "user": {"token": "x"}}],
                "contexts": [{"name": "dead", "context": {"cluster": "dead", "user": "dead"}}],
            }
        )
    )
    done = k8snet("why", "web", "-n", lines, KUBECONFIG=str(dead))

    assert done.returncode == 1
    assert "127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr
