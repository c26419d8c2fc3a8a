"""The loop that matters most, on real traffic: healthy, broken as declared, named, mended by the printed command, healthy.

With K8SNET_SCORECARD=FILE the outcome of every fault is written there as a table.
"""

import json
import os
import platform
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.nodes.cluster import RealCluster
from tests.cluster.nodes.faults import FAULTS, Fault
from tests.cluster.nodes.traffic import expect

pytestmark = pytest.mark.nodes

HERE = Path(__file__).parent
GREEN = 0


@dataclass
class Score:
    fault: Fault
    found: bool = False
    fixed: bool = False
    ms: int = 0
    requests: int = 0


@pytest.fixture(scope="module")
def scores() -> Iterator[list[Score]]:
    """What became of each fault; written down at the end where that was asked for."""
    kept: list[Score] = []
    yield kept
    if path := os.environ.get("K8SNET_SCORECARD"):
        Path(path).write_text(_scorecard(kept))


@pytest.fixture
def shop(real_cluster: RealCluster, request: pytest.FixtureRequest) -> Iterator[RealCluster]:
    """The healthy shop in the fault's own namespace, with what the fault needs beforehand."""
    fault: Fault = request.getfixturevalue("fault")
    real_cluster.kubectl("create", "namespace", fault.namespace)
    _words(real_cluster, fault, ("apply", "-f", "shop.yaml"))
    for words in fault.before:
        _words(real_cluster, fault, words)
    if not fault.before:
        _words(real_cluster, fault, ("rollout", "status", "deploy/storefront", "--timeout=40s"))
    _words(real_cluster, fault, ("wait", "pod/client", "--for=condition=Ready", "--timeout=40s"))
    yield real_cluster
    real_cluster.kubectl("-n", "kube-system", "scale", "deploy/coredns", "--replicas=2")
    real_cluster.kubectl("-n", "kube-system", "rollout", "status", "deploy/coredns", "--timeout=40s")
    real_cluster.kubectl("delete", "namespace", fault.namespace, "fault-next-door", "--wait=false", check=False)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault(shop: RealCluster, fault: Fault, scores: list[Score]) -> None:
    """k8snet is silent before, names layer, code and object of the fault alone, and its first fix makes traffic flow."""
    score = Score(fault)
    scores.append(score)
    expect(shop, f"{fault.namespace}/client", fault.url, "answer")
    _until_green(shop, fault, "storefront -n NAMESPACE --from NAMESPACE/client")
    for words in fault.inject:
        _words(shop, fault, words)
    expect(shop, _client(fault), fault.url, fault.traffic, count=6 if "+" in fault.traffic else 1)
    diagnosis = _until_named(shop, fault)
    score.found, score.ms, score.requests = True, diagnosis["took_ms"], diagnosis["api_requests"]
    root = diagnosis["root_cause"]
    _nothing_else(diagnosis)
    commands = [
        fix["command"] for each in diagnosis["findings"] if each["id"] == root["finding"] for fix in each["fix"]
    ]
    assert bool(commands) == fault.mends, f"fixes of {fault.code}: {commands}"
    if fault.mends:
        done = shop.shell(commands[0])
        assert done.returncode == 0, f"{commands[0]}: {done.stderr}"
        expect(shop, _client(fault), fault.url, "answer", count=6, seconds=40)
        _until_green(shop, fault, fault.ask)
        score.fixed = True


def _until_named(cluster: RealCluster, fault: Fault, seconds: float = 30) -> dict[str, Any]:
    """Ask until the answer is the declared one: kubelets need a moment to report, and what came before is shown."""
    end, answers = time.monotonic() + seconds, []
    while True:
        diagnosis = _ask(cluster, fault, fault.ask)
        root = diagnosis["root_cause"] or {
            "code": None,
            "layer": None,
            "about": {"kind": None, "name": None},
            "message": "",
        }
        said = (root["code"], root["layer"], f"{root['about']['kind']}/{root['about']['name']}")
        if said == (fault.code, fault.layer, fault.about):
            return diagnosis
        if (*said, root["message"]) not in answers:
            answers.append((*said, root["message"]))
        if time.monotonic() > end:
            found = [(f["code"], f["severity"], f["message"]) for f in diagnosis["findings"]]
            pytest.fail(f"wanted {fault.code} {fault.layer} {fault.about}; got {answers}; findings {found}")
        time.sleep(1)


def _nothing_else(diagnosis: dict[str, Any]) -> None:
    """Whatever is above info is the root itself or caused by it."""
    explained = {diagnosis["root_cause"]["finding"]}
    findings = diagnosis["findings"]
    for _ in findings:
        explained |= {each["id"] for each in findings if explained & set(each["caused_by"])}
    others = [(f["code"], f["message"]) for f in findings if f["severity"] != "info" and f["id"] not in explained]
    assert not others, f"named besides the root: {others}"


def _until_green(cluster: RealCluster, fault: Fault, words: str, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while (diagnosis := _ask(cluster, fault, words))["outcome"] != "ok":
        assert time.monotonic() < end, f"not green: {diagnosis['verdicts']} {diagnosis['findings']} {diagnosis['gaps']}"
        time.sleep(0.5)


def _ask(cluster: RealCluster, fault: Fault, words: str) -> dict[str, Any]:
    done = cluster.k8snet("why", *words.replace("NAMESPACE", fault.namespace).split(), "-o", "json")
    assert done.stdout, done.stderr
    diagnosis: dict[str, Any] = json.loads(done.stdout)
    return diagnosis


def _client(fault: Fault) -> str:
    return fault.client if "/" in fault.client else f"{fault.namespace}/{fault.client}"


def _words(cluster: RealCluster, fault: Fault, words: tuple[str, ...]) -> None:
    """Run kubectl in the fault's namespace; what follows -f is a file here, or the manifest itself."""
    *rest, last = words
    manifest = None
    if words[:2] == ("apply", "-f"):
        manifest = last if last.startswith("{") else (HERE / last).read_text()
        last = "-"
    space = () if "-n" in words or "namespace" in words else ("-n", fault.namespace)
    cluster.kubectl(*space, *rest, last, input=manifest)


def _scorecard(scores: list[Score]) -> str:
    lines = [
        "# Scorecard",
        "",
        f"{len(scores)} faults on two real nodes ({platform.machine()}). For each: traffic from a client pod flows,",
        "breaks as declared, `k8snet why` is asked, its first printed command is run by a shell, and traffic must flow again.",
        "Written by `tests/cluster/nodes/test_faults.py`.",
        "",
        "| fault | traffic shows | code | found | fixed by the printed command | seconds | API requests |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in scores:
        fault, fixed = each.fault, "yes" if each.fixed else "no" if each.fault.mends else "prints none"
        found = "yes" if each.found else "no"
        numbers = f"{each.ms / 1000:.2f} | {each.requests}"
        traffic = fault.traffic.replace("|", " or ").replace("+", " and ")
        lines.append(f"| {fault.name} | {traffic} | {fault.code} | {found} | {fixed} | {numbers} |")
    return "\n".join(lines) + "\n"
