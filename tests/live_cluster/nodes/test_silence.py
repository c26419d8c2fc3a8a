"""The healthy that look odd, on real nodes: traffic flows, and k8snet accuses nobody."""

import json
from collections.abc import Iterator

import pytest

from tests.live_cluster.nodes import scorecard as cards
from tests.live_cluster.nodes.cluster import RealCluster
from tests.live_cluster.nodes.controls import CLIENT, CONTROLS, SPACE, Control
from tests.live_cluster.nodes.faults.doing import do
from tests.live_cluster.nodes.traffic import expect
from tests.live_cluster.nodes.turns import in_turn

pytestmark = pytest.mark.nodes

CASES = in_turn(CONTROLS, is_long=lambda control: control.is_long)


@pytest.fixture(scope="module")
def oddities(real_cluster: RealCluster) -> Iterator[RealCluster]:
    """All of them at once, in one namespace."""
    for space in (SPACE, f"{SPACE}-elsewhere"):
        real_cluster.kubectl("create", "namespace", space)
    items = [CLIENT, *(each for control in CASES for each in control.objects)]
    real_cluster.apply(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    real_cluster.kubectl("-n", SPACE, "wait", "pod", "-l", "role", "--for=condition=Ready", "--timeout=180s")
    real_cluster.kubectl("-n", SPACE, "wait", "deploy", "--all", "--for=condition=Available", "--timeout=180s")
    yield real_cluster
    real_cluster.kubectl("delete", "namespace", SPACE, f"{SPACE}-elsewhere", "--wait=false")


@pytest.mark.parametrize("control", CASES, ids=lambda control: control.service)
def test_silence(oddities: RealCluster, control: Control, scorecard: cards.Scorecard) -> None:
    """Nothing above info is found, and the outcome is the declared one, while its traffic is answered."""
    client = control.source or f"{SPACE}/client"
    try:
        do(oddities, SPACE, *control.actions)
        expect(oddities, client, control.url, "answer")
        done = oddities.k8snet("why", *control.ask.split(), "-o", "json")
        expect(oddities, client, control.url, "answer")
    finally:
        do(oddities, SPACE, *control.undo)
    assert done.stdout, done.stderr
    diagnosis = json.loads(done.stdout)
    accused = [(f["code"], f["severity"], f["message"]) for f in diagnosis["findings"] if f["severity"] != "info"]
    is_silent = not accused and diagnosis["outcome"] == control.outcome
    scorecard.controls.append(cards.Control(control.name, diagnosis["outcome"], is_silent))
    assert is_silent, f"{accused or diagnosis['verdicts']} {diagnosis['gaps']}"
