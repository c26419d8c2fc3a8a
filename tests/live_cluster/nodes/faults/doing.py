"""Does what the faults declare, on a real cluster."""

from tests.live_cluster.nodes.cluster import RealCluster
from tests.live_cluster.nodes.faults.words import Action, OnNode
from tests.live_cluster.nodes.layout import manifest


def do(cluster: RealCluster, namespace: str, *actions: Action) -> None:
    """Do one after the other in a namespace; the first that fails raises.

    What follows -f is a manifest of this folder by its name, or the manifest itself.
    """
    for action in actions:
        if isinstance(action, OnNode):
            cluster.on(action.node, *action.command)
            continue
        *rest, last = action
        given = None
        if rest and rest[-1] == "-f":
            given, last = last if last.startswith("{") else manifest(last), "-"
        if "apply" in rest:
            rest.insert(0, "--validate=false")  # else kubectl reads the OpenAPI document first, each time
        is_placed = bool({"-n", "namespace", "clusterrole"} & set(action))
        cluster.kubectl(*(() if is_placed else ("-n", namespace)), *rest, last, input=given)
