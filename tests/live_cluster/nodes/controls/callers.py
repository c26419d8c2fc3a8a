"""Healthy calls whose caller looks odd: its DNS, its network, and the policies around it."""

from typing import Any

from tests.live_cluster.nodes.controls.words import (
    IN_SPACE,
    NAMED,
    SPACE,
    Body,
    Control,
    administrators,
    caller,
    deployment,
    policy,
    service,
)
from tests.live_cluster.nodes.layout import CLUSTER_DNS

SEARCHES = [f"{SPACE}.svc.cluster.local", "svc.cluster.local", "cluster.local"]
OWN_DNS = {"nameservers": [CLUSTER_DNS], "searches": SEARCHES, "options": [{"name": "ndots", "value": "5"}]}
FEW_DOTS = {"options": [{"name": "ndots", "value": "1"}]}
LOOKUPS: Body = {
    "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
    "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
}


def _pods(**labels: str) -> Body:
    return {"podSelector": {"matchLabels": labels}}


def _isolated(role: str, egress: list[Body]) -> Body:
    made = policy(f"from-{role}", "", policyTypes=["Egress"], egress=egress)
    made["spec"] |= _pods(role=role)
    return made


def _called_by(role: str, name: str, app: str, *objects: Body, more: str = "", **spec: Any) -> Control:
    """A healthy app that is called from a pod of its own."""
    whole = (service(app), deployment(app, ports=NAMED), caller(role, role, **spec), *objects)
    return Control(name, app, whole, source=f"{SPACE}/{role}", more=more)


CALLERS = (
    _called_by(
        "own-dns", "a caller with the cluster's DNS written out", "written", dnsPolicy="None", dnsConfig=OWN_DNS
    ),
    _called_by("few-dots", "ndots 1 and glibc", "few", more="--resolver glibc", dnsConfig=FEW_DOTS),
    _called_by(
        "hosted",
        "a caller on the host network with the cluster's DNS",
        "from-host",
        hostNetwork=True,
        dnsPolicy="ClusterFirstWithHostNet",
    ),
    _called_by(
        "narrow",
        "egress closed but for DNS and the app",
        "narrowed",
        _isolated("narrow", [LOOKUPS, {"to": [_pods(app="narrowed")], "ports": [{"port": "http"}]}]),
    ),
    _called_by(
        "admitted",
        "ingress closed but for this caller",
        "closed",
        policy("closed-to-all", "closed", policyTypes=["Ingress"]),
        policy("closed-but-one", "closed", policyTypes=["Ingress"], ingress=[{"from": [_pods(role="admitted")]}]),
    ),
    _called_by(
        "passed",
        "administrators pass on what they deny to others, and a NetworkPolicy allows it",
        "passed-on",
        administrators(
            "passed-on",
            {"name": "own", "action": "Pass", "from": [{"namespaces": IN_SPACE}]},
            {"name": "others", "action": "Deny", "from": [{"namespaces": {}}]},
        ),
        policy("passed-on", "passed-on", policyTypes=["Ingress"], ingress=[{"from": [_pods(role="passed")]}]),
    ),
    _called_by(
        "ranged",
        "a range of ports with the pods' own in it",
        "in-range",
        policy("range", "in-range", ingress=[{"ports": [{"port": 8000, "endPort": 8100}]}]),
    ),
    _called_by(
        "aliased",
        "a line of hosts for another name",
        "not-aliased",
        hostAliases=[{"ip": "192.0.2.1", "hostnames": ["elsewhere.example"]}],
    ),
)
