"""Random clusters, dense enough that rules often nearly match: few labels, few ports, few networks."""

from random import Random
from typing import Any

Object = dict[str, Any]

NAMESPACES = ("shop", "pay", "ops")
KEYS, VALUES = ("app", "tier"), ("web", "db", "api")
PORTS, NAMES = (53, 80, 8080, 9090), ("http", "dns")
PROTOCOLS = ("TCP", "UDP", "SCTP")
CIDRS = {
    "IPv4": ("10.0.0.0/30", "10.0.0.4/30", "10.0.0.0/24", "0.0.0.0/0", "10.0.0.2/32"),
    "IPv6": ("fd00::/126", "fd00::4/126", "fd00::/64", "::/0", "fd00::2/128"),
}


def cluster(choose: Random) -> Object:
    """Make up 3 to 6 pods in three namespaces, of one family or two, and up to 6 policies."""
    families = choose.choice(("4", "4", "6", "46", "64"))
    spaces = {name: {**labels(choose), "kubernetes.io/metadata.name": name} for name in NAMESPACES}
    pods = [_pod(choose, number, families) for number in range(1, choose.randint(3, 6) + 1)]
    policies = [_policy(choose, number) for number in range(choose.randint(1, 6))]
    return {"namespaces": spaces, "pods": pods, "policies": policies}


def documents(made: Object) -> list[Object]:
    """Return a cluster as the API would."""
    spaces = [{"kind": "Namespace", "metadata": {"name": n, "labels": held}} for n, held in made["namespaces"].items()]
    return [*spaces, *(_document(pod) for pod in made["pods"]), *made["policies"]]


def labels(choose: Random) -> dict[str, str]:
    return {key: choose.choice(VALUES) for key in KEYS if choose.random() < 0.7}


def _pod(choose: Random, number: int, families: str) -> Object:
    names = [each for each in NAMES if choose.random() < 0.6]
    return {
        "name": f"pod-{number}",
        "namespace": choose.choice(NAMESPACES),
        "labels": labels(choose),
        "ips": [f"10.0.0.{number}" if family == "4" else f"fd00::{number}" for family in families],
        "ports": [(name, choose.choice(PORTS), choose.choice(("TCP", "TCP", "UDP"))) for name in names],
    }


def _document(pod: Object) -> Object:
    ports = [{"name": name, "containerPort": number, "protocol": protocol} for name, number, protocol in pod["ports"]]
    return {
        "kind": "Pod",
        "metadata": {"name": pod["name"], "namespace": pod["namespace"], "labels": pod["labels"]},
        "spec": {"nodeName": f"node-of-{pod['name']}", "containers": [{"name": "app", "ports": ports}]},
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
        made.update(port=choose.choice(PORTS), endPort=choose.choice((53, 80, 9000, 9090)))
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
