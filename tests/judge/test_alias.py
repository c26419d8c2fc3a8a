"""An alias of a Service of this cluster is judged to its end: its name, and what lies behind it, as the same caller's call."""

from typing import Any

import pytest

from bot.checks.engine.judge import Judgement, judge
from bot.model.result.finding import Layer
from bot.model.result.status import Status
from tests.checks.manifests import Written, case_of

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
