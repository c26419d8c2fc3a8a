"""Faults of names that hurt some programs and not others, and those of the ways to a nameserver."""

from typing import Any

from tests.live_cluster.nodes.faults.dns import DNS_AGAIN, DNS_PODS, DNS_READY
from tests.live_cluster.nodes.faults.words import LOOKUPS, Action, Fault, Lookups, made, merge
from tests.live_cluster.nodes.layout import CONTROL

KUBE_DNS = "Service/kube-dns"
FROM_LOOKUPS = f"--from NAMESPACE/{LOOKUPS}"
FULL = "storefront.NAMESPACE.svc.cluster.local"


def _corefile(*, inside: str = "", beside: str = "") -> tuple[Action, ...]:
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


def _caller(name: str, dns: dict[str, Any]) -> tuple[Action, ...]:
    spec = {
        "nodeName": "n1",
        "terminationGracePeriodSeconds": 0,
        "containers": [{"name": "caller", "image": "k8snet.test/serve:1", "args": ["-refuse"]}],
        **dns,
    }
    return (made("v1", "Pod", name, spec=spec), ("wait", f"pod/{name}", "--for=condition=Ready", "--timeout=40s"))


def _dns_none(nameserver: str, namespace: str) -> dict[str, Any]:
    searches = [f"{namespace}.svc.cluster.local", "svc.cluster.local", "cluster.local"]
    config = {"nameservers": [nameserver], "searches": searches, "options": [{"name": "ndots", "value": "5"}]}
    return {"dnsPolicy": "None", "dnsConfig": config}


RESOLVERS = (
    Fault(
        name="search domain fails",
        before=(Lookups({"dnsConfig": {"searches": ["ill.example"]}}),),
        inject=_corefile(beside="ill.example:53 {\n    template ANY ANY {\n        rcode SERVFAIL\n    }\n}\n"),
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
        inject=_corefile(inside="template ANY AAAA cluster.local {\n        rcode NXDOMAIN\n    }"),
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
        before=_caller("outsider", {}),
        inject=(
            ("delete", "pod", "outsider"),
            *_caller("outsider", _dns_none(CONTROL, "fault-a-foreign-nameserver")),
        ),
        undo=(("delete", "pod", "outsider", "--ignore-not-found"), *_caller("outsider", {})),
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
)
