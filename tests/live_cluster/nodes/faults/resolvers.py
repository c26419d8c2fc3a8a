"""Faults of names that hurt some programs and not others, and those of the ways to a nameserver."""

import json
from typing import Any

from tests.live_cluster.nodes.faults.dns import DNS_AGAIN, DNS_PODS, DNS_READY
from tests.live_cluster.nodes.faults.words import LOOKUPS, Action, Fault, Lookups, OnNode, made, merge
from tests.live_cluster.nodes.layout import CONTROL

NODE_LOCAL = "169.254.20.10"
KUBE_DNS = "Service/kube-dns"
FROM_LOOKUPS = f"--from NAMESPACE/{LOOKUPS}"
FULL = "storefront.NAMESPACE.svc.cluster.local"


def corefile(*, inside: str = "", beside: str = "") -> tuple[Action, ...]:
    """The Corefile of addons.yaml with a plugin more in its block, or a block more; the DNS pods are made anew with it."""
    text = f"""\
{beside}.:53 {{
    errors
    health
    ready
    {inside}
    kubernetes cluster.local in-addr.arpa ip6.arpa {{
        ttl 1
    }}
    forward . /etc/resolv.conf
    cache 1
}}
"""
    return (("-n", "kube-system", *merge("cm/coredns", {"data": {"Corefile": text}})), DNS_PODS, DNS_READY)


def caller(name: str, dns: dict[str, Any]) -> tuple[Action, ...]:
    spec = {
        "nodeName": "n1",
        "terminationGracePeriodSeconds": 0,
        "containers": [{"name": "caller", "image": "k8snet.test/serve:1", "args": ["-refuse"]}],
        **dns,
    }
    return (made("v1", "Pod", name, spec=spec), ("wait", f"pod/{name}", "--for=condition=Ready", "--timeout=180s"))


def _dns_none(nameserver: str, namespace: str) -> dict[str, Any]:
    searches = [f"{namespace}.svc.cluster.local", "svc.cluster.local", "cluster.local"]
    config = {"nameservers": [nameserver], "searches": searches, "options": [{"name": "ndots", "value": "5"}]}
    return {"dnsPolicy": "None", "dnsConfig": config}


def _at_dns_pods(*rule: str) -> tuple[Action, ...]:
    """A firewall's rule before each DNS pod, in its own network."""
    words = f"PID=$(pidof coredns) && nsenter --target $PID --net iptables -I INPUT {' '.join(rule)} -j DROP"
    return tuple(OnNode(node, ("sh", "-c", words)) for node in ("n1", "n2"))


# A hundred addresses of one server on n1: their answer is longer than the 1232 bytes that Go and c-ares take over UDP.
MANY = tuple(f"192.168.78.{number}" for number in range(1, 101))
_ADDRESSES = "; ".join(f"ip address add {each}/32 dev lo" for each in MANY)
_AWAY = "; ".join(f"ip address del {each}/32 dev lo" for each in MANY)
_SERVER = {
    "nodeName": "n1",
    "hostNetwork": True,
    "terminationGracePeriodSeconds": 0,
    "containers": [{"name": "main", "image": "k8snet.test/serve:1", "args": ["-port", "18081"]}],
}
BIG: tuple[Action, ...] = (
    OnNode("n1", ("sh", "-c", _ADDRESSES)),
    made("v1", "Pod", "crowd", spec=_SERVER),
    ("wait", "pod/crowd", "--for=condition=Ready", "--timeout=180s"),
    made("v1", "Service", "crowd", spec={"clusterIP": "None", "ports": [{"name": "http", "port": 18081}]}),
    made(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        "crowd",
        labels={"kubernetes.io/service-name": "crowd"},
        addressType="IPv4",
        ports=[{"name": "http", "port": 18081, "protocol": "TCP"}],
        endpoints=[{"addresses": [each], "conditions": {"ready": True}} for each in MANY],
    ),
)
_LONG_ANSWER: dict[str, Any] = {
    "url": "http://crowd:18081",
    "ask_before": "crowd -n NAMESPACE --from NAMESPACE/client",
    "ask": "crowd -n NAMESPACE --from NAMESPACE/client",
    "traffic": "no-dns",
    "code": "DNS-021",
    "layer": "dns",
    "about": KUBE_DNS,
    "well": "unknown",  # at most 20 of the hundred are tried
    "tidy": (OnNode("n1", ("sh", "-c", f"{_AWAY}; true")),),
}

SHADOW = """\
template IN A cluster.local {
        match ^storefront[.]fault-template-shadows[.]svc
        answer "{{ .Name }} 5 IN A ADDRESS"
        fallthrough
    }""".replace("ADDRESS", CONTROL)

RESOLVERS = (
    Fault(
        name="search domain fails",
        before=(Lookups({"dnsConfig": {"searches": ["ill.example"]}}),),
        inject=corefile(beside="ill.example:53 {\n    template ANY ANY {\n        rcode SERVFAIL\n    }\n}\n"),
        undo=DNS_AGAIN,
        traffic="answer",  # Go goes on; whom it hurts is below
        code="DNS-033",
        layer="dns",
        about=KUBE_DNS,
        mends=False,  # the nameserver of that domain is somebody else's
        url=f"http://{FULL}",
        client=LOOKUPS,
        ask_before=f"{FULL} {FROM_LOOKUPS}",
        ask=f"{FULL} {FROM_LOOKUPS}",
        looked_up=FULL,
        finds=("glibc", "go", "node", "nginx"),
        fails=("musl",),
        is_long=True,
    ),
    Fault(
        name="AAAA denied",
        before=(Lookups({}),),
        inject=corefile(inside="template ANY AAAA cluster.local {\n        rcode NXDOMAIN\n    }"),
        undo=DNS_AGAIN,
        traffic="answer",
        code="DNS-034",
        layer="dns",
        about=KUBE_DNS,
        mends=False,  # why the rule is there, only its owner knows
        client=LOOKUPS,
        ask_before=f"{FULL} {FROM_LOOKUPS}",
        ask=f"{FULL} {FROM_LOOKUPS}",
        looked_up=FULL,
        finds=("glibc", "go", "node"),
        fails=("musl", "nginx"),
        is_long=True,
    ),
    Fault(
        name="a foreign nameserver",
        before=caller("outsider", {}),
        inject=(
            ("delete", "pod", "outsider"),
            *caller("outsider", _dns_none(CONTROL, "fault-a-foreign-nameserver")),
        ),
        undo=(("delete", "pod", "outsider", "--ignore-not-found"), *caller("outsider", {})),
        traffic="no-such-name",
        code="DNS-016",
        layer="dns",
        about="Pod/outsider",
        mends=False,  # a pod that stands for itself cannot be changed
        client="outsider",
        ask_before="storefront -n NAMESPACE --from NAMESPACE/outsider",
        ask="storefront -n NAMESPACE --from NAMESPACE/outsider --symptom nxdomain",
        ask_mended="storefront -n NAMESPACE --from NAMESPACE/outsider",
    ),
    Fault(
        name="long answer and TCP blocked",
        before=BIG,
        inject=_at_dns_pods("-p tcp --dport 53"),
        undo=DNS_AGAIN,
        mends=False,  # a firewall's rule
        is_long=True,
        **_LONG_ANSWER,
    ),
    Fault(
        name="long answer and no TCP port",
        before=BIG,
        inject=(
            (
                *("-n", "kube-system", "patch", "svc", "kube-dns", "--type=json", "-p"),
                json.dumps([{"op": "remove", "path": "/spec/ports/1"}]),
            ),
        ),
        undo=(("-n", "kube-system", "apply", "-f", "addons.yaml"),),
        is_long=True,
        **_LONG_ANSWER,
    ),
    Fault(
        name="node-local cache gone",
        before=(
            *(
                OnNode(each, ("sh", "-c", f"ip address add {NODE_LOCAL}/32 dev lo 2>/dev/null; true"))
                for each in ("n1", "n2")
            ),
            ("-n", "kube-system", "apply", "-f", "node-local.yaml"),
            ("-n", "kube-system", "rollout", "status", "ds/node-local-dns", "--timeout=180s"),
            *caller("near", _dns_none(NODE_LOCAL, "fault-node-local-cache-gone")),
        ),
        inject=(
            (
                "-n",
                "kube-system",
                *merge("ds/node-local-dns", {"spec": {"template": {"spec": {"nodeSelector": {"cache": "here"}}}}}),
            ),
        ),
        undo=(
            (
                "-n",
                "kube-system",
                *merge("ds/node-local-dns", {"spec": {"template": {"spec": {"nodeSelector": None}}}}),
            ),
            ("-n", "kube-system", "rollout", "status", "ds/node-local-dns", "--timeout=180s"),
        ),
        tidy=(("-n", "kube-system", "delete", "ds", "node-local-dns", "--ignore-not-found"),),
        traffic="no-dns",
        code="DNS-028",
        layer="dns",
        about="DaemonSet/node-local-dns",
        mends=False,  # which nodes were to have it, its owner knows
        client="near",
        ask_before="storefront -n NAMESPACE --from NAMESPACE/near",
        ask="storefront -n NAMESPACE --from NAMESPACE/near",
        is_long=True,
    ),
    Fault(
        name="template shadows",
        inject=corefile(inside=SHADOW),
        undo=DNS_AGAIN,
        traffic="refused",
        code="DNS-005",
        layer="dns",
        about="ConfigMap/coredns",
        editor="sed -i '/template IN/,/^ *}$/d'",
        after_fix=(DNS_PODS, DNS_READY),
        is_long=True,
    ),
    Fault(
        name="hosts shadows",
        inject=corefile(
            inside=f"hosts {{\n        {CONTROL} storefront.fault-hosts-shadows.svc.cluster.local\n        fallthrough\n    }}"
        ),
        undo=DNS_AGAIN,
        traffic="refused",
        code="DNS-005",
        layer="dns",
        about="ConfigMap/coredns",
        editor="sed -i '/hosts {/,/^ *}$/d'",
        after_fix=(DNS_PODS, DNS_READY),
        is_long=True,
    ),
    Fault(
        name="DNS lost its role",
        inject=(("delete", "clusterrolebinding", "system:coredns"), DNS_PODS),
        undo=DNS_AGAIN,
        traffic="no-dns",
        code="DNS-006",
        layer="dns",
        about=KUBE_DNS,
        mends=False,
        is_long=True,
    ),
)
