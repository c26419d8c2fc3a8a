"""What `dns` says about a name: its kind, what that kind means here, and which name may have been meant."""

import pytest
import yaml

from bot.cluster.documents import snapshot_from
from bot.model.dns.about_name import Asked, about_name, address_of, pointers
from bot.model.dns.cluster_dns import cluster_dns
from bot.model.dns.records import walk_saved
from bot.model.dns.resolv_conf import resolv_conf
from bot.model.snapshot import Snapshot
from tests.checks.manifests import BASE, NOW

MORE = """
apiVersion: v1
kind: Service
metadata: {name: users, namespace: shop}
spec: {type: ExternalName, externalName: User-Service.shop.svc.cluster.local.}
---
apiVersion: v1
kind: Service
metadata: {name: people, namespace: default}
spec: {type: ExternalName, externalName: users.shop.svc.cluster.local}
---
apiVersion: v1
kind: Service
metadata: {name: vendor, namespace: shop}
spec: {type: ExternalName, externalName: api.vendor.example}
---
apiVersion: v1
kind: Service
metadata: {name: by-ip, namespace: shop}
spec: {type: ExternalName, externalName: 10.0.0.5}
---
apiVersion: v1
kind: Service
metadata: {name: one, namespace: shop}
spec: {type: ExternalName, externalName: other.shop.svc.cluster.local}
---
apiVersion: v1
kind: Service
metadata: {name: other, namespace: shop}
spec: {type: ExternalName, externalName: one.shop.svc.cluster.local}
---
apiVersion: v1
kind: Service
metadata: {name: pods, namespace: shop}
spec: {clusterIP: None, selector: {app: user-service}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: mailer, namespace: shop}
---
apiVersion: v1
kind: Service
metadata: {name: fresh, namespace: shop, creationTimestamp: "2026-11-23T03:59:57Z"}
spec: {clusterIP: 10.96.12.55, clusterIPs: [10.96.12.55], selector: {app: user-service}, ports: [{port: 80}]}
"""


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return snapshot_from([*yaml.safe_load_all(BASE.read_text()), *yaml.safe_load_all(MORE)], taken_at=NOW)


def _said(name: str, snapshot: Snapshot) -> str:
    conf = resolv_conf(None, "shop", cluster_dns(snapshot))
    return " | ".join(about_name(Asked(name, "shop", conf, walk_saved(name, conf, snapshot)), snapshot))


STUBBED = """
apiVersion: v1
kind: Pod
metadata: {name: cache-1, namespace: kube-system, labels: {k8s-app: node-local-dns}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: node-local-dns, namespace: kube-system}
data:
  Corefile: |
    cluster.local:53 {
      forward . __PILLAR__CLUSTER__DNS__
    }
    .:53 {
      forward . __PILLAR__UPSTREAM__SERVERS__
    }
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kube-dns, namespace: kube-system}
data: {stubDomains: '{"corp.example": ["10.9.9.9"]}'}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: coredns, namespace: kube-system}
data: {Corefile: ".:53 {\\n kubernetes cluster.local\\n}\\nold.example:53 {\\n forward . 10.9.9.8\\n}"}
"""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("api.corp.example.", "handed to other servers by stubDomains of ConfigMap kube-dns (10.9.9.9)"),
        ("api.old.example.", "the server block old.example of the DNS pods' own Corefile is not asked"),
        ("api.vendor.example.", ""),
        ("user-service.shop", ""),
    ],
)
def test_who_is_asked_past_the_clusters_dns_is_told(name: str, words: str) -> None:
    """Stub domains, and a server block that callers behind a node-local cache do not reach; silent for any other name."""
    snapshot = snapshot_from([*yaml.safe_load_all(BASE.read_text()), *yaml.safe_load_all(STUBBED)], taken_at=NOW)

    said = _said(name, snapshot)
    assert words in said
    assert bool(said) == bool(words)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("_http._tcp.user-service.shop", "SRV: port 80, target user-service.shop.svc.cluster.local"),
        ("_http._tcp.pods", "one record for each ready pod"),
        ("_grpc._tcp.user-service.shop", "no SRV record _grpc._tcp of Service shop/user-service: it has _http._tcp"),
        ("_http._tcp.users.shop", "no SRV record of it"),
        ("users.shop", "Service shop/users → Service shop/user-service: an alias"),
        ("people.default.svc.cluster.local", "default/people → Service shop/users → Service shop/user-service"),
        ("vendor", "→ api.vendor.example, which is no Service's full name"),
        ("by-ip.shop", "→ 10.0.0.5: CoreDNS takes an address for a name"),
        ("one.shop", "lead in a circle"),
        ("10-244-0-99.shop.pod", "no pod that was read has it"),
        ("user-service.shop.svc.corp.local", "of the zone corp.local, and this cluster's is cluster.local"),
        ("user-service.shop.svc.clusterset.local", "Multi-Cluster Services"),
        ("usr-service", "Did you mean user-service.shop?"),
        ("user-service.default", "Did you mean user-service.shop"),
        ("user-service.shpo.svc.cluster.local", "Did you mean user-service.shop"),
        ("mailer", "Deployment shop/mailer has this name, and no Service exposes it"),
        (
            "fresh",
            "created 3 s ago: whoever looked before may be told that it does not exist until 04:00:02 UTC, 2 s from now",
        ),
        ("api.vendor.com", "3 names of the search list are asked in vain: 8 queries in place of 2"),
        ("7.12.96.10.in-addr.arpa", "is the ClusterIP of Service shop/user-service"),
        ("99.0.244.10.in-addr.arpa", "is no ClusterIP and no endpoint"),
        ("12.96.10.in-addr.arpa", "is no reverse name of one address"),
    ],
)
def test_what_is_said_of_a_name(name: str, words: str, snapshot: Snapshot) -> None:
    """Each kind of name, once."""
    assert words in _said(name, snapshot)


@pytest.mark.parametrize(
    "name", ["user-service", "user-service.shop", "kube-dns.kube-system.svc.cluster.local", "api.vendor.com."]
)
def test_nothing_is_said_of_plain_names(name: str, snapshot: Snapshot) -> None:
    """A Service's own name, in each of its forms, and an outside name with its dot."""
    assert _said(name, snapshot) == ""


def test_names_of_an_address(snapshot: Snapshot) -> None:
    """A ClusterIP has one, a ready endpoint one of each Service, others none."""
    assert pointers("7.12.96.10.in-addr.arpa.", snapshot) == ("user-service.shop.svc.cluster.local",)
    assert pointers("1.2.0.192.in-addr.arpa", snapshot) == ()


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("7.12.96.10.in-addr.arpa", "10.96.12.7"),
        ("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa", "fd00::1"),
        ("1.0.0.d.f.ip6.arpa", ""),
        ("300.1.1.1.in-addr.arpa", ""),
    ],
)
def test_address_of_a_reverse_name(name: str, address: str) -> None:
    """Numbers and digits are read backwards; less than a whole address is none."""
    assert address_of(name) == address


LOOP = """
apiVersion: v1
kind: ConfigMap
metadata: {name: coredns, namespace: kube-system}
data: {Corefile: ".:53 {\\n  kubernetes cluster.local\\n  forward . %s\\n}\\n"}
"""


@pytest.mark.parametrize(("server", "comes_back"), [("10.96.0.10", True), ("10.96.0.11", False)])
def test_an_outside_name_that_comes_back(server: str, *, comes_back: bool) -> None:
    """A name that the Corefile hands to the DNS Service itself is answered by nobody, and is said to be."""
    config = next(yaml.safe_load_all(LOOP % server))
    known = [each for each in yaml.safe_load_all(BASE.read_text()) if each["metadata"]["name"] != "coredns"]
    snapshot = snapshot_from([*known, config], taken_at=NOW, cluster="test")
    conf = resolv_conf(None, "shop", cluster_dns(snapshot))
    steps = walk_saved("www.example.com", conf, snapshot)

    said = about_name(Asked("www.example.com", "shop", conf, steps), snapshot)

    assert any("by line 3 of the Corefile (forward . 10.96.0.10)" in each for each in said) is comes_back
    assert (str(steps[-1].a.outcome) == "servfail") is comes_back
