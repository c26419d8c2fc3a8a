"""Something else on the node may remove or shadow the rules of kube-proxy

## Meaning
kube-proxy writes its rules into the node's kernel and believes that they stay. Other programs write there as well: a second
iptables backend whose old KUBE chains win, firewalld, docker or systemd-networkd, which flush on a restart. Or the packets
pass the rules by: `net.bridge.bridge-nf-call-iptables=0` lets the answer of a pod on the same node go back untranslated,
and a strict `rp_filter` drops it.

## Impact
As of a node whose service proxy does not work (RTE-032): the ClusterIP fails from there, and each endpoint answers when it
is called itself.

## How it is detected
The ClusterIP failed from the measuring pod's node, every endpoint answered, and kube-proxy on that node is ready and does
not restart. It is a hypothesis beside RTE-032, never a verdict: what the kernel holds is not in the API. Where all
endpoints are on that very node, the bridge is named first; the Event `IPTablesVersionsMismatch` of the Node Problem
Detector makes rules of two backends likely.

## When it stays silent
Without that contradiction. Where kube-proxy of the node is not well, which explains it, or none is known there.

## Fix
The printed command shows how many rules each backend holds, and the settings. Remove the rules of the older backend, load
`br_netfilter` and set `net.bridge.bridge-nf-call-iptables=1`, stop what flushes the rules; then delete the kube-proxy pod
of the node, whose successor writes them anew.

## Known limits
kube-proxy that is ready and has not followed yet looks the same: its metrics `kubeproxy_sync_proxy_rules_*` tell.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import on_node
from bot.checks.routing._contradictions import Contradiction, contradictions
from bot.model.call.hop import Hop
from bot.model.call.hops.proxy import sick_proxy
from bot.model.call.service_proxies import proxies
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.kube.workloads import Event
from bot.model.kubectl import kubectl
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity
from bot.model.text import one_line

# The Node Problem Detector's word for rules of iptables-legacy beside those of iptables-nft.
# https://github.com/kubernetes/node-problem-detector/blob/v0.8.20/config/iptables-mode-monitor.json
_MIXED = "IPTablesVersionsMismatch"
_SETTINGS = "sysctl net.bridge.bridge-nf-call-iptables net.ipv4.ip_forward net.ipv4.conf.all.rp_filter"
_LOOK = (
    "for b in legacy nft; do echo $b $(iptables-$b-save 2>/dev/null | grep -c KUBE); done; "
    f"nft list table ip kube-proxy 2>/dev/null | wc -l; {_SETTINGS}"
)


@check(
    "RTE-033",
    "proxy-rules-in-conflict",
    hop=Hop.PROXY,
    needs=("services", "endpointslices", "networkpolicies"),
    uses=("pods", "events"),
    fits=(Symptom.TIMEOUT, Symptom.INTERMITTENT),
    by_probes=True,
)
def proxy_rules_in_conflict(case: Case) -> Iterator[Detection]:
    service, found, node = case.service, contradictions(case), case.vantage.node
    if service is None or not found or sick_proxy(case, node) is not None:
        return
    proxy = next((each for each in proxies(case.snapshot) if each.spec.node_name == node), None)
    if proxy is None:
        return
    yield _found(case, service, found, proxy)


def _found(case: Case, service: Service, found: tuple[Contradiction, ...], proxy: Pod) -> Detection:
    node = case.vantage.node
    mixed = next((each for each in case.snapshot.events if _says_mixed(case, each, node)), None)
    return Detection(
        about=Ref("Node", node),
        message=f"kube-proxy {proxy.name} of node {node} is well, and the ClusterIP {found[0].address} fails there all the "
        f"same: {_suspect(found, node, mixed=mixed is not None)}.",
        severity=Severity.INFO,
        confidence=Confidence.LIKELY if mixed else Confidence.POSSIBLE,
        evidence=(
            Evidence(proxy.ref, "status.conditions[Ready]", value=True, note=f"kube-proxy of {node}"),
            *((Evidence(Ref("Node", node), "events", _MIXED, one_line(mixed.text, limit=200)),) if mixed else ()),
        ),
        check=(
            kubectl("logs", proxy.name, "--tail=30", namespace=proxy.namespace),
            kubectl("get", "node", node, "-o", "wide"),
        ),
        fix=(_settles(node),),
        key=(f"{service.namespace}/{service.name}",),
    )


def _says_mixed(case: Case, event: Event, node: str) -> bool:
    said = event.involved_object
    return (
        event.reason == _MIXED and (said.kind, said.name) == ("Node", node) and case.snapshot.is_recent(event.last_seen)
    )


def _suspect(found: tuple[Contradiction, ...], node: str, *, mixed: bool) -> str:
    """Return in words what is most likely to stand beside kube-proxy's rules."""
    if mixed:
        return "the Node Problem Detector finds rules of both iptables backends there"
    endpoints = {each for one in found for each in one.endpoints}
    if any(each.node != node for each in endpoints):
        return "perhaps another program removes or shadows its rules (a second iptables backend, firewalld, docker)"
    are = "endpoint is" if len(endpoints) == 1 else f"{len(endpoints)} endpoints are"
    return f"its {are} on that very node, so perhaps net.bridge.bridge-nf-call-iptables is 0 there"


def _settles(node: str) -> Fix:
    risk = "settles it and changes nothing; the pod that it starts on the node has to be deleted afterwards"
    return Fix(about=Ref("Node", node), command=on_node(node, "sh", "-c", _LOOK), risk=risk)
