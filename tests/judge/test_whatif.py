"""Proofs: the patch behind a printed command is applied, and the judge asked again."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.checks.engine.judge import judge
from bot.cluster.dump import read_dump
from bot.model.case import Case
from bot.model.gaps import Gap
from bot.model.question.grammar import parse
from bot.model.refs import Ref
from bot.model.result.finding import Fix, Variable
from bot.usecases.saved import resolved_in
from bot.usecases.whatif import apply, merge, patch, proof
from tests.checks.manifests import Written, case_of, written_cases

STRAYS = Path(__file__).parents[1] / "checks/routing/foreign_endpointslices.yaml"
LOOPBACK = Path(__file__).parents[1] / "checks/application/listens_on_loopback.yaml"
SAMPLE = str(Path(__file__).parents[2] / "playground/sample")
SERVICE = Ref("Service", "user-service", "shop")
TYPO = {
    "kind": "Service",
    "metadata": {"name": "user-service", "namespace": "shop"},
    "spec": {"selector": {"app": "user-servce"}},
}
FOUR = {"ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv4"]}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def broken() -> Case:
    return case_of(Written("test", "typo", {}, [TYPO]))


def test_right_fix_is_proved() -> None:
    """With the selector mended the Service has endpoints again, computed as the controller would."""
    fix = Fix(SERVICE, risk="", merge={"spec": {"selector": {"app": "user-service"}}})
    after = apply(broken().snapshot, fix)

    assert after is not None
    service = after.service("shop", "user-service")
    assert service is not None
    assert sum(len(each.endpoints or ()) for each in after.slices_of(service)) == 3
    assert proof(broken(), fix) == "with this change: dns ok, routing ok, application ok (on configuration)"


@pytest.mark.parametrize(
    ("calls", "asked", "told"),
    [
        ("user-service.shop:8080", None, ": dns ok, routing ok, application ok (on configuration)"),
        (
            "user-service.shop",
            None,
            " there is still: Deployment default/checkout calls user-service.shop (env USER_SERV",
        ),
        ("user-service.shop:1", None, " there is still: Service shop/user-service has no port 1"),
        ("user-service.shop:8080", 1, " there is still: Service shop/user-service has no port 1"),
    ],
)
def test_a_host_that_is_set_right_is_proved_by_its_own_name(calls: str, asked: int | None, told: str) -> None:
    """Where the caller calls another name once the change is made, that name is asked about, with the port beside it."""
    question = parse("why user-service from default/checkout").question
    case = Case(*resolved_in(replace(question, port=asked), read_dump([SAMPLE], question), "default"))
    change = Variable("checkout", "USER_SERVICE_URL", f"http://{calls}")
    fix = Fix(Ref("Deployment", "checkout", "default"), risk="", variable=change, calls=calls)
    found = next(each for each in judge(case).findings if each.code == "DNS-011")

    assert (proof(case, fix) or "").startswith(f"with this change and its new pods ready{told}")
    assert found.fixes[0].calls == "user-service.shop:8080"


def test_selector_is_not_proved_on_a_part_of_the_pods() -> None:
    """Of a namespace with thousands of pods a part is read: who carries the labels then is not known, nor that nobody does."""
    known = broken()
    cut = Gap("other pods", "shop", "pods in shop", "there are more than 500: only the first 500 were read")
    case = Case(known.question, replace(known.snapshot, gaps=(cut,)))

    assert proof(case, Fix(SERVICE, risk="", merge={"spec": {"selector": {"app": "user-service"}}})) is None
    assert proof(case, Fix(SERVICE, risk="", merge={"spec": {"ports": [{"port": 80, "targetPort": 8080}]}}))


def test_port_fix_by_json_patch() -> None:
    """A JSON patch of a port changes what the slices hold."""
    fix = Fix(SERVICE, risk="", operations=({"op": "replace", "path": "/spec/ports/0/targetPort", "value": 3000},))
    after = apply(case_of(Written("test", "", {}, [])).snapshot, fix)

    assert after is not None
    assert {port.port for each in after.slices for port in each.ports or () if each.service_name == "user-service"} == {
        3000
    }


def test_what_makes_no_pods_of_a_workload_is_not_proved() -> None:
    """A restart, or a field that the pods do not have: nobody knows what follows."""
    workload = Ref("Deployment", "user-service", "shop")

    assert proof(broken(), Fix(workload, risk="", merge={"spec": {"paused": False}})) is None
    assert proof(broken(), Fix(SERVICE, risk="", command="kubectl delete pod x")) is None
    assert proof(broken(), Fix(Ref("Service", "gone", "shop"), risk="", merge={})) is None


def test_variable_of_a_template_is_proved() -> None:
    """`kubectl set env` changes one container's variable in the template, and the pods that it makes have it."""
    written = next(
        each
        for each in written_cases(LOOPBACK)
        if each.title == "the readiness probe is refused, and a variable says why"
    )
    case, workload = case_of(written), Ref("Deployment", "user-service", "shop")
    found = next(each for each in judge(case).findings if each.code == "APP-010")
    (fix,) = found.fixes

    assert fix.rendered == "kubectl -n shop set env deploy/user-service -c app HOST=0.0.0.0"
    assert proof(case, fix) == (
        "with this change and its new pods ready: dns ok, routing ok, application ok (on configuration)"
    )
    assert proof(case, Fix(workload, risk="", variable=Variable("other", "HOST", "0.0.0.0"))) is None


def test_patch_to_nowhere_gives_none() -> None:
    """A path that is not there, or an operation we do not make, is no proof and no crash."""
    for operation in (
        {"op": "replace", "path": "/spec/ports/7/targetPort", "value": 1},
        {"op": "remove", "path": "/spec/nothing"},
        {"op": "test", "path": "/spec/ports/0/port", "value": 80},
    ):
        assert apply(broken().snapshot, Fix(SERVICE, risk="", operations=(operation,))) is None


def test_controller_keeps_its_own_slices_only() -> None:
    """A slice of somebody else is still there after the Service was changed, and gone once it is deleted."""
    case = case_of(written_cases(STRAYS)[0])
    left = Ref("EndpointSlice", "user-service-old", "shop")
    mended = apply(case.snapshot, Fix(SERVICE, risk="", merge={"spec": {"publishNotReadyAddresses": False}}))
    deleted = apply(case.snapshot, Fix(left, risk="", removed=True))

    assert mended is not None
    assert left in {each.ref for each in mended.slices}
    assert deleted is not None
    assert left not in {each.ref for each in deleted.slices}
    assert "routing ok" in (proof(case, Fix(left, risk="", removed=True)) or "")
    assert Fix(left, risk="", removed=True).rendered == "kubectl -n shop delete endpointslice user-service-old"


def test_label_taken_off_a_pod_takes_it_out_of_its_service() -> None:
    """Labels are all of a pod that the API settles; anything else of it is the kubelet's business."""
    case = case_of(written_cases(STRAYS.with_name("selector_too_broad.yaml"))[0])
    pod = Ref("Pod", "migrate-x", "shop")
    after = apply(case.snapshot, Fix(pod, risk="", merge={"metadata": {"labels": {"app": None}}}))

    assert after is not None
    addresses = {at for each in after.slices for one in each.endpoints or () for at in one.addresses or ()}
    assert "10.244.1.70" not in addresses
    assert apply(case.snapshot, Fix(pod, risk="", merge={"spec": {"nodeName": "node-2"}})) is None


def made_again() -> tuple[Case, Fix]:
    """The first case of a wrong family, and its fix."""
    case = case_of(written_cases(STRAYS.with_name("ip_family_mismatch.yaml"))[0])
    return case, Fix(SERVICE, risk="", replaced=True, merge={"spec": {"clusterIP": None, "clusterIPs": None, **FOUR}})


def test_service_that_is_made_again_gets_an_address_that_nobody_has() -> None:
    """Its command deletes it and makes it anew from what the API has, annotations included."""
    case, fix = made_again()
    after = apply(case.snapshot, fix)

    assert after is not None
    service = after.service("shop", "user-service")
    assert service is not None
    taken = {each for one in case.snapshot.services for each in one.cluster_ips}
    assert len(service.cluster_ips) == 1
    assert not set(service.cluster_ips) & taken
    assert fix.rendered.startswith("kubectl -n shop patch svc user-service --type=merge -p '{")
    assert fix.rendered.endswith("' --dry-run=client -o json | kubectl replace --force -f -")


def test_service_of_a_family_that_no_other_has_is_not_proved() -> None:
    """The API server refuses a family that it has no range of, and which it has nobody says."""
    case, fix = made_again()
    alone = tuple(each for each in case.snapshot.services if each.ref == SERVICE)

    assert proof(Case(case.question, replace(case.snapshot, services=alone)), fix) is None


def test_endpoints_are_copied_by_their_controller() -> None:
    """Endpoints are not read: a patch of them shows in the slices that copy them, unless it could be another subset."""
    written = next(
        each
        for each in written_cases(STRAYS.with_name("endpointslice_not_linked.yaml"))
        if "without a protocol" in each.title
    )
    case, about = case_of(written), Ref("Endpoints", "user-service", "shop")
    change = {"op": "add", "path": "/subsets/0/ports/0/protocol", "value": "UDP"}
    fix = Fix(about, risk="", operations=(change,))

    assert "routing" in (proof(case, fix) or "")
    [copied] = [each for each in case.snapshot.slices if each.is_mirrored]
    second = replace(copied, ports=(replace((copied.ports or ())[0], port=9090),))
    assert proof(Case(case.question, replace(case.snapshot, slices=(*case.snapshot.slices, second))), fix) is None


@given(JSON, JSON)
def test_merge_is_idempotent(target: object, change: object) -> None:
    """Merging twice changes no more than merging once (RFC 7396), and the original stays as it was."""
    before = repr(target)
    once = merge(target, change)

    assert merge(once, change) == once
    assert repr(target) == before


@given(JSON, st.text(max_size=6), JSON)
def test_patch_never_raises(target: object, path: str, value: object) -> None:
    """Whatever the path, the answer is a document or None."""
    patch(target, ({"op": "add", "path": f"/{path}", "value": value},))
