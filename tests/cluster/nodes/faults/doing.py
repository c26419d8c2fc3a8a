"""Does what the faults declare, on a real cluster."""

from pathlib import Path

from tests.cluster.nodes.cluster import RealCluster
from tests.cluster.nodes.faults.words import Deed, OnNode
from tests.cluster.nodes.layout import CLUSTER_DNS, REGISTRY

FILES = Path(__file__).parents[1]


def do(cluster: RealCluster, namespace: str, *deeds: Deed) -> None:
    """Do one after the other in a namespace; the first that fails raises."""
    for deed in deeds:
        if isinstance(deed, OnNode):
            cluster.on(deed.node, *deed.command)
            continue
        *rest, last = deed
        manifest = None
        if rest and rest[-1] == "-f":
            manifest, last = _manifest(last), "-"
        is_placed = bool({"-n", "namespace", "clusterrole"} & set(deed))
        cluster.kubectl(*(() if is_placed else ("-n", namespace)), *rest, last, input=manifest)


def _manifest(word: str) -> str:
    """A file of this folder, or the manifest itself."""
    if word.startswith("{"):
        return word
    return (FILES / word).read_text().replace("REGISTRY", REGISTRY).replace("CLUSTER_DNS", CLUSTER_DNS)
