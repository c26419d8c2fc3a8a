"""States of real clusters, bent where they hold a value: whatever comes of it is answered, and the answer can be told.

A value is taken away, or becomes another that the same field has elsewhere, or one that the API takes in many fields. What an
object may not hold makes that object unread, as in any dump.
"""

import copy
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.cluster.documents import Unread, snapshot_of, unfold
from bot.model.case import Case
from bot.model.question.question import Question, Source
from bot.model.snapshot import Snapshot
from bot.reports.json import answer_json
from bot.reports.markdown import markdown
from bot.reports.triage_text import triage_text
from bot.usecases.diagnose import conclude
from bot.usecases.triage import triage
from tests.checks.manifests import NOW
from tests.examples import examples

STATES = sorted((Path(__file__).parents[1] / "incidents" / "states").glob("*.yaml"))
PLACES = ("kind", "apiVersion")  # without these there is no object to bend
ODD = (
    *("", None, 0, -1, 65536, True, "*", "None", "100%", "http", "Local", "Unknown", "UDP"),
    *("10.96.0.1", "::1", "10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0", "a1.elb.amazonaws.com", "host.example.com."),
    *("$(HOST):$(PORT)", "jdbc:postgresql://[::1]:5432,db:5433/x", "a" * 63, "0001-01-01T00:00:00Z", [], {}),
)
Way = tuple[str | int, ...]


@cache
def objects(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a state, those of a List one by one."""
    found = [each for each in yaml.load_all(path.read_text(), yaml.CSafeLoader) if each]
    return [one for each in found for one in each.get("items", [each])]


def ways(value: Any, way: Way = ()) -> Iterator[Way]:
    """Yield the way to each value of an object, that of a list or a mapping before those in it."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in parts:
        yield (*way, key)
        yield from ways(each, (*way, key))


@cache
def elsewhere() -> dict[str | int, list[Any]]:
    """Return what stands under a field's name in any of the states."""
    found: dict[str | int, list[Any]] = {}
    for path in STATES:
        for each in objects(path):
            for way in ways(each):
                found.setdefault(way[-1], []).append(_at(each, way))
    return found


def _at(value: Any, way: Way) -> Any:
    for key in way:
        value = value[key]
    return value


def bend(draw: Any, given_objects: list[dict[str, Any]]) -> None:
    """Bend one value of one object, where any is left."""
    bent = draw(st.sampled_from(given_objects))
    if not (found := [way for way in ways(bent) if way[0] not in PLACES]):
        return
    way = draw(st.sampled_from(found))
    holder = _at(bent, way[:-1])
    if draw(st.integers(0, 4)) == 0:
        del holder[way[-1]]
    else:
        values = elsewhere().get(way[-1], ODD) if draw(st.booleans()) else ODD
        holder[way[-1]] = copy.deepcopy(draw(st.sampled_from(values)))


@st.composite
def bent_states(draw: Any) -> Snapshot:
    """A state of which one to three values are bent."""
    found = copy.deepcopy(objects(draw(st.sampled_from(STATES))))
    for _ in range(draw(st.integers(1, 3))):
        bend(draw, found)
    unread: list[Unread] = []
    return snapshot_of(unfold(found, unread), unread, taken_at=NOW)


@given(bent_states(), st.data())
@examples(60)
def test_a_bent_state_is_answered(snapshot: Snapshot, data: st.DataObject) -> None:
    """A question about any Service, from any pod or nobody, and one about all of them: nothing raises."""
    whole = triage(snapshot, at=NOW)
    assert triage_text(whole)
    assert answer_json(whole)
    if snapshot.services:
        service = data.draw(st.sampled_from(snapshot.services))
        pod = data.draw(st.sampled_from([None, *snapshot.pods]))
        source = Source(pod.namespace, pod=pod.name) if pod else None
        asked = Question(service=service.name, namespace=service.namespace, name=service.name, source=source)
        told = conclude(Case(asked, snapshot), asked_at=NOW)
        assert markdown(told)
        assert answer_json(told)


@pytest.mark.parametrize("field", ["cidr", "except"])
@pytest.mark.parametrize("text", ["", "10.0.0.0", "10.0.0.0/33", "fd00::/8"])
def test_an_ip_block_that_is_none_is_answered(field: str, text: str) -> None:
    """Calls are looked for by the blocks of egress rules, too, which failed the whole triage over one that is no CIDR."""
    found = copy.deepcopy(objects(next(each for each in STATES if each.stem == "route-31-egress-ipblock-lb-2")))
    blocks = [_at(each, way) for each in found for way in ways(each) if way[-1] == "ipBlock"]
    assert blocks
    for block in blocks:
        block[field] = text if field == "cidr" else [text]
    assert triage_text(triage(snapshot_of(unfold(found, []), [], taken_at=NOW), at=NOW))
