"""The judge: one root, consequences folded, gaps told, an exception of one check hides nothing."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from bot.checks.engine.check import Check
from bot.checks.engine.judge import judge
from bot.checks.engine.registry import all_checks
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.gaps import UNSELECTED_SLICES, Gap
from bot.model.probe import Observation, Outcome, TcpConnect
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.effects import Effect, consequences
from bot.model.result.finding import Confidence, Detection, Layer, Severity
from bot.model.result.status import Status
from tests.checks.manifests import BASE, Written, case_of

ENDPOINTS = ("10.244.0.11", "10.244.1.12", "10.244.1.13")
POD = Ref("Pod", "user-service-1", "shop")
SERVICE = Ref("Service", "user-service", "shop")


def healthy(**headers: str) -> Case:
    return case_of(Written("test", "healthy", {key: [value] for key, value in headers.items()}, []))


def rule(code: str, *found: Detection, layer: Layer = Layer.ROUTING, **words: object) -> Check:
    def yields(_case: Case) -> Iterator[Detection]:
        yield from found

    hop = {Layer.DNS: Hop.RECORD, Layer.ROUTING: Hop.ENDPOINTS, Layer.APPLICATION: Hop.BACKEND}[layer]
    given = {
        "by_probes": False,
        "of_cluster": False,
        "hop": hop,
        "shows": None,
        "causes": (),
        "fits": (),
        "when": None,
        "silent_when_plain": False,
        "may_be_meant": False,
        "only": (),
        "needs": (),
        "clears": (),
        "uses": (),
        **words,
    }
    return Check(code=code, name=code.lower(), layer=layer, rule=yields, module="", **given)


def breaks(_case: Case) -> Iterator[Detection]:
    raise ZeroDivisionError("by accident")
    yield


def test_base_cluster_is_healthy() -> None:
    """The cluster that every case starts from has nothing to report, and says that nothing was measured."""
    judgement = judge(healthy(), strict=True)

    assert judgement.root_cause is None
    assert judgement.outcome is Status.OK
    assert {each.basis for each in judgement.verdicts.values()} == {"config"}
    assert all("not probed" in each.summary for each in judgement.verdicts.values())
    assert BASE.exists()


def test_cause_outranks_its_consequence() -> None:
    """A finding that another one leads to is folded under it: info, with its cause named, and never the root."""
    effect = rule("RTE-004", Detection(SERVICE, "no endpoint", pods=frozenset({"a"})), shows=Effect.NO_USABLE_ENDPOINT)
    cause = rule(
        "APP-001",
        Detection(POD, "crashes", pods=frozenset({"a"})),
        layer=Layer.APPLICATION,
        causes=(Effect.POD_NOT_READY,),
    )
    judgement = judge(healthy(), [effect, cause])
    by_code = {each.code: each for each in judgement.findings}

    assert judgement.root_cause is not None
    assert judgement.root_cause.code == "APP-001"
    assert by_code["RTE-004"].severity is Severity.INFO
    assert by_code["RTE-004"].caused_by == (by_code["APP-001"].id,)
    assert judgement.verdicts["routing"].status is Status.FAIL
    assert judgement.verdicts["routing"].consequence_of is Layer.APPLICATION
    assert judgement.verdicts["application"].consequence_of is None


def test_cause_about_other_pods_is_no_cause() -> None:
    """Causes and consequences that are about pods are joined only where they share one."""
    effect = rule("RTE-004", Detection(SERVICE, "no endpoint", pods=frozenset({"a"})), shows=Effect.NO_USABLE_ENDPOINT)
    other = rule(
        "APP-001",
        Detection(POD, "crashes", pods=frozenset({"b"})),
        layer=Layer.APPLICATION,
        causes=(Effect.POD_NOT_READY,),
    )
    judgement = judge(healthy(), [effect, other])

    assert {each.code: each.caused_by for each in judgement.findings} == {"RTE-004": (), "APP-001": ()}


def test_cycle_of_causes_ends() -> None:
    """Two findings that lead to each other leave no root, and still come to an end with a verdict."""
    first = rule("RTE-001", Detection(SERVICE, "one"), shows=Effect.PORT_REFUSES, causes=(Effect.NOT_ADMITTED,))
    second = rule("RTE-002", Detection(SERVICE, "two"), shows=Effect.NOT_ADMITTED, causes=(Effect.PORT_REFUSES,))

    assert judge(healthy(), [first, second]).root_cause is not None


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (Detection(SERVICE, "a"), Detection(SERVICE, "b", severity=Severity.WARN)),
        (Detection(SERVICE, "a"), Detection(SERVICE, "b", confidence=Confidence.LIKELY)),
        (
            Detection(SERVICE, "a", confidence=Confidence.LIKELY),
            Detection(SERVICE, "b", severity=Severity.WARN, confidence=Confidence.CERTAIN),
        ),
    ],
)
def test_worst_then_surest_is_root(better: Detection, worse: Detection) -> None:
    """Severity decides first, then confidence."""
    judgement = judge(healthy(), [rule("RTE-001", worse), rule("RTE-002", better)])

    assert judgement.root_cause is not None
    assert judgement.root_cause.message == "a"


def test_nearest_to_the_call_breaks_ties() -> None:
    """Between equals the one that a call meets first is the root: DNS servers, name, policy, endpoints, application."""
    hops = (Hop.APPLICATION, Hop.ENDPOINTS, Hop.NODE, Hop.POLICY, Hop.DNS_ACCESS, Hop.RECORD, Hop.DNS_SERVER)
    rules = [rule(f"RTE-{at:03}", Detection(SERVICE, hop), hop=hop) for at, hop in enumerate(hops)]
    for at in range(len(hops)):
        judgement = judge(healthy(), rules[: at + 1])
        assert judgement.root_cause is not None
        assert judgement.root_cause.code == rules[at].code


@pytest.mark.parametrize("prefix", ["DNS", "RTE", "NPL", "MSH", "ING", "APP"])
@pytest.mark.parametrize("hop", list(Hop))
def test_finding_of_any_family_is_judged(prefix: str, hop: Hop) -> None:
    """A code prefix and a hop that no check has yet need no change of the judge: the finding is the root, at its hop."""
    made = rule(f"{prefix}-901", Detection(SERVICE, "broken"), hop=hop, layer=hop.layer)
    judgement = judge(healthy(), [made], strict=True)
    at = {each.hop: each for each in judgement.hops}

    assert judgement.root_cause is not None
    assert judgement.root_cause.code == made.code
    assert judgement.verdicts[hop.layer].status is Status.FAIL
    assert (at[hop].status, at[hop].findings) == (Status.FAIL, (judgement.root_cause.finding,))


def test_need_of_a_check_that_does_not_apply_is_no_gap() -> None:
    """`when` says for which cases a check applies; what it needs is missed only there."""
    case = healthy(gap="events")
    applies, not_here = (rule("RTE-001", needs=("events",), when=lambda _, here=here: here) for here in (True, False))

    assert judge(case, [applies]).verdicts["routing"].status is Status.UNKNOWN
    assert judge(case, [not_here]).verdicts["routing"].status is Status.OK


def test_effects_lead_nowhere_in_circles() -> None:
    """No effect follows from itself, and each is shown or caused by some check, or stands between two that are."""
    for each in Effect:
        assert each not in consequences(each)
    used = {effect for each in all_checks() for effect in (*each.causes, *each.explains, each.shows) if effect}
    assert used == set(Effect)


def test_symptom_ranks_equals_only() -> None:
    """A complaint prefers the cause that fits it, and never a lesser one."""
    refused = healthy(ask="user-service -n shop --symptom refused")
    fitting = rule("RTE-010", Detection(SERVICE, "a"), fits=(Symptom.REFUSED,))
    equals = [fitting, rule("NPL-001", Detection(SERVICE, "b"), hop=Hop.POLICY)]
    warns = rule("RTE-010", Detection(SERVICE, "a", severity=Severity.WARN), fits=(Symptom.REFUSED,))
    lesser = [warns, rule("NPL-001", Detection(SERVICE, "b"), hop=Hop.POLICY)]

    assert judge(refused, equals).root_cause.code == "RTE-010"  # type: ignore[union-attr]
    assert judge(healthy(), equals).root_cause.code == "NPL-001"  # type: ignore[union-attr]
    assert judge(refused, lesser).root_cause.code == "NPL-001"  # type: ignore[union-attr]


def test_broken_check_is_a_gap_and_hides_nothing() -> None:
    """An exception makes its layer unknown and is told; the other findings and verdicts stand. Tests see it raised."""
    broken = replace(rule("RTE-001"), rule=breaks)
    app = rule("APP-001", Detection(POD, "crashes"), layer=Layer.APPLICATION)
    judgement = judge(healthy(), [broken, app])

    assert judgement.verdicts["routing"].status is Status.UNKNOWN
    assert judgement.verdicts["application"].status is Status.FAIL
    assert [gap.codes for gap in judgement.gaps] == [("RTE-001",)]
    with pytest.raises(ZeroDivisionError):
        judge(healthy(), [broken, app], strict=True)


def test_missing_need_is_unknown_never_ok() -> None:
    """A check whose need could not be read leaves its layer unknown and says which permission is missing."""
    judgement = judge(healthy(gap="networkpolicies"), [rule("NPL-001", needs=("networkpolicies",))])

    assert judgement.verdicts["routing"].status is Status.UNKNOWN
    assert "networkpolicies" in judgement.verdicts["routing"].summary
    assert judgement.gaps[0].codes == ("NPL-001",)


def test_missing_evidence_is_not_unknown() -> None:
    """What a check only uses may be missing: it judges without it."""
    judgement = judge(healthy(gap="events"), [rule("APP-008", layer=Layer.APPLICATION, uses=("events",))])

    assert judgement.outcome is Status.OK


def test_fingerprint_is_stable_and_particular() -> None:
    """The same finding has the same fingerprint tomorrow, whatever else is found; another key or cluster has another."""
    one = judge(healthy(), [rule("RTE-001", Detection(SERVICE, "now", key=("app",)))])
    two = judge(
        healthy(),
        [rule("RTE-000", Detection(SERVICE, "x")), rule("RTE-001", Detection(SERVICE, "later", key=("app",)))],
    )
    other = judge(healthy(), [rule("RTE-001", Detection(SERVICE, "now", key=("tier",)))])

    prints = {each.code: each.fingerprint for each in two.findings}
    assert one.findings[0].fingerprint == prints["RTE-001"]
    assert other.findings[0].fingerprint != prints["RTE-001"]


def test_laptop_without_pod_network_proves_nothing() -> None:
    """Silence seen from outside of the cluster leaves verdicts on configuration, which say so."""
    lines = ["tcp service 10.96.12.7:80 timeout", "tcp endpoint 10.244.0.11:8080 timeout"]
    case = case_of(Written("test", "outside", {"saw": lines, "vantage": ["outside"]}, []))
    judgement = judge(case, strict=True)

    assert judgement.outcome is Status.OK
    assert "cannot be reached from here" in judgement.verdicts["routing"].summary


def test_unexplained_failure_is_unknown() -> None:
    """A measured failure that no check explains is neither ok nor given a cause."""
    case = case_of(
        Written(
            "test", "odd", {"saw": ["tcp service 10.96.12.7:80 timeout", "tcp endpoint 10.244.0.11:8080 answered"]}, []
        )
    )
    judgement = judge(case, [])

    assert judgement.verdicts["routing"].status is Status.UNKNOWN
    assert judgement.verdicts["routing"].summary == "ClusterIP 10.96.12.7: timeout, and no check explains it"
    assert judgement.root_cause is None


def test_what_may_explain_a_failure_and_was_not_read_is_said() -> None:
    """That no check explains it would be said of looks that nobody had."""
    lines = ["tcp service 10.96.12.7:80 timeout", "tcp endpoint 10.244.0.11:8080 answered"]
    judgement = judge(case_of(Written("test", "odd", {"saw": lines, "gap": ["endpointslices"]}, [])), strict=True)
    proxy = next(each for each in judgement.hops if each.hop is Hop.PROXY)

    assert proxy.because == (
        "ClusterIP 10.96.12.7: timeout, and what may explain it was not read: endpointslices could not be read (forbidden)"
    )


def test_what_a_check_explains_is_not_called_unexplained() -> None:
    """Wherever on the way its finding is: nothing listens at the target port, and every hop that saw it says what it saw."""
    places = ["tcp service 10.96.12.7:80", *(f"tcp endpoint {each}:8080" for each in ENDPOINTS)]
    judgement = judge(
        case_of(Written("test", "refused", {"saw": [f"{each} refused" for each in places]}, [])), strict=True
    )

    assert judgement.root_cause is not None
    assert judgement.verdicts["application"].summary == "3 of 3 backends gave refused"
    assert not [each for each in judgement.hops if "explain" in each.because]


def test_the_api_servers_service_without_its_slices_is_open_for_that() -> None:
    """A dump that holds no EndpointSlices has none for it either: they are not computed, since it has no selector."""
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kubernetes", "namespace": "default"},
        "spec": {"clusterIP": "10.96.0.1", "clusterIPs": ["10.96.0.1"], "ports": [{"port": 443, "targetPort": 6443}]},
    }
    case = case_of(Written("test", "kubernetes", {"ask": ["kubernetes -n default"]}, [service]))
    gap = Gap(UNSELECTED_SLICES, "", "endpointslices", "it holds none: computed from Services and Pods")
    routing = judge(replace(case, snapshot=replace(case.snapshot, gaps=(gap,))), strict=True).verdicts["routing"]

    assert (routing.status, routing.summary) == (
        Status.UNKNOWN,
        "endpointslices could not be read (it holds none: computed from Services and Pods)",
    )


def test_port_that_is_not_there_leaves_the_application_untested() -> None:
    """Behind a port that the Service does not have, the reason is that port, and not that there is no endpoint."""
    judgement = judge(healthy(ask="user-service -n shop --port 8081"), strict=True)
    told = judgement.verdicts["application"]

    assert judgement.root_cause is not None
    assert judgement.root_cause.code == "RTE-012"
    assert (told.status, told.consequence_of) == (Status.UNKNOWN, Layer.ROUTING)
    assert told.summary == "not tested: the Service has no such port"


def test_dangling_alias_leaves_nothing_to_route_or_call() -> None:
    """Behind an ExternalName without an address, routing and application are not tested, as a consequence of DNS."""
    spec = {"type": "ExternalName", "externalName": "10.0.0.5", "selector": None, "clusterIP": None, "clusterIPs": None}
    alias = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "user-service", "namespace": "shop"},
        "spec": spec,
    }
    judgement = judge(case_of(Written("test", "alias", {}, [alias])), strict=True)

    assert judgement.verdicts["dns"].status is Status.FAIL
    assert {judgement.verdicts[layer].consequence_of for layer in ("routing", "application")} == {Layer.DNS}
    assert judgement.verdicts["routing"].summary == "not tested: no address to route to"


def test_dns_address_that_fails_is_told_from_dns_pods_that_fail() -> None:
    """Where the DNS pods answer and the address of their Service does not, the sentence says so, and stays unknown."""
    asked = "dns service user-service.shop.svc.cluster.local. @10.96.0.10 timeout"
    replica = "dns replica kubernetes.default.svc.cluster.local. @10.244.0.2 answered 10.96.0.1"
    both = case_of(Written("test", "address", {"saw": [asked, replica]}, []))
    told = judge(both, strict=True).verdicts["dns"]

    assert told.status is Status.UNKNOWN
    assert "through 10.96.0.10, while DNS pods answer when asked directly" in told.summary
    assert "while DNS pods" not in judge(healthy(saw=asked), strict=True).verdicts["dns"].summary


def test_check_by_probes_is_asked_only_where_something_was_measured() -> None:
    """What judges probes alone has nothing to say of a digest, and is not asked ten thousand times."""
    seen = rule("APP-011", Detection(POD, "hangs"), layer=Layer.APPLICATION, by_probes=True)
    probe = TcpConnect(address="10.244.1.13", port=8080)

    assert judge(healthy(), [seen]).findings == ()
    assert judge(replace(healthy(), observations=(Observation(probe, Outcome.ANSWERED),)), [seen]).findings
