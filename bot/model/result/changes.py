"""What changed, and who did it: read from managedFields, which every write leaves behind (server-side apply, KEP-555)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from bot.model.kube.objects import KubeObject, ManagedFields
from bot.model.result.diagnosis import Change

# Changes older than this are rarely the cause of a fresh complaint (failure-modes A.5).
WINDOW = timedelta(hours=2)
# The API server and controllers write status and bookkeeping all the time: that is no change somebody made.
_CONTROLLERS = ("kube-controller-manager", "kubelet", "kube-scheduler", "endpointslice-controller", "kube-apiserver")


class Writer(Struct, frozen=True):
    """The field manager that last wrote a field, and when."""

    manager: str
    time: datetime | None

    def __str__(self) -> str:
        return f"{self.manager} at {self.time:%Y-%m-%d %H:%M} UTC" if self.time else self.manager


def writer_of(known: KubeObject, *path: str) -> Writer | None:
    """Return the last writer of a field, e.g. `writer_of(service, "spec", "selector")`; None where it is not recorded."""
    entries = [each for each in known.metadata.managed_fields or () if _holds(each.fields_v1, path)]
    if not entries:
        return None
    last = max(entries, key=lambda each: each.time.timestamp() if each.time else 0.0)
    return Writer(last.manager, last.time)


def recent_changes(objects: Iterable[KubeObject], now: datetime, most: int = 5) -> tuple[Change, ...]:
    """Return what people and their tools wrote to the spec of these objects in the last two hours, newest first."""
    found = [
        Change(
            at=entry.time, object=known.ref, field=_fields(entry), manager=entry.manager, note=_ago(now - entry.time)
        )
        for known in objects
        for entry in known.metadata.managed_fields or ()
        if entry.time and timedelta() <= now - entry.time <= WINDOW and _is_change(entry)
    ]
    return tuple(sorted(found, key=lambda each: (-each.at.timestamp(), each.object, each.field))[:most])


def _is_change(entry: ManagedFields) -> bool:
    return entry.manager not in _CONTROLLERS and _holds(entry.fields_v1, ("spec",))


def _fields(entry: ManagedFields) -> str:
    spec = (entry.fields_v1 or {}).get("f:spec", {})
    names = sorted(key[2:] for key in spec if key.startswith("f:")) if isinstance(spec, dict) else []
    return ", ".join(f"spec.{name}" for name in names[:3]) or "spec"


def _holds(fields: dict[str, Any] | None, path: tuple[str, ...]) -> bool:
    here: Any = fields
    for part in path:
        if not isinstance(here, dict) or f"f:{part}" not in here:
            return False
        here = here[f"f:{part}"]
    return True


def _ago(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes} min before this diagnosis" if minutes else "less than a minute before this diagnosis"
