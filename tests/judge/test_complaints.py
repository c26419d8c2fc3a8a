"""A complaint changes no verdict; what no object shows of it is told beside hops that objects alone call sound."""

import pytest

from bot.checks.engine.judge import judge
from bot.model.call.complaint import told_beside
from bot.model.case import Case
from tests.checks.manifests import Written, case_of
from tests.judge.hiding import check_hiding

ASK = "user-service -n shop --from shop/checkout-1 --port 80"
ANSWERED = (
    "dns service user-service.shop.svc.cluster.local. @10.96.0.10 answered 10.96.12.7",
    "tcp service 10.96.12.7:80 answered",
    *(f"tcp endpoint {each}:8080 answered" for each in ("10.244.0.11", "10.244.1.12", "10.244.1.13")),
)


def asked(symptom: str, ask: str = ASK, saw: tuple[str, ...] = (), documents: tuple[dict, ...] = ()) -> Case:
    """The healthy cluster, of which somebody complains."""
    said = f"{ask} --symptom {symptom}" if symptom else ask
    return case_of(Written("complaints", symptom, {"ask": [said], "saw": list(saw)}, list(documents)))


def hints(case: Case) -> dict[str, str]:
    """Return by layer what no object shows of the complaint."""
    told = ((str(each.layer), told_beside(each.because)) for each in judge(case, strict=True).hops)
    return {layer: words for layer, words in told if words}


@pytest.mark.parametrize(
    ("symptom", "layers"),
    [
        ("", set()),
        ("nxdomain", {"dns"}),
        ("timeout", {"dns", "routing"}),
        ("refused", {"application"}),
        ("reset", {"application"}),
        ("5xx", {"application"}),
        ("slow", {"dns", "routing", "application"}),
        ("intermittent", {"dns", "routing", "application"}),
    ],
)
def test_layers_of_which_it_may_come_say_what_no_object_shows(symptom: str, layers: set[str]) -> None:
    """The base cluster's pods answer the kubelet on the port that is called, so silence is not theirs."""
    assert set(hints(asked(symptom))) == layers
    assert judge(asked(symptom)).verdicts == judge(asked("")).verdicts
    assert check_hiding(asked(symptom)) == []


@pytest.mark.parametrize("symptom", ["nxdomain", "timeout", "refused", "reset"])
def test_what_was_measured_needs_no_hint(symptom: str) -> None:
    assert hints(asked(symptom, saw=ANSWERED)) == {}


def test_a_layer_that_was_not_measured_has_one() -> None:
    """Lookups alone were tried."""
    assert set(hints(asked("timeout", saw=ANSWERED[:1]))) == {"routing"}


def test_the_api_server_has_no_node_of_its_own() -> None:
    """Its endpoints are no pods, and packets to them may be lost as well."""
    own = [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "kubernetes", "namespace": "default", "labels": {"component": "apiserver"}},
            "spec": {
                "clusterIP": "10.96.0.1",
                "clusterIPs": ["10.96.0.1"],
                "ports": [{"name": "https", "port": 443, "targetPort": 6443}],
            },
        },
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": "kubernetes",
                "namespace": "default",
                "labels": {"kubernetes.io/service-name": "kubernetes"},
            },
            "addressType": "IPv4",
            "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}],
            "endpoints": [{"addresses": ["192.168.77.11"], "conditions": {"ready": True}}],
        },
    ]
    assert set(hints(asked("timeout", "kubernetes -n default --port 443", documents=tuple(own)))) == {"routing"}


def test_a_cause_that_was_found_explains_it() -> None:
    """Nothing else is told beside it."""
    closed = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "closed", "namespace": "shop"},
        "spec": {"podSelector": {"matchLabels": {"app": "user-service"}}, "policyTypes": ["Ingress"]},
    }
    judgement = judge(asked("timeout", documents=(closed,)), strict=True)

    assert judgement.root_cause is not None
    assert judgement.root_cause.code == "NPL-001"
    assert judgement.verdicts["dns"].status == "ok"


def test_it_says_what_to_look_at() -> None:
    """Between which nodes packets go, and that the kubelet reaches the port."""
    assert "from node-1 to node-2" in hints(asked("timeout"))["routing"]
    assert "the kubelet's probe reaches port 8080" in hints(asked("refused"))["application"]
    assert "such as localhost" in hints(asked("refused"))["application"]


SETTINGS = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "cilium-config", "namespace": "kube-system"},
    "data": {"routing-mode": "native", "auto-direct-node-routes": "false"},
}
EDGE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "edge", "namespace": "shop"},
    "spec": {
        "clusterIP": "10.96.12.9",
        "clusterIPs": ["10.96.12.9"],
        "externalIPs": ["192.168.77.12"],
        "ports": [{"port": 443}],
    },
}
HELD = {
    "kind": "Pod",
    "metadata": {
        "name": "user-service-2",
        "namespace": "shop",
        "annotations": {"kubernetes.io/ingress-bandwidth": "1M"},
    },
}


SEARCHES = {
    "kind": "Pod",
    "metadata": {"name": "checkout-1", "namespace": "shop"},
    "spec": {"dnsConfig": {"searches": ["10.0.0.5.nip.io"]}},
}


@pytest.mark.parametrize("symptom", ["nxdomain", "timeout", "refused", "5xx"])
def test_zones_that_are_asked_before_may_have_a_wildcard(symptom: str) -> None:
    """A name with fewer dots than ndots is tried in every search domain first; what is found before those needs no word."""
    foreign = "user-service.shop.svc.cluster.local.10.0.0.5.nip.io"
    whole = f"{ASK} --name user-service.shop.svc.cluster.local"
    short = f"{ASK} --name user-service.shop"

    assert foreign in hints(asked(symptom, whole, documents=(SEARCHES,)))["dns"]
    assert "nip.io" not in hints(asked(symptom, short, documents=(SEARCHES,))).get("dns", "")
    assert check_hiding(asked(symptom, whole, documents=(SEARCHES,))) == []


@pytest.mark.parametrize(
    ("symptom", "layer", "document", "words"),
    [
        ("timeout", "routing", SETTINGS, "installs no routes itself (auto-direct-node-routes)"),
        (
            "timeout",
            "routing",
            EDGE,
            "Service shop/edge has the address of node-2, 192.168.77.12, among its externalIPs",
        ),
        (
            "slow",
            "application",
            HELD,
            "user-service-2 is held to 1M bit/s (annotation kubernetes.io/ingress-bandwidth)",
        ),
    ],
)
def test_it_names_what_objects_hint_at(symptom: str, layer: str, document: dict, words: str) -> None:
    assert words in hints(asked(symptom, documents=(document,)))[layer]
    assert words not in hints(asked(symptom))[layer]


def agent(node: int, made: str) -> dict:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"calico-node-{node}",
            "namespace": "kube-system",
            "labels": {"k8s-app": "calico-node"},
            "creationTimestamp": made,
        },
        "spec": {"nodeName": f"node-{node}", "hostNetwork": True, "containers": [{"name": "calico-node"}]},
        "status": {
            "phase": "Running",
            "podIP": f"192.168.77.1{node}",
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }


@pytest.mark.parametrize(("address", "is_told"), [("10.32.0.4", True), ("10.244.0.7", False)])
def test_dns_pods_of_the_network_plugin_before(address: str, *, is_told: bool) -> None:
    """The plugin was changed, and what began before it has an address that nobody routes."""
    old, new = "2026-11-01T00:00:00Z", "2026-11-23T03:30:00Z"
    pods = [
        {"kind": "Pod", "metadata": {"name": "coredns-1", "namespace": "kube-system", "creationTimestamp": old}},
        {"kind": "Pod", "metadata": {"name": "checkout-1", "namespace": "shop", "creationTimestamp": new}},
    ]
    pods[0]["status"] = {"podIP": address, "podIPs": [{"ip": address}]}
    agents = [agent(each, "2026-11-23T03:00:00Z") for each in (1, 2)]
    told = hints(asked("timeout", documents=(*pods, *agents)))["dns"]

    assert ("is older than the network agent of its node" in told) is is_told
