"""The evaluator against that of a real engine, kube-network-policies, over random clusters.

Run by `make fuzz` where Go is: the engine's own code is built from its module, pinned in `go/go.mod`. What the API server
writes into objects it stores (policyTypes, protocols, nothing for an empty list) is written here, since the engine relies on
it. Of two policies of equal priority the engine takes the first by name, and pods on the host network are nobody to it: so
it is asked by its own reading (`KUBE_NETWORK_POLICIES`), on clusters without such pods.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import settings

from bot.cluster.documents import snapshot_from
from bot.model.policy.engine import KUBE_NETWORK_POLICIES
from bot.model.policy.index import PolicyIndex
from tests.examples import LONG
from tests.policies.clusters import PORTS, PROTOCOLS, Object, cluster, documents
from tests.policies.test_against_oracle import NOW

SOURCE = Path(__file__).parent / "go"
CLUSTERS, ASKED = 400, 50  # 20,000 decisions
# The module of the CRDs is pinned to a commit that the checksum database does not have; go.sum has its checksum.
ENVIRON = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false -trimpath -mod=readonly"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the engine's evaluator; it takes two minutes, once, and then a second."""
    if settings().max_examples < LONG:
        pytest.skip("asked by `make fuzz`")
    if not shutil.which("go"):
        pytest.skip("Go is not installed")
    target = tmp_path_factory.mktemp("engine") / "engine"
    subprocess.run(["go", "build", "-o", target, "."], cwd=SOURCE, env=ENVIRON, check=True)
    return target


@pytest.mark.hypothesis
def test_agrees_with_the_engine(engine: Path) -> None:
    """20,000 connections between pods and to addresses outside: the same answer, each."""
    made = [cluster(Random(seed), hosts=False, apis=("", "new", "new")) for seed in range(CLUSTERS)]
    asked = [_asked(each, Random(seed)) for seed, each in enumerate(made)]
    lines = "".join(json.dumps(_written(each, some)) + "\n" for each, some in zip(made, asked, strict=True))
    done = subprocess.run([engine], input=lines, capture_output=True, text=True, check=True)
    for each, some, line in zip(made, asked, done.stdout.splitlines(), strict=True):
        snapshot = snapshot_from(documents(each), taken_at=NOW)
        index = PolicyIndex(snapshot, KUBE_NETWORK_POLICIES)
        for (source, target, port, protocol), allowed in zip(some, json.loads(line), strict=True):
            found = index.decide(index.address(source), index.address(target), port, protocol)

            assert found.decision == ("allow" if allowed else "deny"), (source, target, port, protocol, found.because)


def _asked(made: Object, choose: Random) -> list[tuple[str, str, int, str]]:
    """Choose connections of two pods, or a pod and somebody outside; none of a pod with itself, which no engine sees."""
    ips = [each["ips"][0] for each in made["pods"]]
    outside = "fd00::99" if ":" in ips[0] else "203.0.113.9"
    pairs = [(one, other) for one in ips for other in (*ips, outside) if one != other]
    pairs += [(outside, each) for each in ips]
    return [(*choose.choice(pairs), choose.choice(PORTS), choose.choice(PROTOCOLS)) for _ in range(ASKED)]


def _written(made: Object, asked: list[tuple[str, str, int, str]]) -> Object:
    found: dict[str, list[Object]] = {
        "Namespace": [],
        "Node": [],
        "Pod": [],
        "NetworkPolicy": [],
        "ClusterNetworkPolicy": [],
    }
    for each in documents(made):
        found[each["kind"]].append(_stored(each) if each["kind"] == "NetworkPolicy" else each)
    return {
        "Namespaces": found["Namespace"],
        "Nodes": found["Node"],
        "Pods": found["Pod"],
        "Policies": found["NetworkPolicy"],
        "Admin": [
            {**each, "apiVersion": "policy.networking.k8s.io/v1alpha2"} for each in found["ClusterNetworkPolicy"]
        ],
        "Asked": [dict(zip(("Source", "Target", "Port", "Protocol"), each, strict=True)) for each in asked],
    }


def _stored(policy: Object) -> Object:
    """Return a NetworkPolicy as the API server stores it (networking/v1, defaults.go)."""
    spec: dict[str, Any] = json.loads(json.dumps(policy["spec"]))
    for key in ("ingress", "egress"):
        if not spec.get(key):
            spec.pop(key, None)
        for rule in spec.get(key, ()):
            for entry in rule.get("ports") or ():
                entry.setdefault("protocol", "TCP")
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", *(["Egress"] if "egress" in spec else [])]
    return {**policy, "spec": spec}
