"""Faults of names: the caller uses a wrong one, an alias leads nowhere, or the cluster's DNS is sick."""

import json

from tests.live_cluster.nodes.faults.words import CONTAINER, Action, Fault, OnNode, made, merge, replace, served

DNS_PODS = ("-n", "kube-system", "delete", "pod", "-l", "k8s-app=kube-dns")
DNS_READY = ("-n", "kube-system", "rollout", "status", "deploy/coredns", "--timeout=180s")
# As it was installed: objects, and pods that have forgotten what they went through.
DNS_AGAIN: tuple[Action, ...] = (("-n", "kube-system", "apply", "-f", "addons.yaml"), DNS_PODS, DNS_READY)
DEPLOYMENT = "Deployment/coredns"
TO_HTTP = {"port": 80, "targetPort": "http"}
SICK = "PID=$(pidof coredns) && nsenter --target $PID --net iptables -I INPUT -p udp --dport 53 -j DROP"
ZONE = "kubernetes cluster.local"
SET_READY: Action = ("rollout", "status", "sts/storefront", "--timeout=180s")
MEMBER = "storefront-0.storefront -n NAMESPACE --from NAMESPACE/client --port 8080"
# As three.yaml, and governed by a Service that is not there.
ELSEWHERE = {
    "replicas": 3,
    "serviceName": "others",
    "podManagementPolicy": "Parallel",
    "selector": {"matchLabels": {"app": "storefront"}},
    "template": served("-port", "8080"),
}
ROLE = [
    {"apiGroups": [""], "resources": ["endpoints", "services", "pods", "namespaces"], "verbs": ["list", "watch"]},
]


def _corefile(first: str, kubernetes: str = ZONE) -> Action:
    """The Corefile of addons.yaml with one more word at its head."""
    text = f".:53 {{\n    {first}\n    errors\n    health\n    ready\n    {kubernetes}\n    cache 1\n}}\n"
    return ("-n", "kube-system", *merge("cm/coredns", {"data": {"Corefile": text}}))


def _placed(node: str | None) -> Action:
    """All DNS pods on one node; None: wherever."""
    spec = {"nodeSelector": {"kubernetes.io/hostname": node}}
    return ("-n", "kube-system", *merge("deploy/coredns", {"spec": {"template": {"spec": spec}}}))


def _kept(policy: str) -> Action:
    return ("-n", "kube-system", *merge("svc/kube-dns", {"spec": {"internalTrafficPolicy": policy}}))


DNS = (
    Fault(
        name="another namespace",
        # A name of its own: an alias is offered only where a single Service can be meant.
        before=(made("v1", "Service", "boutique", spec={"selector": {"app": "storefront"}, "ports": [TO_HTTP]}),),
        inject=(
            ("create", "namespace", "fault-next-door"),
            ("-n", "fault-next-door", "run", "caller", "--image=k8snet.test/serve:1", "--", "-refuse"),
            ("-n", "fault-next-door", "wait", "pod/caller", "--for=condition=Ready", "--timeout=180s"),
        ),
        undo=(("delete", "namespace", "fault-next-door", "--wait=false", "--ignore-not-found"),),
        traffic="no-such-name",
        url="http://boutique",
        code="DNS-011",
        layer="dns",
        about="Service/boutique",
        client="fault-next-door/caller",
        ask="boutique --from fault-next-door/caller",
        ask_mended="boutique.fault-another-namespace --from fault-next-door/caller",
    ),
    Fault(
        name="name typo",
        inject=(),
        traffic="no-such-name",
        code="DNS-010",
        layer="dns",
        about="Service/storefrnt",
        mends=False,  # the name is in the caller's own code, and the answer says the right one
        url_broken="http://storefrnt",
        url_mended="http://storefront",
        ask="storefrnt -n NAMESPACE --from NAMESPACE/client",
        ask_mended="storefront -n NAMESPACE --from NAMESPACE/client",
    ),
    Fault(
        name="headless without ready pod",
        before=(
            ("delete", "svc/storefront"),
            made(
                "v1",
                "Service",
                "storefront",
                spec={"clusterIP": "None", "selector": {"app": "storefront"}, "ports": [{"port": 8080}]},
            ),
        ),
        inject=(replace("deploy/storefront", f"{CONTAINER}/readinessProbe/httpGet/path", "/ready"),),
        traffic="no-such-name",
        url="http://storefront:8080",
        code="APP-008",
        layer="application",
        about="Deployment/storefront",
    ),
    Fault(
        name="alias leads nowhere",
        before=(
            made(
                "v1",
                "Service",
                "shop-window",
                spec={"type": "ExternalName", "externalName": "storefront.fault-alias-leads-nowhere.svc.cluster.local"},
            ),
        ),
        inject=(merge("svc/shop-window", {"spec": {"externalName": "storefront.fault-alias-leads-nowhere"}}),),
        traffic="no-such-name",
        url="http://shop-window",
        ask="shop-window -n NAMESPACE --from NAMESPACE/client",
        code="DNS-026",
        layer="dns",
        about="Service/shop-window",
        ask_mended="storefront -n NAMESPACE --from NAMESPACE/client",  # as the answer about an alias says
    ),
    Fault(
        name="DNS scaled to zero",
        inject=(("-n", "kube-system", "scale", "deploy/coredns", "--replicas=0"),),
        undo=DNS_AGAIN,
        traffic="no-dns",
        code="DNS-001",
        layer="dns",
        about=DEPLOYMENT,
    ),
    Fault(
        name="Corefile broken",
        inject=(_corefile("proxy . 192.0.2.1"), DNS_PODS),
        undo=DNS_AGAIN,
        traffic="no-dns",
        code="DNS-004",
        layer="dns",
        about="ConfigMap/coredns",
        editor="sed -i /proxy/d",
        after_fix=(DNS_PODS,),  # they wait longer after each crash; one that had three is unsteady for an hour
    ),
    Fault(
        name="one DNS replica sick",
        inject=(OnNode("n2", ("sh", "-c", SICK)),),
        undo=DNS_AGAIN,
        traffic="answer+no-dns|answer+no-dns+timeout",  # a name that came late leaves no time for the connection
        code="DNS-002",
        layer="dns",
        about="Service/kube-dns",
    ),
    Fault(
        name="DNS may not read",
        inject=(
            ("patch", "clusterrole", "system:coredns", "--type=merge", "-p", json.dumps({"rules": ROLE})),
            DNS_PODS,
        ),
        undo=DNS_AGAIN,
        traffic="no-dns",
        code="DNS-006",
        layer="dns",
        about="Service/kube-dns",
    ),
    Fault(
        name="DNS Service selects nobody",
        inject=(("-n", "kube-system", *merge("svc/kube-dns", {"spec": {"selector": {"k8s-app": "coredns"}}})),),
        undo=DNS_AGAIN,
        traffic="no-dns",
        code="DNS-008",
        layer="dns",
        about="Service/kube-dns",
        is_long=True,
    ),
    Fault(
        name="DNS kept on another node",  # the client is on n1
        inject=(_placed("n2"), DNS_READY, _kept("Local")),
        undo=(_kept("Cluster"), _placed(None), *DNS_AGAIN),
        traffic="no-dns",
        code="DNS-038",
        layer="routing",
        about="Service/kube-dns",
        is_long=True,
    ),
    Fault(
        name="DNS serves other namespaces",
        inject=(_corefile("log", f"{ZONE} {{\n        namespaces kube-system\n    }}"), DNS_PODS, DNS_READY),
        undo=DNS_AGAIN,
        traffic="no-dns",  # the last name of the search list is nobody's, and REFUSED
        code="DNS-031",
        layer="dns",
        about="ConfigMap/coredns",
        editor="sed -i '/namespaces kube-system/d'",
        after_fix=(DNS_PODS, DNS_READY),
        is_long=True,
    ),
    Fault(
        name="a member without a name",
        before=(
            ("delete", "deploy/storefront"),
            ("delete", "svc/storefront"),
            made(
                "v1",
                "Service",
                "storefront",
                spec={
                    "clusterIP": "None",
                    "selector": {"app": "storefront"},
                    "ports": [{"name": "http", "port": 8080}],
                },
            ),
            ("apply", "-f", "three.yaml"),
            SET_READY,
        ),
        inject=(
            ("delete", "sts", "storefront"),
            made("apps/v1", "StatefulSet", "storefront", spec=ELSEWHERE),
            SET_READY,
        ),
        undo=(("delete", "sts", "storefront", "--ignore-not-found"), ("apply", "-f", "three.yaml"), SET_READY),
        traffic="no-such-name",
        code="DNS-024",
        layer="dns",
        about="StatefulSet/storefront",
        mends=False,  # serviceName cannot be changed
        url="http://storefront-0.storefront:8080",
        ask_before=MEMBER,
        ask=MEMBER,
        is_long=True,
    ),
)
