"""Faults of NetworkPolicies: each drops packets, so each is a time-out to its caller."""

import json
from typing import Any

from tests.live_cluster.nodes.faults.words import ADMIN_TIERS, IMAGE, WEB, Fault, Words, made, policy
from tests.live_cluster.nodes.layout import NODE_ADDRESSES, SERVICES


def _ingress(name: str, code: str, rule: dict[str, Any], policy_name: str = "from-client") -> Fault:
    inject = (policy(policy_name, {**WEB, "ingress": [rule]}),)
    return Fault(name, inject, "timeout", code, "routing", f"NetworkPolicy/{policy_name}")


def _egress(name: str, traffic: str, code: str, rule: dict[str, Any], policy_name: str) -> Fault:
    client = {"podSelector": {"matchLabels": {"app": "client"}}, "policyTypes": ["Egress"]}
    inject = (policy(policy_name, {**client, "egress": [rule]}),)
    return Fault(name, inject, traffic, code, "routing", f"NetworkPolicy/{policy_name}")


DNS = {"to": [{"namespaceSelector": {}}], "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}

CLIENT = {"podSelector": {"matchLabels": {"app": "client"}}}
TO_SERVICES = {"to": [{"ipBlock": {"cidr": SERVICES}}]}

NEXT_DOOR = (
    ("create", "namespace", "fault-callers-place"),
    ("-n", "fault-callers-place", "run", "caller", f"--image={IMAGE}", "--labels=app=client", "--", "-refuse"),
    ("-n", "fault-callers-place", "wait", "pod/caller", "--for=condition=Ready", "--timeout=180s"),
)


def _admin(name: str, priority: int, ingress: list[dict[str, Any]], namespace: str) -> Words:
    """Words that make a policy of the cluster's administrators for the shop of one namespace."""
    pods = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}, **WEB}
    spec = {"tier": "Admin", "priority": priority, "subject": {"pods": pods}, "ingress": ingress}
    return made(ADMIN_TIERS, "ClusterNetworkPolicy", name, spec=spec)


DNS_OF_OTHERS = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "dns-for-others", "namespace": "kube-system"},
    "spec": {
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        "ingress": [
            {
                "from": [
                    {
                        "namespaceSelector": {
                            "matchExpressions": [
                                {
                                    "key": "kubernetes.io/metadata.name",
                                    "operator": "NotIn",
                                    "values": ["fault-dns-for-others"],
                                }
                            ]
                        }
                    },
                    {"ipBlock": {"cidr": NODE_ADDRESSES}},
                ]
            }
        ],
    },
}


POLICIES = (
    Fault(
        name="default deny",
        inject=(policy("default-deny", {"podSelector": {}, "policyTypes": ["Ingress"]}),),
        traffic="timeout",
        code="NPL-001",
        layer="routing",
        about="NetworkPolicy/default-deny",
    ),
    _ingress("wrong pod label", "NPL-001", {"from": [{"podSelector": {"matchLabels": {"app": "clent"}}}]}),
    _ingress(
        "namespace label missing",
        "NPL-006",
        {"from": [{"namespaceSelector": {"matchLabels": {"name": "fault-namespace-label-missing"}}}]},
    ),
    _ingress("policy on Service port", "NPL-004", {"from": [{"podSelector": {}}], "ports": [{"port": 80}]}),
    Fault(
        name="section without its type",
        inject=(
            policy("lookups", {**CLIENT, "policyTypes": ["Egress"], "egress": [DNS]}),
            policy("let-out", {**CLIENT, "policyTypes": ["Ingress"], "ingress": [{}], "egress": [{"to": [WEB]}]}),
        ),
        traffic="timeout",
        code="NPL-009",
        layer="routing",
        about="NetworkPolicy/let-out",
    ),
    _ingress("port of UDP", "NPL-010", {"from": [CLIENT], "ports": [{"port": 8080, "protocol": "UDP"}]}),
    _ingress("port name of nobody", "NPL-010", {"from": [CLIENT], "ports": [{"port": "web"}]}),
    Fault(
        name="egress to the ClusterIP",
        inject=(policy("to-service", {**CLIENT, "policyTypes": ["Egress"], "egress": [DNS, TO_SERVICES]}),),
        traffic="timeout",
        code="NPL-008",
        layer="routing",
        about="NetworkPolicy/to-service",
    ),
    _egress("egress without DNS", "no-dns", "NPL-003", {"to": [WEB]}, "client-to-storefront"),
    Fault(
        name="egress of all without DNS",  # and nobody said who calls
        inject=(
            policy("within", {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [{"podSelector": {}}]}]}),
        ),
        traffic="no-dns",
        code="NPL-003",
        layer="routing",
        about="NetworkPolicy/within",
        ask="storefront -n NAMESPACE",
        ask_before="storefront -n NAMESPACE",
    ),
    _egress("egress to DNS alone", "timeout", "NPL-002", DNS, "client-to-dns"),
    Fault(
        name="administrators deny",
        before=(policy("from-client", {**WEB, "ingress": [{"from": [CLIENT]}]}),),
        inject=(
            _admin(
                "fault-administrators-deny",
                10,
                [{"name": "none", "action": "Deny", "from": [{"namespaces": {}}]}],
                "fault-administrators-deny",
            ),
        ),
        undo=(("delete", "clusternetworkpolicies", "fault-administrators-deny", "--ignore-not-found"),),
        tidy=(("delete", "clusternetworkpolicies", "--all"),),
        traffic="timeout",
        code="NPL-014",
        layer="routing",
        about="ClusterNetworkPolicy/fault-administrators-deny",
    ),
    Fault(
        name="DNS for others",
        inject=(("-n", "kube-system", "apply", "-f", json.dumps(DNS_OF_OTHERS)),),
        undo=(("-n", "kube-system", "delete", "netpol", "dns-for-others", "--ignore-not-found"),),
        tidy=(("-n", "kube-system", "delete", "netpol", "--all"),),
        traffic="no-dns",
        code="NPL-015",
        layer="routing",
        about="NetworkPolicy/dns-for-others",
        is_long=True,
    ),
    Fault(
        name="a peer without its namespace",
        before=(*NEXT_DOOR, policy("from-client", {**WEB, "ingress": [{}]})),
        inject=(policy("from-client", {**WEB, "ingress": [{"from": [CLIENT]}]}),),
        undo=(("delete", "namespace", "fault-callers-place", "--wait=false", "--ignore-not-found"),),
        traffic="timeout",
        code="NPL-007",
        layer="routing",
        about="NetworkPolicy/from-client",
        client="fault-callers-place/caller",
        url="http://storefront.NAMESPACE",
        ask_before="storefront.NAMESPACE --from fault-callers-place/caller",
        ask="storefront.NAMESPACE --from fault-callers-place/caller",
        is_long=True,
    ),
)
