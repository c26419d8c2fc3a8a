"""Random clusters, dense enough that rules often nearly match: few labels, few ports, few networks."""

from random import Random
from typing import Any

Object = dict[str, Any]

NAMESPACES = ("shop", "pay", "ops")
KEYS, VALUES = ("app", "tier"), ("web", "db", "api")
PORTS, NAMES = (53, 80, 8080, 9090), ("http", "dns")
PROTOCOLS = ("TCP", "UDP", "SCTP")
CIDRS = {
    "IPv4": ("10.0.0.0/30", "10.0.0.4/30", "10.0.0.0/24", "0.0.0.0/0", "10.0.0.2/32", "10.0.9.0/31"),
    "IPv6": ("fd00::/126", "fd00::4/126", "fd00::/64", "::/0", "fd00::2/128", "fd00::9:0/112"),
}


def cluster(choose: Random, *, hosts: bool = True, apis: tuple[str, ...] = ("", "old", "new", "new", "both")) -> Object:
    """Make up 3 to 6 pods in three namespaces on three nodes, of one family or two, up to 6 policies and admin tiers.

    `hosts`: pods on the host network, too. `apis`: which APIs of admin tiers there may be.
    """
    families = choose.choice(("4", "4", "6", "46", "64"))
    spaces = {name: {**labels(choose), "kubernetes.io/metadata.name": name} for name in NAMESPACES}
    nodes = {f"node-{number}": _node(choose, number, families) for number in range(1, 4)}
    pods = [_pod(choose, number, families, nodes, hosts=hosts) for number in range(1, choose.randint(3, 6) + 1)]
    policies = [_policy(choose, number) for number in range(choose.randint(1, 6))]
    admin = admin_policies(choose, choose.choice(apis))
    return {"namespaces": spaces, "nodes": nodes, "pods": pods, "policies": policies, "admin": admin}


def ends(made: Object) -> list[Object]:
    """Return what may call and be called: pods, nodes, and addresses outside."""
    family = made["pods"][0]["ips"]
    outside = [{"kind": "outside", "ips": [each]} for each in ("10.0.0.9", "203.0.113.1") if "." in family[0]]
    return [*made["pods"], *made["nodes"].values(), *outside]


def documents(made: Object) -> list[Object]:
    """Return a cluster as the API would."""
    spaces = [{"kind": "Namespace", "metadata": {"name": n, "labels": held}} for n, held in made["namespaces"].items()]
    nodes = [
        {
            "kind": "Node",
            "metadata": {"name": name, "labels": each["labels"]},
            "status": {"addresses": [{"type": "InternalIP", "address": address} for address in each["ips"]]},
        }
        for name, each in made["nodes"].items()
    ]
    return [*spaces, *nodes, *(_document(pod) for pod in made["pods"]), *made["policies"], *made["admin"]]


def labels(choose: Random) -> dict[str, str]:
    return {key: choose.choice(VALUES) for key in KEYS if choose.random() < 0.7}


def _node(choose: Random, number: int, families: str) -> Object:
    ips = [f"10.0.9.{number}" if family == "4" else f"fd00::9:{number}" for family in families]
    return {"kind": "node", "node": f"node-{number}", "host": True, "labels": labels(choose), "ips": ips}


def _pod(choose: Random, number: int, families: str, nodes: Object, *, hosts: bool) -> Object:
    names = [each for each in NAMES if choose.random() < 0.6]
    node = choose.choice(sorted(nodes))
    on_host = hosts and choose.random() < 0.15
    return {
        "kind": "pod",
        "name": f"pod-{number}",
        "namespace": choose.choice(NAMESPACES),
        "labels": labels(choose),
        "node": node,
        "host": on_host,
        "ips": nodes[node]["ips"]
        if on_host
        else [f"10.0.0.{number}" if family == "4" else f"fd00::{number}" for family in families],
        "ports": [(name, choose.choice(PORTS), choose.choice(("TCP", "TCP", "UDP"))) for name in names],
    }


def _document(pod: Object) -> Object:
    ports = [{"name": name, "containerPort": number, "protocol": protocol} for name, number, protocol in pod["ports"]]
    return {
        "kind": "Pod",
        "metadata": {"name": pod["name"], "namespace": pod["namespace"], "labels": pod["labels"]},
        "spec": {
            "nodeName": pod["node"],
            "hostNetwork": pod["host"],
            "containers": [{"name": "app", "ports": ports}],
        },
        "status": {"phase": "Running", "podIP": pod["ips"][0], "podIPs": [{"ip": each} for each in pod["ips"]]},
    }


def _policy(choose: Random, number: int) -> Object:
    spec = {"podSelector": selector(choose, empty=0.5)}
    given = choose.choice(("absent", None, [], ["Ingress"], ["Egress"], ["Ingress", "Egress"]))
    if given != "absent":
        spec["policyTypes"] = given
    for key, side in (("ingress", "from"), ("egress", "to")):
        if choose.random() < 0.75:
            spec[key] = _several(choose, lambda side=side: _rule(choose, side), 3)
    metadata = {"name": f"policy-{number}", "namespace": choose.choice(NAMESPACES)}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


def _rule(choose: Random, side: str) -> Object:
    rule = {}
    if choose.random() < 0.85:
        rule[side] = _several(choose, lambda: peer(choose), 2)
    if choose.random() < 0.75:
        rule["ports"] = _several(choose, lambda: port(choose), 2)
    return rule


def _several(choose: Random, make: Any, most: int) -> list[Object] | None:
    """Mostly some, now and then none at all or null, which mean something of their own."""
    if choose.random() < 0.1:
        return choose.choice(([], None))
    return [make() for _ in range(choose.randint(1, most))]


def peer(choose: Random) -> Object:
    kind = choose.choice(("pods", "namespaces", "both", "both", "block"))
    if kind == "block":
        return {"ipBlock": _block(choose)}
    made = {}
    if kind in ("pods", "both"):
        made["podSelector"] = selector(choose, empty=0.25)
    if kind in ("namespaces", "both"):
        made["namespaceSelector"] = selector(choose, empty=0.25, named=0.3)
    return made


def _block(choose: Random) -> Object:
    family = CIDRS[choose.choice(("IPv4", "IPv6"))]
    holes = {"except": [choose.choice(family)]} if choose.random() < 0.4 else {}
    return {"cidr": choose.choice(family), **holes}


def port(choose: Random) -> Object:
    made = {} if choose.random() < 0.4 else {"protocol": choose.choice(PROTOCOLS)}
    kind = choose.choice(("number", "number", "name", "range", "all"))
    if kind == "number":
        made["port"] = choose.choice(PORTS)
    elif kind == "name":
        made["port"] = choose.choice(NAMES)
    elif kind == "range":
        made["port"] = choose.choice(PORTS)
        made["endPort"] = max(made["port"], choose.choice((53, 80, 9000, 9090)))  # the API refuses the other way round
    return made


def selector(choose: Random, *, empty: float, named: float = 0.0) -> Object:
    if choose.random() < empty:
        return choose.choice(({}, {"matchLabels": None}, {"matchExpressions": []}))
    if choose.random() < named:
        return {"matchLabels": {"kubernetes.io/metadata.name": choose.choice(NAMESPACES)}}
    made: Object = {}
    if choose.random() < 0.7:
        made["matchLabels"] = {choose.choice(KEYS): choose.choice(VALUES)}
    if choose.random() < 0.4:
        made["matchExpressions"] = [_expression(choose)]
    return made


def _expression(choose: Random) -> Object:
    operator = choose.choice(("In", "NotIn", "Exists", "DoesNotExist"))
    values = {"values": choose.sample(VALUES, choose.randint(1, 2))} if operator in ("In", "NotIn") else {}
    return {"key": choose.choice(KEYS), "operator": operator, **values}


def admin_policies(choose: Random, api: str) -> list[Object]:
    """Make up policies of admin tiers: the old API's, the new one's, both or none; now and then of equal priority."""
    made = []
    if api in ("old", "both"):
        made += [_admin(choose, "AdminNetworkPolicy", number) for number in range(choose.randint(0, 3))]
        made += [_admin(choose, "BaselineAdminNetworkPolicy", 0)] if choose.random() < 0.6 else []
    if api in ("new", "both"):
        made += [_admin(choose, "ClusterNetworkPolicy", number) for number in range(choose.randint(1, 4))]
    return made


def _admin(choose: Random, kind: str, number: int) -> Object:
    is_new = kind == "ClusterNetworkPolicy"
    spec: Object = {"subject": _admin_pods(choose, broad=0.6)}
    if kind != "BaselineAdminNetworkPolicy":
        spec["priority"] = choose.choice((number, number, 5))
    if is_new:
        spec["tier"] = choose.choice(("Admin", "Admin", "Baseline"))
    actions = ("Accept" if is_new else "Allow", "Deny", *(() if kind.startswith("Baseline") else ("Pass",)))
    for key, side in (("ingress", "from"), ("egress", "to")):
        if choose.random() < 0.75:
            spec[key] = [_admin_rule(choose, side, actions, is_new=is_new) for _ in range(choose.randint(1, 3))]
    version = choose.choice(("v1alpha2", "v1beta1")) if is_new else "v1alpha1"
    name = "default" if kind == "BaselineAdminNetworkPolicy" else f"admin-{number}"
    return {
        "apiVersion": f"policy.networking.k8s.io/{version}",
        "kind": kind,
        "metadata": {"name": name},
        "spec": spec,
    }


def _admin_rule(choose: Random, side: str, actions: tuple[str, ...], *, is_new: bool) -> Object:
    peers = [_admin_peer(choose, side, is_new=is_new) for _ in range(choose.randint(1, 2))]
    rule: Object = {"action": choose.choice(actions), side: peers}
    if choose.random() < 0.5:
        make = _new_port if is_new else _old_port
        rule["protocols" if is_new else "ports"] = [make(choose) for _ in range(choose.randint(1, 2))]
    return rule


def _admin_peer(choose: Random, side: str, *, is_new: bool) -> Object:
    kind = choose.choice(("pods", "pods", "networks", "nodes")) if side == "to" else "pods"
    if kind == "networks":
        family = CIDRS[choose.choice(("IPv4", "IPv6"))]
        return {"networks": choose.sample(family, choose.randint(1, 2))}
    if kind == "nodes":
        return {"nodes": selector(choose, empty=0.4)}
    return _admin_pods(choose, broad=0.4) if is_new or choose.random() < 0.7 else _older_pods(choose)


def _older_pods(choose: Random) -> Object:
    """A peer of v1alpha1 as it was until 0.1.1 (NamespacedPeer, NamespacedPodPeer)."""
    keys = choose.sample(KEYS, choose.choice((0, 1, 1, 2)))
    made = choose.choice(
        ({"namespaceSelector": selector(choose, empty=0.4)}, {"sameLabels": keys}, {"notSameLabels": keys})
    )
    if choose.random() < 0.5:
        return {"namespaces": made}
    return {"pods": {"namespaces": made, "podSelector": selector(choose, empty=0.4)}}


def _admin_pods(choose: Random, *, broad: float) -> Object:
    spaces = selector(choose, empty=broad, named=0.3)
    if choose.random() < 0.5:
        return {"namespaces": spaces}
    return {"pods": {"namespaceSelector": spaces, "podSelector": selector(choose, empty=broad)}}


def _old_port(choose: Random) -> Object:
    kind = choose.choice(("portNumber", "portNumber", "portRange", "namedPort"))
    if kind == "namedPort":
        return {"namedPort": choose.choice(NAMES)}
    protocol = {} if choose.random() < 0.4 else {"protocol": choose.choice(PROTOCOLS)}
    if kind == "portRange":
        return {"portRange": {**protocol, "start": choose.choice(PORTS), "end": choose.choice((9000, 9090))}}
    return {"portNumber": {**protocol, "port": choose.choice(PORTS)}}


def _new_port(choose: Random) -> Object:
    kind = choose.choice(("number", "number", "range", "name", "all"))
    if kind == "name":
        return {"destinationNamedPort": choose.choice(NAMES)}
    protocol = choose.choice(("tcp", "tcp", "udp", "sctp"))
    if kind == "all":
        return {protocol: {"destinationPort": None}}
    if kind == "range":
        span = {"range": {"start": choose.choice(PORTS), "end": choose.choice((9000, 9090))}}
        return {protocol: {"destinationPort": span}}
    return {protocol: {"destinationPort": {"number": choose.choice(PORTS)}}}
