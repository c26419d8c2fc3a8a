"""Does what the faults declare, on a real cluster."""

import json

from tests.live_cluster.nodes.cluster import RealCluster
from tests.live_cluster.nodes.faults.words import LOOKUPS, Action, Lookups, OnNode, Words
from tests.live_cluster.nodes.layout import manifest
from tests.live_cluster.nodes.lookups import pod


def do(cluster: RealCluster, namespace: str, *actions: Action) -> None:
    """Do one after the other in a namespace; the first that fails raises.

    What follows -f is a manifest of this folder by its name, or the manifest itself.
    """
    for action in actions:
        if isinstance(action, OnNode):
            cluster.on(action.node, *action.command)
        elif isinstance(action, Lookups):
            whole = json.dumps(pod(action.dns))
            _kubectl(cluster, namespace, ("apply", "-f", whole))
            _kubectl(cluster, namespace, ("wait", f"pod/{LOOKUPS}", "--for=condition=Ready", "--timeout=180s"))
        else:
            _kubectl(cluster, namespace, action)


def _kubectl(cluster: RealCluster, namespace: str, action: Words) -> None:
    *rest, last = action
    given = None
    if rest and rest[-1] == "-f":
        given, last = last if last.startswith("{") else manifest(last), "-"
    if "apply" in rest:
        rest.insert(0, "--validate=false")  # else kubectl reads the OpenAPI document first, each time
    is_placed = bool({"-n", "namespace", "clusterrole", "clusterrolebinding"} & set(action))
    cluster.kubectl(*(() if is_placed else ("-n", namespace)), *rest, last, input=given)
