"""Digests: what is new, fixed and ongoing is told by fingerprint, and not being able to look is no repair."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.errors import UsageError
from bot.model.gaps import Gap
from bot.model.result.status import Status
from bot.model.snapshot import Snapshot
from bot.usecases.digest import digest
from tests.checks.manifests import Written, case_of, written_cases

DNS_CASES = Path(__file__).parents[1] / "checks" / "dns"
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


def dns_down() -> Snapshot:
    """A cluster whose DNS has no ready replica: its cause lies outside of every namespace that it breaks."""
    return case_of(written_cases(DNS_CASES / "no_ready_dns_replica.yaml")[0]).snapshot


def test_a_cause_outside_of_the_scope_is_compared_too() -> None:
    """A digest of one namespace tells what breaks it from kube-system, or from a node, as new, ongoing and fixed."""
    first = digest(dns_down(), at=AT, namespaces=("shop",))
    second = digest(dns_down(), at=AT, namespaces=("shop",), since=first)
    third = digest(cluster(), at=AT, namespaces=("shop",), since=second)

    assert {each.about.namespace for each in first.new} == {"kube-system"}
    assert (second.new, second.fixed) == ((), ())
    assert [each.code for each in second.ongoing] == [each.code for each in first.new]
    assert [each.code for each in third.fixed] == [each.code for each in first.new]


def test_a_cause_outside_of_the_scope_is_not_fixed_while_its_services_are_unknown() -> None:
    """Where kube-system cannot be read any more, its failed DNS stays ongoing."""
    first = digest(dns_down(), at=AT, namespaces=("shop",))
    blind = digest(cluster(gap="dns"), at=AT, namespaces=("shop",), since=first)

    assert blind.fixed == ()
    assert [each.code for each in blind.ongoing] == [each.code for each in first.new]


def test_a_service_that_is_gone_is_fixed() -> None:
    """What was wrong with a Service is fixed when it was deleted, also where others are unknown."""
    first = digest(cluster(NONE_LEFT), at=AT)
    gone = cluster(gap="pods", drop="Service shop/user-service")
    later = digest(gone, at=AT, since=first)

    assert any(each.outcome is Status.UNKNOWN for each in later.services)
    assert [each.code for each in later.fixed] == [each.code for each in first.new]


def test_ages_and_what_it_was_compared_with() -> None:
    """The first digest compares with nothing; a finding's age is counted from the first digest that had it."""
    first = digest(cluster(NONE_LEFT), at=AT)
    second = digest(cluster(NONE_LEFT), at=AT + timedelta(days=1), since=first)
    third = digest(cluster(NONE_LEFT), at=AT + timedelta(days=2), since=second)
    (finding,) = third.ongoing

    assert (first.compared_with, third.compared_with) == (None, second.at)
    assert third.seen == {finding.fingerprint: AT}
    assert third.began(replace(finding, since=None)) == AT
    old = replace(second, seen={})  # of an earlier version, which kept no ages
    assert digest(cluster(NONE_LEFT), at=AT + timedelta(days=2), since=old).seen == {finding.fingerprint: second.at}
