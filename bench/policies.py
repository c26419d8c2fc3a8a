"""Policy decisions a second on 5,000 pods and 1,000 policies, one core, after one pass that builds the index.

The cluster is made up from a fixed seed: 50 namespaces, workloads of 5 pods, every
policy with two rules of selectors, ports and now and then an ipBlock, a third of them for egress. Another third are
ClusterNetworkPolicies of both tiers. The bar is 1.5 times what commit 61060a5, which left these out, decided of as many
NetworkPolicies: as it was measured once, and with `--against` as it is in the same run, in turns.

Then what an index costs in all, by pods: it is built, each pod is made a party by its address, and one connection of each is
decided, so that whatever is kept of it is kept. As in a command, no garbage is looked for (`bot.__main__`). The bar is linear,
with a tenth for what a larger memory costs.
"""

import gc
import random
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.lab import Lab
from bench.older import Older
from bench.processes import ROOT
from bench.rows import CannotMeasureError, Row
from bot.model.kube.admin_policies import (
    AdminPeer,
    AdminProtocol,
    AdminRule,
    AdminSpec,
    AdminSubject,
    ClusterNetworkPolicy,
    DestinationPort,
    NamespacedPods,
    OfProtocol,
)
from bot.model.kube.kinds import row
from bot.model.kube.networkpolicies import (
    EgressRuleOfPolicy,
    IngressRuleOfPolicy,
    IPBlock,
    NetworkPolicy,
    NetworkPolicySpec,
    Peer,
    PolicyPort,
)
from bot.model.kube.objects import Meta
from bot.model.kube.pods import Container, ContainerPort, Pod, PodSpec, PodStatus
from bot.model.kube.selectors import LabelSelector, Requirement
from bot.model.kube.workloads import Namespace
from bot.model.policy.index import PolicyIndex
from bot.model.snapshot import Snapshot

PODS, MANY_PODS = 5_000, 50_000
POLICIES = 1_000
NAMESPACES = 50
DECISIONS = 40_000
BAR = 42_000
TIMES, LINEAR = 1.5, 1.1
_RATE = """
from bench import policies
snapshot = policies.cluster()
print(policies.decisions_per_second(policies.PolicyIndex(snapshot), snapshot))
"""


def policies(lab: Lab) -> Iterator[Row]:
    """Decisions a second of CPU, and what the index cost before the first one."""
    snapshot = cluster()
    indexing, rates = [], []
    for _ in range(lab.turns):
        began = time.process_time()
        index = PolicyIndex(snapshot)
        indexing.append(time.process_time() - began)
        rates.append(decisions_per_second(index, snapshot))
    rate = median(rates)
    yield Row(
        "policies",
        f"policy decisions, {PODS:,} pods, {POLICIES:,} policies (index: {median(indexing) * 1000:.0f} ms)",
        ours=f"{rate:,.0f}/s of CPU",
        bar=f"≥ {BAR:,}/s",
        held=rate >= BAR,
        samples={"rates": rates, "indexing": indexing},
    )
    if lab.older:
        yield _beside(lab, lab.older)
    yield _growth(lab)


def _beside(lab: Lab, older: Older) -> Row:
    """Return the row of an older commit, which measures itself, and this one, in turns."""
    pairs = [(_rate_at(older.folder), _rate_at(ROOT)) for _ in range(lab.turns)]
    then, now = (median(each) for each in zip(*pairs, strict=True))
    return Row(
        "policies",
        f"policy decisions, against {older.commit}, which has no admin tiers",
        ours=f"{now:,.0f}/s of CPU",
        bar=f"≥ {TIMES:g} ×",
        held=now / then >= TIMES,
        floor=f"{then:,.0f}/s of CPU",
        ratio=now / then,
        samples={"pairs": pairs},
    )


def _rate_at(folder: Path) -> float:
    done = subprocess.run(
        (str(folder / ".venv/bin/python"), "-c", _RATE), cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotMeasureError(f"policy decisions of {folder}: {done.stderr.strip().splitlines()[-1:]}")
    return float(done.stdout)


def _growth(lab: Lab) -> Row:
    """Return the row of ten times the pods, measured in turns with the usual number."""
    few, many = cluster(), cluster(MANY_PODS)
    gc.collect()
    gc.disable()
    pairs = [(_seconds(few), _seconds(many)) for _ in range(lab.turns)]
    gc.enable()
    small, large = (median(each) for each in zip(*pairs, strict=True))
    times = MANY_PODS // PODS
    ratio = large / small
    return Row(
        "policies",
        f"index of policies, with a decision for each of {MANY_PODS:,} pods; floor: of {PODS:,}",
        ours=f"{large:.2f} s of CPU",
        bar=f"≤ {times * LINEAR:g} ×",
        held=ratio <= times * LINEAR,
        floor=f"{small:.2f} s of CPU",
        ratio=ratio,
        samples={"pairs": pairs},
    )


def _seconds(snapshot: Snapshot) -> float:
    """Return the CPU seconds of a new index that has looked at every pod."""
    began = time.process_time()
    index = PolicyIndex(snapshot)
    parties = [index.address(each.status.pod_ip) for each in snapshot.pods]
    for number, source in enumerate(parties):
        index.decide(source, parties[number * 7919 % len(parties)], 8080)
    took = time.process_time() - began
    gc.collect()
    return took


def decisions_per_second(index: PolicyIndex, snapshot: Snapshot, decisions: int = DECISIONS) -> float:
    """Measure both directions of random connections as one decision, with a new index: its caches are filled here."""
    choose = random.Random(7)
    parties = [index.pod(pod) for pod in snapshot.pods]
    asked = [
        (choose.choice(parties), choose.choice(parties), choose.choice((80, 8080, 5432))) for _ in range(decisions)
    ]
    began = time.process_time()
    for source, target, port in asked:
        index.decide(source, target, port)
    return decisions / (time.process_time() - began)


def cluster(pods: int = PODS) -> Snapshot:
    """The made-up cluster with that many pods, the same at every run."""
    choose = random.Random(1)
    names = [f"ns-{number}" for number in range(NAMESPACES)]
    return Snapshot(
        taken_at=datetime(2026, 11, 23, tzinfo=UTC),
        namespaces=tuple(Namespace(metadata=Meta(name=name, labels={"team": f"t{name[-1]}"})) for name in names),
        pods=tuple(_pod(number, names) for number in range(pods)),
        policies=tuple(_policy(number, names, choose) for number in range(POLICIES - POLICIES // 3)),
        others={row(ClusterNetworkPolicy).key: tuple(_tier(number, choose) for number in range(POLICIES // 3))},
    )


def _pod(number: int, names: list[str]) -> Pod:
    workload = number // 5
    labels = {"app": f"app-{workload % 20}", "tier": f"tier-{workload % 3}", "pod": f"p{number}"}
    return Pod(
        metadata=Meta(name=f"pod-{number}", namespace=names[workload % NAMESPACES], labels=labels),
        spec=PodSpec(
            node_name=f"node-{number % 100}",
            containers=(Container(name="app", ports=(ContainerPort(container_port=8080, name="http"),)),),
        ),
        status=PodStatus(pod_ip=f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"),
    )


def _policy(number: int, names: list[str], choose: random.Random) -> NetworkPolicy:
    peers = tuple((_peer(choose), _peer(choose)) for _ in range(2))
    ports = (PolicyPort(port=choose.choice((80, 8080, "http", None))), PolicyPort(port=5000, end_port=6000))
    egress = number % 3 == 0
    selector = LabelSelector(match_labels={"tier": f"tier-{number % 3}"}) if number % 10 else LabelSelector()
    return NetworkPolicy(
        metadata=Meta(name=f"policy-{number}", namespace=names[number % NAMESPACES]),
        spec=NetworkPolicySpec(
            pod_selector=selector,
            policy_types=("Egress",) if egress else ("Ingress",),
            ingress=None if egress else tuple(IngressRuleOfPolicy(from_=each, ports=ports) for each in peers),
            egress=tuple(EgressRuleOfPolicy(to=each, ports=ports) for each in peers) if egress else None,
        ),
    )


def _tier(number: int, choose: random.Random) -> ClusterNetworkPolicy:
    """A policy of an admin tier, about one team's pods; a fifth of them are of the baseline."""

    def pods() -> NamespacedPods:
        spaces = LabelSelector(match_labels={"team": f"t{choose.randrange(10)}"})
        return NamespacedPods(spaces, LabelSelector(match_labels={"app": f"app-{choose.randrange(20)}"}))

    rules = tuple(
        AdminRule(
            action=choose.choice(("Accept", "Deny", "Pass")),
            from_=(AdminPeer(pods=pods()), AdminPeer(pods=pods())),
            protocols=(AdminProtocol(tcp=OfProtocol(DestinationPort(number=choose.choice((80, 8080, 5432))))),),
        )
        for _ in range(2)
    )
    tier = "Baseline" if number % 5 == 0 else "Admin"
    spec = AdminSpec(tier=tier, priority=number, subject=AdminSubject(pods=pods()), ingress=rules)
    return ClusterNetworkPolicy(metadata=Meta(name=f"tier-{number}"), spec=spec)


def _peer(choose: random.Random) -> Peer:
    kind = choose.randrange(10)
    if kind == 0:
        return Peer(ip_block=IPBlock(cidr="10.0.0.0/18", except_=("10.0.8.0/21",)))
    some = (f"app-{choose.randrange(20)}", f"app-{choose.randrange(20)}")
    requirement = Requirement(key="app", operator="In", values=some)
    pods = LabelSelector(match_labels={"app": some[0]}) if kind % 2 else LabelSelector(match_expressions=(requirement,))
    spaces = LabelSelector(match_labels={"team": f"t{choose.randrange(10)}"}) if kind > 4 else None  # noqa: PLR2004 (half)
    return Peer(pod_selector=pods, namespace_selector=spaces)
