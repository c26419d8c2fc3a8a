"""The caller's own place on real nodes: an ephemeral container of our image beside a real caller, and what it sees there.

The worker is the program in n1's network, whom no policy of a pod concerns.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live_cluster.nodes.cluster import RealCluster
from tests.live_cluster.nodes.images import Image
from tests.live_cluster.nodes.traffic import expect

pytestmark = pytest.mark.nodes

HERE = Path(__file__).parent
SPACE = "place"
# Nothing about the storefront is wrong, and only its caller cannot reach it.
ONLY_DNS = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "only-dns"},
    "spec": {
        "podSelector": {"matchLabels": {"app": "client"}},
        "policyTypes": ["Egress"],
        "egress": [{"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}],
    },
}
SMALL = """
apiVersion: v1
kind: Pod
metadata: {name: small, labels: {app: small}}
spec:
  nodeName: n1
  terminationGracePeriodSeconds: 0
  containers:
  - name: app
    image: k8snet.test/serve:1
    args: [-refuse]
    resources: {limits: {cpu: 100m, memory: 24Mi}}
"""


class Shop:
    """The healthy shop, and k8snet asked about it from a caller's own place."""

    def __init__(self, cluster: RealCluster, image: Image) -> None:
        self.cluster, self.image = cluster, image

    def kubectl(self, *words: str, **more: Any) -> str:
        return self.cluster.kubectl("-n", SPACE, *words, **more)

    def diagnosis(self, caller: str) -> dict[str, Any]:
        """Ask from a caller's own place, as a script does."""
        return self.asked("why", "storefront", "-n", SPACE, "--from", f"{SPACE}/{caller}")

    def steadily(self, caller: str) -> dict[str, Any]:
        """The same, asked again while a single try of the caller fails, as one may on a loaded machine, and is told."""
        for _ in range(5):
            found = self.diagnosis(caller)
            seen = [each["detail"] for each in found["observations"] if each["probe"] == "tcp"]
            if {one for each in seen if each["purpose"] == "endpoint" for one in each["outcomes"]} == {"answered"}:
                break
        return found

    def asked(self, *words: str) -> dict[str, Any]:
        done = self.cluster.k8snet(
            *words,
            *("-o", "json", "--probe-from-caller", "--yes"),
            K8SNET_CALLER_PROBE="true",
            K8SNET_CALLER_PROBE_IMAGE=self.image.reference,
        )
        assert done.stdout, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def pod(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.kubectl("get", "pod", name, "-o", "json"))
        return found


@pytest.fixture(scope="module")
def shop(real_cluster: RealCluster, program_image: Image) -> Iterator[Shop]:
    real_cluster.kubectl("create", "namespace", SPACE)
    found = Shop(real_cluster, program_image)
    found.kubectl("apply", "-f", "-", input=(HERE / "shop.yaml").read_text() + "---" + SMALL)
    found.kubectl("rollout", "status", "deploy/storefront", "--timeout=180s")
    found.kubectl("wait", "pod/client", "pod/small", "--for=condition=Ready", "--timeout=180s")
    expect(real_cluster, f"{SPACE}/client", "http://storefront", "answer")
    yield found
    real_cluster.kubectl("delete", "namespace", SPACE, "--wait=false")


def test_healthy_caller_is_measured_from_its_own_place(shop: Shop) -> None:
    """All three are ok by what the caller itself saw, its own nameserver included; no container of it was touched."""
    before = shop.pod("client")["status"]["containerStatuses"]
    found = shop.steadily("client")
    after = shop.pod("client")
    *_, ours = after["status"]["ephemeralContainerStatuses"]
    hops = {each["hop"]: each for each in found["hops"]}
    (own,) = (each for each in found["observations"] if each["detail"]["purpose"] == "own")

    assert {each["status"] for each in found["verdicts"].values()} == {"ok"}
    assert found["vantage"] == {"kind": "caller", "namespace": SPACE, "pod": "client", "node": "n1"}
    assert found["gaps"] == []
    assert hops["policy"]["because"] == "the caller itself has a connection to 2 endpoints", found["observations"]
    assert (hops["dns-access"]["basis"], hops["resolver"]["basis"]) == ("probed", "probed")
    assert own["outcome"] == "answered"
    assert after["status"]["containerStatuses"] == before
    assert ours["state"]["terminated"]["exitCode"] == 0


def test_name_is_looked_up_from_the_callers_own_place(shop: Shop) -> None:
    """Step by step, by the resolv.conf that was read there; where it cannot, that is told and the worker asks instead."""
    found = shop.asked("dns", "storefront", "--from", f"{SPACE}/client")
    small = shop.asked("dns", "storefront", "--from", f"{SPACE}/small")

    assert found["vantage"] == {"kind": "caller", "namespace": SPACE, "pod": "client", "node": "n1"}
    assert (found["outcome"], found["basis"], found["gaps"]) == ("ok", "probed", [])
    assert found["resolv_conf"]["why"] == "its own /etc/resolv.conf, read in the pod"
    assert found["steps"][0]["name"].rstrip(".") == f"storefront.{SPACE}.svc.cluster.local"
    assert found["steps"][0]["a"]["addresses"]
    assert small["vantage"]["kind"] == "worker"
    assert small["gaps"][0]["why"].endswith("what was measured was measured from the worker")


def test_drop_that_only_the_caller_sees_is_certain(shop: Shop) -> None:
    """It times out where the worker connects, and the finding says so; what we added is no change that could be blamed."""
    shop.kubectl("apply", "-f", "-", input=json.dumps(ONLY_DNS))
    expect(shop.cluster, f"{SPACE}/client", "http://storefront", "timeout")
    found = shop.diagnosis("client")
    shop.kubectl("delete", "netpol", "only-dns")
    root = next(each for each in found["findings"] if each["id"] == found["root_cause"]["finding"])

    assert (found["root_cause"]["code"], found["root_cause"]["confidence"]) == ("NPL-002", "certain")
    notes = [each["note"] for each in root["evidence"] if each["value"] == "timeout"]
    assert notes == [f"from the caller {SPACE}/client; answered from the worker on this machine"]
    assert found["verdicts"]["dns"]["status"] == "ok"
    assert "k8snet" not in {each["manager"] for each in found["changes"]}


def test_small_pod_loses_nothing_but_the_probe(shop: Shop) -> None:
    """Its memory is too little for both: the kernel ends the probe, never the application, and the reply says so."""
    found = shop.diagnosis("small")
    (app,) = shop.pod("small")["status"]["containerStatuses"]
    (gap,) = found["gaps"]

    assert (app["restartCount"], app["ready"], "terminated" in app["state"]) == (0, True, False)
    assert gap["why"].startswith(
        "the pod's memory limit left no room for the probe, which was ended before anything else"
    )
    assert found["vantage"]["kind"] == "worker"
