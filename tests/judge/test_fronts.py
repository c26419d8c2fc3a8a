"""A public host is followed to the Service that an Ingress or HTTPRoute sends it to; who takes it from outside stays open."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.checks.engine.judge import Judgement, judge
from bot.errors import UsageError
from bot.model.case import Case
from bot.model.probe import Observation, Outcome, Probe
from bot.model.question.grammar import parse
from bot.model.question.question import Question
from bot.model.question.resolve import resolve, resolve_source
from bot.model.refs import Ref
from bot.model.result.status import Basis, Status
from bot.model.snapshot import Snapshot
from bot.usecases.diagnose import conclude, diagnose, now
from bot.usecases.from_caller import Plans
from tests.checks.manifests import WORKER, Written, case_of

HOST = "users.example.com"


def ingress(
    *paths: tuple[str, str, str], host: str = HOST, namespace: str = "shop", name: str = "web"
) -> dict[str, Any]:
    backends = [
        {"path": path, "pathType": kind, "backend": {"service": {"name": service, "port": {"number": 80}}}}
        for path, kind, service in paths
    ]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"rules": [{"host": host, "http": {"paths": backends}}]},
    }


ALL = ingress(("/", "Prefix", "user-service"))
NONE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "user-service", "namespace": "shop"}}
NONE = {**NONE, "spec": {"selector": {"app": "user-servce"}}}


def asked(words: str, *objects: dict[str, Any], **headers: list[str]) -> Judgement:
    snapshot = case_of(Written("test", "fronts", headers, list(objects))).snapshot
    question = resolve_source(resolve(parse(words).question, snapshot, "default"), snapshot)
    return judge(Case(question, snapshot), strict=True)


@pytest.mark.parametrize(
    ("words", "host"),
    [
        ("why https://users.example.com/cart -n shop", HOST),
        ("why https://users.example.com/cart", HOST),
        ("why https://users.example/ -n shop", "users.example"),
        ("why https://users.example.com -n shop", "*.example.com"),
    ],
)
def test_the_cause_behind_a_public_host_is_named(words: str, host: str) -> None:
    """Whether or not the namespace of its Ingress was said, and where the host looks like SERVICE.NAMESPACE."""
    found = asked(words, ingress(("/", "Prefix", "user-service"), host=host), NONE)

    assert found.root_cause is not None
    assert (found.root_cause.code, str(found.root_cause.about)) == ("RTE-001", "Service shop/user-service")
    assert found.verdicts["dns"].status is Status.UNKNOWN


def test_the_answer_says_which_way_it_took() -> None:
    """The Ingress and the Service, which the asker did not name."""
    snapshot = case_of(Written("test", "fronts", {}, [ALL, NONE])).snapshot
    question = resolve(parse("why https://users.example.com -n shop").question, snapshot, "default")
    told = conclude(Case(question, snapshot), asked_at=now()).question

    assert told.assumed == ("Ingress shop/web sends users.example.com to Service shop/user-service",)


def test_a_service_that_an_ingress_names_and_that_is_not_there() -> None:
    """The Ingress is at fault."""
    found = asked("why https://users.example.com/ -n shop", ingress(("/", "Prefix", "user-servce")))

    assert found.root_cause is not None
    assert (found.root_cause.code, str(found.root_cause.about)) == ("ING-002", "Ingress shop/web")


def test_a_sound_way_behind_a_public_host_is_open_where_it_enters() -> None:
    """Nobody looked at the name outside, nor at the controller: that is no ok; the answer says where the call goes."""
    found = asked("why https://users.example.com/cart -n shop", ALL)

    assert (found.outcome, found.root_cause) == (Status.UNKNOWN, None)
    assert "Ingress shop/web sends users.example.com/cart to Service shop/user-service, port 80" in (
        found.verdicts["routing"].summary
    )
    assert found.verdicts["application"].status is Status.OK


@pytest.mark.parametrize(
    ("path", "code"), [("/api/users", "RTE-001"), ("/apis", ""), ("/exact", "RTE-001"), ("/exact/more", ""), ("/", "")]
)
def test_the_path_that_fits_best_counts(path: str, code: str) -> None:
    """Of the paths of a host the longest, element by element; the others lead elsewhere."""
    other = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "broken", "namespace": "shop"}}
    other = {**other, "spec": {"selector": {"app": "nobody"}, "ports": [{"port": 80, "targetPort": 8080}]}}
    paths = (("/", "Prefix", "user-service"), ("/api", "Prefix", "broken"), ("/exact", "Exact", "broken"))
    found = asked(f"why https://users.example.com{path} -n shop", ingress(*paths), other)

    assert (found.root_cause.code if found.root_cause else "") == code


def test_two_that_take_the_same_are_not_guessed_between() -> None:
    """Two Ingresses with one host and path: which of them counts is the controller's to say."""
    other = ingress(("/", "Prefix", "other"), name="old")

    assert asked("why https://users.example.com/ -n shop", ALL, other, NONE).root_cause is None


def test_what_was_not_read_behind_a_public_host_is_open() -> None:
    """Then the host is a stranger's, as before."""
    assert asked("why https://users.example.com/ -n shop", ALL, NONE, gap=["pods"]).root_cause is None


@pytest.mark.parametrize("objects", [(), (ALL,)])
def test_a_host_of_two_labels_that_nothing_takes_is_asked_back(objects: tuple[dict[str, Any], ...]) -> None:
    """It may be SERVICE.NAMESPACE beside another namespace; the hint says what to do with a host outside."""
    with pytest.raises(UsageError, match="Two namespaces are said") as refused:
        asked("why https://orders.example/ -n shop", *objects)

    assert "name the Service that it leads to" in refused.value.hint


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.REFUSED])
async def test_what_lies_behind_a_public_host_is_measured_from_the_worker(outcome: Outcome) -> None:
    """Not by the caller, who agreed: it is another pod that calls the Service. Who takes the call from outside stays open."""
    snapshot = case_of(Written("test", "fronts", {}, [ALL])).snapshot
    words = "why https://users.example.com/cart from shop/checkout-1"
    asked = resolve_source(resolve(parse(words).question, snapshot, "default"), snapshot)

    async def read(question: Question) -> tuple[Question, Snapshot]:
        return question, snapshot

    async def run(probes: tuple[Probe, ...], seconds: float) -> tuple[Observation, ...]:
        return tuple(Observation(each, outcome, status=200) for each in probes)

    async def beside(pod: Ref, plans: Plans, seconds: float) -> Any:
        raise AssertionError(pod)

    found = await diagnose(asked, read=read, run=run, vantage=WORKER, beside=beside, clock=lambda: datetime.now(UTC))

    root = found.root_cause.code if found.root_cause else ""
    assert (root, found.verdicts["dns"].status) == ("" if outcome is Outcome.ANSWERED else "RTE-010", Status.UNKNOWN)
    assert found.verdicts["application"].basis is Basis.PROBED
    assert [each.what for each in found.gaps if each.is_asked] == ["the network from shop/checkout-1"]
    assert (found.vantage.kind, found.outcome == "ok") == ("worker", False)
