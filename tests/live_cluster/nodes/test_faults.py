"""The loop that matters most, on real traffic: healthy, broken as declared, named, mended by the printed command, healthy.

With K8SNET_SCORECARD=FILE the outcome of every fault is written there as a table.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live_cluster.nodes.cluster import RealCluster
from tests.live_cluster.nodes.faults import FAULTS, Fault
from tests.live_cluster.nodes.faults.doing import do
from tests.live_cluster.nodes.layout import manifest
from tests.live_cluster.nodes.lookups import finding
from tests.live_cluster.nodes.printed_commands import run_checks
from tests.live_cluster.nodes.scorecard import Score, Scorecard
from tests.live_cluster.nodes.traffic import expect
from tests.live_cluster.nodes.turns import in_turn

pytestmark = pytest.mark.nodes

AHEAD = 3  # shops that are opened before they are needed: their pods start while others are broken
CASES = in_turn(FAULTS, is_long=lambda fault: fault.is_long, is_for_all=lambda fault: fault.is_of_proxy)
Diagnosis = dict[str, Any]
Opened = dict[str, None]


@pytest.fixture(scope="module")
def opened(real_cluster: RealCluster) -> Opened:
    """Which shops are there already; at first those of faults that need an old one."""
    early: Opened = {}
    for fault in FAULTS:
        if fault.is_early or fault.early:
            _open(real_cluster, fault, early)
            do(real_cluster, fault.namespace, *fault.early)
    return early


@pytest.fixture
def shop(real_cluster: RealCluster, opened: Opened, request: pytest.FixtureRequest) -> Iterator[RealCluster]:
    """The healthy shop in the fault's own namespace, with what the fault needs beforehand."""
    fault: Fault = request.getfixturevalue("fault")
    place = CASES.index(fault)
    for each in CASES[place : place + AHEAD]:
        _open(real_cluster, each, opened)
    do(real_cluster, fault.namespace, *fault.before)
    if ("delete", "deploy/storefront") not in fault.before:
        do(real_cluster, fault.namespace, ("rollout", "status", "deploy/storefront", "--timeout=180s"))
    yield real_cluster
    do(real_cluster, fault.namespace, *fault.undo, *fault.tidy)
    real_cluster.kubectl("delete", "namespace", fault.namespace, "--wait=false")


def _open(cluster: RealCluster, fault: Fault, opened: Opened) -> None:
    if fault.namespace not in opened:
        opened[fault.namespace] = None
        namespace = json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": fault.namespace}})
        do(cluster, fault.namespace, ("apply", "-f", f"{namespace}\n---\n{manifest('shop.yaml')}"))


@pytest.mark.parametrize("fault", CASES, ids=lambda fault: fault.name.replace(" ", "-"))
def test_fault(shop: RealCluster, fault: Fault, scorecard: Scorecard) -> None:
    """k8snet is silent before, names layer, code and object of the fault alone, and its first fix makes traffic flow."""
    score = scorecard.begin(fault)
    expect(shop, f"{fault.namespace}/client", fault.here(fault.url), "answer")
    _until_green(shop, fault, fault.ask_before)
    do(shop, fault.namespace, *fault.inject)
    diagnosis = _found(shop, fault, score)
    _resolvers_agree(shop, fault)
    commands = _fixes(diagnosis)
    assert bool(commands) == fault.mends, f"fixes of {fault.code}: {commands}"
    looking = [command for each in diagnosis["findings"] for command in each["check"]]
    score.checks = run_checks(shop, looking, fault.namespace)
    if fault.mends:
        done = shop.shell(commands[0], KUBE_EDITOR=fault.editor)
        assert done.returncode == 0, f"{commands[0]}: {done.stderr}"
        do(shop, fault.namespace, *fault.after_fix)
    else:
        do(shop, fault.namespace, *fault.undo)
    url = fault.here(fault.url_mended or fault.url_broken or fault.url)
    expect(shop, _client(fault), url, "answer", count=6)
    _until_green(shop, fault, fault.ask_mended or fault.ask)
    score.is_fixed = fault.mends


def _found(cluster: RealCluster, fault: Fault, score: Score) -> Diagnosis:
    """Traffic fails as declared, and from then on k8snet is asked until its answer is right."""
    began = time.monotonic()
    count = 6 if "+" in fault.traffic else 1
    expect(cluster, _client(fault), fault.here(fault.url_broken or fault.url), fault.traffic, count=count)
    diagnosis = _until_named(cluster, fault, seconds=fault.patience)
    score.is_found, score.requests = True, diagnosis["api_requests"]
    score.seconds = time.monotonic() - began
    return diagnosis


def _until_named(cluster: RealCluster, fault: Fault, seconds: float) -> Diagnosis:
    """Ask until the answer is the declared one alone: some of it takes a minute of patience, and what came before is shown."""
    end, answers = time.monotonic() + seconds, []
    wanted = (fault.code, fault.layer, fault.about)
    while True:
        diagnosis = _ask(cluster, fault, fault.ask)
        said, others = _root(diagnosis), _others(diagnosis)
        if said[:2] == wanted[:2] and said[2].startswith(fault.about) and not others:
            return diagnosis
        answer = (*said, (diagnosis["root_cause"] or {}).get("message"), others)
        if answer not in answers:
            answers.append(answer)
        if time.monotonic() > end:
            found = [(f["code"], f["severity"], f["message"]) for f in diagnosis["findings"]]
            pytest.fail(f"wanted {wanted}; got {answers}; findings {found}; gaps {diagnosis['gaps']}")
        time.sleep(1)


def _resolvers_agree(cluster: RealCluster, fault: Fault) -> None:
    """Each real resolver finds the name, or does not, and so k8snet says of a caller that has it."""
    wanted = fault.finds + fault.fails
    if wanted:
        name = fault.here(fault.looked_up)
        assert finding(cluster, fault.namespace, name, wanted) == set(fault.finds)
    for each in wanted:
        diagnosis = _ask(cluster, fault, f"{fault.ask} --resolver {each}")
        verdict = diagnosis["verdicts"]["dns"]
        told = verdict["status"] if isinstance(verdict, dict) else verdict
        assert (told == "fail") == (each in fault.fails), f"{each}: {verdict} {diagnosis['findings']}"


def _root(diagnosis: Diagnosis) -> tuple[str, str, str]:
    root = diagnosis["root_cause"]
    return (root["code"], root["layer"], f"{root['about']['kind']}/{root['about']['name']}") if root else ("", "", "")


def _others(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    """Whatever is above info, and is neither the root itself nor caused by it."""
    findings, root = diagnosis["findings"], diagnosis["root_cause"]
    explained = {root["finding"]} if root else set()
    for _ in findings:
        explained |= {each["id"] for each in findings if explained & set(each["caused_by"])}
    return [(f["code"], f["message"]) for f in findings if f["severity"] != "info" and f["id"] not in explained]


def _fixes(diagnosis: Diagnosis) -> list[str]:
    root = diagnosis["root_cause"]["finding"]
    return [fix["command"] for each in diagnosis["findings"] if each["id"] == root for fix in each["fix"]]


def _until_green(cluster: RealCluster, fault: Fault, words: str, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while (diagnosis := _ask(cluster, fault, words))["outcome"] != fault.well or _others(diagnosis):
        assert time.monotonic() < end, f"not green: {diagnosis['verdicts']} {diagnosis['findings']} {diagnosis['gaps']}"
        time.sleep(1)


def _ask(cluster: RealCluster, fault: Fault, words: str) -> Diagnosis:
    worker = {"K8SNET_POD_NAME": "worker", "K8SNET_POD_NAMESPACE": "k8snet", "K8SNET_NODE_NAME": "n1"}
    done = cluster.k8snet("why", *fault.here(words).split(), "-o", "json", **(worker if fault.as_pod else {}))
    assert done.stdout, done.stderr
    diagnosis: Diagnosis = json.loads(done.stdout)
    return diagnosis


def _client(fault: Fault) -> str:
    return fault.client if "/" in fault.client else f"{fault.namespace}/{fault.client}"
