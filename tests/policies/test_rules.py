"""Every rule of the API that tools get wrong, one small cluster each (failure-modes B.13 to B.25).

The clusters have shop/web and shop/db, pay/web with the same labels, and what the row adds; the question is web → db on
8080/TCP unless the row says otherwise.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.cluster.documents import snapshot_from
from bot.model.policy.decisions import Connection
from bot.model.policy.index import policy_index
from bot.model.policy.parties import Party
from bot.model.policy.rules import Direction
from bot.model.snapshot import Snapshot

NOW = datetime(2026, 11, 23, tzinfo=UTC)
DENY_IN = {"podSelector": {}, "policyTypes": ["Ingress"]}
DENY_OUT = {"podSelector": {}, "policyTypes": ["Egress"]}
WEB = {"podSelector": {"matchLabels": {"app": "web"}}}
TEAM = {"namespaceSelector": {"matchLabels": {"team": "shop"}}}


def ingress(*rules: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": {"app": "db"}}, "ingress": list(rules), **spec}


def egress(*rules: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Egress"], "egress": list(rules), **spec}


def pod(name: str, namespace: str, number: int, **spec: Any) -> dict[str, Any]:
    ports = [
        {"name": "sql", "containerPort": 8080, "protocol": "TCP"},
        {"name": "stats", "containerPort": 8080, "protocol": "UDP"},
    ]
    return {
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {"nodeName": f"node-{number}", "containers": [{"name": "app", "ports": ports}], **spec},
        "status": {
            "phase": "Running",
            "podIP": f"10.0.{number}.1",
            "podIPs": [{"ip": f"10.0.{number}.1"}, {"ip": f"fd00::{number}"}],
        },
    }


def snapshot(*specs: dict[str, Any], web: dict[str, Any] | None = None, db: dict[str, Any] | None = None) -> Snapshot:
    """Two namespaces of which only shop carries a team, one node a pod, and the policies in shop."""
    spaces = {"shop": {"team": "shop"}, "pay": {}}
    return snapshot_from(
        [
            *(
                {"kind": "Namespace", "metadata": {"name": n, "labels": {"kubernetes.io/metadata.name": n, **more}}}
                for n, more in spaces.items()
            ),
            *(
                {
                    "kind": "Node",
                    "metadata": {"name": f"node-{n}"},
                    "status": {"addresses": [{"type": "InternalIP", "address": f"192.168.0.{n}"}]},
                }
                for n in (1, 2, 3)
            ),
            pod("web", "shop", 1, **(web or {})),
            pod("db", "shop", 2, **(db or {})),
            pod("web", "pay", 3),
            *(
                {"kind": "NetworkPolicy", "metadata": {"name": f"p{n}", "namespace": "shop"}, "spec": spec}
                for n, spec in enumerate(specs)
            ),
        ],
        taken_at=NOW,
    )


def ask(
    found: Snapshot, source: str = "shop/web", target: str = "shop/db", port: int | None = 8080, protocol: str = "TCP"
) -> Connection:
    return policy_index(found).decide(_party(found, source), _party(found, target), port, protocol)


def _party(found: Snapshot, said: str) -> Party:
    namespace, slash, name = said.partition("/")
    if not slash:
        return policy_index(found).address(said)
    known = found.pod(namespace, name) if name else None
    return policy_index(found).pod(known) if known else policy_index(found).anyone(namespace)


ROWS: dict[str, tuple[str, list[dict[str, Any]], dict[str, Any]]] = {
    # B.13: allow-lists, additive; isolation is per pod and per direction; both ends must allow
    "no policy": ("allow", [], {}),
    "two policies add up": ("allow", [DENY_IN, ingress({"from": [WEB]})], {}),
    "order does not matter": ("allow", [ingress({"from": [WEB]}), DENY_IN], {}),
    "two rules add up": ("allow", [ingress({"from": [TEAM], "ports": [{"port": 1}]}, {"from": [WEB]})], {}),
    "peer of one rule and port of another do not": (
        "deny",
        [ingress({"from": [WEB], "ports": [{"port": 1}]}, {"from": [{"podSelector": {"matchLabels": {"app": "x"}}}]})],
        {},
    ),
    "ingress of the source is not asked": (
        "allow",
        [{"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"]}],
        {},
    ),
    "egress of the target is not asked": (
        "allow",
        [{"podSelector": {"matchLabels": {"app": "db"}}, "policyTypes": ["Egress"]}],
        {},
    ),
    "egress must allow, too": ("deny", [DENY_OUT, ingress({"from": [WEB]})], {}),
    "ingress must allow, too": ("deny", [DENY_IN, egress({})], {}),
    "policies of another namespace do not select": ("allow", [DENY_IN], {"target": "pay/web"}),
    # B.14, B.15, B.32: ports
    "the pod's port": ("allow", [ingress({"ports": [{"port": 8080}]})], {}),
    "another port": ("deny", [ingress({"ports": [{"port": 80}]})], {}),
    "protocol defaults to TCP": ("deny", [ingress({"ports": [{"port": 8080}]})], {"protocol": "UDP"}),
    "protocol must be equal": ("deny", [ingress({"ports": [{"port": 8080, "protocol": "UDP"}]})], {}),
    "a protocol alone is all its ports": ("allow", [ingress({"ports": [{"protocol": "TCP"}]})], {}),
    "no ports is every port": ("allow", [ingress({"ports": []})], {"protocol": "SCTP"}),
    "null ports is every port": ("allow", [ingress({"ports": None})], {}),
    "a named port of the target": ("allow", [ingress({"ports": [{"port": "sql"}]})], {}),
    "a named port on egress resolves on the target": ("allow", [egress({"ports": [{"port": "sql"}]})], {}),
    "a named port of another protocol": ("deny", [ingress({"ports": [{"port": "stats"}]})], {}),
    "a named port with its protocol": (
        "allow",
        [ingress({"ports": [{"port": "stats", "protocol": "UDP"}]})],
        {"protocol": "UDP"},
    ),
    "a name that no container has": ("deny", [ingress({"ports": [{"port": "http"}]})], {}),
    "a range holds its ends": ("allow", [ingress({"ports": [{"port": 8000, "endPort": 8080}]})], {}),
    "a range ends": ("deny", [ingress({"ports": [{"port": 8000, "endPort": 8079}]})], {}),
    "several ports are ORed": ("allow", [ingress({"ports": [{"port": 1}, {"port": 8080}]})], {}),
    "an unknown port is allowed where all are": ("allow", [ingress({"from": [WEB]})], {"port": None}),
    "an unknown port cannot be judged by number": ("unknown", [ingress({"ports": [{"port": 8080}]})], {"port": None}),
    # B.16: absent and empty
    "from absent is everyone": ("allow", [ingress({})], {"source": "pay/web"}),
    "from empty is everyone": ("allow", [ingress({"from": []})], {"source": "pay/web"}),
    "from null is everyone": ("allow", [ingress({"from": None})], {"source": "192.0.2.1"}),
    "from with an empty peer is nobody": ("deny", [ingress({"from": [{}]})], {}),
    "ingress empty is deny": ("deny", [ingress()], {}),
    "ingress null is deny": ("deny", [{"podSelector": {}, "ingress": None}], {}),
    "ingress with an empty rule is allow": ("allow", [ingress({})], {}),
    "an empty podSelector selects every pod": ("deny", [DENY_IN], {}),
    # B.17: AND in an item, OR over items, a lone podSelector is local
    "both selectors of an item must hold": ("deny", [ingress({"from": [{**WEB, **TEAM}]})], {"source": "pay/web"}),
    "both selectors hold": ("allow", [ingress({"from": [{**WEB, **TEAM}]})], {}),
    "two items are ORed": ("allow", [ingress({"from": [{"podSelector": {"matchLabels": {"app": "x"}}}, TEAM]})], {}),
    "a lone podSelector is local": ("deny", [ingress({"from": [WEB]})], {"source": "pay/web"}),
    "an empty lone podSelector is the namespace": ("allow", [ingress({"from": [{"podSelector": {}}]})], {}),
    "an empty lone podSelector is only the namespace": (
        "deny",
        [ingress({"from": [{"podSelector": {}}]})],
        {"source": "pay/web"},
    ),
    "an empty namespaceSelector is every namespace": (
        "allow",
        [ingress({"from": [{"namespaceSelector": {}}]})],
        {"source": "pay/web"},
    ),
    "selectors never match an outside address": (
        "deny",
        [ingress({"from": [{"namespaceSelector": {}}]})],
        {"source": "192.0.2.1"},
    ),
    "the namespace's name label": (
        "allow",
        [ingress({"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "pay"}}}]})],
        {"source": "pay/web"},
    ),
    "NotIn holds without the key": (
        "allow",
        [
            ingress(
                {
                    "from": [
                        {
                            "namespaceSelector": {
                                "matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["x"]}]
                            }
                        }
                    ]
                }
            )
        ],
        {"source": "pay/web"},
    ),
    "Exists needs the key": (
        "deny",
        [ingress({"from": [{"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "Exists"}]}}]})],
        {"source": "pay/web"},
    ),
    "a pod without labels": ("deny", [ingress({"from": [WEB]})], {"source": "shop/"}),
    "DoesNotExist holds for a pod without labels": (
        "allow",
        [ingress({"from": [{"podSelector": {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}}]})],
        {"source": "shop/"},
    ),
    # B.18: policyTypes
    "omitted types mean ingress": ("deny", [{"podSelector": {}}], {}),
    "omitted types with egress rules mean both: in": (
        "deny",
        [{"podSelector": {"matchLabels": {"app": "db"}}, "egress": [{}]}],
        {},
    ),
    "omitted types with egress rules mean both: out": (
        "deny",
        [{"podSelector": {"matchLabels": {"app": "web"}}, "egress": [{"ports": [{"port": 1}]}]}],
        {},
    ),
    "empty types are omitted types": ("deny", [{"podSelector": {}, "policyTypes": []}], {}),
    "Ingress alone makes egress rules inert": (
        "allow",
        [
            {
                "podSelector": {"matchLabels": {"app": "web"}},
                "policyTypes": ["Ingress"],
                "egress": [{"ports": [{"port": 1}]}],
            }
        ],
        {},
    ),
    "Egress alone does not isolate for ingress": (
        "allow",
        [{"podSelector": {"matchLabels": {"app": "db"}}, "policyTypes": ["Egress"]}],
        {},
    ),
    "Egress without rules denies what goes out": ("deny", [DENY_OUT], {}),
    # B.19: itself, and its own node
    "a pod reaches itself": ("allow", [DENY_IN, DENY_OUT], {"source": "shop/db"}),
    "the pod's own node comes in": ("allow", [DENY_IN], {"source": "192.168.0.2"}),
    "another node, and nobody is admitted": ("deny", [DENY_IN], {"source": "192.168.0.1"}),
    "another node by allow-all": ("allow", [ingress({})], {"source": "192.168.0.1"}),
    "another node by ipBlock": (
        "allow",
        [ingress({"from": [{"ipBlock": {"cidr": "192.168.0.0/24"}}]})],
        {"source": "192.168.0.1"},
    ),
    # B.22: ipBlock
    "an address in a block": (
        "allow",
        [ingress({"from": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]})],
        {"source": "192.0.2.1"},
    ),
    "an address in an exception": (
        "deny",
        [ingress({"from": [{"ipBlock": {"cidr": "192.0.2.0/24", "except": ["192.0.2.0/30"]}}]})],
        {"source": "192.0.2.1"},
    ),
    "an address of the other family": (
        "deny",
        [ingress({"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]})],
        {"source": "2001:db8::1"},
    ),
    "an IPv6 block": (
        "allow",
        [ingress({"from": [{"ipBlock": {"cidr": "2001:db8::/32"}}]})],
        {"source": "2001:DB8:0::1"},
    ),
    "a pod's IP in a block": ("allow", [ingress({"from": [{"ipBlock": {"cidr": "10.0.1.0/24"}}]})], {}),
    "a pod's IP outside of a block": ("deny", [ingress({"from": [{"ipBlock": {"cidr": "10.0.3.0/24"}}]})], {}),
    "a pod whose IP is not known": (
        "unknown",
        [ingress({"from": [{"ipBlock": {"cidr": "10.0.1.0/24"}}]})],
        {"source": "shop/"},
    ),
    "a block in a rule for what goes out": ("allow", [egress({"to": [{"ipBlock": {"cidr": "10.0.2.1/32"}}]})], {}),
    "host bits in a CIDR": (
        "allow",
        [ingress({"from": [{"ipBlock": {"cidr": "192.0.2.77/24"}}]})],
        {"source": "192.0.2.1"},
    ),
}


@pytest.mark.parametrize(("decision", "policies", "question"), ROWS.values(), ids=ROWS)
def test_rule(decision: str, policies: list[dict[str, Any]], question: dict[str, Any]) -> None:
    """The decision is the API's, and both directions give their reasons."""
    found = ask(snapshot(*policies), **question)

    assert found.decision == decision, found.because
    assert found.egress.because
    assert found.ingress.because


@pytest.mark.parametrize(
    ("decision", "policies"),
    [
        ("allow", []),
        ("deny", [DENY_IN]),
        ("deny", [ingress({"from": [{"podSelector": {"matchLabels": {"app": "api"}}}]})]),
        ("unknown", [ingress({"from": [WEB]})]),
        ("allow", [ingress({})]),
        ("allow", [ingress({"from": [{"ipBlock": {"cidr": "10.0.1.0/24"}}]})]),
    ],
)
def test_source_on_the_host_network(decision: str, policies: list[dict[str, Any]]) -> None:
    """B.21: it is told apart as a pod, or is its node; what both readings deny is denied; a rule for the address decides."""
    assert ask(snapshot(*policies, web={"hostNetwork": True})).ingress.decision == decision


@pytest.mark.parametrize(
    ("decision", "policies"),
    [("allow", []), ("unknown", [DENY_IN]), ("allow", [ingress({"from": [WEB]})]), ("deny", [DENY_OUT])],
)
def test_target_on_the_host_network(decision: str, policies: list[dict[str, Any]]) -> None:
    """B.21: policies that select such a pod may or may not count; those of the other end count, and admit it by no reading."""
    assert ask(snapshot(*policies, db={"hostNetwork": True})).decision == decision


def test_source_on_the_host_network_of_the_same_node() -> None:
    """B.19: what comes from the pod's own node is let in, a host-network pod's connections included."""
    found = ask(snapshot(DENY_IN, web={"hostNetwork": True, "nodeName": "node-2"}))

    assert found.decision == "allow"
    assert "always let in" in found.because[-1]


def test_a_decision_by_ipblock_on_a_pod_says_that_it_depends() -> None:
    """NPL-008: the answer is by the address, and names the doubt."""
    found = ask(snapshot(ingress({"from": [{"ipBlock": {"cidr": "10.0.0.0/16"}}]})))

    assert found.decision == "allow"
    assert "CNI-dependent" in found.ingress.because[0]


def test_labels_of_an_unread_namespace() -> None:
    """B.24: of a namespace that was not read only its name label is known; a selector for others is not decided."""
    team = ingress({"from": [TEAM]})
    name = ingress({"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "pay"}}}]})

    assert ask(snapshot(team), source="gone/").decision == "unknown"
    assert ask(snapshot(name), source="gone/").decision == "deny"


def test_a_denial_tells_what_is_missing() -> None:
    """The reason names the policy, what it admits, and what the caller carries instead."""
    found = ask(
        snapshot(ingress({"from": [{**TEAM, "podSelector": {"matchLabels": {"app": "api"}}}], "ports": [{"port": 80}]}))
    )

    assert found.ingress.because == (
        (
            "policy shop/p0 admits app=api of namespaces with team=shop on 80/TCP; "
            "web carries app=web, and the connection is to 8080/TCP of the pod"
        ),
    )


def test_who_is_admitted_at_all() -> None:
    """The rules that admit anybody to a port are known without a caller."""
    found = snapshot(
        DENY_IN, ingress({"from": [WEB], "ports": [{"port": 80}]}, {"from": [TEAM], "ports": [{"port": "sql"}]})
    )
    rules = policy_index(found).admitting(_party(found, "shop/db"), 8080)

    assert [(str(each.policy), each.direction, each.index) for each in rules] == [
        ("NetworkPolicy shop/p1", Direction.INGRESS, 1)
    ]


def test_host_bits_are_told_as_they_are_read() -> None:
    """Stored before Kubernetes 1.36, such a block counts, but who deletes it cannot make it again."""
    odd = {"cidr": "10.0.0.5/16", "except": ["10.0.9.1/24"]}
    plain = {"cidr": "10.0.0.0/16", "except": ["10.0.9.0/24"]}
    allowed, denied, sound = (
        ask(snapshot(ingress({"from": [{"ipBlock": block}], "ports": [{"port": port}]})))
        for block, port in ((odd, 8080), (odd, 1), (plain, 8080))
    )

    for told in (allowed, denied):
        assert "10.0.0.5/16 (that is 10.0.0.0/16) except 10.0.9.1/24 (that is 10.0.9.0/24)" in told.ingress.because[0]
        assert "1.36 and newer refuse 10.0.0.5/16 and 10.0.9.1/24 in a new policy" in told.because[-1]
    assert "that is" not in " ".join(sound.because)
    assert not sound.ingress.notes
