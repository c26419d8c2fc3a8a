"""No cluster, however odd, makes the policy checks or the path fail: nils, wrong CIDRs, endpoints without pods."""

from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.checks import check_named
from bot.checks.engine.judge import judge
from bot.cluster.documents import snapshot_from
from bot.model.case import Case
from bot.model.probe import Observation, Outcome, TcpConnect
from bot.model.question.question import Question, Source
from bot.model.refs import Ref
from bot.usecases.path import path
from tests.checks.manifests import NOW, WORKER
from tests.examples import examples

CHECKS = [check_named(code) for code in ("NPL-001", "NPL-002", "NPL-003", "NPL-004", "NPL-006")]
SELECTORS: tuple[Any, ...] = (
    {},
    {"matchLabels": None},
    {"matchLabels": {"app": "a"}},
    {"matchLabels": {"name": "shop"}},
    {"matchExpressions": [{"key": "app", "operator": "In", "values": None}]},
    {"matchExpressions": [{"key": "app", "operator": "Unheard"}]},
    {"matchExpressions": None},
)
PEERS: tuple[Any, ...] = (
    {},
    {"ipBlock": {"cidr": ""}},
    {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["nonsense"]}},
    {"ipBlock": {"cidr": "fd00::/8", "except": None}},
    {"podSelector": None, "namespaceSelector": None},
    *({"podSelector": each} for each in SELECTORS),
    *({"namespaceSelector": each, "podSelector": {}} for each in SELECTORS),
)
PORTS: tuple[Any, ...] = (
    {},
    {"port": None},
    {"port": 80},
    {"port": "web"},
    {"port": 8080, "endPort": 1},
    {"protocol": "SCTP"},
)


def some(choose: Random, items: tuple[Any, ...]) -> list[Any] | None:
    return choose.choice((None, [], [choose.choice(items) for _ in range(choose.randint(1, 3))]))


def documents(choose: Random) -> list[dict[str, Any]]:
    """Make up a shop with up to four pods, a Service with slices of any kind, DNS or not, and up to four policies."""
    pods = [_pod(choose, number) for number in range(choose.randint(0, 4))]
    spaces = [{"kind": "Namespace", "metadata": {"name": "shop"}}] if choose.random() < 0.7 else []
    ports = [{"port": 80, "targetPort": choose.choice((None, 8080, "web")), "protocol": "TCP", "name": "web"}]
    spec = {
        "selector": choose.choice((None, {}, {"app": "a"})),
        "ports": ports,
        "clusterIP": choose.choice(("None", "10.96.0.1")),
    }
    service = {"kind": "Service", "metadata": {"name": "api", "namespace": "shop"}, "spec": spec}
    return [
        *spaces,
        *pods,
        service,
        _slice(choose),
        *_dns(choose),
        *(_policy(choose, n) for n in range(choose.randint(0, 4))),
    ]


def _pod(choose: Random, number: int) -> dict[str, Any]:
    ip = choose.choice(("", f"10.0.0.{number}", f"fd00::{number}"))
    return {
        "kind": "Pod",
        "metadata": {
            "name": f"pod-{number}",
            "namespace": "shop",
            "labels": choose.choice((None, {"app": "a"}, {"app": "b"})),
        },
        "spec": {"hostNetwork": choose.random() < 0.2, "containers": choose.choice((None, [{"ports": None}]))},
        "status": {"podIP": ip, "podIPs": None},
    }


def _slice(choose: Random) -> dict[str, Any]:
    addresses = (None, [], ["10.0.0.1"], ["fd00::2"], ["nonsense"], ["192.0.2.1"])
    targets = (None, {"kind": "Pod", "name": "pod-1"}, {"kind": "Pod", "name": "gone"})
    endpoints = [{"addresses": choose.choice(addresses), "targetRef": choose.choice(targets)} for _ in range(3)]
    labels = {"kubernetes.io/service-name": "api"}
    return {
        "kind": "EndpointSlice",
        "metadata": {"name": "api-1", "namespace": "shop", "labels": labels},
        "addressType": "IPv4",
        "ports": [{"name": "web", "port": choose.choice((None, 8080)), "protocol": "TCP"}],
        "endpoints": choose.choice((None, endpoints)),
    }


def _dns(choose: Random) -> list[dict[str, Any]]:
    if choose.random() < 0.5:
        return []
    meta = {"name": "kube-dns", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}}
    ports = [{"name": "dns", "port": 53, "protocol": "UDP"}]
    slices = {"name": "dns-1", "namespace": "kube-system", "labels": {"kubernetes.io/service-name": "kube-dns"}}
    endpoints = [{"addresses": ["10.0.9.9"]}, {"addresses": ["nonsense"]}]
    return [
        {"kind": "Service", "metadata": meta, "spec": {"clusterIP": "10.96.0.10", "ports": ports}},
        {"kind": "EndpointSlice", "metadata": slices, "ports": ports, "endpoints": endpoints},
    ]


def _policy(choose: Random, number: int) -> dict[str, Any]:
    spec: dict[str, Any] = {"podSelector": choose.choice(SELECTORS)}
    spec["policyTypes"] = choose.choice((None, [], ["Ingress"], ["Egress"], ["Ingress", "Egress"]))
    for key, side in (("ingress", "from"), ("egress", "to")):
        if choose.random() < 0.7:
            spec[key] = [{side: some(choose, PEERS), "ports": some(choose, PORTS)} for _ in range(choose.randint(0, 2))]
    return {"kind": "NetworkPolicy", "metadata": {"name": f"p{number}", "namespace": "shop"}, "spec": spec}


@examples(400)
@given(seed=st.integers(0, 2**32))
def test_never_raises(seed: int) -> None:
    """Checks, explanations and paths give an answer for every odd cluster, source and observation."""
    choose = Random(seed)
    snapshot = snapshot_from(documents(choose), taken_at=NOW)
    source = choose.choice(
        (None, Source("shop"), Source("shop", pod="pod-1"), Source("shop", pod="gone"), Source("else"))
    )
    seen = [
        Observation(TcpConnect("10.0.0.1", 8080), choose.choice(list(Outcome))) for _ in range(choose.randint(0, 2))
    ]
    question = Question(service="api", namespace="shop", port=choose.choice((None, 80)), source=source)
    judgement = judge(Case(question, snapshot, tuple(seen), WORKER), CHECKS, strict=True)

    for finding in judgement.findings:
        assert finding.message.endswith((".", ")"))
        assert all(each.command for each in finding.fix)
    if snapshot.pod("shop", "pod-1"):
        answer = path(snapshot, Source("shop", pod="pod-1"), Ref("Service", "api", "shop"), 80)
        assert answer.because
        assert answer.steps
