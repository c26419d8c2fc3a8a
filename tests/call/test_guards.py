"""Where objects hold a fault that no check names yet, their hop is unknown; the healthy look-alike beside it is ok."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.checks.engine.judge import judge
from bot.model.call.hop import HopState
from bot.model.result.status import Status
from tests.checks.manifests import Written, case_of

ASK = "user-service -n shop --from shop/checkout-1 --port 80"
GUARDS = yaml.safe_load((Path(__file__).parent / "guards.yaml").read_text())


def state_of(hop: str, document: dict[str, Any]) -> HopState:
    """The hop of a call in the healthy cluster with one object changed or added."""
    case = case_of(Written("guards", hop, {"ask": [ASK]}, [document]))
    return next(each for each in judge(case, strict=True).hops if each.hop == hop)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda each: each["title"])
def test_hop_is_not_sound_where_its_objects_hold_a_fault(guard: dict[str, Any]) -> None:
    """Unknown, or told by a finding, with its reason; and ok for what only looks like it."""
    broken, sound = state_of(guard["hop"], guard["broken"]), state_of(guard["hop"], guard["sound"])

    assert broken.status in (Status.UNKNOWN, Status.WARN, Status.FAIL), broken
    assert broken.because
    assert sound.status is Status.OK, sound
