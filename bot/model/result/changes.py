"""What changed, and who did it: read from managedFields, which every write leaves behind (server-side apply, KEP-555)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from bot.model.kube.objects import KubeObject, ManagedFields
from bot.model.refs import Ref
from bot.model.result.diagnosis import Change

# Changes older than this are rarely the cause of a fresh complaint (failure-modes A.5).
WINDOW = timedelta(hours=2)
_AT_ONCE = timedelta(minutes=1)
# The API server and controllers write status and bookkeeping all the time: that is no change somebody made.
_CONTROLLERS = ("kube-controller-manager", "kubelet", "kube-scheduler", "endpointslice-controller", "kube-apiserver")

# Under which name k8snet itself writes, which is only ever the container that measures from a caller's pod: no cause.
OUR_MANAGER = "k8snet"


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


class Onset(Struct, frozen=True):
    """What a change may have to do with: the object at fault, those that show it, and when it began (None: not known)."""

    about: Ref | None = None
    seen_at: tuple[Ref, ...] = ()
    began: datetime | None = None


def recent_changes(
    objects: Iterable[KubeObject], now: datetime, onset: Onset | None = None, most: int = 5
) -> tuple[Change, ...]:
    """Return what people and their tools wrote to these objects from two hours before the onset on.

    Those on the object at fault come first, then those on objects that show the fault, then the others; of equals what is
    nearest to the onset, and before it. That something changed shortly before is no proof that it is the cause.
    """
    known = onset or Onset()
    since = min(known.began or now, now) - WINDOW
    found = {
        (each.ref, entry.time, _fields(entry), entry.manager): entry.time
        for each in objects
        for entry in each.metadata.managed_fields or ()
        if entry.time and since <= entry.time <= now and _is_change(entry)
    }
    changes = [
        Change(at=time, object=ref, field=field, manager=manager, note=_note(time, known.began, now))
        for (ref, _, field, manager), time in found.items()
    ]
    return tuple(sorted(changes, key=lambda each: _rank(each, known, now))[:most])


def _rank(change: Change, onset: Onset, now: datetime) -> tuple[int, bool, float, Ref, str]:
    relation = 0 if change.object == onset.about else 1 if change.object in onset.seen_at else 2
    began = onset.began or now
    return relation, change.at > began, abs((began - change.at).total_seconds()), change.object, change.field


def _is_change(entry: ManagedFields) -> bool:
    return entry.manager not in (*_CONTROLLERS, OUR_MANAGER) and any(
        _holds(entry.fields_v1, (part,)) for part in ("spec", "data")
    )


def _fields(entry: ManagedFields) -> str:
    """Name up to three of the fields that were written; `data` of a ConfigMap, whose keys are names of files."""
    for part in ("spec", "data"):
        held = (entry.fields_v1 or {}).get(f"f:{part}")
        if held is not None:
            names = sorted(key[2:] for key in held if key.startswith("f:")) if isinstance(held, dict) else []
            return ", ".join(f"{part}.{name}" for name in names[:3]) or part
    return "spec"


def _holds(fields: dict[str, Any] | None, path: tuple[str, ...]) -> bool:
    here: Any = fields
    for part in path:
        if not isinstance(here, dict) or f"f:{part}" not in here:
            return False
        here = here[f"f:{part}"]
    return True


def _note(time: datetime, began: datetime | None, now: datetime) -> str:
    """Return when it was written in words, by the onset where that is known."""
    if began is None or began > now:
        return f"{_span(now - time)} before this diagnosis"
    if abs(time - began) < _AT_ONCE:
        return "as the failure began"
    return (
        f"{_span(began - time)} before the failure began" if time < began else f"{_span(time - began)} after it began"
    )


def _span(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes} min" if minutes else "less than a minute"
