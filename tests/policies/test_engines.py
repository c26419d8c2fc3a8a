"""Engines that read policies each in its own way (docs/policy-engines.md): found by their agents, asked by their own rules."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from bot.cluster.documents import snapshot_from
from bot.model.call.hop import Hop
from bot.model.gaps import Gap
from bot.model.policy.enforcement import enforcer
from bot.model.result.status import Status
from bot.model.snapshot import Snapshot
from bot.usecases.path import batch
from tests.call.sights import policy as netpol
from tests.call.sights import sight
from tests.policies.test_rules import NOW, snapshot

AGENTS = {"cilium": "cilium-agent", "calico-node": "calico-node", "kube-network-policies": "kube-network-policies"}
BLOCK = {"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]}
SECTION = {
    "podSelector": {"matchLabels": {"app": "web"}},
    "policyTypes": ["Ingress"],
    "egress": [{"ports": [{"port": 53, "protocol": "UDP"}]}],
}
INVISIBLE = {
    "podSelector": {},
    "ingress": [
        {"from": [{"podSelector": {"matchExpressions": [{"key": "pod-template-hash", "operator": "DoesNotExist"}]}}]},
        {"from": [{"podSelector": {"matchLabels": {"controller-uid": "1"}}}]},
    ],
}
NAMED = {"podSelector": {"matchLabels": {"app": "db"}}, "ingress": [{"ports": [{"port": "metrics"}]}]}
METRICS = {"name": "proxy", "ports": [{"name": "metrics", "containerPort": 8080, "protocol": "TCP"}]}
SIDECAR = {"initContainers": [{**METRICS, "restartPolicy": "Always"}]}
HIDDEN = {"podSelector": {}, "ingress": [{"from": [{"podSelector": {"matchLabels": {"controller-uid": "1"}}}]}]}
SETTINGS = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cilium-config", "namespace": "kube-system"}}


def agent(name: str, container: str) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": container}]}}
    spec = {"selector": {"matchLabels": {"app": name}}, "template": template}
    metadata = {"name": name, "namespace": "kube-system"}
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata, "spec": spec}


def cluster(
    *objects: dict[str, Any],
    policies: tuple[dict[str, Any], ...] = (),
    gaps: tuple[Gap, ...] = (),
    db: dict[str, Any] | None = None,
) -> Snapshot:
    """The cluster of `test_rules` with its policies and further objects; web carries a label that Cilium does not see."""
    more = snapshot_from(objects, taken_at=NOW)
    base = snapshot(*policies, db=db)
    pods = tuple(
        replace(each, metadata=replace(each.metadata, labels={**each.labels, "controller-uid": "1"}))
        if each.name == "web"
        else each
        for each in base.pods
    )
    kinds = {"daemon_sets": more.daemon_sets, "config_maps": more.config_maps, "nodes": (*base.nodes, *more.nodes)}
    return replace(base, pods=pods, others=more.others, gaps=gaps, **kinds)


def answer(found: Snapshot) -> dict[str, Any]:
    line = {"from": {"namespace": "shop", "pod": "web"}, "to": {"namespace": "shop", "pod": "db"}, "port": 8080}
    (told,) = batch(found, [json.dumps(line)])
    return told


@pytest.mark.parametrize(
    ("policy", "text", "cilium"),
    [(BLOCK, "allow", "deny"), (SECTION, "allow", "deny"), (HIDDEN, "allow", "deny"), (INVISIBLE, "allow", "allow")],
    ids=["ipBlock of pods", "inert section", "label without identity", "absence of such a label"],
)
def test_engines_differ(policy: dict[str, Any], text: str, cilium: str) -> None:
    """Where no engine is seen the text decides and those that differ are named; Cilium, once seen, decides as it does."""
    unseen, seen, calico = (
        answer(cluster(*objects, policies=(policy,)))
        for objects in ((), (agent("cilium", "cilium-agent"),), (agent("calico-node", "calico-node"),))
    )

    assert (unseen["decision"], seen["decision"], calico["decision"]) == (text, cilium, text)
    assert any("Cilium would deny this" in each for each in unseen["because"]) == (text != cilium)
    assert not any("Calico would" in each for each in unseen["because"])
    assert any("Cilium enforces policies here (DaemonSet kube-system/cilium" in each for each in seen["because"])
    assert not any("would" in each for each in (*seen["because"], *calico["because"]))


@pytest.mark.parametrize(
    ("db", "differs"), [(SIDECAR, True), ({"containers": [METRICS]}, False)], ids=["sidecar", "container"]
)
def test_named_ports_of_native_sidecars(db: dict[str, Any], *, differs: bool) -> None:
    """Calico knows them, the others only names of containers, and the text says neither: by it a sidecar's name counts."""
    seen = {name: answer(cluster(agent(name, each), policies=(NAMED,), db=db)) for name, each in AGENTS.items()}
    unseen = answer(cluster(policies=(NAMED,), db=db))

    denied = "deny" if differs else "allow"
    assert {name: each["decision"] for name, each in seen.items()} == {
        "cilium": denied,
        "calico-node": "allow",
        "kube-network-policies": denied,
    }
    assert unseen["decision"] == "allow"
    told = [each.split()[0] for each in unseen["because"] if "would deny this" in each]
    assert told == (["Cilium", "kube-network-policies"] if differs else [])
    assert any("metrics is a port of a native sidecar of db" in each for each in seen["cilium"]["because"]) == differs


def test_flags_of_cilium_count() -> None:
    """With policy-cidr-match-mode=pods an ipBlock means pods, too; enable-policy=never enforces nothing, which is said."""
    cilium = agent("cilium", "cilium-agent")
    pods = cluster(cilium, {**SETTINGS, "data": {"policy-cidr-match-mode": "pods"}}, policies=(BLOCK,))
    never = enforcer(cluster(cilium, {**SETTINGS, "data": {"enable-policy": "never"}}))

    assert answer(pods)["decision"] == "allow"
    assert "policy-cidr-match-mode=pods" in answer(pods)["because"][-1]
    assert never is not None
    assert str(never) == "Cilium does not enforce policies (DaemonSet kube-system/cilium; enable-policy=never)"


def test_equal_priorities() -> None:
    """The API leaves it open; Cilium denies, the others take the first by name."""

    def tier(name: str, action: str) -> dict[str, Any]:
        rule = {"action": action, "from": [{"namespaces": {}}]}
        spec = {"tier": "Admin", "priority": 5, "subject": {"namespaces": {}}, "ingress": [rule]}
        kind = "ClusterNetworkPolicy"
        api = "policy.networking.k8s.io/v1alpha2"
        return {"apiVersion": api, "kind": kind, "metadata": {"name": name}, "spec": spec}

    both = (tier("a", "Accept"), tier("b", "Deny"))
    decisions = {name: answer(cluster(*both, agent(name, each)))["decision"] for name, each in AGENTS.items()}

    assert answer(cluster(*both))["decision"] == "unknown"
    assert decisions == {"cilium": "deny", "calico-node": "allow", "kube-network-policies": "allow"}


@pytest.mark.parametrize(
    ("agents", "gaps", "words"),
    [
        ((), (), None),
        ((("cilium", "cilium-agent"), ("calico-node", "calico-node")), (), None),
        ((("antrea-agent", "antrea-agent"),), (), "Antrea enforces policies here (DaemonSet kube-system/antrea-agent)"),
        (
            (("kube-flannel", "kube-flannel"),),
            (),
            "flannel does not enforce policies (DaemonSet kube-system/kube-flannel)",
        ),
        ((("canal", "calico-node"), ("kube-flannel", "kube-flannel")), (), "Calico enforces policies here"),
        ((("kube-flannel", "kube-flannel"),), (Gap("workloads", "", "daemonsets", "forbidden"),), None),
    ],
)
def test_who_enforces(agents: tuple[tuple[str, str], ...], gaps: tuple[Gap, ...], words: str | None) -> None:
    """One agent tells; several do not, nor does flannel alone where DaemonSets were not all read."""
    found = enforcer(cluster(*(agent(*each) for each in agents), gaps=gaps))

    assert str(found).startswith(words) if words else found is None


def plugged(*reasons: str, labels: dict[str, str] | None = None) -> dict[str, Any]:
    """Return a node of which network plugins say that they are up."""
    up = [{"type": "NetworkUnavailable", "status": "False", "reason": each} for each in reasons]
    metadata = {"name": "node-9", "labels": labels or {}}
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "status": {"conditions": up}}


@pytest.mark.parametrize(
    ("objects", "words"),
    [
        ((plugged("CiliumIsUp"),), "Cilium enforces policies here (Node node-9; its settings were not read)"),
        (
            (plugged("CiliumIsUp"), {**SETTINGS, "data": {"enable-policy": "never"}}),
            "Cilium does not enforce policies (Node node-9; enable-policy=never)",
        ),
        ((plugged("CalicoIsUp"),), "Calico enforces policies here (Node node-9)"),
        ((plugged("CalicoIsUp", "FlannelIsUp"),), "Calico enforces policies here (Node node-9)"),
        ((plugged("CalicoIsUp", "CiliumIsUp"),), None),
        ((plugged("RouteCreated"),), None),
        ((plugged("FlannelIsUp"),), None),
        (
            (plugged("FlannelIsUp", labels={"node.kubernetes.io/instance-type": "k3s"}),),
            "kube-router in k3s enforces policies here (Node node-9)",
        ),
        (
            (plugged("CalicoIsUp", labels={"node.kubernetes.io/instance-type": "k3s"}),),
            "Calico enforces policies here (Node node-9)",
        ),
        ((plugged("CalicoIsUp"), agent("kindnet", "kindnet-cni")), "kindnet enforces policies here"),
    ],
)
def test_nodes_name_their_network_plugin(objects: tuple[dict[str, Any], ...], words: str | None) -> None:
    """By the reason of NetworkUnavailable, where no agent was read; flannel's own says nothing of policies."""
    found = enforcer(cluster(*objects))

    assert str(found).startswith(words) if words else found is None


def test_a_difference_leaves_the_hop_of_a_diagnosis_open() -> None:
    """`why` calls it unknown and names both; a policy in which engines agree stays sound."""
    by_block = netpol("shop", ingress=[{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}])
    differ, agree = (
        sight(Hop.POLICY, by_block),
        sight(Hop.POLICY, netpol("shop", ingress=[{"from": [{"podSelector": {}}]}])),
    )

    assert (differ.status, agree.status) == (Status.UNKNOWN, Status.OK)
    assert "Cilium would deny this" in differ.because
