"""A pod that waits beside others is told before a start's time is over only where objects show that nobody helps it."""

from typing import Any

import pytest

from bot.usecases.triage import triage
from tests.checks.manifests import NOW, Written, case_of
from tests.judge.test_stuck_rollouts import of_a_set, owned

BORN = {"room": "2026-11-23T03:53:00Z", "soon": "2026-11-23T03:57:00Z", "new": "2026-11-23T03:59:00Z"}
CLAIM = {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data-members-3"}}]}


def event(reason: str, about: str = "Pod", name: str = "members-3") -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{name}.{reason}", "namespace": "shop"},
        "involvedObject": {"kind": about, "namespace": "shop", "name": name},
        "reason": reason,
        "message": "volume limit reached",
        "lastTimestamp": "2026-11-23T03:59:00Z",
    }


def claim(phase: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data-members-3", "namespace": "shop"},
        "spec": {"storageClassName": "standard", "volumeName": "pv-1" if phase != "Pending" else ""},
        "status": {"phase": phase},
    }


REFUSED = event("FailedScheduling")
UNMADE = event("ProvisioningFailed", "PersistentVolumeClaim", "data-members-3")


@pytest.mark.parametrize(
    ("born", "spec", "documents", "codes"),
    [
        pytest.param("room", {}, [REFUSED], ["APP-005"], id="no room, and nobody adds a node"),
        pytest.param("room", {}, [REFUSED, event("TriggeredScaleUp")], [], id="a node is coming"),
        pytest.param("room", {}, [REFUSED, event("Nominated")], [], id="a node is coming, of Karpenter"),
        pytest.param("room", {}, [], [], id="what the scheduler wrote was not read"),
        pytest.param("soon", {}, [REFUSED], [], id="no room, for less than a node takes"),
        pytest.param("soon", CLAIM, [claim("Pending"), UNMADE], ["APP-007"], id="a volume that cannot be made"),
        pytest.param("soon", CLAIM, [claim("Lost")], ["APP-007"], id="a volume that is gone"),
        pytest.param("soon", CLAIM, [claim("Pending")], [], id="a volume that is being made"),
        pytest.param("soon", CLAIM, [claim("Bound"), UNMADE], [], id="a volume that was made in the end"),
        pytest.param("new", CLAIM, [claim("Pending"), UNMADE], [], id="a volume that cannot be made yet"),
    ],
)
def test_only_who_waits_in_vain_is_told(
    born: str, spec: dict[str, Any], documents: list[dict[str, Any]], codes: list[str]
) -> None:
    pod = of_a_set("StatefulSet", BORN[born], **spec)
    if spec:
        pod["status"] = {"phase": "Pending"}

    found = triage(case_of(Written("test", "", {}, [owned("StatefulSet"), pod, *documents])).snapshot, at=NOW)

    assert [each.finding.code for each in found.causes] == codes
