"""A node's port does not answer, and the Service behind it does

## Meaning
Every node takes calls for a Service of type NodePort at its own addresses, and its service proxy hands them to an endpoint.
The port of the node that is called does not take them, although the same Service answers otherwise. What is wrong lies at
that node or on the way to it: a firewall, a security group, its service proxy, or an address at which it has no node ports.

## Impact
Callers of that address fail. Those who call the Service by its name do not notice.

## How it is detected
A node's address with a Service's node port was asked for, connecting to it failed from inside of the cluster, and the
ClusterIP answered in the same run. What the failure was tells apart: refused is a proxy without a rule for that address,
silence a firewall, "no route" a firewall that rejects. A pod there that has this very port as its `hostPort` is named instead.

## When it stays silent
If the node's port answers. Without a measurement. If the Service does not answer by its ClusterIP either: that is another
fault. Where `externalTrafficPolicy: Local` explains it (RTE-022), or a policy may have stopped the measurement. For a node
that is lost (its state is the finding then).

## Fix
Call the Service by its name inside of the cluster. Call the node's first InternalIP: kube-proxy in nftables mode has node
ports there only, unless `nodePortAddresses` says otherwise, and never at 127.0.0.1. Open the node port in the node's
firewall and in the cloud's security group (30000 to 32767 by default).

## Known limits
Firewalls of nodes and clouds are not read, and the settings of kube-proxy only in saved objects that hold kubeadm's ConfigMap
of them: there a port that they do not open is *unknown*. Measured is the way from the worker's node.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import get_field
from bot.model.call.hop import Hop
from bot.model.call.hops.proxy import sick_proxy
from bot.model.case import Case
from bot.model.kube.endpoints import local_to
from bot.model.kube.services import Service
from bot.model.kubectl import kubectl
from bot.model.probe import Observation, Outcome, Purpose
from bot.model.question.entry import Entry, EntryKind
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Detection, Evidence

_FAILS = (Outcome.TIMEOUT, Outcome.REFUSED, Outcome.UNREACHABLE)
_WORDS = {
    Outcome.TIMEOUT: ("gives no answer", "a firewall of the node or of the cloud around it drops the call"),
    Outcome.REFUSED: ("is refused", "the service proxy there has no node port at that address"),
    Outcome.UNREACHABLE: ("gives no route to host", "a firewall of the node rejects the call"),
}


def asks_node_port(case: Case) -> bool:
    """Return whether a node's port was asked for."""
    return case.question.entry is not None and case.question.entry.kind is EntryKind.NODE_PORT


@check(
    "RTE-028",
    "node-port-unreachable",
    hop=Hop.PROXY,
    needs=("services", "endpointslices"),
    uses=("nodes", "pods"),
    fits=(Symptom.TIMEOUT, Symptom.REFUSED),
    when=asks_node_port,
    by_probes=True,
)
def node_port_unreachable(case: Case) -> Iterator[Detection]:
    service, entry = case.service, case.question.entry
    if service is None or entry is None or not case.vantage.is_in_cluster:
        return
    if (
        case.snapshot.is_lost(entry.node)
        or sick_proxy(case, entry.node) is not None
        or _is_by_policy(case, service, entry)
    ):
        return
    tried = [each for each in case.measured.tcp(Purpose.ENTRY) if each.outcome in _FAILS]
    if tried and _answers_otherwise(case):
        yield _found(case, service, entry, tried[0])


def _is_by_policy(case: Case, service: Service, entry: Entry) -> bool:
    """A Local policy drops what the worker sent, whatever becomes of the caller's own call (RTE-022)."""
    if not service.keeps_external_local or case.vantage.node == entry.node:
        return False
    return any(not local_to(case.backends.endpoints(port), entry.node) for port in case.ports)


def _answers_otherwise(case: Case) -> bool:
    """The same Service took connections by its ClusterIP in the same run."""
    virtual = case.measured.tcp(Purpose.SERVICE)
    return bool(virtual) and all(each.outcome is Outcome.ANSWERED for each in virtual)


def _found(case: Case, service: Service, entry: Entry, seen: Observation) -> Detection:
    gives, why = _WORDS[seen.outcome]
    takers = [each for each in case.snapshot.pods if each.takes_port(entry.node, entry.port or 0, "TCP")]
    if takers:
        why = f"pod {takers[0].namespace}/{takers[0].name} takes that port of its node before the service proxy does (hostPort)"
    node = case.snapshot.node(entry.node)
    first = node.internal_ips[:1] if node else ()
    primary = f"; its first InternalIP is {first[0]}" if first and first[0] != entry.address else ""
    return Detection(
        about=Ref("Node", entry.node),
        message=f"Port {entry.port} of node {entry.node} ({entry.address}) {gives}, and Service {service.namespace}/"
        f"{service.name} behind it answers by its ClusterIP: {why}{primary}.",
        confidence=Confidence.LIKELY,
        evidence=(
            Evidence(Ref("Node", entry.node), "tcp", str(seen.outcome), f"{entry.place} from {case.vantage.node}"),
            *(
                Evidence(service.ref, "tcp", "answered", f"ClusterIP {each.place[0]}:{each.place[1]}")
                for each in case.measured.tcp(Purpose.SERVICE)[:1]
            ),
            *(
                Evidence(each.ref, "spec.containers.ports.hostPort", entry.port, f"on {entry.node}")
                for each in takers[:1]
            ),
        ),
        check=(
            get_field(service.ref, "ports"),
            kubectl("get", "node", entry.node, "-o", "wide"),
            # By a selector: where kube-proxy is no pod, as in k3s, there is none.
            kubectl(
                *("get", "configmap", "--field-selector", "metadata.name=kube-proxy", "-o", "yaml"),
                namespace="kube-system",
            ),
        ),
        key=(entry.place,),
    )
