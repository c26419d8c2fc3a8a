"""The way of a call: every hop, in order, each looked at by one function; a Service outside of the cluster ends it early."""

from bot.model.call.hop import Hop
from bot.model.call.path import call_path
from bot.model.result.status import Basis, Status
from tests.call.sights import CALLER, policy, sight
from tests.checks.manifests import Written, case_of

ALIAS = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "user-service", "namespace": "shop"},
    "spec": {
        "type": "ExternalName",
        "externalName": "db.example",
        "selector": None,
        "clusterIP": None,
        "clusterIPs": None,
    },
}
BEHIND = (Hop.PROXY, Hop.ENDPOINTS, Hop.POLICY, Hop.MESH, Hop.NODE, Hop.BACKEND, Hop.APPLICATION)


def test_every_hop_is_looked_at_in_order() -> None:
    """No hop is left out, and a healthy call has none that is open; each says in words what was looked at."""
    path = call_path(case_of(Written("test", "", {"ask": [CALLER]}, [])))

    assert list(path) == list(Hop)
    assert {each.status for each in path.values()} == {Status.OK, Status.OFF_PATH}
    assert all(each.because for each in path.values())


def test_path_is_computed_once_a_case() -> None:
    """All that reads it reads the same one."""
    case = case_of(Written("test", "", {"ask": [CALLER]}, []))

    assert call_path(case) is call_path(case)


def test_open_hop_never_claims_a_measurement_that_was_not_made() -> None:
    """Without probes no hop is `probed`."""
    case = case_of(Written("test", "", {"ask": [CALLER]}, []))

    assert Basis.PROBED not in {each.basis for each in call_path(case).values()}


def test_what_policies_restrict_may_not_reach_an_outside_host() -> None:
    """A caller that policies isolate is not called free to call a host whose addresses nobody knows."""
    shut = policy("shop", podSelector={"matchLabels": {"app": "checkout"}}, policyTypes=["Egress"])
    other = policy("shop", podSelector={"matchLabels": {"app": "cart"}}, policyTypes=["Egress"])

    assert sight(Hop.POLICY, ALIAS, shut).status is Status.UNKNOWN
    assert sight(Hop.POLICY, ALIAS, other).status is Status.OFF_PATH


def test_alias_leads_out_of_the_cluster() -> None:
    """Behind an ExternalName there is nothing of this cluster on the path."""
    assert {sight(hop, ALIAS).status for hop in BEHIND} == {Status.OFF_PATH}
