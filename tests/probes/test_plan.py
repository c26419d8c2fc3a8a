"""Which probes settle a question. Pure: nothing is asked here."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.model.planning.again import plan_again
from bot.model.planning.plan import MOST_CANDIDATES, MOST_ENDPOINTS, MOST_PROBES, ROUNDS, plan
from bot.model.probe import (
    DnsQuery,
    GrpcHealth,
    HttpGet,
    Observation,
    Outcome,
    Probe,
    Purpose,
    TcpConnect,
    TlsHandshake,
    Vantage,
    VantageKind,
)
from bot.model.question.question import Symptom
from tests.probes.manifests import case, pod, service

WORKER = Vantage(kind=VantageKind.WORKER, namespace="k8snet", pod="worker-0")
READY: dict[str, Any] = {"readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}}}


def tcp(probes: tuple[Probe, ...], purpose: str) -> list[tuple[str, int]]:
    return [(each.address, each.port) for each in probes if isinstance(each, TcpConnect) and each.purpose == purpose]


def http(probes: tuple[Probe, ...]) -> list[tuple[str, str]]:
    found = [each for each in probes if isinstance(each, HttpGet)]
    return [(each.purpose, f"{each.scheme}://{each.address}:{each.port}{each.path}") for each in found]


def names(probes: tuple[Probe, ...]) -> list[DnsQuery]:
    return [each for each in probes if isinstance(each, DnsQuery)]


def test_healthy_service() -> None:
    """Name, virtual IP, each endpoint, its declared readiness path and `/`: in this order."""
    found = plan(case(service(), pod("api-1", "10.244.0.1", **READY), pod("api-2", "10.244.0.2", **READY)))

    assert [type(each) for each in found] == [DnsQuery] * 10 + [TcpConnect] * 3 + [HttpGet] * 4
    assert tcp(found, "service") == [("10.96.0.7", 80)]
    assert tcp(found, "endpoint") == [("10.244.0.1", 8080), ("10.244.0.2", 8080)]
    assert http(found)[:2] == [("endpoint", "http://10.244.0.1:8080/ready"), ("root", "http://10.244.0.1:8080/")]
    assert {each.tries for each in found if not isinstance(each, DnsQuery)} == {3}


def test_names() -> None:
    """The FQDN through the DNS Service; then it and a name that always exists from each DNS pod, over UDP and TCP."""
    asked, other, *replicas = names(plan(case(service(), pod("api-1", "10.244.0.1"))))

    fqdn, control = "api.shop.svc.cluster.local.", "kubernetes.default.svc.cluster.local."
    assert asked == DnsQuery(fqdn, "10.96.0.10", 53, "A", tries=3)
    assert (other.type, other.purpose) == ("AAAA", "step")
    assert [(each.server, each.name, each.transport, each.tries) for each in replicas[:4]] == [
        ("10.244.9.1", fqdn, "udp", 3),
        ("10.244.9.1", fqdn, "tcp", 1),
        ("10.244.9.1", control, "udp", 3),
        ("10.244.9.1", control, "tcp", 1),
    ]
    assert {each.pod for each in replicas} == {"coredns-0", "coredns-1"}
    assert {each.purpose for each in replicas} == {"replica"}


@pytest.mark.parametrize(
    ("families", "types"),
    [(None, ["A"]), (["IPv4"], ["A"]), (["IPv6", "IPv4"], ["A", "AAAA"]), (["IPv6"], ["AAAA"])],
)
def test_types_follow_the_families(families: list[str] | None, types: list[str]) -> None:
    """AAAA is asked where the Service has that family; A is not asked where it has not."""
    found = names(plan(case(service(ipFamilies=families), pod("api-1", "10.244.0.1"))))

    assert [each.type for each in found if each.purpose == "service"] == types


def test_no_dns_service() -> None:
    """Where DNS is managed outside there is nobody to ask."""
    known = case(service(), pod("api-1", "10.244.0.1"))
    without = known.snapshot.__class__(taken_at=known.snapshot.taken_at, services=known.snapshot.services[-1:])

    assert not names(plan(known.__class__(known.question, without)))


def test_headless_and_external_name() -> None:
    """No virtual IP, no probe of one: headless goes to its endpoints, ExternalName to none."""
    headless = plan(case(service(ip="None"), pod("api-1", "10.244.0.1")))
    external = plan(
        case(service(type="ExternalName", externalName="db.example", clusterIP="", selector=None, ports=[]))
    )

    assert (tcp(headless, "service"), tcp(headless, "endpoint")) == ([], [("10.244.0.1", 8080)])
    assert all(isinstance(each, DnsQuery) for each in external)


ALIAS: dict[str, Any] = {"type": "ExternalName", "clusterIP": "", "selector": None, "ports": []}


def _beyond_names(probes: tuple[Probe, ...]) -> list[Probe]:
    return [each for each in probes if not isinstance(each, DnsQuery)]


@pytest.mark.parametrize("more", [{}, {"scheme": "https", "path": "/v1"}, {"scheme": "grpc"}])
@pytest.mark.parametrize("name", ["users", "users.shop"])
def test_alias_is_probed_to_its_end(name: str, more: dict[str, Any]) -> None:
    """As the Service behind it, each probe once, with the alias as Host and SNI, which is what its callers send."""
    behind = (service(), *(pod(f"api-{number}", f"10.244.0.{number}", **READY) for number in range(1, 4)))
    known = case(service("users", externalName="api.shop.svc.cluster.local", **ALIAS), *behind, name="users", **more)
    known = replace(known, question=replace(known.question, name=name))
    direct = case(*behind, **more)
    found = plan(known)

    sent = replace(direct, question=replace(direct.question, name=name))
    assert _beyond_names(found) == _beyond_names(plan(sent))
    assert {each.host for each in found if isinstance(each, HttpGet) and each.purpose is not Purpose.ENDPOINT} <= {name}
    assert {each.name for each in found if isinstance(each, TlsHandshake)} == (
        {name} if "https" in more.values() else set()
    )
    assert len(found) == len(set(found))


def test_alias_of_many_fits() -> None:
    """Names come first, and the whole stays as short as for a Service."""
    pods = [pod(f"api-{number}", f"10.244.0.{number}", **READY) for number in range(1, 90)]
    alias = service("users", externalName="api.shop.svc.cluster.local", **ALIAS)
    found = plan(case(alias, service(), *pods, name="users", symptom=Symptom.INTERMITTENT))

    assert len(tcp(found, "endpoint")) == MOST_ENDPOINTS
    assert len(found) <= MOST_PROBES
    assert isinstance(found[0], DnsQuery)


@pytest.mark.parametrize("scheme", ["", "https"])
def test_public_host_is_probed_behind_its_ingress(scheme: str) -> None:
    """The Service that it is sent to, in the protocol of its port and with the public host; no name is looked up."""
    backend = {"service": {"name": "api", "port": {"number": 80}}}
    paths = [{"path": "/", "pathType": "Prefix", "backend": backend}]
    rules = [{"host": "api.example.com", "http": {"paths": paths}}]
    ingress = {"kind": "Ingress", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"rules": rules}}
    known = case(ingress, service(), pod("api-1", "10.244.0.1", **READY), path="/v1", scheme=scheme)
    found = plan(replace(known, question=replace(known.question, service="", name="api.example.com")))

    assert (tcp(found, "service"), tcp(found, "endpoint")) == ([("10.96.0.7", 80)], [("10.244.0.1", 8080)])
    assert http(found) == [("endpoint", "http://10.244.0.1:8080/ready"), ("root", "http://10.244.0.1:8080/")]
    assert [each.host for each in found if isinstance(each, HttpGet)] == ["", "api.example.com"]
    assert not names(found)


def test_second_round_goes_behind_an_alias() -> None:
    """A backend that hung up is asked in the other protocol, as behind its own name."""
    alias = service("users", externalName="api.shop.svc.cluster.local", **ALIAS)
    asked = case(alias, service(), pod("api-1", "10.244.0.1"), name="users")
    get = next(each for each in plan(asked) if isinstance(each, HttpGet))
    seen = (Observation(get, Outcome.RESET),)

    assert plan_again(replace(asked, observations=seen, vantage=WORKER)) == (
        TlsHandshake("10.244.0.1", 8080, "users", Purpose.OTHER, "api-1"),
    )


def test_target_of_an_alias() -> None:
    """An ExternalName is asked in both families, and so is its target; an IP is no name to ask."""
    alias = {"type": "ExternalName", "clusterIP": "", "selector": None, "ports": []}
    found = names(plan(case(service(externalName="db.example", **alias))))
    literal = names(plan(case(service(externalName="10.0.0.5", **alias))))

    assert [(each.purpose, each.name, each.type) for each in found if each.purpose != "replica"] == [
        ("service", "api.shop.svc.cluster.local.", "A"),
        ("service", "api.shop.svc.cluster.local.", "AAAA"),
        ("target", "db.example.", "A"),
        ("target", "db.example.", "AAAA"),
        *([("upstream", ".", "NS")] * 3),
    ]
    assert {each.server for each in found if each.purpose == "target"} == {"10.96.0.10"}
    assert not [each for each in literal if each.purpose in ("target", "upstream")]


def test_root_is_asked_only_where_a_name_leaves_the_cluster() -> None:
    """Through the DNS Service, and of each DNS pod by itself; not for a Service of the cluster, whose names stay within."""
    alias = {"type": "ExternalName", "clusterIP": "", "selector": None, "ports": []}
    outside = names(plan(case(service(externalName="db.example", **alias))))
    within = names(plan(case(service(externalName="db.shop.svc.cluster.local", **alias))))

    assert [each.server for each in outside if each.purpose == "upstream"] == ["10.96.0.10", "10.244.9.1", "10.244.9.2"]
    assert not [each for each in (*within, *names(plan(case(service())))) if each.purpose == "upstream"]


def test_sizes_are_asked_of_long_answers() -> None:
    """Thirty endpoints of a headless Service do not fit into 512 bytes; three do, and a ClusterIP always does."""
    many = [pod(f"api-{number}", f"10.244.0.{number}") for number in range(1, 31)]
    found = names(plan(case(service(clusterIP="None"), *many)))

    assert [(each.payload, each.transport) for each in found if each.purpose == "size"] == [
        (0, "udp"),
        (1232, "udp"),
        (4096, "udp"),
        (1232, "tcp"),
    ]
    for each in (case(service(clusterIP="None"), *many[:3]), case(service(), *many)):
        assert not [one for one in names(plan(each)) if one.purpose == "size"]


def test_missing_service() -> None:
    """A Service that does not exist leaves its name to be asked."""
    found = plan(case(name="nobody"))

    assert names(found)[0].name == "nobody.shop.svc.cluster.local."
    assert all(isinstance(each, DnsQuery) for each in found)


def test_udp_ports_are_not_probed() -> None:
    """Silence is a correct answer of a UDP port."""
    port = {"name": "syslog", "port": 514, "protocol": "UDP", "targetPort": 5514}
    found = plan(case(service(ports=[port]), pod("api-1", "10.244.0.1", ports=[]), protocol="UDP"))

    assert all(isinstance(each, DnsQuery) for each in found)


def test_unready_pod_is_asked() -> None:
    """An unready pod is no endpoint and is asked all the same: does the app answer (APP-008)?"""
    found = plan(case(service(), pod("api-1", "10.244.0.1", ready=False, **READY)))

    assert tcp(found, "endpoint") == [("10.244.0.1", 8080)]
    assert http(found) == [("endpoint", "http://10.244.0.1:8080/ready"), ("root", "http://10.244.0.1:8080/")]


def test_unready_pod_is_asked_its_own_path_on_the_other_port() -> None:
    """Its readiness probe may ask the right path on the wrong port; of a ready pod nobody wants to know."""
    elsewhere = {"readinessProbe": {"httpGet": {"path": "/ready", "port": 8081}}}
    asked = plan(case(service(), pod("api-1", "10.244.0.1", ready=False, **elsewhere)))
    spared = plan(case(service(), pod("api-1", "10.244.0.1", **elsewhere)))

    assert ("moved", "http://10.244.0.1:8080/ready") in http(asked)
    assert "moved" not in {purpose for purpose, _ in http(spared)}


def test_asked_path_replaces_root() -> None:
    """The path of the question is what the caller calls, with the host as it was written and its scheme."""
    known = case(service(), pod("api-1", "10.244.0.1", **READY), path="/v1/users?x=1", scheme="https")
    found = [each for each in plan(known) if isinstance(each, HttpGet)]

    assert [(each.purpose, each.path, each.scheme, each.host) for each in found] == [
        ("endpoint", "/ready", "http", ""),
        ("asked", "/v1/users?x=1", "https", "api"),
    ]


def test_readiness_on_another_port() -> None:
    """Readiness on an admin port proves nothing about the target port: that is asked for `/` (APP-012)."""
    ports = [{"name": "http", "containerPort": 8080}, {"name": "admin", "containerPort": 9901}]
    ready = {"httpGet": {"path": "/healthz", "port": "admin", "scheme": "HTTPS"}}
    found = plan(case(service(), pod("api-1", "10.244.0.1", ports=ports, readinessProbe=ready)))

    assert http(found) == [("endpoint", "https://10.244.0.1:9901/healthz"), ("root", "http://10.244.0.1:8080/")]
    assert tcp(found, "candidate") == [("10.244.0.1", 9901)]


def test_readiness_at_root_is_asked_once() -> None:
    """Where readiness is `/` itself, one request serves both."""
    ready = {"httpGet": {"path": "/", "port": 8080}}

    assert http(plan(case(service(), pod("api-1", "10.244.0.1", readinessProbe=ready)))) == [
        ("endpoint", "http://10.244.0.1:8080/")
    ]


@pytest.mark.parametrize(
    ("name", "number", "protocol", "asked"),
    [
        ("http", 8123, None, True),
        ("web-ui", 8123, None, True),
        ("x", 8080, None, True),
        ("x", 8123, "http", True),
        ("x", 8123, None, False),
        ("grpc", 8080, None, False),
        ("http", 8080, "kubernetes.io/h2c", False),
        ("http", 5432, None, False),
        ("http", 6379, "http", False),
        ("http", 27017, None, False),
    ],
)
def test_only_what_looks_like_http_gets_a_request(name: str, number: int, protocol: str | None, asked: bool) -> None:
    """A database is never sent a GET, whatever its port is called."""
    port = {"name": name, "port": number, "targetPort": number, "appProtocol": protocol}

    assert bool(http(plan(case(service(ports=[port]), pod("api-1", "10.244.0.1", ports=[]))))) is asked


def test_sidecar_readiness_is_not_the_apps() -> None:
    """With several containers the readiness of one says nothing about the port of another."""
    one = pod("api-1", "10.244.0.1")
    ready = {"httpGet": {"path": "/healthz/ready", "port": 15021}}
    one["spec"]["containers"].append({"name": "istio-proxy", "readinessProbe": ready})

    assert http(plan(case(service(), one))) == [("root", "http://10.244.0.1:8080/")]


def test_candidates() -> None:
    """Other declared ports of the first two pods, at most ten, each tried once."""
    ports = [{"containerPort": 9000 + number} for number in range(8)] + [{"containerPort": 7, "protocol": "UDP"}]
    pods = [pod(f"api-{number}", f"10.244.0.{number}", ports=ports) for number in (1, 2, 3)]
    found = plan(case(service(), *pods))
    seen = tcp(found, "candidate")

    assert len(seen) == MOST_CANDIDATES
    assert seen[0] == ("10.244.0.1", 9000)
    assert {address for address, _ in seen} == {"10.244.0.1", "10.244.0.2"}
    assert {each.tries for each in found if isinstance(each, TcpConnect) and each.purpose == "candidate"} == {1}


def test_many_endpoints_are_spread_over_nodes() -> None:
    """Of sixty endpoints on three nodes, one node having few, all of the few are asked."""
    pods = [pod(f"api-{n}", f"10.244.{n % 2}.{n + 1}", node=f"node-{n % 2}", **READY) for n in range(56)]
    few = [pod(f"few-{n}", f"10.244.7.{n + 1}", node="node-7", **READY) for n in range(4)]
    found = plan(case(service(), *pods, *few))
    asked = tcp(found, "endpoint")

    assert len(asked) == MOST_ENDPOINTS
    assert sum(address.startswith("10.244.7.") for address, _ in asked) == 4
    assert len(found) <= MOST_PROBES


def test_many_endpoints_are_spread_over_revisions_and_zones() -> None:
    """One pod of a new revision among fifty, and the only zone of another: both are asked, wherever their nodes come."""
    pods = [pod(f"api-{n}", f"10.244.1.{n + 1}", node=f"node-{n:02}") for n in range(50)]
    for n, each in enumerate(pods):
        each["metadata"]["labels"]["pod-template-hash"] = "new" if n == 49 else "old"
    asked = tcp(plan(case(service(), *pods)), "endpoint")

    assert len(asked) == MOST_ENDPOINTS
    assert ("10.244.1.50", 8080) in asked


GRPC: dict[str, Any] = {"readinessProbe": {"grpc": {"port": 8080, "service": "shop.Cart"}}}


@pytest.mark.parametrize(
    ("port", "container", "question", "told"),
    [
        ({"name": "https"}, {}, {}, ["http root https://:8080/", "tls"]),
        ({"name": "web", "appProtocol": "https"}, {}, {}, ["http root https://:8080/", "tls"]),
        ({"name": "tls-redis"}, {}, {}, ["tls"]),
        ({"name": "grpc"}, {}, {}, ["grpc root "]),
        ({"name": "grpc-web"}, {}, {}, []),
        ({"name": "web", "appProtocol": "kubernetes.io/h2c"}, {}, {}, ["grpc root "]),
        ({"name": "http2"}, {}, {"path": "/cart"}, ["http asked http://:8080/cart in 2"]),
        ({"name": "http2"}, READY, {}, ["http endpoint http://:8080/ready", "http root http://:8080/"]),
        ({"name": "http"}, GRPC, {}, ["grpc endpoint shop.Cart"]),
        ({"name": "main", "targetPort": 50051}, {}, {}, ["grpc root "]),
        ({"name": "http"}, {}, {"scheme": "https"}, ["http root https://:8080/", "tls"]),
        ({"name": "main", "targetPort": 9999}, {}, {"scheme": "http"}, ["http root http://:9999/"]),
        ({"name": "main", "targetPort": 9999}, {}, {"scheme": "postgres"}, []),
        ({"name": "main", "targetPort": 6379}, {}, {"scheme": "https"}, []),
        ({"name": "main", "targetPort": 9999, "appProtocol": "mysql"}, {}, {}, []),
    ],
)
def test_each_port_is_asked_as_it_speaks(
    port: dict[str, Any], container: dict[str, Any], question: dict[str, Any], told: list[str]
) -> None:
    """By its own probe, appProtocol, name and number; the scheme that the caller uses outranks the last three."""
    one = pod("api-1", "10.244.0.1", **{"ports": [{"name": "http", "containerPort": 8080}], **container})
    given = {"port": 7777, "targetPort": 8080, **port}
    asked = [each for each in plan(case(service(ports=[given]), one, **question)) if not _is_plain(each)]

    assert [_shown(each) for each in asked] == told


def _is_plain(probe: Probe) -> bool:
    return isinstance(probe, DnsQuery | TcpConnect)


def _shown(probe: Probe) -> str:
    match probe:
        case HttpGet():
            version = "" if probe.version == "1.1" else f" in {probe.version}"
            return f"http {probe.purpose} {probe.scheme}://:{probe.port}{probe.path}{version}"
        case GrpcHealth():
            return f"grpc {probe.purpose} {probe.service}"
    assert isinstance(probe, TlsHandshake)
    assert probe.name == "api"
    return "tls"


def test_rounds_where_it_comes_and_goes() -> None:
    """Who sees it now and then gets ten tries of each endpoint and of each name; over TCP, which few lookups take, three."""
    found = plan(case(service(), pod("api-1", "10.244.0.1", **READY), symptom=Symptom.INTERMITTENT))

    assert {each.tries for each in found if isinstance(each, HttpGet)} == {ROUNDS}
    assert {(each.transport, each.tries) for each in found if isinstance(each, DnsQuery)} == {
        ("udp", ROUNDS),
        ("tcp", 3),
    }


def test_two_ports_to_one_target() -> None:
    """Two Service ports that lead to one pod port are two virtual ports and one endpoint."""
    ports = [{"name": "http", "port": 80, "targetPort": 8080}, {"name": "alt", "port": 8080, "targetPort": 8080}]
    found = plan(case(service(ports=ports), pod("api-1", "10.244.0.1")))

    assert tcp(found, "service") == [("10.96.0.7", 80), ("10.96.0.7", 8080)]
    assert tcp(found, "endpoint") == [("10.244.0.1", 8080)]


def test_same_case_same_plan() -> None:
    """The order of what the API lists does not matter, and nothing is planned twice."""
    pods = [pod(f"api-{n}", f"10.244.0.{n}", node=f"node-{n % 3}", ready=n % 4 != 0, **READY) for n in range(1, 40)]

    one, other = plan(case(service(), *pods)), plan(case(*reversed(pods), service()))

    assert one == other
    assert len(one) == len(set(one))


def test_a_fresh_name_is_asked_beside_an_outside_servfail() -> None:
    """Once a domain and type, of the same server; not after other answers, nor for the cluster's own names."""
    alias = {"type": "ExternalName", "clusterIP": "", "selector": None, "ports": []}
    asked = case(service(externalName="db.corp.example", **alias))

    def fresh(outcome: Outcome, name: str, purpose: Purpose) -> list[tuple[str, str]]:
        query = DnsQuery(name, "10.96.0.10", purpose=purpose)
        seen = (Observation(query, outcome), Observation(query, outcome))
        more = plan_again(replace(asked, observations=seen, vantage=WORKER))
        return [(each.name, each.server) for each in names(more) if each.purpose is Purpose.FRESH]

    assert fresh(Outcome.SERVFAIL, "db.corp.example.", Purpose.TARGET) == [("corp.example.", "10.96.0.10")]
    assert fresh(Outcome.SERVFAIL, "api.corp.example.", Purpose.STEP) == [("corp.example.", "10.96.0.10")]
    assert fresh(Outcome.SERVFAIL, "api.", Purpose.STEP) == [(".", "10.96.0.10")]
    assert not fresh(Outcome.SERVFAIL, "api.shop.svc.cluster.local.", Purpose.STEP)
    assert not fresh(Outcome.NXDOMAIN, "db.corp.example.", Purpose.TARGET)
