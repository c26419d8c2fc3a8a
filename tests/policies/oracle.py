"""All four kinds of policy once more, straight from the text of their APIs, on plain dictionaries and nested loops.

It shares no code with bot.model and is written to be read next to
https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/ and
https://network-policy-api.sigs.k8s.io/reference/spec/. Where a text leaves two readings open it tries each of them: pods on
the host network (told apart, or taken for their nodes), policies of equal priority (in every order), whether a label that the
governed pod's namespace lacks is "a different value" (notSameLabels). Then an answer is known if all readings agree.
"""

import ipaddress
from collections.abc import Iterator
from itertools import permutations, product
from typing import Any, Literal

Object = dict[str, Any]
Answer = Literal["allow", "deny", "unknown"]


def decided(cluster: Object, source: Object, target: Object, port: int, protocol: str) -> tuple[Answer, Answer]:
    """Return what the source's egress and the target's ingress say: allow, deny, or unknown."""
    found: list[Answer] = []
    for direction in ("Egress", "Ingress"):
        answers = {
            one_way(reading, direction, source, target, port, protocol) for reading in readings(cluster, source, target)
        }
        found.append("unknown" if len(answers) > 1 else "allow" if True in answers else "deny")
    return found[0], found[1]


def readings(cluster: Object, source: Object, target: Object) -> Iterator[Object]:
    """Yield the cluster for each way in which it may be read."""
    for hosts in ("apart", "nodes"):
        for admin, baseline in product(orders(cluster, "Admin"), orders(cluster, "Baseline")):
            for one, other in product(who(cluster, source, hosts), who(cluster, target, hosts)):
                for lacking in (True, False):
                    read = {"hosts": hosts, "Admin": admin, "Baseline": baseline, "lacking": lacking}
                    yield {**cluster, **read, "source": one, "target": other}


def who(cluster: Object, end: Object, hosts: str) -> list[Object]:
    """Return who may be meant by an end as a peer: a node's address is the node's, or that of any pod on its network."""
    if end["kind"] != "node" or hosts == "nodes":
        return [end]
    return [end, *(pod for pod in cluster["pods"] if pod["host"] and pod["node"] == end["node"])]


def orders(cluster: Object, tier: str) -> list[list[Object]]:
    """Return every order in which the policies of a tier may be asked."""
    apis: dict[str, list[Object]] = {}
    for policy in cluster.get("admin", []):
        if tier_of(policy) == tier:
            apis.setdefault(policy["kind"], []).append(policy)
    found = []
    for each in permutations(apis.values()):
        found += [[policy for one in chosen for policy in one] for chosen in product(*map(sortings, each))]
    return found


def sortings(policies: list[Object]) -> list[list[Object]]:
    """Return the orders by priority."""
    found = []
    for each in permutations(policies):
        priorities = [policy["spec"].get("priority", 0) for policy in each]
        if priorities == sorted(priorities):
            found.append(list(each))
    return found


def tier_of(policy: Object) -> str:
    if policy["kind"] == "AdminNetworkPolicy":
        return "Admin"
    if policy["kind"] == "BaselineAdminNetworkPolicy":
        return "Baseline"
    return str(policy["spec"]["tier"])


def one_way(cluster: Object, direction: str, source: Object, target: Object, port: int, protocol: str) -> bool:  # noqa: PLR0917
    """Return whether one end's policies let a connection through; here of one reading."""
    subject = target if direction == "Ingress" else source
    peer = cluster["source"] if direction == "Ingress" else cluster["target"]
    if source["kind"] == "pod" == target["kind"] and source["name"] == target["name"]:
        return True
    action = tier(cluster["Admin"], cluster, direction, subject, peer, target, port, protocol)
    if action in ("Accept", "Allow"):
        return True
    if action == "Deny":
        return False
    selecting = [policy for policy in cluster["policies"] if isolates(cluster, policy, direction, subject)]
    if selecting:
        if (
            direction == "Ingress"
            and source["kind"] != "outside"
            and source["host"]
            and source["node"] == target["node"]
        ):
            return True
        return any(admits(cluster, policy, direction, peer, subject, target, port, protocol) for policy in selecting)
    action = tier(cluster["Baseline"], cluster, direction, subject, peer, target, port, protocol)
    return action != "Deny"


def isolates(cluster: Object, policy: Object, direction: str, subject: Object) -> bool:
    if subject["kind"] != "pod" or (subject["host"] and cluster["hosts"] == "nodes"):
        return False
    if policy["metadata"]["namespace"] != subject["namespace"]:
        return False
    return label_selector(policy["spec"]["podSelector"], subject["labels"]) and direction in types(policy["spec"])


def admits(  # noqa: PLR0917 (a naive reading has no words to bundle these)
    cluster: Object,
    policy: Object,
    direction: str,
    peer: Object,
    subject: Object,
    target: Object,
    port: int,
    protocol: str,
) -> bool:
    for rule in policy["spec"].get("ingress" if direction == "Ingress" else "egress") or []:
        peers = rule.get("from" if direction == "Ingress" else "to") or []
        if peers_fit(cluster, policy["metadata"]["namespace"], peers, peer, subject) and ports_fit(
            rule.get("ports") or [], target, port, protocol
        ):
            return True
    return False


def tier(  # noqa: PLR0917
    policies: list[Object],
    cluster: Object,
    direction: str,
    subject: Object,
    peer: Object,
    target: Object,
    port: int,
    protocol: str,
) -> str:
    """Return the action of the first rule that matches; nothing where none does."""
    for policy in policies:
        if not governs(cluster, policy["spec"]["subject"], subject):
            continue
        for rule in policy["spec"].get("ingress" if direction == "Ingress" else "egress") or []:
            peers = rule.get("from" if direction == "Ingress" else "to") or []
            if not admin_ports(rule, target, port, protocol):
                continue
            if any(admin_peer(cluster, each, peer, subject) for each in peers):
                return str(rule["action"])
    return ""


def governs(cluster: Object, wanted: Object, end: Object) -> bool:
    """A subject, or a peer by namespaces or pods: never a pod on the host network."""
    if end["kind"] != "pod" or end["host"]:
        return False
    spaces = cluster["namespaces"][end["namespace"]]
    if wanted.get("namespaces") is not None:
        return label_selector(wanted["namespaces"], spaces)
    if wanted.get("pods") is not None:
        pods = wanted["pods"]
        return label_selector(pods["namespaceSelector"], spaces) and label_selector(pods["podSelector"], end["labels"])
    return False


def admin_peer(cluster: Object, wanted: Object, peer: Object, subject: Object) -> bool:
    if wanted.get("networks") is not None:
        return any(block_matches({"cidr": cidr}, peer, subject) for cidr in wanted["networks"])
    if wanted.get("nodes") is not None:
        if peer["kind"] == "outside" or not peer["host"]:
            return False
        return label_selector(wanted["nodes"], cluster["nodes"][peer["node"]]["labels"])
    older = older_spaces(wanted)
    if older is None:
        return governs(cluster, wanted, peer)
    if not governs(cluster, {"pods": {"namespaceSelector": {}, "podSelector": older["pods"]}}, peer):
        return False
    its, own = cluster["namespaces"][peer["namespace"]], cluster["namespaces"][subject["namespace"]]
    if "namespaceSelector" in older:
        return label_selector(older["namespaceSelector"], its)
    if "sameLabels" in older:
        keys = older["sameLabels"]
        return len(keys) > 0 and all(key in its and key in own and its[key] == own[key] for key in keys)
    keys = older["notSameLabels"]
    if not all(key in its for key in keys):
        return False
    return any(its[key] != own[key] if key in own else cluster["lacking"] for key in keys)


def older_spaces(wanted: Object) -> Object | None:
    """Return a peer of v1alpha1 as it was until 0.1.1: its namespaces one field deeper, and `pods`, whom it means there."""
    spaces = wanted.get("namespaces") or (wanted.get("pods") or {}).get("namespaces") or {}
    if not any(key in spaces for key in ("namespaceSelector", "sameLabels", "notSameLabels")):
        return None
    return {**spaces, "pods": wanted["pods"]["podSelector"] if "pods" in wanted else {}}


def admin_ports(rule: Object, target: Object, port: int, protocol: str) -> bool:
    if "ports" not in rule and "protocols" not in rule:
        return True
    return any(old_port(each, target, port, protocol) for each in rule.get("ports", [])) or any(
        new_port(each, target, port, protocol) for each in rule.get("protocols", [])
    )


def old_port(entry: Object, target: Object, port: int, protocol: str) -> bool:
    if "portNumber" in entry:
        return bool(entry["portNumber"].get("protocol", "TCP") == protocol and entry["portNumber"]["port"] == port)
    if "portRange" in entry:
        span = entry["portRange"]
        return bool(span.get("protocol", "TCP") == protocol and span["start"] <= port <= span["end"])
    return named(entry["namedPort"], target, port, protocol)


def new_port(entry: Object, target: Object, port: int, protocol: str) -> bool:
    if "destinationNamedPort" in entry:
        return named(entry["destinationNamedPort"], target, port, protocol)
    if protocol.lower() not in entry:
        return False
    wanted = entry[protocol.lower()].get("destinationPort")
    if wanted is None:
        return True
    if "range" in wanted:
        return bool(wanted["range"]["start"] <= port <= wanted["range"]["end"])
    return bool(wanted["number"] == port)


def named(name: str, target: Object, port: int, protocol: str) -> bool:
    for known, number, its_protocol in target.get("ports", []):
        if known == name and its_protocol == protocol:
            return bool(number == port)
    return False


def peers_fit(cluster: Object, policy_namespace: str, peers: list[Object], peer: Object, subject: Object) -> bool:
    if len(peers) == 0:
        return True
    return any(peer_matches(cluster, policy_namespace, item, peer, subject) for item in peers)


def ports_fit(ports: list[Object], target: Object, port: int, protocol: str) -> bool:
    if len(ports) == 0:
        return True
    return any(port_matches(item, target, port, protocol) for item in ports)


def types(spec: Object) -> list[str]:
    given = spec.get("policyTypes") or []
    if len(given) > 0:
        return list(given)
    if len(spec.get("egress") or []) > 0:
        return ["Ingress", "Egress"]
    return ["Ingress"]


def peer_matches(cluster: Object, policy_namespace: str, item: Object, peer: Object, subject: Object) -> bool:
    if item.get("ipBlock") is not None:
        return block_matches(item["ipBlock"], peer, subject)
    if item.get("namespaceSelector") is None and item.get("podSelector") is None:
        return False
    if peer["kind"] != "pod" or (peer["host"] and cluster["hosts"] == "nodes"):
        return False
    if item.get("namespaceSelector") is None:
        namespace_fits = peer["namespace"] == policy_namespace
    else:
        namespace_fits = label_selector(item["namespaceSelector"], cluster["namespaces"][peer["namespace"]])
    if item.get("podSelector") is None:
        return namespace_fits
    return namespace_fits and label_selector(item["podSelector"], peer["labels"])


def block_matches(block: Object, peer: Object, subject: Object) -> bool:
    """By the address of the first family, in the peer's order, that both ends have."""
    families = [ipaddress.ip_address(address).version for address in subject["ips"]]
    for address in peer["ips"]:
        parsed = ipaddress.ip_address(address)
        if parsed.version not in families:
            continue
        if parsed not in ipaddress.ip_network(block["cidr"]):
            return False
        return not any(parsed in ipaddress.ip_network(hole) for hole in block.get("except") or [])
    return False


def port_matches(item: Object, target: Object, port: int, protocol: str) -> bool:
    if (item.get("protocol") or "TCP") != protocol:
        return False
    wanted = item.get("port")
    if wanted is None:
        return True
    if isinstance(wanted, str):
        return named(wanted, target, port, protocol)
    if item.get("endPort") is not None:
        return wanted <= port <= item["endPort"]
    return wanted == port


def label_selector(selector: Object, labels: dict[str, str]) -> bool:
    for key, value in (selector.get("matchLabels") or {}).items():
        if key not in labels or labels[key] != value:
            return False
    for expression in selector.get("matchExpressions") or []:
        key, operator, values = expression["key"], expression["operator"], expression.get("values") or []
        if operator == "In" and (key not in labels or labels[key] not in values):
            return False
        if operator == "NotIn" and key in labels and labels[key] in values:
            return False
        if operator == "Exists" and key not in labels:
            return False
        if operator == "DoesNotExist" and key in labels:
            return False
    return True
