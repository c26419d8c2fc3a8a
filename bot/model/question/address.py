"""What an IP address of the cluster is: a Service's (ClusterIP, load balancer, external IP, node port), a pod's, a node's."""

from collections.abc import Iterator
from ipaddress import ip_address

from msgspec.structs import replace

from bot.errors import UnknownNameError
from bot.model.gaps import SCOPE, SIMILAR_SERVICES
from bot.model.kube.services import Service
from bot.model.question.entry import Entry, EntryKind
from bot.model.question.question import Question
from bot.model.refs import is_ip
from bot.model.snapshot import Snapshot


def by_address(question: Question, snapshot: Snapshot) -> Question:
    """Return the question about the Service that an address leads to, and say what the address is.

    Where Services were not read, nobody knows whose it is: then the question is left as it was, for an answer that says so.
    Raises UnknownNameError for an address that leads to none, with what it is instead.
    """
    address = question.address
    for service in snapshot.services:
        for what, kind in _leads(service, address):
            said = f"service: {service.namespace}/{service.name}, {what} {address}"
            number = question.port if isinstance(question.port, int) else None
            return _about(question, service, said, Entry(kind, address, number) if kind else None)
    node = next((each for each in snapshot.nodes if address in each.addresses), None)
    if node is not None:
        return _node_port(question, snapshot, node.name)
    pod = snapshot.pod_by_ip(address)
    if pod is not None:
        raise UnknownNameError(
            f"{address} is the address of pod {pod.namespace}/{pod.name}, which is no Service.",
            hint=f"For the way to it say: path SOURCE to pod/{pod.name} in {pod.namespace}",
        )
    if any(snapshot.gaps_for(need) for need in _OF_SERVICES):
        return question
    raise UnknownNameError(f"No Service has the IP {address}.", hint=_hint(address))


def _hint(address: str) -> str:
    if is_ip(address) and ip_address(address).is_loopback:
        return (
            "It is the caller itself: in a pod that pod, and on a node only kube-proxy's iptables mode has node ports there; "
            "ask for the Service by name, or for NODE-IP:NODEPORT."
        )
    return "Ask for the Service by name; a pod's own IP is not a Service."


# The needs that leave open which Services there are.
_OF_SERVICES = ("services", SIMILAR_SERVICES, SCOPE)


def _leads(service: Service, address: str) -> Iterator[tuple[str, EntryKind | None]]:
    if address in service.cluster_ips:
        yield "which has the IP", None
    if address in service.balancer_addresses:
        yield "whose load balancer has the address", EntryKind.LOAD_BALANCER
    if address in (service.spec.external_ips or ()):
        yield "which has the external IP", EntryKind.EXTERNAL_IP


def _about(question: Question, service: Service, said: str, entry: Entry | None) -> Question:
    """No name is looked up where an address is called; one that is not the ClusterIP is the Question's `entry`."""
    found = replace(question, service=service.name, namespace=service.namespace, assumed=(*question.assumed, said))
    if entry is None:
        return found
    return replace(found, address=service.cluster_ips[0] if service.cluster_ips else question.address, entry=entry)


def _number(question: Question) -> int:
    return question.port if isinstance(question.port, int) else 0


def _node_port(question: Question, snapshot: Snapshot, node: str) -> Question:
    """A node's address with a node port, which every node has (Service type NodePort)."""
    for service in snapshot.services:
        for port in service.ports:
            fits = port.protocol == question.protocol or not question.protocol_said
            if fits and port.node_port and port.node_port == question.port:
                said = (
                    f"service: {service.namespace}/{service.name}, whose node port {port.node_port} is on node {node}"
                )
                entry = Entry(EntryKind.NODE_PORT, question.address, port.node_port, node)
                return _about(replace(question, port=port.port), service, said, entry)
    taker = next((each for each in snapshot.pods if each.takes_port(node, _number(question), question.protocol)), None)
    if taker is not None:
        raise UnknownNameError(
            f"{question.address} is the address of node {node}, whose port {question.port} pod {taker.namespace}/{taker.name} "
            "takes (hostPort), past every Service.",
            hint=f"For the way to it say: path SOURCE to pod/{taker.name} in {taker.namespace}",
        )
    which = f"port {question.port}/{question.protocol}" if question.port else "no port"
    raise UnknownNameError(
        f"{question.address} is the address of node {node}, and no Service has a node port for {which}.",
        hint="Node ports: kubectl get svc -A; say ADDRESS:NODEPORT, or ask for the Service by name.",
    )
