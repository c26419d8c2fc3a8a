"""A new check touches its own file only: its code prefix, hop, consequence and complaint are known from its decorator."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.checks.engine import judge as engine
from bot.checks.engine import soundness
from bot.checks.engine.check import Check, check
from bot.checks.engine.judge import judge
from bot.checks.engine.registry import all_checks
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Fix, Severity
from bot.model.result.status import Status
from bot.usecases.diagnose import conclude
from bot.usecases.digest import digest
from bot.usecases.whatif import proof
from tests.checks.manifests import Written, case_of

NOW = datetime(2026, 11, 23, tzinfo=UTC)
PREFIXES = {
    "DNS": Hop.RECORD,
    "NPL": Hop.POLICY,
    "RTE": Hop.ENDPOINTS,
    "MSH": Hop.MESH,
    "ING": Hop.GATEWAY,
    "APP": Hop.BACKEND,
}
NO_POD = {
    "kind": "Service",
    "metadata": {"name": "user-service", "namespace": "shop"},
    "spec": {"selector": {"app": "user-servce"}},
}
UNREADY = {"conditions": [{"type": "ContainersReady", "status": "False"}, {"type": "Ready", "status": "False"}]}
ROUTE = Ref("HTTPRoute", "users", "shop", "gateway.networking.k8s.io")


def case(*documents: dict, ask: str = "user-service -n shop") -> Case:
    return case_of(Written("test", "", {"ask": [ask]}, list(documents)))


def made(code: str, hop: Hop, found: Detection, **words: object) -> Check:
    @check(code, code.lower(), hop=hop, **words)  # type: ignore[arg-type]  # what a test gives
    def rule(_: Case) -> Iterator[Detection]:
        yield found

    return rule


def with_check(monkeypatch: pytest.MonkeyPatch, new: Check) -> None:
    """Let the judge find one more check, as it would if its file lay in a family's folder."""
    known = (*all_checks(), new)
    monkeypatch.setattr(engine, "all_checks", lambda: known)
    asked_of_plain = (*soundness._left(), new)
    monkeypatch.setattr(soundness, "_left", lambda: asked_of_plain)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_answer_takes_a_finding_of_every_prefix(prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every prefix of the contract: `why`, its proofs, and a digest."""
    asked = case()
    assert asked.service is not None
    fix = Fix(asked.service.ref, "a word", merge={"spec": {"selector": {"app": "user-service"}}})
    new = made(f"{prefix}-901", PREFIXES[prefix], Detection(asked.service.ref, "broken", fix=(fix,)))
    with_check(monkeypatch, new)
    diagnosis = conclude(asked, asked_at=NOW)
    told = digest(asked.snapshot, at=NOW, namespaces=("shop",))

    assert diagnosis.root_cause is not None
    assert (diagnosis.root_cause.code, diagnosis.root_cause.layer) == (new.code, new.hop.layer)
    assert diagnosis.verdicts[new.hop.layer].status is Status.FAIL
    assert {each.code for each in told.new} == {new.code}
    assert "there is still: broken" in (proof(asked, fix) or "")


def test_new_consequence_is_folded_under_causes_that_do_not_know_it() -> None:
    """A route whose backend has no endpoint is explained by the selector's check, which was never told of routes."""
    new = made("ING-903", Hop.GATEWAY, Detection(ROUTE, "the route has no backend"), shows=Effect.NO_USABLE_ENDPOINT)
    judgement = judge(case(NO_POD), [*all_checks(), new], strict=True)
    by_code = {each.code: each for each in judgement.findings}

    assert judgement.root_cause is not None
    assert judgement.root_cause.code == "RTE-001"
    assert by_code["ING-903"].severity is Severity.INFO
    assert by_code["RTE-001"].id in by_code["ING-903"].caused_by


def test_new_cause_explains_what_is_there_already() -> None:
    """A cause that makes pods unready takes the missing endpoint under it."""
    pods = [
        {"kind": "Pod", "metadata": {"name": f"user-service-{at}", "namespace": "shop"}, "status": UNREADY}
        for at in (1, 2, 3)
    ]
    names = frozenset(f"user-service-{at}" for at in (1, 2, 3))
    found = Detection(Ref("Namespace", "shop"), "no sidecar", pods=names)
    judgement = judge(case(*pods), [*all_checks(), made("MSH-901", Hop.MESH, found, causes=(Effect.POD_NOT_READY,))])
    folded = next(each for each in judgement.findings if each.code == "RTE-004")
    cause = next(each for each in judgement.findings if each.code == "MSH-901")

    assert cause.id in folded.caused_by


@pytest.mark.parametrize("symptom", Symptom)
def test_new_check_is_preferred_where_it_fits_the_complaint(symptom: Symptom) -> None:
    """Between equals the one that names the complaint is the root, wherever it lies."""
    about = Ref("Service", "user-service", "shop")
    early = made("DNS-901", Hop.DNS_SERVER, Detection(about, "early", confidence=Confidence.CERTAIN))
    fits = made("ING-901", Hop.INGRESS, Detection(about, "fits", confidence=Confidence.CERTAIN), fits=(symptom,))
    complained = judge(case(ask=f"user-service -n shop --symptom {symptom}"), [early, fits])
    silent = judge(case(), [early, fits])

    assert complained.root_cause is not None
    assert silent.root_cause is not None
    assert (complained.root_cause.code, silent.root_cause.code) == ("ING-901", "DNS-901")


def test_findings_about_two_services_are_not_joined() -> None:
    """A route has several backends: what is wrong with one of them does not explain another."""
    here, there = Ref("Service", "user-service", "shop"), Ref("Service", "orders", "shop")
    cause = made("RTE-901", Hop.ENDPOINTS, Detection(here, "selects nothing"), causes=(Effect.NO_POD_SELECTED,))
    for about, folded in ((here, True), (there, False), (ROUTE, True)):
        effect = made("ING-903", Hop.GATEWAY, Detection(about, "no backend"), shows=Effect.NO_USABLE_ENDPOINT)
        by_code = {each.code: each for each in judge(case(), [cause, effect]).findings}
        assert bool(by_code["ING-903"].caused_by) is folded
