"""Each sentence of the admin tiers' API, one small cluster each: tiers, priorities, actions, peers, ports, hosts.

The clusters are those of `test_rules`; the question is shop/web → shop/db on 8080/TCP unless the row says otherwise.
"""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.cluster.documents import snapshot_from
from bot.model.gaps import Gap
from bot.model.policy.index import policy_index
from bot.model.snapshot import Snapshot
from tests.policies.test_rules import DENY_IN, NOW, WEB, ask, ingress, snapshot

EVERY: dict[str, Any] = {"namespaces": {}}
APP_WEB = {"pods": {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "web"}}}}
TEAM = {"namespaces": {"matchLabels": {"team": "shop"}}}
OPEN = ingress({"from": [WEB]})


def rule(action: str, *peers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"action": action, "from": list(peers or (EVERY,)), **more}


def out(action: str, *peers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"action": action, "to": list(peers or (EVERY,)), **more}


def policy(kind: str, *rules: dict[str, Any], name: str = "it", subject: Any = None, **spec: Any) -> dict[str, Any]:
    """A policy of an admin tier; which direction its rules are of, they say."""
    way = {"ingress": [each for each in rules if "from" in each], "egress": [each for each in rules if "to" in each]}
    body = {"subject": subject or EVERY, **spec, **{key: each for key, each in way.items() if each}}
    version = "v1alpha2" if kind == "ClusterNetworkPolicy" else "v1alpha1"
    api = f"policy.networking.k8s.io/{version}"
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name}, "spec": body}


def cnp(*rules: dict[str, Any], tier: str = "Admin", priority: int = 5, **more: Any) -> dict[str, Any]:
    return policy("ClusterNetworkPolicy", *rules, tier=tier, priority=priority, **more)


def tcp(number: int) -> list[dict[str, Any]]:
    return [{"tcp": {"destinationPort": {"number": number}}}]


def span(start: int, end: int) -> list[dict[str, Any]]:
    return [{"tcp": {"destinationPort": {"range": {"start": start, "end": end}}}}]


def known(*objects: dict[str, Any], policies: tuple[dict[str, Any], ...] = (), **pods: Any) -> Snapshot:
    return replace(snapshot(*policies, **pods), others=snapshot_from(objects, taken_at=NOW).others)


def older(namespaces: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An AdminNetworkPolicy as network-policy-api 0.1.1 has it: the selector of a peer stands one field deeper."""
    return policy("AdminNetworkPolicy", rule("Deny", {"namespaces": namespaces}, **more), priority=1)


def older_pods(namespaces: dict[str, Any], app: str) -> dict[str, Any]:
    pods = {"namespaces": namespaces, "podSelector": {"matchLabels": {"app": app}}}
    return policy("AdminNetworkPolicy", rule("Deny", {"pods": pods}), priority=1)


NAME = "kubernetes.io/metadata.name"
FROM_PAY = {"source": "pay/web"}
SHOP, PAY = ({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": each}}} for each in ("shop", "pay"))
HOST = {"hostNetwork": True}
NODE = {"nodes": {}}
ROWS: dict[str, tuple[str, list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]] = {
    "admin denies before a NetworkPolicy allows": ("deny", [cnp(rule("Deny"))], [OPEN], {}),
    "admin accepts before a NetworkPolicy denies": ("allow", [cnp(rule("Accept"))], [DENY_IN], {}),
    "Accept of what goes out leaves the destination its say": ("deny", [cnp(out("Accept"))], [DENY_IN], {}),
    "any peer of a rule will do": (
        "deny",
        [cnp(rule("Deny", {"namespaces": {"matchLabels": {"a": "b"}}}, EVERY))],
        [],
        {},
    ),
    "any protocol of a rule will do": ("deny", [cnp(rule("Deny", protocols=[{"udp": {}}, *tcp(8080)]))], [], {}),
    "empty selectors of pods are all pods": (
        "deny",
        [cnp(rule("Deny", {"pods": {"namespaceSelector": {}, "podSelector": {}}}))],
        [],
        {},
    ),
    "pass leaves the tier and a NetworkPolicy decides": ("deny", [cnp(rule("Pass"), rule("Accept"))], [DENY_IN], {}),
    "pass leaves the tier for later policies too": (
        "allow",
        [cnp(rule("Pass")), cnp(rule("Deny"), priority=9, name="b")],
        [],
        {},
    ),
    "pass in the last rule of the last tier: allowed": (
        "allow",
        [cnp(rule("Pass"), tier="Baseline"), cnp(rule("Deny"), tier="Baseline", priority=9, name="b")],
        [],
        {},
    ),
    "pass leaves its own tier alone": (
        "deny",
        [cnp(rule("Pass"), priority=1), cnp(rule("Deny"), tier="Baseline", priority=1, name="b")],
        [],
        {},
    ),
    "pods without a selector of namespaces are of every namespace": (
        "deny",
        [cnp(rule("Deny", {"pods": {"podSelector": {"matchLabels": {"app": "web"}}}}))],
        [],
        {"source": "pay/web"},
    ),
    "equal priorities of other subjects": (
        "deny",
        [cnp(rule("Accept"), subject=APP_WEB), cnp(rule("Deny"), name="b")],
        [],
        {},
    ),
    "ports: the end of a range": ("deny", [cnp(rule("Deny", protocols=span(8079, 8080)))], [], {}),
    "ports: the start of a range": ("deny", [cnp(rule("Deny", protocols=span(8080, 8081)))], [], {}),
    "ports: past a range": ("allow", [cnp(rule("Deny", protocols=span(8000, 8079)))], [], {}),
    "ports: a name of another protocol": (
        "allow",
        [cnp(rule("Deny", protocols=[{"destinationNamedPort": "stats"}]))],
        [],
        {},
    ),
    "ports: a name that the pod does not have": (
        "allow",
        [cnp(rule("Deny", protocols=[{"destinationNamedPort": "http"}]))],
        [],
        {},
    ),
    "ports: SCTP alone": ("allow", [cnp(rule("Deny", protocols=[{"sctp": {"destinationPort": None}}]))], [], {}),
    "pass goes on to the baseline where no NetworkPolicy selects": (
        "deny",
        [cnp(rule("Pass")), cnp(rule("Deny"), tier="Baseline", name="b")],
        [],
        {},
    ),
    "a NetworkPolicy is final for the pods it selects": ("allow", [cnp(rule("Deny"), tier="Baseline")], [OPEN], {}),
    "the baseline decides where none selects": ("deny", [cnp(rule("Deny"), tier="Baseline")], [], {}),
    "nothing matches: allowed": ("allow", [cnp(rule("Deny", APP_WEB), subject=APP_WEB)], [], {}),
    "lower numbers come first": (
        "allow",
        [cnp(rule("Deny"), priority=9), cnp(rule("Accept"), priority=1, name="z")],
        [],
        {},
    ),
    "rules from the top": ("allow", [cnp(rule("Accept", APP_WEB), rule("Deny"))], [], {}),
    "equal priorities that agree": ("deny", [cnp(rule("Deny")), cnp(rule("Deny", APP_WEB), name="b")], [], {}),
    "equal priorities that differ": ("unknown", [cnp(rule("Deny")), cnp(rule("Accept"), name="b")], [], {}),
    "equal priorities of which one matches": (
        "deny",
        [cnp(rule("Deny")), cnp(rule("Accept", protocols=tcp(1)), name="b")],
        [],
        {},
    ),
    "no rules of a direction leave it alone": (
        "allow",
        [cnp(out("Deny"), subject={"pods": {**APP_WEB["pods"], "podSelector": {"matchLabels": {"app": "db"}}}})],
        [],
        {},
    ),
    "subject by namespaces": ("deny", [cnp(rule("Deny"), subject=TEAM)], [], {}),
    "subject by pods and namespaces": ("allow", [cnp(rule("Deny"), subject=APP_WEB)], [], {}),
    "a subject on the host network is not selected": ("allow", [cnp(rule("Deny"))], [], {"db": HOST}),
    "a peer on the host network is not meant by pods": ("allow", [cnp(rule("Deny"))], [], {"web": HOST}),
    "ports: number": ("deny", [cnp(rule("Deny", protocols=tcp(8080)))], [], {}),
    "ports: another number": ("allow", [cnp(rule("Deny", protocols=tcp(80)))], [], {}),
    "ports: range": (
        "deny",
        [cnp(rule("Deny", protocols=[{"tcp": {"destinationPort": {"range": {"start": 8000, "end": 8080}}}}]))],
        [],
        {},
    ),
    "ports: every port of a protocol": (
        "allow",
        [cnp(rule("Deny", protocols=[{"udp": {"destinationPort": None}}]))],
        [],
        {},
    ),
    "ports: a name of the pod": ("deny", [cnp(rule("Deny", protocols=[{"destinationNamedPort": "sql"}]))], [], {}),
    "ports: absent means all": ("deny", [cnp(rule("Deny"))], [], {"protocol": "SCTP"}),
    "networks mean pods as well": ("deny", [cnp(out("Deny", {"networks": ["10.0.0.0/8"]}))], [], {}),
    "networks of the other family": ("allow", [cnp(out("Deny", {"networks": ["2001:db8::/32"]}))], [], {}),
    "nodes by the addresses of Nodes": ("deny", [cnp(out("Deny", NODE))], [], {"target": "192.168.0.3"}),
    "nodes are no pods": ("allow", [cnp(out("Deny", NODE))], [], {}),
    "a domain name may be any address outside": (
        "unknown",
        [cnp(out("Accept", {"domainNames": ["a.example"]}), out("Deny", {"networks": ["0.0.0.0/0"]}))],
        [],
        {"target": "192.0.2.1"},
    ),
    "a domain name is no pod": (
        "deny",
        [cnp(out("Accept", {"domainNames": ["a.example"]}), out("Deny", EVERY))],
        [],
        {},
    ),
    "an unknown peer: Accept matches nothing": (
        "deny",
        [cnp(rule("Accept", {"future": {}}, EVERY), rule("Deny"))],
        [],
        {},
    ),
    "an unknown peer: Deny is deny all": ("deny", [cnp(rule("Deny", {"future": {}}, protocols=tcp(1)))], [], {}),
    "an unknown peer: Pass is deny all": ("deny", [cnp(rule("Pass", {"future": {}}))], [], {}),
    "an unknown protocol leaves it open": ("unknown", [cnp(rule("Deny", protocols=[{"quic": {}}]))], [], {}),
    "replies and the other direction are not asked": ("allow", [cnp(rule("Deny"), subject=APP_WEB)], [], {}),
    "old: Allow of an AdminNetworkPolicy": (
        "allow",
        [policy("AdminNetworkPolicy", rule("Allow"), priority=1)],
        [DENY_IN],
        {},
    ),
    "old: protocol defaults to TCP": (
        "allow",
        [policy("AdminNetworkPolicy", rule("Deny", ports=[{"portNumber": {"port": 8080}}]), priority=1)],
        [],
        {"protocol": "UDP"},
    ),
    "old: range": (
        "deny",
        [policy("AdminNetworkPolicy", rule("Deny", ports=[{"portRange": {"start": 1, "end": 9000}}]), priority=1)],
        [],
        {},
    ),
    "old: named port": (
        "deny",
        [policy("AdminNetworkPolicy", rule("Deny", ports=[{"namedPort": "sql"}]), priority=1)],
        [],
        {},
    ),
    "old: the one baseline": ("deny", [policy("BaselineAdminNetworkPolicy", rule("Deny"), name="default")], [], {}),
    "older: a selector of namespaces in namespaceSelector": ("allow", [older(PAY)], [], {}),
    "older: a selector of namespaces that does match": ("deny", [older(SHOP)], [], {}),
    "older: pods with namespaces in namespaces.namespaceSelector": (
        "allow",
        [policy("AdminNetworkPolicy", rule("Deny", {"pods": {"namespaces": PAY, "podSelector": {}}}), priority=1)],
        [],
        {},
    ),
    "older: sameLabels: the values of the governed pod's namespace": (
        "deny",
        [older({"sameLabels": ["team"]})],
        [],
        {},
    ),
    "older: sameLabels: another value": ("allow", [older({"sameLabels": [NAME]})], [], FROM_PAY),
    "older: sameLabels: without the label": ("allow", [older({"sameLabels": ["team"]})], [], FROM_PAY),
    "older: sameLabels: each of the labels": ("allow", [older({"sameLabels": ["team", "stage"]})], [], {}),
    "older: sameLabels: empty selects nothing": ("allow", [older({"sameLabels": []})], [], {}),
    "older: sameLabels of pods": ("deny", [older_pods({"sameLabels": ["team"]}, "web")], [], {}),
    "older: sameLabels of other pods": ("allow", [older_pods({"sameLabels": ["team"]}, "other")], [], {}),
    "older: notSameLabels: another value": ("deny", [older({"notSameLabels": [NAME]})], [], FROM_PAY),
    "older: notSameLabels: the same values": ("allow", [older({"notSameLabels": ["team"]})], [], {}),
    "older: notSameLabels: each of the labels": ("allow", [older({"notSameLabels": [NAME, "team"]})], [], FROM_PAY),
    "older: notSameLabels: empty selects nothing": ("allow", [older({"notSameLabels": []})], [], FROM_PAY),
    "older: notSameLabels: no value of its own is no value that differs": (
        "unknown",
        [older({"notSameLabels": ["team"]})],
        [],
        {"target": "pay/web"},
    ),
    "older: sameLabels never mean the host network": ("allow", [older({"sameLabels": ["team"]})], [], {"web": HOST}),
    "older: sameLabels on another port": (
        "allow",
        [older({"sameLabels": ["team"]}, ports=[{"portNumber": {"port": 9}}])],
        [],
        {},
    ),
    "old and new that differ": (
        "unknown",
        [policy("AdminNetworkPolicy", rule("Deny"), priority=1), cnp(rule("Accept"), priority=2)],
        [],
        {},
    ),
    "a pod reaches its own address": ("allow", [cnp(rule("Deny"), out("Deny"))], [], {"target": "shop/web"}),
}


@pytest.mark.parametrize(("decision", "objects", "policies", "question"), ROWS.values(), ids=ROWS)
def test_rule(decision: str, objects: list[Any], policies: list[Any], question: dict[str, Any]) -> None:
    """The decision is the API's, and both directions give their reasons."""
    pods = {key: question[key] for key in ("web", "db") if key in question}
    asked = {key: each for key, each in question.items() if key not in pods}
    found = ask(known(*objects, policies=tuple(policies), **pods), **asked)

    assert found.decision == decision, found.because
    assert found.egress.because
    assert found.ingress.because


def test_a_pod_that_reaches_itself_through_a_service_is_subject() -> None:
    """By its own address it is not, by a Service's it is (network-policy-api, hairpin traffic)."""
    found = known(cnp(rule("Deny")))
    pod = found.pod("shop", "web")
    assert pod is not None
    party = policy_index(found).pod(pod)
    through = replace(party, virtual_ips=("10.96.0.1",), virtual_port=80)

    assert policy_index(found).decide(party, party, 8080).decision == "allow"
    assert policy_index(found).decide(party, through, 8080).decision == "deny"


def test_reasons_name_the_rule() -> None:
    """Which rule of which policy passes, and which one decides then, with their places."""
    found = ask(known(cnp(rule("Pass", APP_WEB)), cnp(rule("Deny"), tier="Baseline", name="base", priority=7)))

    assert found.ingress.denied_by[0].name == "base"
    assert found.ingress.because == (
        (
            "ClusterNetworkPolicy it (Admin tier, priority 5) passes on traffic from app=web of every namespace on every port "
            "(spec.ingress[0])"
        ),
        (
            "ClusterNetworkPolicy base (Baseline tier, priority 7) denies traffic from every pod of every namespace on every "
            "port (spec.ingress[0])"
        ),
    )


def test_what_was_not_read_leaves_it_open() -> None:
    """A kind that could not be listed may hold a policy that denies."""
    gap = Gap("clusternetworkpolicies", "", "clusternetworkpolicies", "forbidden")
    found = ask(replace(known(), gaps=(gap,)))

    assert found.decision == "unknown"
    assert "clusternetworkpolicies could not be read (forbidden)" in found.because[0]
