"""The evaluator against a second, naive reading of the API's text, over random clusters."""

from datetime import UTC, datetime
from typing import Any

import oracle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cluster.documents import snapshot_from
from bot.model.policies import PolicyIndex

NAMESPACES = ("shop", "pay", "ops")
KEYS, VALUES = ("app", "tier"), ("web", "db", "api")
PORTS, NAMES = (53, 80, 8080, 9090), ("http", "dns")
PROTOCOLS = ("TCP", "UDP", "SCTP")
CIDRS = ("10.0.0.0/30", "10.0.0.4/30", "10.0.0.0/24", "0.0.0.0/0", "fd00::/126", "fd00::/64", "::/0")

labels = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=2)
expressions = st.one_of(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(KEYS),
            "operator": st.sampled_from(("In", "NotIn")),
            "values": st.lists(st.sampled_from(VALUES), min_size=1, max_size=2),
        }
    ),
    st.fixed_dictionaries({"key": st.sampled_from(KEYS), "operator": st.sampled_from(("Exists", "DoesNotExist"))}),
)
selectors = st.one_of(
    st.just({}),
    st.builds(lambda pairs: {"matchLabels": pairs}, labels),
    st.builds(
        lambda pairs, lines: {"matchLabels": pairs, "matchExpressions": lines},
        labels,
        st.lists(expressions, max_size=2),
    ),
)
blocks = st.sampled_from(CIDRS).flatmap(
    lambda cidr: st.fixed_dictionaries(
        {"cidr": st.just(cidr)},
        optional={"except": st.lists(st.sampled_from([c for c in CIDRS if (":" in c) == (":" in cidr)]), max_size=2)},
    )
)
peers = st.one_of(
    st.fixed_dictionaries({"podSelector": selectors}),
    st.fixed_dictionaries({"namespaceSelector": selectors}),
    st.fixed_dictionaries({"podSelector": selectors, "namespaceSelector": selectors}),
    st.fixed_dictionaries({"ipBlock": blocks}),
)
ports = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "protocol": st.sampled_from(PROTOCOLS),
            "port": st.one_of(st.sampled_from(PORTS), st.sampled_from(NAMES)),
        },
    ),
    st.fixed_dictionaries({"port": st.sampled_from(PORTS), "endPort": st.sampled_from((80, 9000, 65535))}),
)


def rules(side: str) -> Any:
    several = st.one_of(st.none(), st.lists(peers, max_size=3))
    return st.fixed_dictionaries(
        {}, optional={side: several, "ports": st.one_of(st.none(), st.lists(ports, max_size=3))}
    )


specs = st.fixed_dictionaries(
    {"podSelector": selectors},
    optional={
        "policyTypes": st.sampled_from([None, [], ["Ingress"], ["Egress"], ["Ingress", "Egress"]]),
        "ingress": st.one_of(st.none(), st.lists(rules("from"), max_size=3)),
        "egress": st.one_of(st.none(), st.lists(rules("to"), max_size=3)),
    },
)
named = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(PORTS), st.sampled_from(PROTOCOLS)),
    max_size=2,
    unique_by=lambda port: port[0],
)


@st.composite
def clusters(draw: Any) -> dict[str, Any]:
    """Draw up to five pods in three namespaces, some of two families, and up to five policies."""
    spaces = {name: {**draw(labels), "kubernetes.io/metadata.name": name} for name in NAMESPACES}
    families = draw(st.sampled_from(("4", "6", "46", "64")))
    pods = [
        {
            "name": f"pod-{number}",
            "namespace": draw(st.sampled_from(NAMESPACES)),
            "labels": draw(labels),
            "ips": [f"10.0.0.{number}" if family == "4" else f"fd00::{number}" for family in families],
            "ports": draw(named),
        }
        for number in range(1, draw(st.integers(2, 5)) + 1)
    ]
    policies = [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": f"policy-{number}", "namespace": draw(st.sampled_from(NAMESPACES))},
            "spec": draw(specs),
        }
        for number in range(draw(st.integers(0, 5)))
    ]
    return {"namespaces": spaces, "pods": pods, "policies": policies}


def documents(cluster: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the cluster as the API would."""
    spaces = [
        {"kind": "Namespace", "metadata": {"name": n, "labels": held}} for n, held in cluster["namespaces"].items()
    ]
    pods = [
        {
            "kind": "Pod",
            "metadata": {"name": pod["name"], "namespace": pod["namespace"], "labels": pod["labels"]},
            "spec": {
                "nodeName": pod["name"],
                "containers": [
                    {
                        "name": "app",
                        "ports": [{"name": n, "containerPort": p, "protocol": t} for n, p, t in pod["ports"]],
                    }
                ],
            },
            "status": {"podIP": pod["ips"][0], "podIPs": [{"ip": ip} for ip in pod["ips"]], "phase": "Running"},
        }
        for pod in cluster["pods"]
    ]
    return [*spaces, *pods, *cluster["policies"]]


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(cluster=clusters(), protocol=st.sampled_from(PROTOCOLS))
def test_agrees_with_the_oracle(cluster: dict[str, Any], protocol: str) -> None:
    """For every pair of pods and every port both readings give the same answer, and the answer explains itself."""
    snapshot = snapshot_from(documents(cluster), taken_at=datetime(2026, 11, 23, tzinfo=UTC))
    index = PolicyIndex(snapshot)
    for source in cluster["pods"]:
        for target in cluster["pods"]:
            for port in PORTS:
                parties = [index.pod(snapshot.pod(each["namespace"], each["name"])) for each in (source, target)]
                found = index.decide(*parties, port, protocol)
                egress, ingress = oracle.allowed(cluster, source, target, port, protocol)

                assert found.egress.decision == ("allow" if egress else "deny")
                assert found.ingress.decision == ("allow" if ingress else "deny")
                assert found.decision == ("allow" if egress and ingress else "deny")
                assert all(found.because)
