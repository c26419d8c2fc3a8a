"""`k8snet path`: one answer with its steps, and ten thousand lines at once."""

import json
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from bot.cluster.documents import snapshot_from
from bot.errors import Slot, UnknownNameError, UsageError
from bot.model.call.hop import Hop, first_broken
from bot.model.gaps import Gap
from bot.model.policy.decisions import Answer, joined
from bot.model.question.question import Source
from bot.model.refs import Ref
from bot.model.result.status import Status
from bot.model.snapshot import Snapshot
from bot.reports.path_text import path_text
from bot.usecases.path import batch, path
from tests.checks.manifests import BASE, with_slices
from tests.policies import oracle
from tests.policies.clusters import PORTS, cluster, documents

NOW = datetime(2026, 11, 23, tzinfo=UTC)
WEB = Source(namespace="shop", pod="web")
API = Ref("Service", "api", "shop")


def pod(name: str, namespace: str, number: int, **spec: Any) -> dict[str, Any]:
    ports = [{"name": "http", "containerPort": 8080, "protocol": "TCP"}]
    return {
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name.partition("-")[0], "pod": name}},
        "spec": {"nodeName": "node-1", "containers": [{"name": "app", "ports": ports}], **spec},
        "status": {"phase": "Running", "podIP": f"10.0.0.{number}", "podIPs": [{"ip": f"10.0.0.{number}"}]},
    }


def service(name: str, namespace: str, pods: dict[str, str], **spec: Any) -> list[dict[str, Any]]:
    ports = [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}]
    endpoints = [
        {"addresses": [ip], "targetRef": {"kind": "Pod", "name": each}, "nodeName": "node-1"}
        for each, ip in pods.items()
    ]
    return [
        {
            "kind": "Service",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"clusterIP": "10.96.0.1", "clusterIPs": ["10.96.0.1"], "ports": ports, **spec},
        },
        {
            "kind": "EndpointSlice",
            "metadata": {"name": name, "namespace": namespace, "labels": {"kubernetes.io/service-name": name}},
            "addressType": "IPv4",
            "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
            "endpoints": endpoints,
        },
    ]


def policy(name: str, namespace: str, **spec: Any) -> dict[str, Any]:
    return {"kind": "NetworkPolicy", "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def shop(*more: dict[str, Any], gaps: tuple[Gap, ...] = ()) -> Snapshot:
    """A web pod, two api pods behind a Service, and what a test adds."""
    base = [
        {"kind": "Namespace", "metadata": {"name": "shop", "labels": {"kubernetes.io/metadata.name": "shop"}}},
        pod("web", "shop", 1),
        pod("api-1", "shop", 2),
        pod("api-2", "shop", 3),
        *service("api", "shop", {"api-1": "10.0.0.2", "api-2": "10.0.0.3"}),
    ]
    return snapshot_from([*base, *more], taken_at=NOW, gaps=gaps)


def only(snapshot: Snapshot, **line: Any) -> dict[str, Any]:
    said = {"id": 1, "from": {"namespace": "shop", "pod": "web"}, "to": {"namespace": "shop", "service": "api"}, **line}
    (answer,) = batch(snapshot, [json.dumps(said)])
    return answer


def test_no_policy_allows_all() -> None:
    """Without policies everything is allowed, and every step of the way is told in order."""
    answer = path(shop(), WEB, API, 80)

    assert answer.decision == "allow"
    assert [each.address for each in answer.endpoints] == ["10.0.0.2", "10.0.0.3"]
    assert [each.said for each in answer.steps][:3] == [
        "Service shop/api exists",
        "its port 80/TCP leads to pod port 8080/TCP",
        "2 usable endpoints behind it",
    ]
    assert not answer.egress.isolated


def test_denied_by_names_the_policies() -> None:
    """A denial names the isolating policies of its direction, and says what they admit instead."""
    closed = policy(
        "allow-db", "shop", podSelector={}, ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "db"}}}]}]
    )
    answer = path(shop(closed), WEB, API, 80)

    assert (answer.decision, answer.egress.decision, answer.ingress.decision) == ("deny", "allow", "deny")
    assert answer.ingress.denied_by == (Ref("NetworkPolicy", "allow-db", "shop"),)
    assert answer.because == (
        "policy shop/allow-db admits app=db of namespace shop on every port; web carries app=web",
    )


@pytest.mark.parametrize(("source", "target"), [(WEB, API), (WEB, Ref("Pod", "api-1", "shop")), ("10.0.0.1", API)])
def test_hops_say_what_policies_decide(source: Source | str, target: Ref) -> None:
    """Between any two ends the hop of the policies fails where they deny, and is not broken where they admit."""
    closed = policy("closed", "shop", podSelector={"matchLabels": {"app": "api"}}, policyTypes=["Ingress"])
    port = 80 if target is API else 8080
    free, denied = path(shop(), source, target, port), path(shop(closed), source, target, port)

    broken = first_broken(denied.hops)
    assert broken is not None
    assert (denied.decision, broken.hop, broken.status) == ("deny", Hop.POLICY, Status.FAIL)
    assert "shop/closed" in broken.because
    assert (free.decision, first_broken(free.hops)) == ("allow", None)
    assert (free.outcome, denied.outcome) == (Status.OK, Status.FAIL)


def test_closed_lookups_break_a_path_by_name() -> None:
    """A caller that may call and not resolve is broken at its lookups: the decision is of the call alone."""
    base = list(yaml.safe_load_all(BASE.read_text()))
    caller = {"podSelector": {"matchLabels": {"app": "checkout"}}, "policyTypes": ["Egress"]}
    to_service = [{"to": [{"podSelector": {"matchLabels": {"app": "user-service"}}}]}]
    found = with_slices(snapshot_from([*base, policy("narrow", "shop", **caller, egress=to_service)], taken_at=NOW))
    answer = path(found, Source(namespace="shop", pod="checkout-1"), Ref("Service", "user-service", "shop"), 80)

    assert (answer.decision, answer.outcome) == ("allow", Status.FAIL)
    assert [(each.hop, each.status) for each in answer.hops if each is first_broken(answer.hops)] == [
        (Hop.DNS_ACCESS, Status.FAIL)
    ]


def test_mixed_endpoints_are_unknown() -> None:
    """A Service with one endpoint open and one closed is neither allowed nor denied; the reason counts them."""
    closed = policy("one", "shop", podSelector={"matchLabels": {"pod": "api-2"}}, policyTypes=["Ingress"])
    answer = only(shop(closed), port=80)

    assert answer["decision"] == "unknown"
    assert answer["because"][0] == "of 2 endpoints: 1 denied and 1 allowed; which one a connection meets is chance"
    assert answer["ingress"]["denied_by"] == [{"kind": "NetworkPolicy", "name": "one", "namespace": "shop"}]


def test_ports_are_those_of_the_pod() -> None:
    """A rule with the Service's port admits nothing, one with the pod's port does, by number and by name."""
    for port, decision in ((80, "deny"), (8080, "allow"), ("http", "allow"), ("web", "deny")):
        rule = policy("ports", "shop", podSelector={}, ingress=[{"ports": [{"port": port}]}])
        assert only(shop(rule), port=80)["decision"] == decision, port
        assert only(shop(rule), port="http")["decision"] == decision, port


def test_targets_of_every_form_agree() -> None:
    """The Service by name and by ClusterIP, and one pod by name and by IP, are the same targets."""
    closed = policy("closed", "shop", podSelector={"matchLabels": {"app": "api"}}, policyTypes=["Ingress"])
    forms = [
        ({"namespace": "shop", "service": "api"}, 80),
        ({"ip": "10.96.0.1"}, 80),
        ({"namespace": "shop", "pod": "api-1"}, 8080),
        ({"namespace": "shop", "pod": "api-1"}, "http"),
        ({"ip": "10.0.0.2"}, 8080),
    ]
    for to, port in forms:
        assert only(shop(), to=to, port=port)["decision"] == "allow", to
        assert only(shop(closed), to=to, port=port)["decision"] == "deny", to
        assert only(shop(closed), to=to, port=port, **{"from": {"ip": "10.0.0.1"}})["decision"] == "deny", to


def test_an_outside_address() -> None:
    """An IP outside of the cluster is matched by ipBlocks only, in both directions."""
    blocks = [{"ipBlock": {"cidr": "192.0.2.0/24", "except": ["192.0.2.128/25"]}}]
    rules = policy(
        "edge",
        "shop",
        podSelector={},
        policyTypes=["Ingress", "Egress"],
        ingress=[{"from": blocks}],
        egress=[{"to": blocks}],
    )
    for ip, decision in (
        ("192.0.2.1", "allow"),
        ("192.0.2.200", "deny"),
        ("198.51.100.1", "deny"),
        ("2001:db8::1", "deny"),
    ):
        assert (
            only(shop(rules), **{"from": {"ip": ip}}, to={"namespace": "shop", "pod": "api-1"}, port=8080)["decision"]
            == decision
        )
        assert only(shop(rules), to={"ip": ip}, port=443)["decision"] == decision


def test_policies_that_could_not_be_read() -> None:
    """Unread policies make the direction of their namespace unknown, never allowed."""
    gap = Gap(need="networkpolicies", namespace="shop", what="networkpolicies in shop", why="forbidden")
    answer = only(shop(gaps=(gap,)), port=80)

    assert (answer["decision"], answer["egress"]["decision"]) == ("unknown", "unknown")
    assert "could not be read" in answer["because"][0]


def pods_gap(namespace: str = "shop") -> Gap:
    return Gap(need="pods", namespace=namespace, what=f"pods in {namespace}", why="forbidden")


def test_pods_that_could_not_be_read() -> None:
    """An endpoint whose pod was not read may be selected by any policy: unknown; without any policy it is allowed."""
    closed = policy("closed", "shop", podSelector={"matchLabels": {"app": "api"}}, policyTypes=["Ingress"])
    caller = shop().pod("shop", "web")
    assert caller
    free, shut = (
        replace(each, pods=(caller,)) for each in (shop(gaps=(pods_gap(),)), shop(closed, gaps=(pods_gap(),)))
    )

    assert only(free, port=80)["decision"] == "allow"
    answer = only(shut, port=80)
    assert (answer["decision"], answer["ingress"]["decision"]) == ("unknown", "unknown")
    assert "pods in shop could not be read (forbidden)" in answer["because"][0]


def test_address_that_an_unread_pod_may_have() -> None:
    """A rule that admits pods by their labels may admit it; where all pods were read it is an address outside, and denied."""
    rule = policy("in", "shop", podSelector={}, ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "job"}}}]}])
    line = {"from": {"ip": "10.9.9.9"}, "to": {"namespace": "shop", "pod": "api-1"}, "port": 8080}

    assert only(shop(rule), **line)["decision"] == "deny"
    assert only(shop(rule, gaps=(pods_gap(),)), **line)["decision"] == "unknown"


@pytest.mark.parametrize(
    ("need", "line"),
    [
        ("pods", {"from": {"namespace": "shop", "pod": "nobody"}}),
        ("pods", {"to": {"namespace": "shop", "pod": "nobody"}}),
        ("services", {"to": {"namespace": "shop", "service": "nothing"}}),
        ("services", {"to": {"ip": "10.96.0.99"}}),
        ("endpointslices", {"to": {"namespace": "shop", "service": "bare"}}),
    ],
)
def test_end_that_was_not_looked_for(need: str, line: dict[str, Any]) -> None:
    """It is unknown for what was refused, never for a name that is said not to exist; elsewhere it is as before."""
    refused, elsewhere = (Gap(need, place, f"{need} in {place}", "forbidden") for place in ("shop", "data"))
    bare = service("bare", "shop", {})
    answer = only(shop(*bare, gaps=(refused,)), **{"port": 80, **line})
    other = only(shop(*bare, gaps=(elsewhere,)), **{"port": 80, **line})

    assert answer["decision"] == "unknown"
    assert f"{need} in shop could not be read (forbidden)" in answer["because"][0]
    assert "could not be read" not in other["because"][0] or "ip" in line.get("to", {})


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "format"),
        ("[]", "format"),
        ('{"id": 7}', "from"),
        (b"\xff\xfe", "format"),
        ('{"id": 7, "from": {"namespace": "shop", "pod": "nobody"}, "to": {"ip": "10.0.0.2"}, "port": 1}', "nobody"),
        ('{"id": 7, "from": {"namespace": "nowhere"}, "to": {"ip": "10.0.0.2"}, "port": 1}', "nowhere"),
        (
            '{"id": 7, "from": {"namespace": "shop", "pod": "web"}, "to": {"namespace": "shop", "service": "apy"}}',
            "apy",
        ),
        ('{"id": 7, "from": {"namespace": "shop", "pod": "web"}, "to": {"namespace": "shop", "pod": "apy"}}', "apy"),
        ('{"id": 7, "from": {"namespace": "shop", "pod": "web"}, "to": {"namespace": "shop"}, "port": 1}', "to"),
        ('{"id": 7, "from": {}, "to": {"ip": "10.0.0.2"}, "port": 1}', "from"),
        ('{"id": 7, "from": {"ip": "10.0.0"}, "to": {"ip": "10.0.0.2"}, "port": 1}', "10.0.0"),
        ('{"id": 7, "from": {"namespace": "shop", "pod": "web"}, "to": {"ip": "10.0.0.2"}, "port": 70000}', "70000"),
        ('{"id": 7, "from": {"namespace": "shop", "pod": "web"}, "to": {"ip": "10.0.0.2"}}', "port"),
        (
            '{"id": 7, "from": {"namespace": "shop", "pod": "web"}, "to": {"namespace": "shop", "service": "api"}, "port": 81}',
            "81",
        ),
        (
            '{"id": 7, "from": {"namespace": "shop", "pod": "web"}, "to": {"ip": "10.0.0.2"}, "port": 1, "protocol": "ICMP"}',
            "ICMP",
        ),
    ],
)
def test_a_line_that_cannot_be_answered(line: str | bytes, why: str) -> None:
    """It is unknown, keeps its id and place, and says what is wrong; its neighbours are answered."""
    good = json.dumps({"id": "b", "from": {"namespace": "shop"}, "to": {"ip": "10.0.0.2"}, "port": 8080})
    first, answer, last = batch(shop(), [good, line, "", good])

    assert answer["decision"] == answer["egress"]["decision"] == answer["ingress"]["decision"] == "unknown"
    assert answer["id"] == (7 if b"7" in (line if isinstance(line, bytes) else line.encode()) else None)
    assert why in answer["because"][0]
    assert first["decision"] == last["decision"] == "allow"


def test_unknown_names_are_said() -> None:
    """A single question about something that is not there is refused with a sentence."""
    with pytest.raises(UnknownNameError, match="There is no Service apy in namespace shop"):
        path(shop(), WEB, Ref("Service", "apy", "shop"), 80)
    with pytest.raises(UnknownNameError) as a_pod:
        path(shop(), WEB, Ref("Service", shop().pods_in("shop")[0].name, "shop"), 80)
    assert "A pod is called so: shop/pod/" in a_pod.value.hint
    with pytest.raises(UnknownNameError, match="has no port 81/TCP") as refused:
        path(shop(), WEB, API, 81)
    assert (refused.value.slot, refused.value.suggestions) == (Slot.PORT, ("80/TCP",))
    with pytest.raises(UsageError, match="70000 is no port number"):
        path(shop(), WEB, API, 70000)


def test_without_endpoints_there_is_nothing_to_decide() -> None:
    """A Service without usable endpoints, or one that is an alias, is unknown and says so."""
    empty = path(shop(*service("empty", "shop", {})), WEB, Ref("Service", "empty", "shop"), 80)
    alias = {"type": "ExternalName", "externalName": "example.com", "clusterIP": "", "clusterIPs": None}
    outside = path(shop(*service("alias", "shop", {}, **alias)), WEB, Ref("Service", "alias", "shop"), 80)

    assert (empty.decision, empty.because) == ("unknown", ("Service shop/empty has no usable endpoint for 80/TCP",))
    assert (outside.decision, outside.steps[-1].decision) == ("unknown", "unknown")
    assert "example.com" in outside.because[0]
    inside = {**alias, "externalName": "api.shop.svc.cluster.local"}
    other = path(shop(*service("alias", "shop", {}, **inside)), WEB, Ref("Service", "alias", "shop"), 80)
    assert other.because == ("Service shop/alias is an alias of Service shop/api: ask about that",)


@pytest.mark.parametrize("target", ["10.96.0.7", Ref("Service", "api", "shop")])
def test_a_way_that_breaks_is_said_though_policies_allow_it(target: Ref | str) -> None:
    """The decision is that of policies; the first lines say that the call gets no further than a hop. By IP as by name."""
    headless = {"clusterIP": "10.96.0.7", "clusterIPs": ["10.96.0.7"], "internalTrafficPolicy": "Local"}
    found = path(shop(*service("api", "shop", {}, **headless)), WEB, target, 80)

    assert any(each.status is Status.FAIL for each in found.hops)
    assert found.outcome is Status.FAIL
    assert "but the way breaks at endpoints" in path_text(found).split("On the way")[0].replace("\n         ", " ")


def test_a_node_port_is_judged_by_its_own_way() -> None:
    """That no policy keeps the caller from a node says nothing where policies select the pods behind its port."""
    node = {
        "kind": "Node",
        "metadata": {"name": "node-9"},
        "status": {"addresses": [{"type": "InternalIP", "address": "192.168.9.9"}]},
    }
    port = {"port": 80, "protocol": "TCP", "targetPort": 8080, "nodePort": 30080}
    objects = (node, *service("open", "shop", {"api-1": "10.0.0.2"}, type="NodePort", ports=[{**port, "name": "http"}]))
    free = path(shop(*objects), WEB, "192.168.9.9", 30080)
    held = path(shop(*objects, policy("deny", "shop", podSelector={}, ingress=[])), WEB, "192.168.9.9", 30080)

    assert [each.hop for each in free.hops if each.hop is Hop.SERVICE]
    assert (free.decision, held.decision) == ("allow", "unknown")
    assert "may see the node instead of the caller" in held.because[0]


def test_ten_thousand_lines() -> None:
    """Ten thousand lines come back in order, each as the oracle has it."""
    made = cluster(Random(11))
    choose = Random(12)
    pods = made["pods"]
    pairs = [(choose.choice(pods), choose.choice(pods), choose.choice(PORTS)) for _ in range(10_000)]
    lines = [
        json.dumps(
            {
                "id": number,
                "from": {"namespace": one["namespace"], "pod": one["name"]},
                "to": {"namespace": two["namespace"], "pod": two["name"]},
                "port": port,
            }
        )
        for number, (one, two, port) in enumerate(pairs)
    ]
    answers = list(batch(snapshot_from(documents(made), taken_at=NOW), lines))

    assert [each["id"] for each in answers] == list(range(10_000))
    known: dict[tuple[int, int, int], tuple[Answer, Answer]] = {}
    for answer, (one, two, port) in zip(answers, pairs, strict=True):
        key = (id(one), id(two), port)
        said = known[key] = known.get(key) or oracle.decided(made, one, two, port, "TCP")
        assert (answer["egress"]["decision"], answer["ingress"]["decision"]) == said
        assert answer["decision"] == joined(said)
        assert answer["because"]
        assert json.dumps(answer)


def test_object_that_cannot_be_evaluated_leaves_its_side_open() -> None:
    """A CiliumNetworkPolicy that selects the target may decide: `path` says unknown and names it, and not about others."""
    policy = {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": {"name": "l7", "namespace": "shop"},
        "spec": {"endpointSelector": {"matchLabels": {"app": "user-service"}}},
    }
    base = list(yaml.safe_load_all(BASE.read_text()))
    snapshot = with_slices(snapshot_from([*base, policy], taken_at=NOW))
    source = Source(namespace="shop", pod="checkout-1")

    to_service = path(snapshot, source, Ref("Service", "user-service", "shop"), 80)
    to_dns = path(snapshot, source, Ref("Service", "kube-dns", "kube-system"), 53, "UDP")

    assert (to_service.decision, to_service.egress.decision, to_service.ingress.decision) == (
        "unknown",
        "allow",
        "unknown",
    )
    assert any("CiliumNetworkPolicy shop/l7" in each for each in to_service.because)
    assert to_dns.decision == "allow"
    assert {each.hop: str(each.status) for each in to_service.hops}["policy"] == "unknown"


def test_lookups_are_judged_at_both_ends() -> None:
    """Policies at the DNS pods deny lookups as well as those of the caller; a node-local cache asks in its place."""
    closed = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "dns-in", "namespace": "kube-system"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
    }
    cache = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "node-local-dns", "namespace": "kube-system"},
    }
    base = list(yaml.safe_load_all(BASE.read_text()))
    ends = Source(namespace="shop", pod="checkout-1"), Ref("Service", "user-service", "shop"), 80

    denied = path(with_slices(snapshot_from([*base, closed], taken_at=NOW)), *ends)
    cached = path(with_slices(snapshot_from([*base, closed, cache], taken_at=NOW)), *ends)

    assert (denied.decision, denied.dns and denied.dns.decision) == ("allow", "deny")
    assert denied.dns is not None
    assert denied.dns.denied_by == (Ref("NetworkPolicy", "dns-in", "kube-system"),)
    assert cached.dns is not None
    assert cached.dns.decision == "allow"
