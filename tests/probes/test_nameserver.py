"""The playground's name server answers as CoreDNS does: the rows of failure-modes C.2."""

from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from playground.nameserver import NameServer
from tests.probes.manifests import cluster_dns, pod, service, snapshot

ZONE = "cluster.local."
NAMED = {"ports": [{"name": "http", "port": 80, "targetPort": 8080}]}


def server(*documents: dict[str, Any]) -> NameServer:
    """A name server of these objects and the cluster's own."""
    return NameServer(snapshot(*cluster_dns(), *documents))


def ask(answers: NameServer, name: str, kind: str = "A") -> tuple[str, bool, list[str], bool]:
    """Return rcode, AA, the records' data (type first where it is no address) and whether there is an SOA."""
    reply = answers.reply(dns.message.make_query(name, kind))
    data = [
        str(each)
        if found.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA)
        else f"{dns.rdatatype.to_text(found.rdtype)} {each}"
        for found in reply.answer
        for each in found
    ]
    return dns.rcode.to_text(reply.rcode()), bool(reply.flags & dns.flags.AA), data, bool(reply.authority)


NXDOMAIN = ("NXDOMAIN", True, [], True)
NODATA = ("NOERROR", True, [], True)


def found(*data: str) -> tuple[str, bool, list[str], bool]:
    return ("NOERROR", True, list(data), False)


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("api.shop.svc.cluster.local.", "A", found("10.96.0.7")),
        ("API.Shop.SVC.cluster.LOCAL.", "A", found("10.96.0.7")),
        ("api.shop.svc.cluster.local.", "AAAA", NODATA),
        ("api.shop.svc.cluster.local.", "TXT", NODATA),
        ("nobody.shop.svc.cluster.local.", "A", NXDOMAIN),
        ("api.nowhere.svc.cluster.local.", "A", NXDOMAIN),
        ("api.shop.cluster.local.", "A", NXDOMAIN),
        ("x.cluster.local.", "A", NXDOMAIN),
        ("x.y.z.api.shop.svc.cluster.local.", "A", NXDOMAIN),
        ("shop.svc.cluster.local.", "A", NODATA),
        ("nowhere.svc.cluster.local.", "A", NXDOMAIN),
        ("svc.cluster.local.", "A", NODATA),
        ("cluster.local.", "A", NODATA),
        ("10-244-0-1.api.shop.svc.cluster.local.", "A", found("10.244.0.1")),
        ("10-244-0-2.api.shop.svc.cluster.local.", "A", NXDOMAIN),
        ("10-9-9-9.shop.pod.cluster.local.", "A", found("10.9.9.9")),
        ("10-9-9-9.nowhere.pod.cluster.local.", "A", NXDOMAIN),
        ("_http._tcp.api.shop.svc.cluster.local.", "SRV", found("SRV 0 100 80 api.shop.svc.cluster.local.")),
        ("_http._udp.api.shop.svc.cluster.local.", "SRV", NXDOMAIN),
        ("_grpc._tcp.api.shop.svc.cluster.local.", "SRV", NXDOMAIN),
        ("7.0.96.10.in-addr.arpa.", "PTR", found("PTR api.shop.svc.cluster.local.")),
        ("1.0.244.10.in-addr.arpa.", "PTR", found("PTR 10-244-0-1.api.shop.svc.cluster.local.")),
        ("9.9.9.9.in-addr.arpa.", "PTR", ("NXDOMAIN", False, [], False)),
        ("dns-version.cluster.local.", "TXT", found('TXT "1.1.0"')),
        ("example.com.", "A", ("NXDOMAIN", False, [], False)),
    ],
)
def test_cluster_ip(name: str, kind: str, expected: tuple[str, bool, list[str], bool]) -> None:
    """A ClusterIP Service with one ready and one unready pod."""
    known = server(service(**NAMED), pod("api-1", "10.244.0.1"), pod("api-2", "10.244.0.2", ready=False))

    assert ask(known, name, kind) == expected


def test_cluster_ip_resolves_without_endpoints() -> None:
    """A resolving name proves nothing about backends (B.29)."""
    assert ask(server(service()), "api.shop.svc.cluster.local.") == found("10.96.0.7")


def headless(*, ready: bool) -> NameServer:
    """A headless Service with two pods, the first one named as StatefulSets do."""
    known = snapshot(
        service(ip="None", **NAMED), pod("api-0", "10.244.0.1", ready=ready), pod("api-1", "10.244.0.2", ready=False)
    )
    (one,) = known.slices
    words = one.endpoints or ()
    named = (
        words[0].__class__(addresses=words[0].addresses, conditions=words[0].conditions, hostname="api-0"),
        words[1],
    )
    slices = (one.__class__(metadata=one.metadata, endpoints=named, ports=one.ports),)
    return NameServer(known.__class__(taken_at=known.taken_at, services=known.services, slices=slices))


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("api.shop.svc.cluster.local.", "A", found("10.244.0.1")),
        ("api.shop.svc.cluster.local.", "AAAA", NODATA),
        ("api-0.api.shop.svc.cluster.local.", "A", found("10.244.0.1")),
        ("api-1.api.shop.svc.cluster.local.", "A", NXDOMAIN),
        ("10-244-0-2.api.shop.svc.cluster.local.", "A", NXDOMAIN),
        ("_http._tcp.api.shop.svc.cluster.local.", "SRV", found("SRV 0 100 8080 api-0.api.shop.svc.cluster.local.")),
    ],
)
def test_headless(name: str, kind: str, expected: tuple[str, bool, list[str], bool]) -> None:
    """A headless Service: ready endpoints only, by name and together; SRV carries the pod's port."""
    assert ask(headless(ready=True), name, kind) == expected


def test_headless_without_ready_endpoints() -> None:
    """NXDOMAIN, not NODATA (DNS-023)."""
    assert ask(headless(ready=False), "api.shop.svc.cluster.local.") == NXDOMAIN
    assert ask(server(service(ip="None")), "api.shop.svc.cluster.local.") == NXDOMAIN


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("api.shop.svc.cluster.local", found("CNAME api.shop.svc.cluster.local.", "10.96.0.7")),
        ("db.example.com", found("CNAME db.example.com.")),
        ("nobody.shop.svc.cluster.local", NODATA),
        ("10.1.2.3", NXDOMAIN),
    ],
)
def test_external_name(target: str, expected: tuple[str, bool, list[str], bool]) -> None:
    """A CNAME with the target's records, alone where the target does not resolve, nothing for an IP."""
    alias = service("alias", ip="", type="ExternalName", externalName=target, selector=None, ports=[])
    known = server(service(), alias)

    assert ask(known, "alias.shop.svc.cluster.local.") == expected
    assert ask(known, "_http._tcp.alias.shop.svc.cluster.local.", "SRV") == NXDOMAIN
    assert ask(known, "x.alias.shop.svc.cluster.local.") == NXDOMAIN


def test_large_answer_is_truncated_over_udp() -> None:
    """Sixty endpoints do not fit into 512 bytes: TC=1 with what fits; over TCP all come."""
    pods = [pod(f"api-{n}", f"10.244.0.{n + 1}") for n in range(60)]
    known = server(service(ip="None"), *pods)
    query = dns.message.make_query("api.shop.svc.cluster.local.", "A").to_wire()

    short, whole = (dns.message.from_wire(known.answer(query, limit=limit)) for limit in (1452, 65535))

    assert short.flags & dns.flags.TC
    assert not whole.flags & dns.flags.TC
    assert len(whole.answer[0]) == 60
