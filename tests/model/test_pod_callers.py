"""Jobs, CronJobs and bare pods as callers, by the pods that there are."""

from typing import Any

import msgspec
import pytest

from bot.model.kube.pods import Pod
from bot.model.pod_callers import pod_callers
from tests.reader.objects import pod


def made(name: str, kind: str = "", owner: str = "") -> Pod:
    """Return a pod that a workload made; without one nothing did."""
    known: dict[str, Any] = pod(name)
    if kind:
        known["metadata"]["ownerReferences"] = [{"kind": kind, "name": owner, "controller": True}]
    return msgspec.convert(known, Pod)


@pytest.mark.parametrize(
    ("kind", "owner", "caller"),
    [
        ("", "", "shop/pod/x"),
        ("Job", "migrate", "shop/job/migrate"),
        ("Job", "nightly-29384756", "shop/cronjob/nightly"),
        ("Job", "import-2026", "shop/job/import-2026"),
    ],
)
def test_callers_that_pods_show(kind: str, owner: str, caller: str) -> None:
    """A Job that a CronJob made is that CronJob's, by its minute since 1970."""
    assert list(pod_callers([made("x", kind, owner)])) == [caller]


@pytest.mark.parametrize("kind", ["ReplicaSet", "StatefulSet", "DaemonSet", "Node"])
def test_other_pods_show_none(kind: str) -> None:
    """Workloads are listed themselves, and a static pod is the control plane's."""
    assert list(pod_callers([made("x", kind, "web-1")])) == []
