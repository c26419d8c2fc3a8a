"""Digests: what is new, fixed and ongoing is told by fingerprint, and not being able to look is no repair."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from bot.errors import UsageError
from bot.model.result.status import Status
from bot.model.snapshot import Gap, Snapshot
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


def test_scope_that_could_not_be_listed_is_unknown() -> None:
    """Where Services may not be listed the digest is unknown and says why; it is never a sound cluster of none."""
    unread = Snapshot(taken_at=AT, gaps=(Gap("services", "", "services", "forbidden", "- {rule}"),))
    made = digest(unread, at=AT)

    assert made.totals.services == 0
    assert (made.outcome, made.unread) == (Status.UNKNOWN, ("",))
    assert [(each.what, each.why, each.grant) for each in made.gaps] == [("services", "forbidden", "- {rule}")]


def test_other_scope_is_not_fixed() -> None:
    """A digest of one namespace says nothing of what was wrong in another; one of another cluster is refused."""
    first = digest(cluster(NONE_LEFT), at=AT)
    elsewhere = digest(cluster(), at=AT, namespaces=("kube-system",), since=first)

    assert (elsewhere.fixed, elsewhere.ongoing) == ((), ())
    with pytest.raises(UsageError, match="of cluster other"):
        digest(cluster(), at=AT, since=replace(first, scope={"cluster": "other", "namespaces": []}))


def test_every_row_that_is_not_ok_says_why() -> None:
    """The reason stands on the row: the root cause, or what could not be looked at."""
    made = digest(cluster(NONE_LEFT, gap="nodes"), at=AT)

    assert all(each.why for each in made.services if each.outcome is not Status.OK)
    assert any("nodes" in each.why for each in made.services if each.outcome is Status.UNKNOWN)
