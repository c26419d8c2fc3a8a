"""What runs on every node and decides there: kube-proxy, and the node-local DNS cache."""

from bot.cluster.collector import Reading
from bot.cluster.resources import PODS, checked
from bot.model.kube.pods import Pod
from bot.model.snapshot import NODE_AGENTS

OTHER_AGENTS = "node agents of other nodes"  # they are only counted: a need of no check
SOME = 100  # of other nodes' pods: enough to have one of each kind
NAMESPACE, LABEL, VALUES = "kube-system", "k8s-app", ("kube-proxy", "node-local-dns")


async def read_node_agents(reading: Reading, pod: Pod) -> None:
    """Read those of the caller's node; where one is not there, whether other nodes have it: two requests at most."""
    node = pod.spec.node_name
    if not node:
        return
    labels, fields = f"{LABEL} in ({','.join(VALUES)})", f"spec.nodeName={checked(node)}"
    found = await reading.list(NODE_AGENTS, PODS, NAMESPACE, labels=labels, fields=fields, most=1)
    here = {each.labels.get(LABEL) for each in found}
    missing = [each for each in VALUES if each not in here]
    if missing:
        labels, some = f"{LABEL} in ({','.join(missing)})", PODS._replace(page=SOME)
        await reading.list(NODE_AGENTS, some, NAMESPACE, labels=labels, most=1, cut_need=OTHER_AGENTS)
