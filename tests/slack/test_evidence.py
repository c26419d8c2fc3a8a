"""The modal of the evidence: the words of a hop that is not in order are whole, and all hops fit into their block."""

import json

from bot.usecases.diagnose import conclude, now
from handlers.messages.views import evidence_view
from tests.checks.manifests import Written, case_of

SAID = (
    "0/5 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, "
    "2 node(s) had untolerated taint {dedicated: batch}, 2 Insufficient memory."
)


def test_the_cause_is_told_whole() -> None:
    """What the scheduler says of the DNS pods is longer than the words of a hop that is in order ever are."""
    waits = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": SAID}
    status = {"phase": "Pending", "podIP": None, "podIPs": None, "containerStatuses": None, "conditions": [waits]}
    pods = {"names": ["coredns-1", "coredns-2"], "namespace": "kube-system"}
    pending = {"apiVersion": "v1", "kind": "Pod", "metadata": pods, "spec": {"nodeName": None}, "status": status}
    ask = "user-service -n shop --from shop/checkout-1 --port 80"
    diagnosis = conclude(case_of(Written("test", "evidence", {"ask": [ask]}, [pending])), asked_at=now())
    block = next(each for each in evidence_view(diagnosis)["blocks"] if "dns-server" in json.dumps(each))
    text = block["elements"][0]["elements"][0]["text"]

    assert f'the scheduler says "{SAID}"' in text
    assert len(text) <= 2800
    assert [line.split()[0] for line in text.splitlines()] == [str(each.hop) for each in diagnosis.hops]
