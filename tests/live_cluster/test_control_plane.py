"""The cluster of the tests is a real one: what the later tests rest on."""

import json
import urllib.request
from collections.abc import Callable

import pytest

from tests.live_cluster.control_plane import ControlPlane

pytestmark = pytest.mark.cluster

SHOP = """
apiVersion: v1
kind: Namespace
metadata: {name: ground}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: ground}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: web, image: agnhost, args: [netexec, --http-port=8080], readinessProbe: {httpGet: {path: /readyz, port: 8080}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: ground}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
"""


def test_controllers_make_endpoints_that_answer(
    control_plane: ControlPlane, pod_network: None, eventually: Callable[..., None]
) -> None:
    """A Deployment becomes ready pods, its Service gets their addresses, and its ClusterIP answers."""
    control_plane.apply(SHOP)

    def ready() -> int:
        found = json.loads(control_plane.kubectl("-n", "ground", "get", "endpointslices", "-o", "json"))
        return sum(e["conditions"]["ready"] for s in found["items"] for e in s.get("endpoints") or ())

    eventually(lambda: ready() == 2, what="two ready endpoints")
    address = control_plane.kubectl("-n", "ground", "get", "svc", "web", "-o", "jsonpath={.spec.clusterIP}")

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://{address}/", timeout=2) as reply:
                return bool(reply.read() == b"ok\n")
        except OSError:
            return False

    eventually(answers, what="the ClusterIP answers")
    control_plane.kubectl("delete", "ns", "ground", "--wait=false")
