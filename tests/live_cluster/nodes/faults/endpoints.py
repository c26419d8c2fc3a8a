"""Faults of endpoints: the wrong ones in rotation, those that nobody keeps, and the ways to a node's port."""

from typing import Any

from tests.live_cluster.nodes.faults.words import (
    CONTAINER,
    IMAGE,
    ON_N2,
    THREE,
    Action,
    Fault,
    OnNode,
    made,
    merge,
    remove,
    replace,
    served,
    signal,
)
from tests.live_cluster.nodes.layout import address

SERVICE = "Service/storefront"
FROM_CLIENT = "storefront -n NAMESPACE --from NAMESPACE/client"
ROLLED_OUT: Action = ("rollout", "status", "deploy/storefront", "--timeout=180s")
PLUGIN = "/var/lib/cni-config/10-pods.conflist"
READY = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 1, "failureThreshold": 1}
_SAME = {"app": "storefront", "version": "v1"}


def _node_port(number: int) -> Action:
    port = {"name": "http", "port": 80, "targetPort": "http", "nodePort": number}
    return merge("svc/storefront", {"spec": {"type": "NodePort", "ports": [port]}})


def _hosted(name: str, node: str, *args: str) -> tuple[Action, ...]:
    """A pod on a node's own network: a stranger to the other node, at an address that is known beforehand."""
    container = {"name": "main", "image": IMAGE, "args": list(args)}
    spec = {"nodeName": node, "hostNetwork": True, "terminationGracePeriodSeconds": 0, "containers": [container]}
    ready: Action = ("wait", f"pod/{name}", "--for=condition=Ready", "--timeout=180s")
    return made("v1", "Pod", name, spec=spec), ready


def _slice() -> Action:
    return made(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        "storefront-hand",
        labels={"kubernetes.io/service-name": "storefront"},
        addressType="IPv4",
        ports=[{"name": "http", "port": 18087, "protocol": "TCP"}],
        endpoints=[{"addresses": [address("n1")], "conditions": {"ready": True}}],
    )


BY_HAND: tuple[Action, ...] = (
    remove("svc/storefront", "/spec/selector"),
    ("delete", "endpointslices,endpoints", "--all"),
    *_hosted("server", "n1", "-port", "18087"),
    _slice(),
)


def _rule(node: str, table: str, chain: str, *words: str) -> tuple[OnNode, OnNode]:
    """A firewall's rule, put in and taken out; the second may be done twice."""
    rule = f"{chain} {' '.join(words)}"
    put_in, out = f"iptables -t {table} -I {rule}", f"iptables -t {table} -D {rule} 2>/dev/null; true"
    return OnNode(node, ("sh", "-c", put_in)), OnNode(node, ("sh", "-c", out))


NODE_PORT_DROPPED = _rule("n2", "raw", "PREROUTING", "-p tcp --dport 30124 -j DROP")
CUT_OFF = _rule("n2", "filter", "FORWARD", "-i eth0 -d 10.244.2.0/24 -p tcp --dport 8080 -j DROP")
PROHIBITED = _rule("n2", "filter", "INPUT", "-p tcp --dport 18086 -j REJECT --reject-with icmp-host-prohibited")
ON_HOST = {
    "replicas": 1,
    "template": {
        "spec": {
            "hostNetwork": True,
            "nodeSelector": {"kubernetes.io/hostname": "n2"},
            "containers": [
                {
                    "name": "storefront",
                    "image": IMAGE,
                    "args": ["-port", "18086"],
                    "ports": [{"name": "http", "containerPort": 18086}],
                }
            ],
        }
    },
}


def _other(kind: str, name: str, api: str, **spec: Any) -> Action:
    """Another workload whose pods carry the Service's labels, get ready and listen nowhere."""
    main = {"name": "main", "image": IMAGE, "args": ["-refuse"], "ports": [{"name": "admin", "containerPort": 9000}]}
    pod = {
        "terminationGracePeriodSeconds": 0,
        "containers": [main],
        **({"restartPolicy": "Never"} if kind == "Job" else {}),
    }
    template = {"metadata": {"labels": {**_SAME, "part": name}}, "spec": pod}
    return made(api, kind, name, spec={**spec, "template": template})


def _ends(command: str) -> Action:
    """Pods that take a minute to end, and do this on the way."""
    container = {
        "name": "storefront",
        "image": IMAGE,
        "command": ["sh", "-c", command],
        "ports": [{"name": "http", "containerPort": 8080}],
        "readinessProbe": READY,
    }
    pod = {"terminationGracePeriodSeconds": 60, "containers": [container]}
    return merge("deploy/storefront", {"spec": {"template": {"spec": pod}}})


# A shell's last command takes its place, and would then be the one that is told to end.
SERVES_ON = "trap '' TERM; /serve -port 8080; true"
SERVES_NO_MORE = '/serve -port 8080 & trap "kill -USR1 $!" TERM; while true; do wait; sleep 1; done'
NOBODY: Action = ("scale", "deploy/storefront", "--replicas=0")
BOTH_AGAIN: Action = ("scale", "deploy/storefront", "--replicas=2")


def _in_families(*families: str, policy: str = "SingleStack") -> tuple[Action, ...]:
    """The Service made anew: the first of its families cannot be changed."""
    spec = {"ipFamilies": list(families), "ipFamilyPolicy": policy, "selector": _SAME}
    ports = [{"name": "http", "port": 80, "targetPort": "http"}]
    return ("delete", "svc/storefront"), made("v1", "Service", "storefront", spec={**spec, "ports": ports})


IN_ORDER = {
    "replicas": 2,
    "serviceName": "storefront",
    "selector": {"matchLabels": {"app": "storefront"}},
    "template": served("-port", "8080", ports=[{"name": "http", "containerPort": 8080}], readinessProbe=READY),
}

ENDPOINTS = (
    Fault(
        name="Service in UDP",
        before=(replace("svc/storefront", "/spec/ports/0/targetPort", 8080),),
        inject=(replace("svc/storefront", "/spec/ports/0/protocol", "UDP"),),
        traffic="timeout|refused",
        code="RTE-013",
        layer="routing",
        about=SERVICE,
        is_long=True,
    ),
    Fault(
        name="slices left behind",
        before=(remove("svc/storefront", "/spec/selector"),),
        inject=(("delete", "pod", "-l", "app=storefront"), ROLLED_OUT),
        undo=(merge("svc/storefront", {"spec": {"selector": _SAME}}),),
        traffic="timeout|unreachable|timeout+unreachable",
        code="RTE-017",
        layer="routing",
        about=SERVICE,
        is_long=True,
    ),
    Fault(
        name="another workload in rotation",
        before=(replace("svc/storefront", "/spec/ports/0/targetPort", 8080),),
        inject=(
            _other("Deployment", "admin", "apps/v1", selector={"matchLabels": {**_SAME, "part": "admin"}}),
            ("rollout", "status", "deploy/admin", "--timeout=180s"),
        ),
        undo=(("delete", "deploy", "admin", "--ignore-not-found"),),
        traffic="answer+refused",
        code="RTE-003",
        layer="routing",
        about=SERVICE,
        mends=False,  # which of the two should change its labels, only their owner knows
        is_long=True,
    ),
    Fault(
        name="a Job in rotation",
        before=(replace("svc/storefront", "/spec/ports/0/targetPort", 8080),),
        inject=(
            _other("Job", "migration", "batch/v1"),
            ("wait", "pod", "-l", "part=migration", "--for=condition=Ready", "--timeout=180s"),
        ),
        undo=(("delete", "job", "migration", "--ignore-not-found"),),
        traffic="answer+refused",
        code="RTE-003",
        layer="routing",
        about=SERVICE,
        is_long=True,
    ),
    Fault(
        name="node port without local endpoint",
        before=(ON_N2, ROLLED_OUT, _node_port(30123), *_hosted("outside", "n2", "-refuse")),
        inject=(merge("svc/storefront", {"spec": {"externalTrafficPolicy": "Local"}}),),
        traffic="timeout",
        code="RTE-022",
        layer="routing",
        about=SERVICE,
        url_broken=f"http://{address('n1')}:30123",
        client="outside",
        ask_before=FROM_CLIENT,
        ask=f"{address('n1')}:30123 -n NAMESPACE --from NAMESPACE/outside",
        is_long=True,
    ),
    Fault(
        name="node port behind a firewall",
        before=(_node_port(30124),),
        inject=(NODE_PORT_DROPPED[0],),
        undo=(NODE_PORT_DROPPED[1],),
        traffic="timeout",
        code="RTE-028",
        layer="routing",
        about="Node/n2",
        mends=False,  # a firewall's rule
        url_broken=f"http://{address('n2')}:30124",
        ask=f"{address('n2')}:30124 -n NAMESPACE --from NAMESPACE/client",
        ask_mended=FROM_CLIENT,
        as_pod=True,
        is_long=True,
    ),
    Fault(
        name="affinity to one that refuses",
        before=(*THREE, merge("svc/storefront", {"spec": {"sessionAffinity": "ClientIP"}})),
        inject=(signal("storefront-1", "USR1"),),
        traffic="answer|refused",  # always the same one answers a client
        code="APP-013",  # an endpoint that fails is the fault; the affinity says whom it hurts
        layer="application",
        about="StatefulSet/storefront",
        is_long=True,
    ),
    Fault(
        name="headless port not mapped",
        before=(
            ("delete", "svc/storefront"),
            made(
                "v1",
                "Service",
                "storefront",
                spec={"clusterIP": "None", "selector": _SAME, "ports": [{"port": 80, "targetPort": 8080}]},
            ),
        ),
        inject=(),
        traffic="refused",
        code="RTE-020",
        layer="routing",
        about=SERVICE,
        mends=False,  # the port stands in the caller's own settings
        url="http://storefront:8080",
        url_broken="http://storefront:80",
        url_mended="http://storefront:8080",
        ask_before=f"{FROM_CLIENT} --port 8080",
        ask=f"{FROM_CLIENT} --port 80",
        ask_mended=f"{FROM_CLIENT} --port 8080",
        is_long=True,
    ),
    Fault(
        name="a gate that nobody opens",
        inject=(
            merge(
                "deploy/storefront",
                {"spec": {"template": {"spec": {"readinessGates": [{"conditionType": "example.com/in"}]}}}},
            ),
        ),
        undo=(merge("deploy/storefront", {"spec": {"template": {"spec": {"readinessGates": None}}}}), ROLLED_OUT),
        traffic="refused",
        code="RTE-005",
        layer="routing",
        about="Deployment/storefront",
        mends=False,  # its controller is to be mended
        is_long=True,
    ),
    Fault(
        name="a node that gives no addresses",
        before=(ON_N2, ROLLED_OUT),
        inject=(
            OnNode("n2", ("sed", "-i", 's/"type": "ptp"/"type": "absent"/', PLUGIN)),
            ("delete", "pod", "-l", "app=storefront"),
        ),
        undo=(OnNode("n2", ("sed", "-i", 's/"type": "absent"/"type": "ptp"/', PLUGIN)), ROLLED_OUT),
        traffic="refused",
        code="RTE-009",
        layer="routing",
        about="Node/n2",
        mends=False,  # the network plugin's
        is_long=True,
    ),
    Fault(
        name="slice under another port name",
        before=BY_HAND,
        inject=(replace("endpointslice/storefront-hand", "/ports/0/name", "web"),),
        traffic="refused",
        code="RTE-015",
        layer="routing",
        about=SERVICE,
        is_long=True,
    ),
    Fault(
        name="an endpoint of nobody",
        before=BY_HAND,
        inject=(replace("endpointslice/storefront-hand", "/endpoints/0/addresses/0", "10.244.2.250"),),
        undo=(replace("endpointslice/storefront-hand", "/endpoints/0/addresses/0", address("n1")),),
        traffic="timeout|unreachable|timeout+unreachable",
        code="RTE-016",
        layer="routing",
        about=SERVICE,
        mends=False,  # where the endpoint should be, only its writer knows
        is_long=True,
    ),
    Fault(
        name="a node cut off",
        before=(
            *THREE,
            ("scale", "sts/storefront", "--replicas=5"),
            ("rollout", "status", "sts/storefront", "--timeout=180s"),
        ),
        inject=(CUT_OFF[0],),
        undo=(CUT_OFF[1],),
        traffic="answer+timeout",
        code="RTE-030",
        layer="routing",
        about="Node/n2",
        mends=False,
        as_pod=True,
        is_long=True,
    ),
    Fault(
        name="a firewall on the node",
        before=(merge("deploy/storefront", {"spec": ON_HOST}), ROLLED_OUT),
        inject=(PROHIBITED[0],),
        undo=(PROHIBITED[1],),
        traffic="unreachable",
        code="RTE-036",
        layer="routing",
        about=SERVICE,
        mends=False,  # a firewall's rule
        is_long=True,  # a pod that is ready since a minute is there
    ),
    Fault(
        name="pods that end and still serve",
        before=(_ends(SERVES_ON), ROLLED_OUT),
        inject=(NOBODY,),
        undo=(BOTH_AGAIN, ROLLED_OUT),
        traffic="answer",  # kube-proxy sends to them while nobody else is there
        code="RTE-007",
        layer="application",
        about=SERVICE,
        mends=False,
        is_long=True,
    ),
    Fault(
        name="pods that end and serve no more",
        before=(_ends(SERVES_NO_MORE), ROLLED_OUT),
        inject=(NOBODY,),
        undo=(BOTH_AGAIN, ROLLED_OUT),
        traffic="refused",
        code="APP-017",
        layer="application",
        about="Deployment/storefront",
        is_long=True,
    ),
    Fault(
        name="IPv6 Service of IPv4 pods",
        before=(merge("deploy/storefront", {"spec": ON_HOST}), ROLLED_OUT),  # a node has no IPv6 address that counts
        inject=_in_families("IPv6"),
        traffic="refused",
        code="RTE-025",
        layer="routing",
        about=SERVICE,
        is_long=True,
    ),
    Fault(
        name="pod 0 holds back the others",
        before=(
            ("delete", "deploy/storefront"),
            made("apps/v1", "StatefulSet", "storefront", spec=IN_ORDER),
            ("rollout", "status", "sts/storefront", "--timeout=180s"),
        ),
        inject=(
            replace("sts/storefront", f"{CONTAINER}/readinessProbe/httpGet/path", "/ready"),
            ("delete", "pod", "-l", "app=storefront"),
        ),
        traffic="refused",
        code="APP-008",
        layer="application",
        about="StatefulSet/storefront",
        is_long=True,
    ),
)
