"""A row is taken again only where it would be judged the same: a table with kept rows is the one that is judged anew.

One `Kept` goes from cluster to cluster: the written cases, the incidents and the sample have Services of the same names. What
changes is everything at once, some kinds at a time, values by chance, and the time.
"""

import gc
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cache
from types import FunctionType, MethodType, ModuleType
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.checks.engine.judge import Judgement, judge
from bot.model.case import Case
from bot.model.gaps import Gap
from bot.model.kube.kinds import BY_STRUCT
from bot.model.kube.workloads import Node
from bot.model.policy.index import PolicyIndex
from bot.model.seen import Seen
from bot.model.snapshot import RECENT, Snapshot
from bot.usecases.digest import judge_services
from bot.usecases.kept import Kept
from playground.sample import sample_snapshot
from tests.checks.manifests import case_of
from tests.examples import examples
from tests.incidents.test_incidents import case_of as incident_case
from tests.judge.hiding import CASES, STATES
from tests.judge.test_soundness import BENT, HEALTHY, PLACES, bent
from tests.judge.test_soundness import rows as rows_of

COUNT = len(CASES) + len(STATES) + 1
FIELDS = tuple(each for each in Snapshot.__struct_fields__ if each not in ("taken_at", "others"))
KINDS = tuple(each.key for each in BY_STRUCT.values() if not each.field)
LISTS = tuple(each.field for each in BY_STRUCT.values() if each.field)
PLACE = st.integers(0, COUNT - 1)
TIMES = st.sampled_from([0, 1, 20, 45, 90, 400, 4000, 90_000, 10_000_000]).map(lambda each: timedelta(seconds=each))


@cache
def clusters() -> tuple[Snapshot, ...]:
    """Return all clusters, which takes some seconds: not where the tests are only collected."""
    written = (case_of(each).snapshot for each in CASES)
    return (*written, *(incident_case(each).snapshot for each in STATES), sample_snapshot())


def table(snapshot: Snapshot, kept: Kept | None = None) -> bytes:
    """Return all rows of a table, with all that is known of them. Of the snapshot nothing is derived yet."""
    return msgspec.json.encode(judge_services(replace(snapshot), kept=kept))


def mixed(one: Snapshot, other: Snapshot, parts: Iterable[str]) -> Snapshot:
    """Return a cluster of which some kinds, or other things that were read, are those of another one."""
    fields = {each: getattr(other, each) for each in parts if each in FIELDS}
    others = {key: other.others.get(key, ()) for key in parts if key in KINDS}
    return replace(one, **fields, others={**one.others, **others})


def _of(snapshot: Snapshot, kind: str) -> tuple[Any, ...]:
    found: tuple[Any, ...] = getattr(snapshot, kind) if kind in LISTS else snapshot.others.get(kind, ())
    return found


def _as_read(kind: str, found: tuple[Any, ...]) -> dict[str, Any]:
    return {kind: found} if kind in LISTS else {"others": {kind: found}}


@cache
def donors(kind: str) -> list[Any]:
    """Return each object of a kind that some cluster has."""
    return [each for one in clusters() for each in _of(one, kind)]


def judged(kept: Kept, snapshot: Snapshot) -> list[str]:
    """Return the Services that are judged for a table, since what is kept of them may be so no longer."""
    names = []

    def noting(case: Case) -> Judgement:
        names.append(case.question.service)
        return judge(case, strict=True)

    kept.judged(rows_of(snapshot), snapshot, noting)
    return names


# --- it is what is judged anew


def test_from_cluster_to_cluster() -> None:
    kept = Kept()
    for each in (*clusters(), *reversed(clusters())):
        assert table(each, kept) == table(each)


@given(PLACE, PLACE, st.sets(st.sampled_from((*FIELDS, *KINDS))), TIMES)
@examples(400)
def test_some_kinds_change(one: int, other: int, parts: set[str], by: timedelta) -> None:
    was, kept = clusters()[one], Kept()
    then = replace(mixed(was, clusters()[other], sorted(parts)), taken_at=was.taken_at + by)
    for each in (was, then, was):
        assert table(each, kept) == table(each)


@pytest.mark.parametrize("place", range(0, COUNT, 100))
def test_the_clock_goes_on(place: int) -> None:
    """What starts is ready in a minute or fails, Events are history in an hour, and a month makes everything old."""
    for snapshot in clusters()[place : place + 100]:
        kept, at = Kept(), snapshot.taken_at
        for step in (timedelta(), timedelta(seconds=45), timedelta(minutes=20), timedelta(days=30)):
            at += step
            assert table(replace(snapshot, taken_at=at), kept) == table(replace(snapshot, taken_at=at))


@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(sorted(BENT))), max_size=3), min_size=2, max_size=4
    )
)
@examples(400)
def test_values_change(turns: list[list[tuple[tuple[Any, ...], str]]]) -> None:
    kept = Kept()
    for snapshot in filter(None, map(bent, turns)):
        assert table(snapshot, kept) == table(snapshot)


@given(PLACE, st.sampled_from((*LISTS, *KINDS)), st.integers(0), st.lists(st.integers(0), max_size=2))
@examples(1000)
def test_an_object_comes_goes_or_is_another(place: int, kind: str, at: int, numbers: list[int]) -> None:
    """Of every kind that some check reads: policies of all tiers, webhooks, routes, autoscalers, claims, and what each has."""
    snapshot, known, kept = clusters()[place], donors(kind), Kept()
    found = list(_of(snapshot, kind))
    at %= len(found) + 1
    found[at : at + 1] = [known[each % len(known)] for each in numbers if known]
    then = mixed(snapshot, replace(HEALTHY, **_as_read(kind, tuple(found))), [kind])
    for each in (snapshot, then):
        assert table(each, kept) == table(each)


@pytest.mark.parametrize("need", ["pods", "nodes", "networkpolicies", "endpointslices", "corefile", "namespaces"])
def test_what_cannot_be_read_any_more_is_unknown(need: str) -> None:
    """A gap is an answer, too: a row that was `ok` is judged again by those who know what it means."""
    kept = Kept()
    table(HEALTHY, kept)
    hidden = replace(HEALTHY, gaps=(Gap(need, "", need, "its watch is broken"),))
    assert table(hidden, kept) == table(hidden) != table(HEALTHY)
    assert table(HEALTHY, kept) == table(HEALTHY)


# --- and it is kept


def test_the_same_cluster_is_not_judged_again() -> None:
    kept = Kept()
    assert len(judged(kept, HEALTHY)) == len(HEALTHY.services)
    assert judged(kept, replace(HEALTHY, taken_at=HEALTHY.taken_at + RECENT)) == []


def test_a_heartbeat_changes_nothing() -> None:
    """What a node says of itself each minute is left out when it is read; what is left is equal, if not the same."""
    kept = Kept()
    judged(kept, HEALTHY)
    nodes = msgspec.json.decode(msgspec.json.encode(HEALTHY.nodes), type=tuple[Node, ...])
    assert nodes[0] is not HEALTHY.nodes[0]
    assert judged(kept, replace(HEALTHY, nodes=nodes)) == []


def test_who_forgets_judges_again() -> None:
    kept = Kept()
    judged(kept, HEALTHY)
    assert kept.forget()
    assert not kept.forget()
    assert len(judged(kept, replace(HEALTHY))) == len(HEALTHY.services)


# --- nothing is looked at past the notes


def reached(known: object) -> Iterator[object]:
    """Yield everything that can be reached from an object: not what a function uses, but what it carries along."""
    seen, waiting = set[int](), [known]
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, type | ModuleType):
            continue
        seen.add(id(each))
        yield each
        waiting += (each.__closure__ or ()) if isinstance(each, FunctionType) else gc.get_referents(each)


@pytest.mark.parametrize("place", range(0, COUNT, 40))
def test_no_answer_and_no_row_holds_the_snapshot(place: int) -> None:
    """Who was given one could ask it later, unseen: what does so is `lasting`, and is asked through one that notes it."""
    kept = Kept()
    for each in clusters()[place : place + 40]:
        table(each, kept)
        held = {
            type(one) for one in reached(kept) if isinstance(one, Snapshot | Seen | PolicyIndex | Case | MethodType)
        }
        assert not held
