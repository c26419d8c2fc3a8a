"""What `-o json` writes is what docs/schemas says, nothing less and nothing more, held by a validator that is not ours."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bot.cluster.dump import read_dump
from bot.commands.schemas import schema_files
from bot.model.refs import Ref
from bot.reports.json import answer_json
from bot.usecases.diagnose import conclude
from bot.usecases.digest import digest, table
from bot.usecases.triage import triage
from tests.checks.manifests import case_of, written_cases
from tests.cli.program import ROOT, k8snet
from tests.reports.samples import CONFIGURED, DIGEST, HEALTHY, TABLE, TROUBLED, UNSEEN

FOLDER = ROOT / "docs" / "schemas"
SAMPLE = str(ROOT / "playground" / "sample")
FILES = sorted((ROOT / "tests" / "checks").glob("*/*.yaml"))
AT = datetime(2026, 11, 23, 4, 53, tzinfo=UTC)


def schema(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.v1.json").read_text())


def closed(found: Any) -> Any:
    """Return a schema that allows no key which it does not name, so that a new field is written into it."""
    if isinstance(found, list):
        return [closed(each) for each in found]
    if not isinstance(found, dict):
        return found
    inner = {key: closed(each) for key, each in found.items()}
    return {**inner, "additionalProperties": False} if isinstance(inner.get("properties"), dict) else inner


@cache
def validator(name: str, *, strictly: bool) -> Draft202012Validator:
    """Return what validates the outputs of one schema."""
    known = schema(name)
    return Draft202012Validator(closed(known) if strictly else known)


def hold(name: str, text: str, *, strictly: bool = True) -> Any:
    """Validate one output, and return it decoded."""
    data = json.loads(text)
    validator(name, strictly=strictly).validate(data)
    return data


def test_files_are_current() -> None:
    """docs/schemas holds what the types say now."""
    assert {path.name: path.read_text() for path in FOLDER.iterdir()} == schema_files(), "run: make docs"


@pytest.mark.parametrize("name", sorted(schema_files()))
def test_is_a_schema(name: str) -> None:
    """Every file is a schema of the dialect that it names."""
    Draft202012Validator.check_schema(json.loads((FOLDER / name).read_text()))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_diagnosis_of_every_case(path: Path) -> None:
    """Every case of every check, and the digest of its cluster."""
    for written in written_cases(path):
        case = case_of(written)
        hold("diagnosis", answer_json(conclude(case, asked_at=AT)))
        found = digest(case.snapshot, at=AT)
        hold("digest", answer_json(found))
        hold("check", answer_json(table(case.snapshot, at=AT)))
        hold("triage", answer_json(triage(case.snapshot, at=AT)))


@pytest.mark.parametrize("diagnosis", [TROUBLED, HEALTHY, CONFIGURED, UNSEEN], ids=lambda each: str(each.outcome))
def test_golden_diagnosis(diagnosis: Any) -> None:
    """The diagnoses whose texts are kept."""
    hold("diagnosis", answer_json(diagnosis))


def test_golden_digest() -> None:
    """The digest whose text is kept."""
    hold("digest", answer_json(DIGEST))
    hold("check", answer_json(TABLE))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("diagnosis", "why user-service -n shop --from shop/checkout --port 80"),
        ("diagnosis", "why cart-service -n shop"),
        ("diagnosis", "why nobody -n shop"),
        ("diagnosis", "check ledger -n pay"),
        ("check", "check -A"),
        ("check", "check -n shop"),
        ("digest", "digest -A"),
        ("triage", "why -A"),
        ("triage", "why -n shop --from shop/checkout --symptom timeout"),
        ("dns", "dns user-service -n shop"),
        ("dns", "dns users.team-a --from shop/checkout"),
        ("dns", "dns example.com --from shop/checkout"),
        ("path", "path shop/ user-service.shop"),
        ("path", "path shop/deploy/checkout ledger.pay --port 8080"),
        ("path", "path shop/ 10.1.2.3 --port 443"),
    ],
)
def test_printed(name: str, words: str) -> None:
    """What the program prints of the sample cluster."""
    done = k8snet(*words.split(), "--dump", SAMPLE, "-o", "json")

    assert done.returncode in (0, 3, 4, 5), done.stderr
    hold(name, done.stdout)


def test_digest_compared_with_an_earlier_one(tmp_path: Path) -> None:
    """`--since` reads what was written, and the answer keeps its shape."""
    (tmp_path / "before.json").write_text(k8snet("digest", "-A", "--dump", SAMPLE, "-o", "json").stdout)
    done = k8snet("digest", "-A", "--dump", SAMPLE, "--since", str(tmp_path / "before.json"), "-o", "json")

    assert hold("digest", done.stdout)["ongoing"]


def test_batch() -> None:
    """Questions and answers of a batch, lines that cannot be answered included."""
    service, pod = {"namespace": "shop", "service": "user-service"}, {"namespace": "shop"}
    lines = [
        {"id": 1, "from": pod, "to": service, "port": 80},
        {"id": "two", "from": {"ip": "10.9.9.9"}, "to": {"namespace": "pay", "service": "ledger"}, "port": "http"},
        {"id": None, "from": pod, "to": {"ip": "10.1.2.3"}, "port": 53, "protocol": "UDP"},
        {"from": pod, "to": {"namespace": "shop", "service": "nobody"}, "port": 1},
    ]
    given = [json.dumps(each) for each in lines]
    done = k8snet("path", "--dump", SAMPLE, "--batch", "-", "-o", "json", given="\n".join(given))
    answers = done.stdout.splitlines()

    for line in given:
        hold("batch-question", line)
    for answer in answers:
        hold("batch", answer)
    assert [json.loads(answer)["id"] for answer in answers] == [1, "two", None, None]


def test_snapshot(tmp_path: Path) -> None:
    """A snapshot has the shape that its types have, and is read back."""
    file = tmp_path / "snapshot.json"
    assert k8snet("snapshot", "user-service", "-n", "shop", "--dump", SAMPLE, "-o", str(file)).returncode == 0

    hold("snapshot", file.read_text(), strictly=False)
    assert read_dump([str(file)]).object(Ref("Service", "user-service", "shop"))
