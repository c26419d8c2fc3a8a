"""What a caller feels where some backends fail: how many of its connections, and what sets the bad ones apart."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.checks.engine.judge import judge
from bot.checks.facts.backends import Backend
from bot.checks.facts.outliers import Trait, contrast
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.objects import Meta
from bot.model.kube.pods import Pod, PodStatus
from tests.checks.manifests import NOW, case_of, written_cases

ONE_OF_THREE, *_ = written_cases(Path(__file__).parent / "application" / "some_backends_failing.yaml")


def test_share_and_one_retry_are_told() -> None:
    """One of three: a third of new connections, and a ninth of those that are tried once more."""
    judgement = judge(case_of(ONE_OF_THREE), strict=True)

    assert judgement.root_cause is not None
    assert "about 33% of new connections fail, 11% with one retry" in judgement.root_cause.message


def test_a_retry_does_not_help_with_session_affinity() -> None:
    """The same client meets the same backend again."""
    case = case_of(ONE_OF_THREE)
    services = tuple(
        replace(each, spec=replace(each.spec, session_affinity="ClientIP")) if each.name == "user-service" else each
        for each in case.snapshot.services
    )
    fields = {name: getattr(case.snapshot, name) for name in case.snapshot.__struct_fields__}
    judgement = judge(replace(case, snapshot=type(case.snapshot)(**{**fields, "services": services})), strict=True)

    assert any("sessionAffinity" in each.message and "retry" in each.message for each in judgement.findings)


def _began(*minutes: int) -> list[Backend]:
    """Return backends whose pods began so many minutes ago."""
    times = [NOW - timedelta(minutes=each) for each in minutes]
    pods = [Pod(metadata=Meta(name=f"p-{each:%H%M}"), status=PodStatus(start_time=each)) for each in times]
    return [Backend(Endpoint("10.0.0.1", 80), each, None, ()) for each in pods]


@pytest.mark.parametrize(
    ("bad", "good", "value"),
    [
        ((300, 290), (60, 50), "oldest"),
        ((5, 4), (60, 50), "youngest"),
        ((60, 50), (55, 45), None),  # of one rollout
        ((300,), (60, 50), None),  # one of three is the oldest of them by chance
        ((300, 10), (60, 50), None),
        ((300, 290), (285, 60), None),
    ],
)
def test_age_separates_several_from_several(bad: tuple[int, ...], good: tuple[int, ...], value: str | None) -> None:
    """All of the bad ones began clearly before, or after, all of the good ones."""
    apart = contrast(_began(*bad), _began(*good))

    assert (apart.kind, apart.value) == (Trait.AGE, value) if value else apart is None
