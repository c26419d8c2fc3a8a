"""What runs on every node and decides there: kube-proxy, and the node-local DNS cache."""

from bot.cluster.collector import SnapshotBuilder
from bot.cluster.resources import PODS, checked
from bot.model.gaps import NODE_AGENTS
from bot.model.kube.pods import Pod

OTHER_AGENTS = "node agents of other nodes"  # they are only counted: a need of no check
NAMESPACE, LABEL, VALUES = "kube-system", "k8s-app", ("kube-proxy", "node-local-dns")
SOME = 100  # pods of other nodes: enough to have one of each kind
_AGENTS = f"{LABEL} in ({','.join(VALUES)})"


async def read_some_agents(reading: SnapshotBuilder) -> None:
    """Read some of them, of whatever nodes: it tells whether this cluster has them at all."""
    some = PODS._replace(page=SOME)
    await reading.list(NODE_AGENTS, some, NAMESPACE, labels=_AGENTS, most=1, cut_need=OTHER_AGENTS)


async def read_node_agents(reading: SnapshotBuilder, pod: Pod) -> None:
    """Read those of the caller's node."""
    if pod.spec.node_name:
        fields = f"spec.nodeName={checked(pod.spec.node_name)}"
        await reading.list(NODE_AGENTS, PODS, NAMESPACE, labels=_AGENTS, fields=fields, most=1)
