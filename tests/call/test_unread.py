"""What was not read leaves open what it decides, and nothing else: each with its look-alike."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.checks.engine.judge import Judgement, judge
from bot.model.gaps import DISCOVERY, Gap
from bot.model.result.finding import Severity
from bot.model.result.status import Status
from tests.checks.manifests import Written, case_of

ADDRESSES = ("10.244.0.11", "10.244.1.12", "10.244.1.13")
REFUSED = [f"tcp endpoint {each}:8080 refused" for each in ADDRESSES]
CALLED = "user-service -n shop --from shop/checkout-1 --port 80"


def judged(
    *documents: dict[str, Any], ask: str = "user-service -n shop", unread: str = "", **headers: list[str]
) -> Judgement:
    """Judge the healthy cluster with some objects changed, a need that was not read, and some probes made (`saw`)."""
    case = case_of(Written("unread", "", {"ask": [ask], **headers}, list(documents)))
    gaps = (Gap(unread, "", unread, "forbidden"),) if unread else ()
    return judge(replace(case, snapshot=replace(case.snapshot, gaps=gaps)), strict=True)


def status_of(found: Judgement, hop: str) -> Status:
    return next(each.status for each in found.hops if each.hop == hop)


def cilium(app: str) -> dict[str, Any]:
    spec = {"endpointSelector": {"matchLabels": {"app": app}}, "ingress": []}
    return {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": {"name": "closed", "namespace": "shop"},
        "spec": spec,
    }


@pytest.mark.parametrize("need", ["workloads", "namespaces", "events", "logs"])
def test_what_decides_nothing_here(need: str) -> None:
    """Pods that are all ready, without any policy: who may read one namespace gets an ok."""
    assert judged(unread=need).outcome is Status.OK


def test_corefile() -> None:
    """A rule of it may answer the name with something else, unless the name was asked and gave the Service's address."""
    answered = ["dns service user-service.shop.svc.cluster.local. @10.96.0.10 answered 10.96.12.7"]

    assert judged().outcome is Status.OK
    assert status_of(judged(unread="corefile"), "record") is Status.UNKNOWN
    assert status_of(judged(unread="corefile", saw=answered), "record") is Status.OK


def test_pods_that_are_not_ready_beside_unread_workloads() -> None:
    """How many there should be is what a workload says; where all are ready it is not asked."""
    unready = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "user-service-3", "namespace": "shop"},
        "status": {"conditions": [{"type": "Ready", "status": "False"}]},
    }

    assert status_of(judged(unread="workloads"), "backend") is Status.OK
    assert status_of(judged(unready, unread="workloads"), "backend") is Status.UNKNOWN


@pytest.mark.parametrize("hop", ["caller", "resolver", "dns-access", "policy"])
def test_caller_that_was_not_read(hop: str) -> None:
    """Nobody knows which policies select it: it is not judged as a pod without labels."""
    found = judged(ask=CALLED, unread="source", drop=["Pod shop/checkout-1"])
    nobody = judged(ask="user-service -n shop --from shop/")

    assert status_of(judged(ask=CALLED), hop) is Status.OK
    assert status_of(nobody, hop) is Status.OK
    assert status_of(found, hop) is Status.UNKNOWN


@pytest.mark.parametrize("need", ["networkpolicies", "clusternetworkpolicies", "ciliumnetworkpolicies", DISCOVERY])
def test_probes_that_an_unread_policy_may_have_stopped(need: str) -> None:
    """They blame nobody, and nothing is sound beside them; where policies were read they prove a fault."""
    found = judged(saw=REFUSED, unread=need)

    assert judged(saw=REFUSED).outcome is Status.FAIL
    assert all(each.severity is Severity.INFO for each in found.findings), found.findings
    assert {status_of(found, each) for each in ("endpoints", "policy", "application")} == {Status.UNKNOWN}


def test_probes_that_a_policy_of_another_kind_may_have_stopped() -> None:
    """A CiliumNetworkPolicy that selects the backends is not evaluated; one that selects others stops nothing."""
    found = judged(cilium("user-service"), saw=REFUSED)

    assert judged(cilium("other"), saw=REFUSED).outcome is Status.FAIL
    assert found.outcome is Status.UNKNOWN
    assert all(each.severity is Severity.INFO for each in found.findings), found.findings


def test_alias_of_a_service_that_was_not_found() -> None:
    """An alias that leads to a Service of this cluster is sound only where that was read."""
    spec = {"type": "ExternalName", "externalName": "api.data.svc.cluster.local", "clusterIP": None, "clusterIPs": None}
    alias = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "user-service", "namespace": "shop"},
        "spec": {**spec, "selector": None},
    }
    known = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "api", "namespace": "data"},
        "spec": {"clusterIP": "10.96.9.9", "clusterIPs": ["10.96.9.9"], "ports": [{"port": 80}]},
    }

    assert status_of(judged(alias, unread="namespaces"), "record") is Status.UNKNOWN
    assert status_of(judged(alias, known, unread="namespaces"), "record") is Status.OK
