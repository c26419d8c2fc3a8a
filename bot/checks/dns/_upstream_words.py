"""How DNS-009 tells who is asked for names outside of the cluster: words, evidence, commands and fixes."""

from collections.abc import Iterable, Iterator

from bot.checks.facts.commands import on_node
from bot.checks.facts.ip_blocks import ip_block
from bot.model.case import Case
from bot.model.dns.configured import Answered, place_of, source_of
from bot.model.dns.corefile.syntax import Directive
from bot.model.dns.upstream import ROOT, Complaint, servers_of
from bot.model.kubectl import kubectl, show_config
from bot.model.policy.decisions import Decision
from bot.model.probe import Observation
from bot.model.refs import Ref
from bot.model.result.finding import Evidence, Fix
from bot.model.text import listing

_NODES = "/etc/resolv.conf"
_POLICY = "allow-dns-upstream"


def servers_words(by: Answered | None) -> str:
    """Return the servers that are asked, with the line that says so."""
    forward = _forward(by)
    if forward is None:
        return "the servers that the cluster's DNS asks for them"
    whose = "nodes' nameservers" if _is_of_nodes(forward) else "servers"
    return f"the {whose} of {place_of(forward)}"


def evidence(
    case: Case,
    by: Answered | None,
    seen: Iterable[Observation],
    said: Iterable[Complaint],
    denied: Iterable[Decision],
) -> Iterator[Evidence]:
    """Yield the line of the Corefile, what lookups gave, what a DNS pod's log says, and what policies do."""
    service = case.dns.service
    if by is not None and (forward := _forward(by)):
        known = source_of(case.snapshot, forward, by.by)
        yield Evidence(known.config.ref, f"data.{known.key}", forward.words, place_of(forward))
    elif by is not None:
        yield Evidence(by.by.config.ref, f"data.{by.by.key}", str(by.reply.outcome), f"{by.reply.asked} has no plugin")
    for each in seen if service else ():
        whom = each.query.pod or (service.name if service else "")
        name = "the root" if each.query.name == ROOT else each.query.name.rstrip(".")
        yield Evidence(
            service.ref if service else Ref("Service", ""), "dns", str(each.outcome), f"{name}, asked of {whom}"
        )
    for one in said:
        yield Evidence(Ref("Pod", one.pod, service.namespace if service else ""), "log", one.line)
    for decision in denied:
        target = decision.target.name or ", ".join(decision.target.ips)
        yield Evidence(decision.denied_by[0], "egress", "denied", f"{target}, port {decision.port}/{decision.protocol}")


def commands(case: Case, by: Answered | None) -> Iterator[str]:
    """Yield what shows the servers, and what the DNS pods say of them."""
    service = case.dns.service
    if by is not None:
        known = source_of(case.snapshot, by.reply.by, by.by)
        yield show_config(known.config.ref, known.key)
    if service and service.selector.pairs:
        yield kubectl("logs", "-l", str(service.selector), "--tail=20", "--prefix", namespace=service.namespace)
    forward, node = _forward(by), next((each.spec.node_name for each in case.dns.pods if each.spec.node_name), "")
    if node and forward is not None and _is_of_nodes(forward):
        yield on_node(node, "cat", _NODES)


def fix_of(case: Case, by: Answered | None, denied: tuple[Decision, ...]) -> tuple[Fix, ...]:
    """Return the policy that lets the DNS pods out to the servers, or the command that edits the line which names them."""
    forward, service = _forward(by), case.dns.service
    if denied and forward is not None and service is not None:
        return _admitted(case, forward, denied)
    if by is None or (forward is not None and _is_of_nodes(forward)):
        return ()
    config = source_of(case.snapshot, by.reply.by, by.by).config.ref
    risk = "all DNS of the cluster depends on it; an operator of the cluster may undo the edit"
    return (Fix(about=config, command=kubectl("edit", "cm", config.name, namespace=config.namespace), risk=risk),)


def _admitted(case: Case, forward: Directive, denied: tuple[Decision, ...]) -> tuple[Fix, ...]:
    """Return a policy beside the others; it selects the DNS pods, each of which is isolated already."""
    service = case.dns.service
    if service is None or not service.selector.pairs or not all(each.isolated for each in denied):
        return ()
    taken = {each.name for each in case.snapshot.policies if each.namespace == service.namespace}
    if _POLICY in taken:
        return ()
    servers = servers_of(forward)
    blocks = [ip_block(each) for each, _ in servers]
    ports = [
        {"protocol": kind, "port": port} for port in sorted({one for _, one in servers}) for kind in ("UDP", "TCP")
    ]
    ref = Ref("NetworkPolicy", _POLICY, service.namespace)
    manifest = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": ref.name, "namespace": ref.namespace},
        "spec": {
            "podSelector": {"matchLabels": dict(service.selector.pairs)},
            "policyTypes": ["Egress"],
            "egress": [{"to": blocks, "ports": ports}],
        },
    }
    named = listing([address for address, _ in servers])
    risk = f"the DNS pods may then send to {named} on port {listing(sorted({str(port) for _, port in servers}))}"
    return (Fix(about=ref, manifest=manifest, risk=risk),)


def _forward(by: Answered | None) -> Directive | None:
    return by.reply.by if by else None


def _is_of_nodes(forward: Directive) -> bool:
    return _NODES in forward.words
