"""A change of a template is followed by the deletion of pods that their workload waits for, and of no others."""

import pytest

from bot.checks.engine.fix_lines import fix_line
from bot.model.refs import Ref
from bot.model.result.finding import Fix
from tests.checks.manifests import Written, case_of

REF = Ref("StatefulSet", "cart", "shop")
TEMPLATE = Fix(
    about=REF,
    risk="starts a rollout",
    operations=({"op": "add", "path": "/spec/template/spec/containers/0/image", "value": "cart:2"},),
)
SCALE = Fix(about=REF, risk="", replicas=2)
DELETED = "kubectl -n shop delete pod cart-0"


@pytest.mark.parametrize(
    ("spec", "ready", "fix", "follows"),
    [
        ({}, "False", TEMPLATE, True),
        ({"podManagementPolicy": "OrderedReady"}, "False", TEMPLATE, True),
        ({"podManagementPolicy": "Parallel", "updateStrategy": {"type": "OnDelete"}}, "False", TEMPLATE, True),
        ({"podManagementPolicy": "Parallel"}, "False", TEMPLATE, False),
        ({}, "True", TEMPLATE, False),
        ({}, "False", SCALE, False),
    ],
)
def test_a_pod_that_is_waited_for_is_deleted(spec: dict, ready: str, fix: Fix, follows: bool) -> None:
    """In order no pod is replaced while one is not ready; a healthy one, or a set in parallel, needs nobody's help."""
    template = {"spec": {"containers": [{"name": "main", "image": "cart:1"}]}}
    owner = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "cart", "uid": "1", "controller": True}
    objects = [
        {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": {"name": "cart", "namespace": "shop", "uid": "1"},
            "spec": {"replicas": 2, "template": template, **spec},
        },
        {
            "kind": "Pod",
            "metadata": {"name": "cart-0", "namespace": "shop", "ownerReferences": [owner]},
            "spec": template["spec"],
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": ready}]},
        },
    ]
    snapshot = case_of(Written("test", "", {}, objects)).snapshot
    line = fix_line(snapshot, fix)

    assert line.command.splitlines()[0] == fix.rendered
    assert (DELETED in line.command.splitlines()) is follows
    assert ("StatefulSet cart replaces cart-0 by itself only when ready" in line.risk) is follows
