"""Who changed what is at fault: the findings about fields that people write say it, from managedFields, and no others."""

from datetime import UTC, datetime
from typing import Any

from msgspec.structs import asdict, replace

from bot.checks.engine.judge import judge
from bot.model.kube.objects import KubeObject, ManagedFields
from bot.model.snapshot import Snapshot
from tests.checks.manifests import case_of
from tests.checks.test_checks import CASES

WRITER = "kubectl-edit at 2026-11-23 03:20 UTC"
TOLD = {
    *("APP-017", "DNS-004", "DNS-005", "DNS-008", "DNS-014", "DNS-016", "DNS-026", "DNS-031"),
    *("NPL-001", "NPL-002", "NPL-003", "NPL-004", "NPL-006", "NPL-014", "NPL-015", "NPL-016"),
    *("RTE-001", "RTE-003", "RTE-011", "RTE-012", "RTE-013", "RTE-014", "RTE-019", "RTE-021", "RTE-022"),
}
AT = datetime(2026, 11, 23, 3, 20, tzinfo=UTC)


class Everything(dict[str, Any]):
    """Fields of which each has each other."""

    def __contains__(self, _key: object) -> bool:
        return True

    def __getitem__(self, _key: str) -> "Everything":
        return self


WRITTEN = (ManagedFields("kubectl-edit", "Update", AT, Everything()),)


def written(objects: Any) -> Any:
    if isinstance(objects, dict):
        return {key: written(each) for key, each in objects.items()}
    if not isinstance(objects, tuple) or not all(isinstance(each, KubeObject) for each in objects):
        return objects
    return tuple(replace(each, metadata=replace(each.metadata, managed_fields=WRITTEN)) for each in objects)


def by_somebody(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot with each field of each object written by one person at one time."""
    return replace(snapshot, **{name: written(each) for name, each in asdict(snapshot).items()})


def test_who_changed_it() -> None:
    """Of the first case of each check: neither more nor fewer of them say it."""
    first = {each.words("expect")[0]: each for each in reversed(CASES)}
    told = set()
    for code, each in first.items():
        case = case_of(each)
        found = judge(replace(case, snapshot=by_somebody(case.snapshot))).findings
        told |= {code for one in found if one.code == code and one.changed_by == WRITER}

    assert told == TOLD
