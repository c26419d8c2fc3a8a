"""What is ever read from a cluster: the paths and the RBAC rule of a gap follow from the kinds.

`pods/log` and the Corefile are read by name, so they need `get` only. Nothing can be written, and Secrets are absent.
"""

from typing import NamedTuple

from bot.errors import UnknownNameError
from bot.model.kube.autoscaling import HorizontalPodAutoscaler
from bot.model.kube.kinds import PAGE, READ, Kind, Verbs, row
from bot.model.kube.kinds import WORKLOADS as WORKLOAD_KINDS
from bot.model.kube.networkpolicies import NetworkPolicy
from bot.model.kube.objects import KubeObject
from bot.model.kube.pods import Pod
from bot.model.kube.services import EndpointSlice, Service
from bot.model.kube.volumes import PersistentVolumeClaim, StorageClass
from bot.model.kube.workloads import (
    ConfigMap,
    DaemonSet,
    Deployment,
    Event,
    Ingress,
    IngressClass,
    Namespace,
    Node,
    ReplicaSet,
    ReplicationController,
    StatefulSet,
)
from bot.model.pattern import pattern
from bot.model.text import shown

# Wider than the API's own rule for names, without "/", "," and "..": none leaves its place in a path or selector.
_NAME = pattern(r"[A-Za-z0-9](?:[-_:A-Za-z0-9]|\.(?!\.))*")


class Resource(NamedTuple):
    """A resource of the API at one version, and the struct that its objects are decoded into.

    `held`: what a worker holds of it by watches will do (`bot/cluster/watching`).
    """

    group: str
    plural: str
    type: type[KubeObject]
    verbs: Verbs = READ
    page: int = PAGE
    version: str = "v1"
    held: bool = True

    @property
    def rule(self) -> str:
        """Return the RBAC rule that lets it be read, as one line of YAML."""
        return rule(self.group, self.plural, self.verbs)

    @property
    def api(self) -> str:
        """Return the URL path of its API group and version."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"

    def path(self, namespace: str = "", name: str = "") -> str:
        """Return the URL path of a list or, with a name, of one object. Raises UnknownNameError for what cannot be a name."""
        place = f"/namespaces/{checked(namespace)}" if namespace else ""
        return f"{self.api}{place}/{self.plural}" + (f"/{checked(name)}" if name else "")


def resource(kind: Kind, group: str = "", version: str = "") -> Resource:
    """Return how a kind is read; group and version as the API server serves them, else those of its row."""
    return Resource(group or kind.group, kind.plural, kind.struct, kind.verbs, kind.page, version or kind.versions[0])


SERVICES = resource(row(Service))
SLICES = resource(row(EndpointSlice))
PODS = resource(row(Pod))
NODES = resource(row(Node))
NAMESPACES = resource(row(Namespace))
EVENTS = resource(row(Event))
POLICIES = resource(row(NetworkPolicy))
DEPLOYMENTS = resource(row(Deployment))
STATEFUL_SETS = resource(row(StatefulSet))
DAEMON_SETS = resource(row(DaemonSet))
REPLICA_SETS = resource(row(ReplicaSet))
REPLICATION_CONTROLLERS = resource(row(ReplicationController))
AUTOSCALERS = resource(row(HorizontalPodAutoscaler))
CLAIMS = resource(row(PersistentVolumeClaim))
STORAGE_CLASSES = resource(row(StorageClass))
INGRESSES = resource(row(Ingress))
INGRESS_CLASSES = resource(row(IngressClass))
CONFIG_MAPS = resource(row(ConfigMap))
LOGS = Resource("", "pods/log", Pod, ("get",))

WORKLOADS = {each.kind: resource(each) for each in WORKLOAD_KINDS}


def rule(group: str, plural: str, verbs: Verbs) -> str:
    """Return one RBAC rule as a line to paste below `rules:`."""
    words = ", ".join(f'"{verb}"' for verb in verbs)
    return f'- {{apiGroups: ["{group}"], resources: ["{plural}"], verbs: [{words}]}}'


def checked(name: str) -> str:
    """Return the name back if it may stand in a path or a field selector; raises UnknownNameError."""
    if not _NAME.fullmatch(name):
        raise UnknownNameError(f"No object can be called {shown(name)}.")
    return name
