"""What changed before a failure began: a correlation, ranked by what it has to do with the root."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.model.case import Case
from bot.usecases.diagnose import conclude
from tests.checks.manifests import NOW, Written, case_of

BEGAN = NOW - timedelta(minutes=90)


def _at(minutes: int) -> str:
    """Return the time so many minutes before the failure began."""
    return (BEGAN - timedelta(minutes=minutes)).isoformat()


def _wrote(minutes: int, manager: str = "kubectl-edit", part: str = "f:spec") -> dict[str, Any]:
    return {"manager": manager, "operation": "Update", "time": _at(minutes), "fieldsV1": {part: {"f:template": {}}}}


def _object(kind: str, name: str, *written: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name, "namespace": "shop", "managedFields": list(written)}, **more}


def _crashing() -> dict[str, Any]:
    ended = {"exitCode": 1, "reason": "Error", "finishedAt": (NOW - timedelta(minutes=2)).isoformat()}
    app = {"name": "app", "ready": False, "restartCount": 5, "lastState": {"terminated": ended}}
    status = {
        "conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": BEGAN.isoformat()}],
        "containerStatuses": [{**app, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}],
    }
    names = [f"user-service-{number}" for number in (1, 2, 3)]
    return {"kind": "Pod", "metadata": {"names": names, "namespace": "shop"}, "status": status}


def _case(*documents: dict[str, Any]) -> Case:
    return case_of(Written("test", "", {"ask": ["user-service -n shop"]}, list(documents)))


def _told(*documents: dict[str, Any]) -> list[tuple[str, str]]:
    found = conclude(_case(*documents), asked_at=datetime.now(UTC))
    return [(str(each.object), each.note) for each in found.changes]


def test_what_concerns_the_root_comes_first() -> None:
    """A change of the crashing Deployment an hour before outranks one of the Service a minute before."""
    told = _told(
        _crashing(), _object("Deployment", "user-service", _wrote(60)), _object("Service", "user-service", _wrote(1))
    )

    assert told == [
        ("Deployment shop/user-service", "60 min before the failure began"),
        ("Service shop/user-service", "1 min before the failure began"),
    ]


def test_two_hours_before_the_onset_are_looked_at() -> None:
    """And not two hours before the question: this one began an hour and a half ago."""
    told = _told(
        _crashing(), _object("Deployment", "user-service", _wrote(110)), _object("Service", "user-service", _wrote(130))
    )

    assert told == [("Deployment shop/user-service", "110 min before the failure began")]


def test_what_came_after_says_so() -> None:
    """It is no cause, and may be what somebody tried."""
    told = _told(_crashing(), _object("Deployment", "user-service", _wrote(5), _wrote(-10, "helm")))

    assert [note for _, note in told] == ["5 min before the failure began", "10 min after it began"]


def test_controllers_change_nothing() -> None:
    """What they write all the time is no change somebody made; nor is a field of status."""
    told = _told(
        _crashing(),
        _object("Deployment", "user-service", _wrote(5, "kube-controller-manager"), _wrote(6, part="f:status")),
    )

    assert told == []


def test_sound_call_tells_by_the_time_of_asking() -> None:
    """Nothing began there."""
    wrote = {**_wrote(0), "time": (NOW - timedelta(minutes=3)).isoformat()}

    assert _told(_object("Service", "user-service", wrote)) == [
        ("Service shop/user-service", "3 min before this diagnosis")
    ]
