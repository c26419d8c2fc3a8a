"""The printed patch of a wrong readiness probe makes it ask what was seen to answer, and nothing else."""

import json
import shlex
from pathlib import Path

import msgspec
import pytest

from bot.checks.application.readiness_probe_misconfigured import readiness_probe_misconfigured
from bot.model.refs import Ref
from bot.usecases.whatif import patch
from tests.checks.manifests import case_of, written_cases

FILE = Path(__file__).parent / "application" / "readiness_probe_misconfigured.yaml"
CASES = {each.title: each for each in written_cases(FILE)}


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        (
            "the readiness path answers 404 and the application answers beside it",
            {"httpGet": {"path": "/", "port": 8080, "scheme": "HTTP"}},
        ),
        (
            "the readiness probe's port refuses, and the Service's port answers",
            {"tcpSocket": {"port": 8080}},
        ),
        (
            "it asks the right path on the wrong port, while the application's own page is broken",
            {"httpGet": {"path": "/ready", "port": 8080, "scheme": "HTTP"}},
        ),
        (
            "HTTPS against plain HTTP, as the workload still says: the server's answer is proof of its scheme",
            {"httpGet": {"path": "/ready", "port": 8080, "scheme": "HTTP"}},
        ),
    ],
)
def test_patch_asks_what_answered(title: str, wanted: dict[str, object]) -> None:
    """The command's JSON, applied to the workload, leaves exactly the wanted question in its template."""
    case = case_of(CASES[title])
    (found,) = readiness_probe_misconfigured.rule(case)
    (fix,) = found.fix
    words = shlex.split(fix.rendered)
    workload = case.snapshot.workload(Ref("Deployment", "user-service", "shop"))

    changed = patch(msgspec.to_builtins(workload), json.loads(words[-1]))
    container = changed["spec"]["template"]["spec"]["containers"][0]

    assert words[:6] == ["kubectl", "-n", "shop", "patch", "deploy", "user-service"]
    assert _full(container["readinessProbe"]) == wanted
    assert container["image"] == "user:1"


def _full(probe: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """With the defaults that the API server writes."""
    return {kind: ({"path": "/", "scheme": "HTTP"} if kind == "httpGet" else {}) | each for kind, each in probe.items()}


def test_a_grpc_server_without_the_health_service_is_connected_to() -> None:
    """Its own answer proves that it listens; the patch takes the grpc question out."""
    case = case_of(CASES["it asks by gRPC a health service that the server does not have"])
    (found,) = readiness_probe_misconfigured.rule(case)
    (fix,) = found.fix

    assert fix.operations is not None
    assert [(each["op"], str(each["path"]).rpartition("/")[2]) for each in fix.operations] == [
        ("remove", "grpc"),
        ("add", "tcpSocket"),
    ]


@pytest.mark.parametrize("title", [each for each in CASES if "Event" in each or each == "HTTPS against plain HTTP"])
def test_no_patch_without_an_answer(title: str) -> None:
    """Where nothing was seen to answer, or the workload says something else by now, no patch is printed."""
    assert not any(found.fix for found in readiness_probe_misconfigured.rule(case_of(CASES[title])))
