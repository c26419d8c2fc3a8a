"""Restarts in a dump whose moment is not known: its newest time may be the restart itself, of days ago."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.checks.engine.judge import Judgement, judge
from bot.model.result.status import Status
from tests.checks.manifests import Written, case_of
from tests.checks.pod_documents import ASK, PODS

SHORT, LONG = "2026-11-23T03:58:30Z", "2026-11-22T20:00:00Z"
ENDED, AGAIN = "2026-11-23T03:59:00Z", "2026-11-23T03:59:10Z"


def _restarted(began: str | None, count: int = 3, **state: Any) -> list[dict[str, Any]]:
    last = {"exitCode": 134, "reason": "Error", "finishedAt": ENDED} | ({"startedAt": began} if began else {})
    ready = not state
    status = {
        "name": "app",
        "ready": ready,
        "restartCount": count,
        "state": state or {"running": {"startedAt": AGAIN}},
        "lastState": {"terminated": last},
    }
    condition = {"type": "Ready", "status": str(ready), "lastTransitionTime": AGAIN}
    given = {"phase": "Running", "conditions": [condition], "containerStatuses": [status]}
    return [{"kind": "Pod", "metadata": {"name": each, "namespace": "shop"}, "status": given} for each in PODS]


def _judged(documents: list[dict[str, Any]], *, dated: bool) -> Judgement:
    case = case_of(Written("", "", {"ask": [ASK]}, documents))
    return judge(replace(case, snapshot=replace(case.snapshot, is_dated=dated)), strict=True)


def _codes(documents: list[dict[str, Any]], *, dated: bool) -> set[str]:
    return {each.code for each in _judged(documents, dated=dated).findings}


def test_restart_after_a_long_run_may_be_over_where_the_moment_is_not_known() -> None:
    assert "APP-001" not in _codes(_restarted(LONG), dated=False)
    assert "APP-001" in _codes(_restarted(LONG), dated=True)


@pytest.mark.parametrize("count", [2, 3])
def test_what_may_be_over_is_no_all_clear(count: int) -> None:
    found = _judged(_restarted(LONG, count), dated=False)

    assert found.outcome is Status.UNKNOWN
    assert "has restarted, and the dump does not say how long ago" in found.verdicts["application"].summary


@pytest.mark.parametrize(
    "documents",
    [_restarted(SHORT), _restarted(None), _restarted(LONG, waiting={"reason": "CrashLoopBackOff"})],
    ids=["ended soon", "no begin known", "is down"],
)
def test_what_shows_a_loop_is_told_whenever_the_dump_was_made(documents: list[dict[str, Any]]) -> None:
    assert "APP-001" in _codes(documents, dated=False)
