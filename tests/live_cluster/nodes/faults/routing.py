"""Faults of routing: selectors, ports, endpoints, and the nodes that carry the traffic."""

from tests.live_cluster.nodes.faults.words import (
    CONTAINER,
    ON_N2,
    THREE,
    WEB,
    Fault,
    goes_on,
    made,
    merge,
    policy,
    remove,
    replace,
    served,
    signal,
    stopped,
)

SERVICE = "Service/storefront"
ROLLED_OUT = ("rollout", "status", "deploy/storefront", "--timeout=180s")


# One more replica, whose container port lost its name: only the Service's look-up of that name misses it.
CANARY = made(
    "apps/v1",
    "Deployment",
    "storefront-canary",
    spec={
        "selector": {"matchLabels": {"app": "storefront", "track": "canary"}},
        "template": {
            **served("-port", "8080"),
            "metadata": {"labels": {"app": "storefront", "version": "v1", "track": "canary"}},
        },
    },
)

MOVED = {"selector": {"matchLabels": {"app": "storefront"}}, "template": served("-port", "8080")}

# Another program, that listens elsewhere, with a Service of its own name.
CATALOG = (
    made(
        "apps/v1",
        "Deployment",
        "catalog",
        spec={
            "selector": {"matchLabels": {"app": "catalog"}},
            "template": {
                **served("-port", "8081", ports=[{"containerPort": 8081}]),
                "metadata": {"labels": {"app": "catalog"}},
            },
        },
    ),
    made(
        "v1", "Service", "catalog", spec={"selector": {"app": "catalog"}, "ports": [{"port": 80, "targetPort": 8081}]}
    ),
    ("rollout", "status", "deploy/catalog", "--timeout=180s"),
)

ROUTING = (
    Fault(
        name="selector typo",
        inject=(merge("svc/storefront", {"spec": {"selector": {"app": "storefrnt"}}}),),
        traffic="refused",
        code="RTE-001",
        layer="routing",
        about=SERVICE,
    ),
    Fault(
        name="selector key typo",
        inject=(merge("svc/storefront", {"spec": {"selector": {"app": None, "ap": "storefront"}}}),),
        traffic="refused",
        code="RTE-001",
        layer="routing",
        about=SERVICE,
    ),
    Fault(
        name="one label of two",
        inject=(merge("svc/storefront", {"spec": {"selector": {"version": "v2"}}}),),
        traffic="refused",
        code="RTE-001",
        layer="routing",
        about=SERVICE,
    ),
    Fault(
        name="selector of another Service",
        before=(replace("svc/storefront", "/spec/ports/0/targetPort", 8080), *CATALOG),
        inject=(replace("svc/storefront", "/spec/selector", {"app": "catalog"}),),
        traffic="refused",
        code="RTE-040",
        layer="routing",
        about=SERVICE,
        is_long=True,
    ),
    Fault(
        name="pods next door",
        inject=(
            ("delete", "deploy/storefront"),
            ("create", "namespace", "fault-pods-moved"),
            ("-n", "fault-pods-moved", *made("apps/v1", "Deployment", "storefront", spec=MOVED)),
            ("-n", "fault-pods-moved", *ROLLED_OUT),
        ),
        undo=(
            ("delete", "namespace", "fault-pods-moved", "--wait=false", "--ignore-not-found"),
            ("apply", "-f", "shop.yaml"),
        ),
        traffic="refused",
        code="RTE-002",
        layer="routing",
        about=SERVICE,
        mends=False,  # which of the two belongs elsewhere, only its owner knows
    ),
    Fault(
        name="targetPort beside its policy",
        before=(
            policy("from-client", {**WEB, "ingress": [{"from": [{"podSelector": {}}], "ports": [{"port": 8080}]}]}),
        ),
        inject=(replace("svc/storefront", "/spec/ports/0/targetPort", 9999),),
        traffic="timeout",
        code="RTE-039",
        layer="routing",
        about=SERVICE,
    ),
    Fault(
        name="wrong targetPort",
        inject=(replace("svc/storefront", "/spec/ports/0/targetPort", 9999),),
        traffic="refused",
        code="RTE-010",
        layer="routing",  # the pods listen elsewhere, so it is the Service that is wrong
        about=SERVICE,
    ),
    Fault(
        name="named port gone",
        inject=(replace("deploy/storefront", f"{CONTAINER}/ports/0/name", "port"),),
        traffic="refused",
        code="RTE-011",
        layer="routing",
        about=SERVICE,
    ),
    Fault(
        name="named port missing on one",
        inject=(CANARY, ("rollout", "status", "deploy/storefront-canary", "--timeout=180s")),
        traffic="answer",  # the two others carry on, and nobody notices
        code="RTE-011",
        layer="routing",
        about=SERVICE,
        mends=False,  # whether the new pods should have the name, or no traffic yet, only their owner knows
        undo=(("delete", "deploy", "storefront-canary", "--ignore-not-found"),),
    ),
    Fault(
        name="port not in Service",
        inject=(replace("svc/storefront", "/spec/ports/0/port", 8080),),
        traffic="timeout|refused",  # kube-proxy drops or rejects, by its mode
        code="RTE-012",
        layer="routing",
        about=SERVICE,
        mends=False,  # no pod is known to use the port asked for: opening it would be a guess
        undo=(replace("svc/storefront", "/spec/ports/0/port", 80),),
        ask="storefront -n NAMESPACE --from NAMESPACE/client --port 80",
    ),
    Fault(
        name="no selector",
        inject=(remove("svc/storefront", "/spec/selector"), ("delete", "endpointslices,endpoints", "--all")),
        traffic="refused",
        code="RTE-014",
        layer="routing",
        about=SERVICE,
    ),
    Fault(
        name="unready published",
        before=(*THREE, merge("svc/storefront", {"spec": {"publishNotReadyAddresses": True}})),
        inject=(("exec", "storefront-1", "--", "touch", "/tmp/unready"), signal("storefront-1", "USR1")),
        traffic="answer+refused",
        code="RTE-019",
        layer="routing",
        about=SERVICE,
    ),
    Fault(
        name="local without endpoint",
        before=(ON_N2, ROLLED_OUT),
        inject=(merge("svc/storefront", {"spec": {"internalTrafficPolicy": "Local"}}),),
        traffic="timeout",
        code="RTE-021",
        layer="routing",
        about=SERVICE,
    ),
    Fault(
        name="kubelet stopped",
        before=(ON_N2, ROLLED_OUT),
        inject=(stopped("n2", "kubelet"),),
        undo=(goes_on("n2", "kubelet"), ("wait", "--for=condition=Ready", "node/n2", "--timeout=180s"), ROLLED_OUT),
        traffic="refused",
        code="RTE-008",
        layer="routing",
        about="Node/n2",
        mends=False,  # a node is repaired on the node
    ),
    Fault(
        name="kube-proxy stale",
        inject=(stopped("n1", "kube-proxy"), replace("svc/storefront", "/spec/ports/0/port", 8000)),
        undo=(goes_on("n1", "kube-proxy"),),
        traffic="timeout|refused",  # by the proxy's mode
        url_broken="http://storefront:8000",
        code="RTE-032",
        layer="routing",
        about="Node/n1",
        mends=False,  # kube-proxy is no pod here, so there is none to delete
        as_pod=True,
        is_early=True,  # rules of the last minute may just be on their way, so nobody is accused
    ),
)
