"""Policies: sound where they are all read and let the caller through to every endpoint, both ways."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.model.call.hop import Hop
from bot.model.call.path import call_path
from bot.model.gaps import DISCOVERY, Gap
from bot.model.kube.kinds import row
from bot.model.policy.index import ADMIN_KINDS
from bot.model.policy.opaque import POLICIES
from bot.model.result.status import Status
from tests.call.sights import CALLER as ASKED
from tests.call.sights import policy, sight
from tests.checks.manifests import Written, case_of

CALLER = {"podSelector": {"matchLabels": {"app": "checkout"}}}
BACKEND = {"podSelector": {"matchLabels": {"app": "user-service"}}}
NOBODY = "user-service -n shop"


def cilium(app: str, namespace: str = "shop") -> dict[str, Any]:
    spec = {"endpointSelector": {"matchLabels": {"app": app}}}
    metadata = {"name": "rules", "namespace": namespace}
    return {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": metadata, "spec": spec}


@pytest.mark.parametrize(
    "changes",
    [
        (),
        (policy("shop", **BACKEND, ingress=[{"from": [CALLER]}]),),
        (policy("shop", **BACKEND, ingress=[{"ports": [{"port": "http", "protocol": "TCP"}]}]),),
        (policy("shop", podSelector={"matchLabels": {"app": "other"}}, ingress=[]),),
        (policy("kube-system", ingress=[]),),
        (cilium("other"),),
        (cilium("user-service", "kube-system"),),
    ],
)
def test_connection_that_is_allowed_is_sound(changes: tuple[dict[str, Any], ...]) -> None:
    """No policy, one that allows the caller, and any that are about others."""
    assert sight(Hop.POLICY, *changes).status is Status.OK


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ((policy("shop", **BACKEND, ingress=[]),), "policies deny"),
        ((policy("shop", **CALLER, policyTypes=["Egress"], egress=[]),), "policies deny"),
        ((policy("shop", **BACKEND, ingress=[{"ports": [{"port": "sql", "protocol": "TCP"}]}]),), "policies deny"),
        ((cilium("user-service"),), "CiliumNetworkPolicy shop/rules can decide here"),
        ((cilium("checkout"),), "CiliumNetworkPolicy shop/rules can decide here"),
    ],
)
def test_connection_that_may_be_denied_is_unknown(changes: tuple[dict[str, Any], ...], words: str) -> None:
    """Either end, NetworkPolicies and those that are not evaluated, which are named."""
    seen = sight(Hop.POLICY, *changes)

    assert (seen.status, words in seen.because) == (Status.UNKNOWN, True), seen


def test_nobody_named_is_judged_for_somebody() -> None:
    """Without a caller it is enough that some caller is admitted."""
    assert sight(Hop.POLICY, policy("shop", **BACKEND, ingress=[{"from": [CALLER]}]), ask=NOBODY).status is Status.OK
    assert sight(Hop.POLICY, policy("shop", **BACKEND, ingress=[]), ask=NOBODY).status is Status.UNKNOWN


NEEDS = ["networkpolicies", DISCOVERY, *(row(each).gap for each in (*ADMIN_KINDS, *POLICIES))]


@pytest.mark.parametrize("ask", [ASKED, NOBODY])
@pytest.mark.parametrize("need", NEEDS)
def test_policies_that_were_not_read_are_unknown(need: str, ask: str) -> None:
    """Of each kind it must be known that there is no such object, and of the APIs which of them are served."""
    case = case_of(Written("test", "", {"ask": [ask]}, []))
    blind = replace(case, snapshot=replace(case.snapshot, gaps=(Gap(need, "", need, "forbidden"),)))

    assert call_path(case)[Hop.POLICY].status is Status.OK
    assert call_path(blind)[Hop.POLICY].because.endswith(f"{need} could not be read (forbidden)")
