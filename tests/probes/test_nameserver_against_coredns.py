"""The playground's name server against the real CoreDNS: the same objects, the same questions, the same answers."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
import yaml

from bot.cluster.documents import snapshot_from
from playground.nameserver import NameServer
from tests.live_cluster.binaries import build
from tests.live_cluster.control_plane import ControlPlane
from tests.live_cluster.upstream import nameserver
from tests.ports import free_port
from tests.probes.listeners import HERE

pytestmark = pytest.mark.cluster

COREFILE = """.:PORT {
    bind 127.0.0.1
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        kubeconfig KUBECONFIG
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 30
    }
    forward . 127.0.0.1:UPSTREAM
}
"""
PORTS = [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}]
READY, UNREADY = {"ready": True}, {"ready": False}
DRAINING = {"ready": False, "serving": True, "terminating": True}
SHOP = ".shop.svc.cluster.local."
NAMES = [
    *(f"{name}{SHOP}" for name in ("api", "API", "empty", "peers", "dead", "noports", "nobody")),
    *(f"{name}{SHOP}" for name in ("alias", "gone", "literal", "outside", "x.alias", "x.api", "x.y.z.api")),
    *(f"{name}.peers{SHOP}" for name in ("api-0", "api-1", "10-244-0-1", "10-244-0-2", "10-244-0-3", "10-244-0-4")),
    *(f"{name}.api{SHOP}" for name in ("10-244-0-1", "10-244-0-2", "_http._tcp", "_http._udp", "_x._tcp")),
    *(f"_http._tcp.{name}{SHOP}" for name in ("peers", "empty", "dead", "alias")),
    *(f"{name}.cluster.local." for name in ("svc", "pod", "shop.svc", "shop.pod", "nowhere.svc", "nowhere.pod")),
    *(
        f"{name}.cluster.local."
        for name in ("10-9-9-9.shop.pod", "10-9-9-9.nowhere.pod", "x.shop.pod", "api.nowhere.svc")
    ),
    *(f"{name}.cluster.local." for name in ("api.shop", "x", "dns-version")),
    *(f"{name}.in-addr.arpa." for name in ("7.7.96.10", "1.0.244.10", "9.9.9.9")),
    "cluster.local.",
    "example.com.",
]
Told = tuple[str, bool, list[tuple[str, str, str]], list[str]]


def service(name: str, **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}


def slice_of(name: str, *words: tuple[str, str, dict[str, bool]], ports: bool = True) -> dict[str, Any]:
    """A slice of (address, hostname or empty, conditions)."""
    labels = {"kubernetes.io/service-name": name}
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": f"{name}-1", "namespace": "shop", "labels": labels},
        "addressType": "IPv4",
        "endpoints": [
            {"addresses": [address], "conditions": conditions, **({"hostname": host} if host else {})}
            for address, host, conditions in words
        ],
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}] if ports else [],
    }


OBJECTS = [
    service("api", clusterIP="10.96.7.7", ports=PORTS),
    slice_of("api", ("10.244.0.1", "", READY), ("10.244.0.2", "", UNREADY)),
    service("empty", clusterIP="10.96.7.8", ports=[{"port": 80, "protocol": "TCP"}]),
    service("peers", clusterIP="None", ports=PORTS),
    slice_of(
        "peers",
        ("10.244.0.1", "api-0", READY),
        ("10.244.0.2", "", UNREADY),
        ("10.244.0.3", "", {}),
        ("10.244.0.4", "", DRAINING),
    ),
    service("dead", clusterIP="None", ports=PORTS),
    slice_of("dead", ("10.244.0.9", "", UNREADY)),
    service("noports", clusterIP="None", ports=PORTS),
    slice_of("noports", ("10.244.0.12", "", READY), ports=False),
    service("alias", type="ExternalName", externalName="api.shop.svc.cluster.local"),
    service("gone", type="ExternalName", externalName="nobody.shop.svc.cluster.local"),
    service("literal", type="ExternalName", externalName="10.1.2.3"),
    service("outside", type="ExternalName", externalName="db.example.com"),
]


@pytest.fixture(scope="module")
def coredns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """CoreDNS on an API server with OBJECTS; give its port."""
    binaries = Path(os.environ.get("K8SNET_TEST_BINARIES") or build())
    port = free_port()
    with nameserver(_denied) as above, ControlPlane(binaries, tmp_path_factory.mktemp("coredns")) as plane:
        plane.kubectl("create", "namespace", "shop")
        plane.apply("---\n".join(yaml.safe_dump(each) for each in OBJECTS))
        text = COREFILE.replace("PORT", str(port), 1).replace("KUBECONFIG", plane.kubeconfig)
        (plane.home / "Corefile").write_text(text.replace("UPSTREAM", str(above.getsockname()[1])))
        plane.run("coredns", [binaries / "coredns", "-conf", plane.home / "Corefile"])
        plane.until(lambda: knows_all(port))
        yield port


def _denied(answer: dns.message.Message, _question: dns.rrset.RRset) -> bool:
    """The world outside: whatever is asked does not exist."""
    answer.set_rcode(dns.rcode.NXDOMAIN)
    return True


def knows_all(port: int) -> bool:
    """The last of OBJECTS is known there."""
    try:
        reply = dns.query.udp(dns.message.make_query(f"noports{SHOP}", "A"), HERE, port=port, timeout=0.5)
    except (dns.exception.Timeout, OSError):
        return False
    return bool(reply.answer)


def told(reply: dns.message.Message) -> Told:
    """What of an answer must agree; order and serial need not."""
    records = sorted(
        (dns.rdatatype.to_text(found.rdtype), str(found.name).lower(), str(each).lower())
        for found in reply.answer
        for each in found
    )
    denial = [f"{found.name} {dns.rdatatype.to_text(found.rdtype)} {found.ttl}" for found in reply.authority]
    return dns.rcode.to_text(reply.rcode()), bool(reply.flags & dns.flags.AA), records, denial


def test_same_answers(coredns: int) -> None:
    """Every name of the table and some more, by six types: rcode, AA, records and denial agree."""
    namespaces = [{"kind": "Namespace", "metadata": {"name": "shop"}}]
    ours = NameServer(snapshot_from([*OBJECTS, *namespaces], taken_at=datetime.now(UTC)))
    different = {}

    for name, kind in product(NAMES, ("A", "AAAA", "SRV", "TXT", "CNAME", "PTR")):
        query = dns.message.make_query(name, kind)
        theirs, own = told(dns.query.udp(query, HERE, port=coredns, timeout=3)), told(ours.reply(query))
        if theirs != own:
            different[name, kind] = (theirs, own)

    assert not different
