"""What an IP address of the cluster is: a Service's (ClusterIP, load balancer, external IP, node port), a pod's, a node's."""

from collections.abc import Iterator

from msgspec.structs import replace

from bot.errors import UnknownNameError
from bot.model.gaps import SCOPE, SIMILAR_SERVICES
from bot.model.kube.services import Service
from bot.model.question.question import Question
from bot.model.snapshot import Snapshot


def by_address(question: Question, snapshot: Snapshot) -> Question:
    """Return the question about the Service that an address leads to, and say what the address is.

    Where Services were not read, nobody knows whose it is: then the question is left as it was, for an answer that says so.
    Raises UnknownNameError for an address that leads to none, with what it is instead.
    """
    address = question.address
    for service in snapshot.services:
        for what in _leads(service, address):
            said = f"service: {service.namespace}/{service.name}, {what} {address}"
            return _about(question, service, said, keep=what == _CLUSTER_IP)
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
    raise UnknownNameError(
        f"No Service has the IP {address}.", hint="Ask for the Service by name; a pod's own IP is not a Service."
    )


_CLUSTER_IP = "which has the IP"
# The needs that leave open which Services there are.
_OF_SERVICES = ("services", SIMILAR_SERVICES, SCOPE)


def _leads(service: Service, address: str) -> Iterator[str]:
    if address in service.cluster_ips:
        yield _CLUSTER_IP
    if address in service.balancer_addresses:
        yield "whose load balancer has the address"
    if address in (service.spec.external_ips or ()):
        yield "which has the external IP"


def _about(question: Question, service: Service, said: str, *, keep: bool) -> Question:
    """No name is looked up where an address is called; one that is not the ClusterIP is kept in words only."""
    found = replace(question, service=service.name, namespace=service.namespace, assumed=(*question.assumed, said))
    return (
        found if keep else replace(found, address=service.cluster_ips[0] if service.cluster_ips else question.address)
    )


def _node_port(question: Question, snapshot: Snapshot, node: str) -> Question:
    """A node's address with a node port, which every node has (Service type NodePort)."""
    for service in snapshot.services:
        for port in service.ports:
            fits = port.protocol == question.protocol or not question.protocol_said
            if fits and port.node_port and port.node_port == question.port:
                said = (
                    f"service: {service.namespace}/{service.name}, whose node port {port.node_port} is on node {node}"
                )
                return _about(replace(question, port=port.port), service, said, keep=False)
    which = f"port {question.port}/{question.protocol}" if question.port else "no port"
    raise UnknownNameError(
        f"{question.address} is the address of node {node}, and no Service has a node port for {which}.",
        hint="Node ports: kubectl get svc -A; say ADDRESS:NODEPORT, or ask for the Service by name.",
    )
