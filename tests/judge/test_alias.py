"""An alias of a Service of this cluster is judged to its end: its name, and what lies behind it, as the same caller's call."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.checks.engine.judge import Judgement, judge
from bot.model.call.onward import is_behind
from bot.model.case import Case
from bot.model.probe import DnsQuery
from bot.model.probe_result import ProbeResult
from bot.model.result.finding import Finding, Layer
from bot.model.result.status import Basis, Status
from bot.usecases.from_caller import with_caller
from tests.checks.manifests import Written, case_of, observation
from tests.checks.test_checks import CASES
from tests.examples import every
from tests.judge.test_callers_place import CASES as PLACES
from tests.judge.test_callers_place import CONF

ALIAS = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "users", "namespace": "front"},
    "spec": {"type": "ExternalName", "externalName": "user-service.shop.svc.cluster.local"},
}
FRONT = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "front", "labels": {"team": "front"}}}
ASK = "users -n front --from shop/checkout-1 --port 80"


def asked(*objects: dict[str, Any], ask: str = ASK, **headers: list[str]) -> Judgement:
    return judge(case_of(Written("test", "alias", {"ask": [ask], **headers}, [FRONT, ALIAS, *objects])), strict=True)


def service(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "user-service", "namespace": "shop"},
        "spec": spec,
    }


def test_what_lies_behind_a_sound_alias_is_sound() -> None:
    """Name, Service and pods were all looked at, and the answer says which Service that is."""
    found = asked()

    assert found.outcome is Status.OK
    hops = {str(each.hop): each for each in found.hops}
    assert hops["service"].because == "an alias of Service shop/user-service: Service 10.96.12.7, 80/TCP"
    assert found.verdicts["application"].summary.startswith("3 of 3 pods ready")


def test_the_cause_behind_an_alias_is_named() -> None:
    """The root is that of the Service which it stands for; its name resolves all the same."""
    found = asked(service(selector={"app": "user-servce"}))

    assert found.root_cause is not None
    assert (found.root_cause.code, str(found.root_cause.about)) == ("RTE-001", "Service shop/user-service")
    assert {name: each.status for name, each in found.verdicts.items()} == {
        "dns": Status.OK,
        "routing": Status.FAIL,
        "application": Status.UNKNOWN,
    }
    assert found.verdicts["application"].consequence_of is Layer.ROUTING


MEMBER = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "user-service-1", "namespace": "shop", "labels": {"number": "1"}},
    "spec": {"hostname": "one", "subdomain": "user-service"},
}
CUT_OFF = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "closed", "namespace": "shop"},
    "spec": {"podSelector": {"matchLabels": {"number": "1"}}, "policyTypes": ["Ingress"]},
}


@pytest.mark.parametrize(
    ("host", "more", "root"),
    [
        ("one", (), ""),
        ("two", (), "DNS-026"),
        ("one", (CUT_OFF,), "NPL-001"),
        ("10-244-1-12", (CUT_OFF,), ""),
        ("users.front", (), "DNS-026"),
    ],
)
def test_an_alias_of_one_pod_is_that_pod(host: str, more: tuple[dict[str, Any], ...], root: str) -> None:
    """Its name is there while the pod is ready, and what cuts off the others is no matter; below an alias there are none."""
    name = "x.users.front" if host == "users.front" else f"{host}.user-service.shop"
    alias = {**ALIAS, "spec": {**ALIAS["spec"], "externalName": f"{name}.svc.cluster.local"}}
    headless = service(
        clusterIP="None", clusterIPs=["None"], ports=[{"name": "http", "port": 8080, "targetPort": 8080}]
    )

    found = asked(alias, headless, MEMBER, *more, ask="users -n front --from shop/checkout-1 --port 8080")

    assert (found.root_cause.code if found.root_cause else "") == root, found
    assert (found.outcome is Status.OK) == (not root)


@pytest.mark.parametrize(
    ("ask", "ports", "outcome"),
    [
        ("users -n front --from shop/checkout-1", [{"port": 8081, "targetPort": 80}], Status.WARN),
        ("users -n front --from shop/checkout-1", [{"port": 80}], Status.OK),
        ("users -n front --from shop/checkout-1", None, Status.OK),
        ("users -n front --from shop/checkout-1 --port 80", [{"port": 8081, "targetPort": 80}], Status.OK),
        ("users -n front --from shop/checkout-1 --port 8081", [{"port": 8081, "targetPort": 80}], Status.FAIL),
        ("users -n front", [{"port": 8081, "targetPort": 80}], Status.WARN),
    ],
)
def test_ports_of_an_alias_lead_nowhere(ask: str, ports: list[dict[str, Any]] | None, outcome: Status) -> None:
    """What it lists is what its callers are told, and has to be a port of the Service in the end: nothing maps it."""
    found = asked({**ALIAS, "spec": {**ALIAS["spec"], "ports": ports}}, ask=ask)

    assert found.outcome is outcome
    about = {Status.WARN: "Service front/users", Status.FAIL: "Service shop/user-service"}.get(outcome)
    assert [(each.code, str(each.about)) for each in found.findings] == ([("RTE-012", about)] if about else [])


def test_policies_behind_an_alias_see_the_same_caller() -> None:
    """They are those of the namespace where the pods are."""
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "closed", "namespace": "shop"},
        "spec": {"podSelector": {"matchLabels": {"app": "user-service"}}, "ingress": []},
    }

    assert (found := asked(policy).root_cause) is not None
    assert found.code == "NPL-001"


def test_a_port_that_the_service_behind_does_not_have() -> None:
    """An alias has no ports of its own, so the port is looked for behind it."""
    assert (found := asked(ask=ASK.replace("80", "8080")).root_cause) is not None
    assert found.code == "RTE-012"


@pytest.mark.parametrize("need", ["pods", "endpointslices", "networkpolicies"])
def test_what_was_not_read_behind_an_alias_is_open(need: str) -> None:
    """Then the answer says whom to ask."""
    found = asked(gap=[need])

    assert found.verdicts["routing"].status is Status.UNKNOWN
    assert found.verdicts["application"].summary == "not tested: it is an alias, ask about user-service.shop itself"


def test_an_alias_of_a_host_outside_has_no_way_here() -> None:
    """What lies behind it is not in this cluster."""
    outside = {**ALIAS, "spec": {"type": "ExternalName", "externalName": "db.example.com"}}

    assert asked(outside).verdicts["application"].status is Status.UNKNOWN


# --- what was measured behind it

IN_SHOP = {**ALIAS, "metadata": {"name": "users", "namespace": "shop"}}
REACHED = [
    "dns service users.shop.svc.cluster.local. @10.96.0.10 answered 10.96.12.7 cname=user-service.shop.svc.cluster.local.",
    "tcp service 10.96.12.7:80 answered",
    *(f"tcp endpoint {each}:8080 answered" for each in ("10.244.0.11", "10.244.1.12", "10.244.1.13")),
    *(f"http root {each}:8080/ 200" for each in ("10.244.0.11", "10.244.1.12", "10.244.1.13")),
]


def test_what_was_measured_behind_an_alias_counts() -> None:
    """Each layer says that it was probed, and what was seen."""
    found = asked(saw=REACHED)

    assert {str(each.basis) for each in found.verdicts.values()} == {"probed"}
    assert found.outcome is Status.OK
    assert found.verdicts["application"].summary.startswith("3 of 3 backends answer 200")


def test_a_failure_that_was_measured_behind_an_alias_is_no_ok() -> None:
    """Every pod is ready, and says so; nothing listens at the target port."""
    refused = [each.replace("answered", "refused") if each.startswith("tcp") else each for each in REACHED[:-3]]
    found = asked(saw=refused)

    assert found.root_cause is not None
    assert (found.root_cause.code, found.verdicts["routing"].basis) == ("RTE-010", Basis.PROBED)


def test_a_worker_that_policies_keep_out_proves_nothing_behind_an_alias() -> None:
    """And that is said, as of a Service."""
    labels = {"matchLabels": {"app": "checkout"}}
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "closed", "namespace": "shop"},
        "spec": {
            "podSelector": {"matchLabels": {"app": "user-service"}},
            "ingress": [{"from": [{"podSelector": labels}]}],
        },
    }
    silent = [each.replace("answered", "timeout") if each.startswith("tcp") else each for each in REACHED[:-3]]
    found = asked(policy, saw=silent)

    assert (found.outcome, found.root_cause) == (Status.OK, None)
    assert found.verdicts["routing"].summary.endswith("not probed: policies do not admit the worker")


def _asked_as(written: Written, name: str) -> Case:
    """The case of a Service with an alias beside it, asked by either name, without what DNS said of the one."""
    whole = case_of(Written(written.file, written.title, written.headers, [IN_SHOP, *written.documents]))
    seen = tuple(each for each in whole.observations if not isinstance(each.probe, DnsQuery))
    return replace(whole, question=replace(whole.question, service=name, name=name), observations=seen)


def _behind(found: Judgement) -> list[Finding]:
    ids = {one for each in found.hops if is_behind(each.hop) for one in each.findings}
    own = [replace(each, id="", caused_by=()) for each in found.findings if each.id in ids]
    return sorted(own, key=lambda each: (each.code, each.message, str(each.about)))


def _is_of_a_name(written: Written) -> bool:
    """Its name, or address, is not the point; nor are certificates, which are held against the name that is called."""
    ask, saw = written.one("ask", "user-service"), written.headers.get("saw", ())
    is_other = "route" in written.headers or any(each in ask for each in ("--address", "--name", "-n default"))
    return (
        ask.startswith("user-service")
        and not is_other
        and bool(saw)
        and not any(each.startswith("tls") for each in saw)
    )


MEASURED = [each for each in CASES if _is_of_a_name(each)]


@pytest.mark.parametrize("written", MEASURED[:: every(5)], ids=str)
def test_an_alias_has_the_findings_of_its_service(written: Written) -> None:
    """Whatever was measured: all that lies behind the name is found alike, with the same words."""
    found, service = (judge(_asked_as(written, name), strict=True) for name in ("users", "user-service"))

    assert _behind(found) == _behind(service)


@pytest.mark.parametrize("written", PLACES, ids=lambda written: written.title)
def test_the_callers_own_word_counts_behind_an_alias(written: Written) -> None:
    """Beside the worker's, as for a Service."""
    theirs = tuple(observation(each) for each in written.headers["caller"])
    found = []
    for name in ("users", "user-service"):
        case = _asked_as(written, name)
        assert case.caller.pod is not None
        seen, _ = with_caller(case, case.caller.pod, ProbeResult(theirs, CONF), case.observations)
        found.append(judge(seen, strict=True))

    assert _behind(found[0]) == _behind(found[1])
