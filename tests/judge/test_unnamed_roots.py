"""Which of two causes comes first where a warning, or no call at all, stands between them: by what each can bring about."""

from datetime import timedelta
from typing import Any

import pytest

from bot.model.result.triage import Triage
from bot.usecases.triage import triage
from tests.checks.manifests import NOW
from tests.judge.test_order_of_causes import MINUTES, cluster, crashing, order, service, when

Documents = list[dict[str, Any]]


def members(kind: str, broken: int, ago: timedelta, *, of: int = 3) -> Documents:
    """Return a Service of a cluster's members, some of which crash since then."""
    found: Documents = []
    for at in range(of):
        pod = crashing("zdb", ago=ago, address=f"10.244.0.8{at}")[1]
        owner = {"kind": "ReplicaSet" if kind == "Deployment" else kind, "controller": True}
        owner["name"] = "zdb-7c9f" if kind == "Deployment" else "zdb"
        hashed = {"pod-template-hash": "7c9f"} if kind == "Deployment" else {}
        pod["metadata"] |= {"name": f"zdb-{at}", "ownerReferences": [owner]}
        pod["metadata"]["labels"] |= hashed
        if at >= broken:
            pod["status"]["containerStatuses"] = [{"name": "app", "ready": True, "state": {"running": {}}}]
            for each in pod["status"]["conditions"]:
                each["status"] = "True"
        found.append(pod)
    return [service("zdb", 80), *found]


def names(found: Triage) -> list[str]:
    return [name for name, _ in order(found)]


@pytest.mark.parametrize(
    ("called", "first"),
    [
        pytest.param(members("StatefulSet", 2, 9 * MINUTES), "zdb", id="two of three members"),
        pytest.param(members("StrimziPodSet", 2, 9 * MINUTES), "zdb", id="of an operator's own kind"),
        pytest.param(members("StatefulSet", 1, 9 * MINUTES, of=2), "zdb", id="one of two"),
        pytest.param(members("StatefulSet", 1, 9 * MINUTES), "api", id="one of three: the others decide"),
        pytest.param(members("Deployment", 2, 9 * MINUTES), "api", id="copies do not count each other"),
        pytest.param(members("StatefulSet", 2, 200 * MINUTES), "api", id="long before the caller failed"),
    ],
)
def test_who_calls_what_lost_its_majority_fails_for_that(called: Documents, first: str) -> None:
    caller = crashing("api", ("DB_URL", "http://zdb:80"), ago=8 * MINUTES, address="10.244.0.71")

    found = triage(cluster(*caller, *called), at=NOW, namespaces=("shop",))

    assert names(found)[0] == first
    assert sorted(names(found)) == ["api", "zdb"]


def test_which_of_several_ports_is_called_has_not_to_be_known() -> None:
    """The Service of a database has a port of its metrics, too, and its host alone was told."""
    caller = crashing("api", ("DB_HOST", "zdb"), ago=8 * MINUTES, address="10.244.0.71")
    database, pod = crashing("zdb", ago=9 * MINUTES, address="10.244.0.72")
    database["spec"]["ports"] = [{"name": "sql", "port": 5432}, {"name": "metrics", "port": 9187}]

    assert order(triage(cluster(*caller, database, pod), at=NOW, namespaces=("shop",))) == [
        ("zdb", []),
        ("api", ["zdb"]),
    ]


def waiting(name: str, ago: timedelta, address: str) -> Documents:
    """Return a Service, and its only pod, whose init container has not ended since then."""
    made, pod = crashing(name, ago=ago, address=address)
    init = {"name": "toolkit-validation", "image": "validator:1", "command": ["nvidia-validator"]}
    pod["spec"]["initContainers"] = [init]
    running = {"running": {"startedAt": when(NOW - ago)}}
    pod["status"]["initContainerStatuses"] = [{"name": init["name"], "ready": False, "state": running}]
    pod["status"]["phase"] = "Pending"
    pod["status"]["containerStatuses"] = [
        {"name": "app", "ready": False, "state": {"waiting": {"reason": "PodInitializing"}}}
    ]
    return [made, pod]


@pytest.mark.parametrize(
    ("ago", "first"),
    [
        pytest.param(9 * MINUTES, "zdriver", id="stopped before: nobody says what is waited for"),
        pytest.param(7 * MINUTES, "exporter", id="stopped after"),
        pytest.param(90 * MINUTES, "exporter", id="stopped long before"),
    ],
)
def test_what_only_waits_comes_after_what_stopped_beside_it(ago: timedelta, first: str) -> None:
    """The driver of a node's GPUs has no Service, and what needs it waits for a file."""
    _, driver = crashing("zdriver", ago=ago, address="10.244.0.72")
    found = triage(cluster(*waiting("exporter", 8 * MINUTES, "10.244.0.71"), driver), at=NOW, namespaces=("shop",))

    assert [first in str(each.finding.about) for each in found.causes] == [True, False]
