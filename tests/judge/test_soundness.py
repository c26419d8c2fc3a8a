"""What is seen at once to be in order is what the judge says of it, however a cluster is bent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.checks.engine.judge import judge
from bot.checks.engine.soundness import is_plainly_sound
from bot.model.case import Case
from bot.model.question.question import Question, Source, Symptom
from bot.model.result.status import Status
from bot.model.snapshot import Snapshot
from bot.usecases.digest import SOUND, judge_services
from playground.sample import sample_snapshot
from tests.checks.manifests import Written, case_of
from tests.examples import examples
from tests.incidents.test_incidents import case_of as incident_case
from tests.judge.hiding import CASES, STATES

HEALTHY = case_of(Written("test", "healthy", {}, [])).snapshot


def rows(snapshot: Snapshot) -> Iterator[Case]:
    """Every Service of a snapshot as a row of a table."""
    for each in snapshot.services:
        question = Question(service=each.name, namespace=each.namespace, cluster=snapshot.cluster, name=each.name)
        yield Case(question, snapshot, in_table=True)


def hasty(snapshot: Snapshot) -> list[str]:
    """Return the Services that were called sound at once, and of which the judge says something else."""
    found = []
    for each in rows(snapshot):
        if is_plainly_sound(each):
            said = judge(each, strict=True)
            if said.outcome is not Status.OK or said.root_cause is not None or said.gaps:
                found.append(f"{each.question.service}: {said.outcome}, {[one.code for one in said.findings]}")
    return found


def test_the_healthy_cluster_is_sound_at_once() -> None:
    """Else the other tests of this file would hold nothing against each other."""
    assert any(map(is_plainly_sound, rows(HEALTHY)))
    assert any(each.judgement is SOUND for each in judge_services(HEALTHY))


@pytest.mark.parametrize("written", CASES, ids=str)
def test_a_case_of_a_check_is_never_sound_at_once_against_the_judge(written: Written) -> None:
    """Every fault that some check finds, and every healthy look-alike, without the probes."""
    assert not hasty(replace(case_of(written).snapshot, gaps=()))


@pytest.mark.parametrize("path", STATES, ids=lambda each: each.stem)
def test_an_incident_is_never_sound_at_once_against_the_judge(path: Path) -> None:
    assert not hasty(replace(incident_case(path).snapshot, gaps=()))


def test_a_sample_is_never_sound_at_once_against_the_judge() -> None:
    assert not hasty(sample_snapshot())


# --- bent by chance


def _places(known: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value below `known`."""
    steps: Any = known.items() if isinstance(known, dict) else enumerate(known) if isinstance(known, list) else ()
    for step, value in steps:
        yield (*path, step)
        yield from _places(value, (*path, step))


PLAIN: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(HEALTHY))
FIELDS = ("services", "slices", "pods", "nodes", "namespaces", "deployments", "policies", "config_maps")
PLACES = [each for each in _places(PLAIN) if each[0] in FIELDS and len(each) > 1]
SELECT_ALL: dict[str, Any] = {
    "metadata": {"name": "p", "namespace": "shop"},
    "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
}
BENT: dict[str, Any] = {
    "drop": None,
    "twice": None,
    "true": True,
    "false": False,
    "zero": 0,
    "number": 9090,
    "word": "Failed",
    "time": "2026-11-23T03:59:30Z",
    "address": "10.244.9.9",
    "null": None,
}


def bent(changes: list[tuple[tuple[Any, ...], str]]) -> Snapshot | None:
    """Return the healthy cluster with some values changed; None where that is no cluster any more."""
    made = msgspec.json.decode(msgspec.json.encode(PLAIN))
    for path, how in changes:
        try:
            parent = made
            for step in path[:-1]:
                parent = parent[step]
            if how == "drop":
                del parent[path[-1]]
            elif how == "twice" and isinstance(parent, list):
                parent.append(parent[path[-1]])
            else:
                parent[path[-1]] = BENT[how]
        except (KeyError, IndexError, TypeError):
            continue
    try:
        return msgspec.json.decode(msgspec.json.encode(made), type=Snapshot)
    except msgspec.ValidationError:
        return None


@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(sorted(BENT))), min_size=1, max_size=3))
@example(
    [
        (("slices", 1, "endpoints", 1, "targetRef", "namespace"), "address"),
        (("pods", 4, "status", "podIPs", 0, "ip"), "address"),
    ]
)
@examples(1500)
def test_no_cluster_is_sound_at_once_against_the_judge(changes: list[tuple[tuple[Any, ...], str]]) -> None:
    snapshot = bent(changes)
    assert snapshot is None or not hasty(snapshot)


@given(
    st.lists(st.sampled_from(["ports", "from", "podSelector"]), unique=True),
    st.sampled_from([{}, {"app": "user-service"}, {"app": "nobody"}]),
    st.integers(1, 9999),
)
@examples(60)
def test_policies_are_never_overlooked(parts: list[str], labels: dict[str, str], port: int) -> None:
    rule: dict[str, Any] = {}
    if "ports" in parts:
        rule["ports"] = [{"port": port, "protocol": "TCP"}]
    if "from" in parts:
        rule["from"] = [{"podSelector": {"matchLabels": labels}}]
    spec = {**SELECT_ALL["spec"], "podSelector": {"matchLabels": labels}, "ingress": [rule] if parts else []}
    made = {**PLAIN, "policies": [{**SELECT_ALL, "spec": spec}]}
    assert not hasty(msgspec.json.decode(msgspec.json.encode(made), type=Snapshot))


# --- who may be asked so


@pytest.mark.parametrize(
    "said",
    [
        {"source": Source("shop")},
        {"symptom": Symptom.TIMEOUT},
        {"port": 80},
        {"address": "10.96.12.7"},
        {"name": "user-service.shop.cluster.local"},
    ],
    ids=str,
)
def test_whoever_says_more_than_a_name_is_judged(said: dict[str, Any]) -> None:
    """A caller, a complaint, a port, an address or a longer name is what checks look at."""
    sound = next(each for each in rows(HEALTHY) if is_plainly_sound(each))
    assert not is_plainly_sound(replace(sound, question=replace(sound.question, **said)))
    assert not is_plainly_sound(replace(sound, in_table=False))
