"""What CoreDNS answers for the cluster's zone, row by row (failure-modes C.2), and the Corefile whose blocks are asked.

Each block listens on a port of its own, which stands for its name: `main` is kubeadm's, the others change one thing. The
answers are those of CoreDNS 1.15.0 and 1.13.2 alike; where ours knows one from objects and Corefile, it must be the same.
"""

from typing import Any

from msgspec import Struct

from tests.probes.test_nameserver_against_coredns import PORTS, READY, service, slice_of

ZONE = "cluster.local"
SHOP = f"shop.svc.{ZONE}"
_KUBERNETES = """kubernetes ZONES {
        kubeconfig KUBECONFIG
        pods PODS
        ttl 30
        fallthrough in-addr.arpa ip6.arpa
    }"""
_DENYING = _KUBERNETES.replace("        fallthrough in-addr.arpa ip6.arpa\n", "")
_ALL = f"{ZONE} in-addr.arpa ip6.arpa"


def _block(name: str, plugin: str, zones: str = _ALL, pods: str = "insecure", more: str = "forward . UPSTREAM") -> str:
    return f".:{name} {{\n    {plugin.replace('ZONES', zones).replace('PODS', pods)}\n    {more}\n}}\n"


COREFILE = "".join(
    (
        _block("main", _KUBERNETES),
        _block("verified", _KUBERNETES, pods="verified"),
        _block("disabled", _KUBERNETES, pods="disabled"),
        _block("denying", _DENYING),
        _block("alone", _KUBERNETES, more=""),
        _block("otherzone", _KUBERNETES, zones="cluster.internal"),
        _block("limited", _KUBERNETES, zones=ZONE).replace(".:limited", f"{ZONE}:limited"),
        _block("busy", _KUBERNETES, more="forward . UPSTREAM {\n        max_concurrent 1\n    }"),
    )
)
# A process of its own: it waits 5 s for an API server that refuses, and then serves without having read anything.
UNSYNCED = """.:unsynced {
    kubernetes cluster.local {
        endpoint http://127.0.0.1:1
    }
    forward . UPSTREAM
}
.:blanket {
    kubernetes cluster.local {
        endpoint http://127.0.0.1:1
        fallthrough
    }
    forward . UPSTREAM
}
"""
BLOCKS = ("main", "verified", "disabled", "denying", "alone", "otherzone", "limited", "busy", "unsynced", "blanket")
_DRAINING = {"ready": False, "serving": True, "terminating": True}
MORE = [
    service("draining", clusterIP="None", ports=PORTS),
    slice_of("draining", ("10.244.0.21", "", _DRAINING)),
    service("six", clusterIP="None", ports=PORTS, ipFamilies=["IPv6"], ipFamilyPolicy="SingleStack"),
    {**slice_of("six", ("fd00::21", "", READY)), "addressType": "IPv6"},
    service("unlabelled", clusterIP="None", ports=PORTS),
    {
        **slice_of("unlabelled", ("10.244.0.22", "", READY)),
        "metadata": {"name": "unlabelled-1", "namespace": "shop"},
    },
    service("failing", type="ExternalName", externalName="fail.example.com"),
    service("lost", type="ExternalName", externalName="nx.example.com"),
    service("outdoors", type="ExternalName", externalName="www.example.com"),
    service("mute", type="ExternalName", externalName="silent.example.com"),
]


class Row(Struct, frozen=True):
    """One question and its answer: rcode, the AA bit, records as `TYPE VALUE`. `why` is the row of the table."""

    why: str
    name: str
    type: str
    rcode: str
    records: tuple[str, ...] = ()
    is_authoritative: bool = True
    block: str = "main"


def _rows(why: str, *asked: tuple[Any, ...], **more: Any) -> tuple[Row, ...]:
    return tuple(Row(why, *each, **more) for each in asked)


def _srv(target: str, port: int, weight: int = 100) -> str:
    return f"SRV 0 {weight} {port} {target}"


ROWS = (
    *_rows(
        "a Service with a cluster IP, with or without endpoints, in any case",
        (f"api.{SHOP}", "A", "NOERROR", ("A 10.96.7.7",)),
        (f"API.Shop.svc.{ZONE}", "A", "NOERROR", ("A 10.96.7.7",)),
        (f"empty.{SHOP}", "A", "NOERROR", ("A 10.96.7.8",)),
    ),
    *_rows(
        "a type that it does not have",
        *((f"api.{SHOP}", kind, "NOERROR") for kind in ("AAAA", "TXT", "CNAME", "MX", "HTTPS")),
        (f"nobody.{SHOP}", "TXT", "NXDOMAIN"),
    ),
    *_rows(
        "what does not exist",
        (f"nobody.{SHOP}", "A", "NXDOMAIN"),
        (f"api.nowhere.svc.{ZONE}", "A", "NXDOMAIN"),
        (f"api.shop.{ZONE}", "A", "NXDOMAIN"),
        (f"x.{ZONE}", "A", "NXDOMAIN"),
        (f"x.y.z.api.{SHOP}", "A", "NXDOMAIN"),
        (f"nowhere.svc.{ZONE}", "A", "NXDOMAIN"),
    ),
    *_rows(
        "names above Services",
        (SHOP, "A", "NOERROR"),
        (f"svc.{ZONE}", "A", "NOERROR"),
        (ZONE, "A", "NOERROR"),
    ),
    *_rows(
        "a headless Service: ready endpoints, and absent conditions are ready",
        (f"peers.{SHOP}", "A", "NOERROR", ("A 10.244.0.1", "A 10.244.0.3")),
        (f"noports.{SHOP}", "A", "NOERROR", ("A 10.244.0.12",)),
        (f"six.{SHOP}", "A", "NOERROR"),
        (f"six.{SHOP}", "AAAA", "NOERROR", ("AAAA fd00::21",)),
    ),
    *_rows(
        "a headless Service without one",
        (f"dead.{SHOP}", "A", "NXDOMAIN"),
        (f"draining.{SHOP}", "A", "NXDOMAIN"),
        (f"unlabelled.{SHOP}", "A", "NXDOMAIN"),
        (f"dead.{SHOP}", "AAAA", "NXDOMAIN"),
    ),
    *_rows(
        "one endpoint by its name: ready, not ready, unknown, of a Service with a cluster IP",
        (f"api-0.peers.{SHOP}", "A", "NOERROR", ("A 10.244.0.1",)),
        (f"10-244-0-2.peers.{SHOP}", "A", "NXDOMAIN"),
        (f"api-9.peers.{SHOP}", "A", "NXDOMAIN"),
        (f"10-244-0-1.api.{SHOP}", "A", "NOERROR", ("A 10.244.0.1",)),
    ),
    *_rows(
        "SRV",
        (f"_http._tcp.api.{SHOP}", "SRV", "NOERROR", (_srv(f"api.{SHOP}.", 80),)),
        (
            f"_http._tcp.peers.{SHOP}",
            "SRV",
            "NOERROR",
            (_srv(f"10-244-0-3.peers.{SHOP}.", 8080, 50), _srv(f"api-0.peers.{SHOP}.", 8080, 50)),
        ),
        (f"api.{SHOP}", "SRV", "NOERROR", (_srv(f"api.{SHOP}.", 80),)),
        (f"_x._tcp.api.{SHOP}", "SRV", "NXDOMAIN"),
        (f"_http._udp.api.{SHOP}", "SRV", "NXDOMAIN"),
        (f"_http._tcp.empty.{SHOP}", "SRV", "NXDOMAIN"),
        (f"_http._tcp.dead.{SHOP}", "SRV", "NXDOMAIN"),
    ),
    *_rows(
        "an ExternalName",
        (f"alias.{SHOP}", "A", "NOERROR", ("A 10.96.7.7", f"CNAME api.{SHOP}.")),
        (f"outdoors.{SHOP}", "A", "NOERROR", ("A 198.51.100.53", "CNAME www.example.com.")),
        (f"lost.{SHOP}", "A", "NOERROR", ("CNAME nx.example.com.",)),
        (f"failing.{SHOP}", "A", "NOERROR", ("CNAME fail.example.com.",)),
        (f"mute.{SHOP}", "A", "NOERROR", ("CNAME silent.example.com.",)),
        (f"gone.{SHOP}", "A", "NOERROR"),
        (f"literal.{SHOP}", "A", "NXDOMAIN"),
        (f"_http._tcp.alias.{SHOP}", "SRV", "NXDOMAIN"),
        (f"x.alias.{SHOP}", "A", "NXDOMAIN"),
    ),
    *_rows("a pod by its address", (f"10-9-9-9.shop.pod.{ZONE}", "A", "NOERROR", ("A 10.9.9.9",))),
    *_rows("a pod by its address, in a namespace that is not there", (f"10-9-9-9.nowhere.pod.{ZONE}", "A", "NXDOMAIN")),
    *_rows("`pods verified`", (f"10-9-9-9.shop.pod.{ZONE}", "A", "NXDOMAIN"), block="verified"),
    *_rows("`pods disabled`", (f"10-9-9-9.shop.pod.{ZONE}", "A", "NXDOMAIN"), block="disabled"),
    *_rows(
        "PTR",
        ("7.7.96.10.in-addr.arpa", "PTR", "NOERROR", (f"PTR api.{SHOP}.",)),
        ("12.0.244.10.in-addr.arpa", "PTR", "NOERROR", (f"PTR 10-244-0-12.noports.{SHOP}.",)),
    ),
    *_rows("PTR of nobody, passed on", ("9.9.9.9.in-addr.arpa", "PTR", "NXDOMAIN"), is_authoritative=False),
    *_rows("PTR of nobody, not passed on", ("9.9.9.9.in-addr.arpa", "PTR", "NXDOMAIN"), block="denying"),
    *_rows(
        "a zone that is not served: upstream answers",
        (f"api.{SHOP}", "A", "NXDOMAIN"),
        block="otherzone",
        is_authoritative=False,
    ),
    *_rows("nobody upstream", ("www.example.com", "A", "SERVFAIL"), block="alone", is_authoritative=False),
    *_rows("no server block takes it", ("www.example.com", "A", "REFUSED"), block="limited", is_authoritative=False),
    *_rows("upstream is silent", ("silent.example.com", "A", "SERVFAIL"), is_authoritative=False),
    *_rows("not synced", (f"api.{SHOP}", "A", "SERVFAIL"), (f"nobody.{SHOP}", "A", "SERVFAIL"), block="unsynced"),
    *_rows("not synced: the zone itself", (ZONE, "A", "NOERROR"), (f"svc.{ZONE}", "A", "NOERROR"), block="unsynced"),
    *_rows(
        "not synced, and all is passed on", (f"api.{SHOP}", "A", "NXDOMAIN"), block="blanket", is_authoritative=False
    ),
)  # fmt: skip
