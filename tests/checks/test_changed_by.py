"""Who changed what is at fault: the findings about fields that people write say it, from managedFields, and no others."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import asdict, replace

from bot.checks.engine.dating import dated
from bot.checks.engine.judge import judge
from bot.cluster.documents import snapshot_from
from bot.model.kube.objects import KubeObject, ManagedFields
from bot.model.refs import Ref
from bot.model.result.finding import Detection, Written
from bot.model.snapshot import Snapshot
from tests.checks.manifests import case_of
from tests.checks.test_checks import CASES

WRITER = "kubectl-edit at 2026-11-23 03:20 UTC"
TOLD = {
    *(
        "ING-001",
        "ING-002",
        "APP-017",
        "DNS-004",
        "DNS-005",
        "DNS-008",
        "DNS-014",
        "DNS-016",
        "DNS-026",
        "DNS-031",
        "DNS-038",
    ),
    *("NPL-001", "NPL-002", "NPL-003", "NPL-004", "NPL-006", "NPL-014", "NPL-015", "NPL-016"),
    *("RTE-001", "RTE-003", "RTE-011", "RTE-012", "RTE-013", "RTE-014", "RTE-019", "RTE-021", "RTE-022"),
    *("RTE-039", "RTE-040"),
}
AT = datetime(2026, 11, 23, 3, 20, tzinfo=UTC)


class Everything(dict[str, Any]):
    """Fields of which each has each other."""

    def __contains__(self, _key: object) -> bool:
        return True

    def __getitem__(self, _key: str) -> "Everything":
        return self


WRITTEN = (ManagedFields("kubectl-edit", "Update", AT, Everything()),)


def by_one(objects: Any) -> Any:
    if isinstance(objects, dict):
        return {key: by_one(each) for key, each in objects.items()}
    if not isinstance(objects, tuple) or not all(isinstance(each, KubeObject) for each in objects):
        return objects
    return tuple(replace(each, metadata=replace(each.metadata, managed_fields=WRITTEN)) for each in objects)


def by_somebody(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot with each field of each object written by one person at one time."""
    return replace(snapshot, **{name: by_one(each) for name, each in asdict(snapshot).items()})


def test_who_changed_it() -> None:
    """Of the first case of each check: neither more nor fewer of them say it."""
    first = {each.words("expect")[0]: each for each in reversed(CASES)}
    told = set()
    for code, each in first.items():
        case = case_of(each)
        found = judge(replace(case, snapshot=by_somebody(case.snapshot))).findings
        told |= {code for one in found if one.code == code and one.changed_by == WRITER}

    assert told == TOLD


MADE, LATER = datetime(2026, 11, 22, 9, 0, tzinfo=UTC), datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def ingress(name: str, **metadata: Any) -> dict[str, Any]:
    known = {"name": name, "namespace": "shop", "creationTimestamp": MADE.isoformat(), **metadata}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": known, "spec": {}}


def service(**metadata: Any) -> dict[str, Any]:
    known = {"name": "web", "namespace": "shop", "creationTimestamp": LATER.isoformat(), **metadata}
    return {"apiVersion": "v1", "kind": "Service", "metadata": known, "spec": {}}


def by(manager: str, at: datetime, field: str) -> dict[str, Any]:
    fields = {"f:spec": {f"f:{field}": {}}}
    entry = {"manager": manager, "operation": "Update", "time": at.isoformat(), "fieldsV1": fields}
    return {"managedFields": [entry]}


CLASS = Written(Ref("Ingress", "web", "shop"), ("spec", "ingressClassName"))
PORTS = Written(Ref("Service", "web", "shop"), ("spec", "ports"))
BOTH = replace(CLASS, beside=PORTS)


@pytest.mark.parametrize(
    ("documents", "written", "since", "who", "earliest"),
    [
        ([ingress("web", **by("helm", LATER, "ingressClassName"))], CLASS, LATER, "helm at 2026-11-22 12:00 UTC", None),
        ([ingress("web", generation=3)], CLASS, None, None, MADE),
        ([ingress("web", generation=1)], replace(CLASS, made=True), MADE, None, None),
        ([ingress("web", **by("helm", LATER, "rules"))], CLASS, None, None, MADE),
        (
            [ingress("web", **by("helm", LATER, "ingressClassName"))],
            replace(CLASS, begins=False),
            None,
            "helm at",
            None,
        ),
        ([ingress("web")], replace(CLASS, begins=False), None, None, None),
        ([ingress("web", **by("helm", AT, "ingressClassName")), service()], BOTH, None, "helm at", LATER),
        (
            [
                ingress("web", **by("helm", MADE, "ingressClassName")),
                service(**by("kubectl-edit", LATER, "ports")),
            ],
            BOTH,
            LATER,
            "kubectl-edit at",
            None,
        ),
        ([], CLASS, None, None, None),
    ],
)
def test_dates(
    documents: list[dict[str, Any]],
    written: Written,
    since: datetime | None,
    who: str | None,
    earliest: datetime | None,
) -> None:
    """By the writer; else it cannot be so for longer than the object is there; of two the later, if both are known."""
    found = dated(snapshot_from(documents, taken_at=AT), Detection(CLASS.object, "", written=written))

    assert (found.since, found.earliest) == (since, earliest)
    assert (found.changed_by or "").startswith(who or "")
    assert (found.changed_by is None) == (who is None)


def test_a_check_that_knows_since_when_says_it() -> None:
    """Where no writer of the field is recorded; what a field says goes before."""
    knows = Detection(CLASS.object, "", since=MADE, written=CLASS)

    assert dated(snapshot_from([ingress("web", generation=3)], taken_at=AT), knows).since == MADE
    assert (
        dated(snapshot_from([ingress("web", **by("helm", LATER, "ingressClassName"))], taken_at=AT), knows).since
        == LATER
    )
