"""Digests: what is new, fixed and ongoing is told by fingerprint, and not being able to look is no repair."""

from datetime import UTC, datetime

from bot.model.snapshot import Snapshot
from bot.usecases.digest import digest
from tests.checks.manifests import Written, case_of

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NONE_LEFT = {
    "kind": "Service",
    "metadata": {"name": "user-service", "namespace": "shop"},
    "spec": {"selector": {"app": "user-servce"}},
}


def cluster(*documents: dict, **headers: str) -> Snapshot:
    return case_of(Written("test", "", {key: [value] for key, value in headers.items()}, list(documents))).snapshot


def test_first_digest_tells_all_as_new() -> None:
    """Without an earlier one every problem is new, and totals add up."""
    made = digest(cluster(NONE_LEFT), at=AT)

    assert [each.about.name for each in made.new] == ["user-service"]
    assert (made.ongoing, made.fixed) == ((), ())
    assert made.totals.services == made.totals.ok + made.totals.warn + made.totals.fail + made.totals.unknown == 2


def test_same_problem_is_ongoing_then_fixed() -> None:
    """The second day it is ongoing, and fixed when it is gone."""
    first = digest(cluster(NONE_LEFT), at=AT)
    second = digest(cluster(NONE_LEFT), at=AT, since=first)
    third = digest(cluster(), at=AT, since=second)

    assert ([each.code for each in second.new], len(second.ongoing)) == ([], 1)
    assert ([each.code for each in third.fixed], third.ongoing) == ([second.ongoing[0].code], ())


def test_unreadable_is_not_fixed() -> None:
    """A Service that cannot be judged any more keeps its problem as ongoing."""
    first = digest(cluster(NONE_LEFT), at=AT)
    blind = digest(cluster(NONE_LEFT, gap="pods"), at=AT, since=first)

    assert blind.fixed == ()
    assert len(blind.ongoing) == 1
    assert blind.gaps


def test_scope_holds() -> None:
    """Only the namespaces asked for are judged."""
    made = digest(cluster(NONE_LEFT), at=AT, namespaces=("kube-system",))

    assert [each.name for each in made.services] == ["kube-dns"]
    assert made.new == ()
