"""JSON for scripts: the keys of docs/json.md, in its order, with nothing left out and nothing that obeys a terminal."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.errors import DumpUnreadableError
from bot.model.result.digest import Digest
from bot.model.result.finding import Evidence
from bot.reports.json import answer_json, read_digest, written, written_line
from tests.reports.samples import DIGEST, HEALTHY, SERVICE, TABLE, TROUBLED, TYPO

REF = {"kind": "Service", "namespace": "shop", "name": "user-service"}
KEYS = {
    "": "schema id question asked_at took_ms api_requests vantage outcome verdicts root_cause findings"
    " hops observations gaps changes",
    "question": "cluster service namespace port protocol source symptom assumed",
    "question.source": "namespace pod workload",
    "vantage": "kind namespace pod node",
    "verdicts": "dns routing application",
    "verdicts.dns": "status basis consequence_of summary",
    "root_cause": "finding code name layer confidence about message",
    "root_cause.about": "kind namespace name",
    "findings.0": "id fingerprint code name layer severity confidence about message"
    " evidence caused_by affected check fix since changed_by",
    "findings.0.evidence.0": "object field value note",
    "findings.0.affected": "endpoints of share",
    "findings.0.fix.0": "command risk proof",
    "hops.0": "hop layer status basis because findings",
    "observations.0": "probe target from outcome ms detail",
    "gaps.0": "what why codes grant",
    "changes.0": "at object field manager note",
}


def _at(data: Any, place: str) -> Any:
    for part in filter(None, place.split(".")):
        data = data[int(part)] if part.isdigit() else data[part]
    return data


@pytest.mark.parametrize("place", KEYS)
def test_documented_keys(place: str) -> None:
    """Every object has the documented keys in their order; what was added stands behind them."""
    found = list(_at(json.loads(answer_json(TROUBLED)), place))

    assert found[: len(KEYS[place].split())] == KEYS[place].split()


def test_documented_values() -> None:
    """Enumerations are words, times end in Z, refs carry their namespace, patches stay inside."""
    told = json.loads(answer_json(TROUBLED))

    assert (told["schema"], told["outcome"]) == ("k8snet.diagnosis/v1", "fail")
    assert told["asked_at"] == "2026-11-23T04:53:00Z"
    assert told["findings"][0]["since"] == "2026-11-23T04:41:10Z"
    assert told["verdicts"]["dns"]["consequence_of"] is None
    assert told["verdicts"]["application"]["consequence_of"] == "routing"
    assert told["root_cause"]["about"] == REF
    assert told["findings"][0]["evidence"][0] == {
        "object": REF,
        "field": "spec.selector",
        "value": {"app": "user-servce"},
        "note": "no pod of the namespace has it",
    }
    assert "fixes" not in told["findings"][0]
    assert told["findings"][1]["affected"] is None
    assert told["question"]["source"] == {"namespace": "shop", "pod": "checkout-7d9f", "workload": "deploy/checkout"}


def test_observations() -> None:
    """Each kind of probe tells what was measured, from where, and what came of it."""
    told = json.loads(answer_json(TROUBLED))["observations"]

    assert [each["probe"] for each in told] == ["dns", "tcp", "http"]
    assert [each["target"] for each in told] == [
        "user-service.shop.svc.cluster.local. A @10.96.0.10:53/udp",
        "10.96.12.7:80",
        "http://[fd00::7]:8080/ready",
    ]
    assert {each["from"] for each in told} == {"k8snet/k8snet-worker-0"}
    assert told[0]["ms"] == 3.123
    assert told[0]["detail"]["answers"] == ["10.96.12.7"]
    assert told[1]["detail"]["outcomes"] == ["refused"] * 3
    assert told[2]["detail"]["status"] == 200


def test_healthy_has_no_root() -> None:
    """`root_cause` is null, and present."""
    told = json.loads(answer_json(HEALTHY))

    assert told["root_cause"] is None
    assert told["findings"] == []
    assert told["question"]["source"] is None


def test_digest_is_read_back() -> None:
    """A digest written as JSON is the digest again, so that the next one can be compared with it."""
    without_patches = replace(DIGEST, new=(replace(TYPO, fixes=()),), taken_at=DIGEST.at)

    assert read_digest(answer_json(DIGEST).encode()) == without_patches


def test_documented_digest() -> None:
    """The digest has the documented keys."""
    told = json.loads(answer_json(DIGEST))

    wanted = "schema scope at took_ms api_requests totals new fixed ongoing muted gaps services unread taken_at"
    assert list(told) == wanted.split()
    assert list(told["totals"]) == ["services", "ok", "warn", "fail", "unknown"]
    assert told["services"][1] == {
        "namespace": "shop",
        "name": "search",
        "outcome": "ok",
        "why": "",
        "root_cause": None,
    }
    assert json.loads(answer_json(TABLE))["schema"] == "k8snet.check/v1"


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[1]", b"\xff", answer_json(DIGEST).replace("digest/v1", "digest/v9").encode()]
)
def test_no_digest(raw: bytes) -> None:
    """Anything else is refused with a sentence."""
    with pytest.raises(DumpUnreadableError):
        read_digest(raw)


PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
VALUES = st.recursive(PLAIN, lambda each: st.lists(each) | st.dictionaries(st.text(), each), max_leaves=8)


@given(VALUES)
def test_any_value_is_written(value: Any) -> None:
    """Any value of an evidence comes through unchanged, and nothing that a terminal obeys is in the bytes."""
    diagnosis = replace(TROUBLED, findings=(replace(TYPO, evidence=(Evidence(SERVICE, "x", value),)),))
    told = answer_json(diagnosis)

    assert json.loads(told)["findings"][0]["evidence"][0]["value"] == value
    assert not set("\x1b\x9b\x7f\u202e\u200b") & set(told)


def test_lone_surrogates_are_replaced() -> None:
    """Half a character, as YAML can hold, does not break the answer."""
    assert written("a\ud800b") == '"a?b"\n'
    assert written_line({"a": 1}) == '{"a":1}\n'


def test_same_bytes() -> None:
    """The same diagnosis gives the same bytes."""
    assert answer_json(TROUBLED) == answer_json(replace(TROUBLED))
    assert isinstance(DIGEST, Digest)
