"""NetworkPolicy v1 once more, straight from the text of the API, on plain dictionaries and nested loops.

It shares no code with bot.model and is written to be read next to
https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/. It knows pods with one IP a family,
no hostNetwork, and namespaces whose labels are known.
"""

import ipaddress
from typing import Any

Object = dict[str, Any]


def allowed(cluster: Object, source: Object, target: Object, port: int, protocol: str) -> tuple[bool, bool]:
    """Return whether the source's egress and the target's ingress allow a connection."""
    if source["namespace"] == target["namespace"] and source["name"] == target["name"]:
        return True, True
    return (
        one_way(cluster, "Egress", source, target, target, port, protocol),
        one_way(cluster, "Ingress", target, source, target, port, protocol),
    )


def one_way(  # noqa: PLR0917 (a naive reading has no words to bundle these)
    cluster: Object, direction: str, subject: Object, peer: Object, target: Object, port: int, protocol: str
) -> bool:
    isolated = False
    for policy in cluster["policies"]:
        spec = policy["spec"]
        if policy["metadata"]["namespace"] != subject["namespace"]:
            continue
        if not label_selector(spec["podSelector"], subject["labels"]):
            continue
        if direction not in types(spec):
            continue
        isolated = True
        rules = spec.get("ingress" if direction == "Ingress" else "egress") or []
        for rule in rules:
            peers = rule.get("from" if direction == "Ingress" else "to") or []
            if peers_fit(cluster, policy["metadata"]["namespace"], peers, peer, subject) and ports_fit(
                rule.get("ports") or [], target, port, protocol
            ):
                return True
    return not isolated


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
        for name, number, its_protocol in target["ports"]:
            if name == wanted and its_protocol == protocol:
                return number == port
        return False
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
