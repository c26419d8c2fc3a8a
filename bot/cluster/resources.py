"""What is ever read from a cluster: one table; the paths, the RBAC rule of a gap and the chart's role follow from it.

`pods/log` and the Corefile are read by name, so they need `get` only. Nothing can be written, and Secrets are absent.
"""

import re
from typing import NamedTuple

from bot.errors import UnknownName
from bot.model.kube.networkpolicies import NetworkPolicy
from bot.model.kube.objects import KubeObject
from bot.model.kube.pods import Pod
from bot.model.kube.services import EndpointSlice, Service
from bot.model.kube.workloads import (
    ConfigMap,
    DaemonSet,
    Deployment,
    Event,
    Namespace,
    Node,
    ReplicaSet,
    StatefulSet,
)
from bot.model.text import one_line

Verbs = tuple[str, ...]
_READ: Verbs = ("get", "list")
# Objects in one answer: what kubectl asks for. https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
PAGE = 500
# Wider than the API's own rule for names, without "/", "," and "..": none leaves its place in a path or selector.
_NAME = re.compile(r"[A-Za-z0-9](?:[-_:A-Za-z0-9]|\.(?!\.))*")


class Resource(NamedTuple):
    """A resource of the API, all of version v1, and the word that its objects are decoded into."""

    group: str
    plural: str
    word: type[KubeObject]
    verbs: Verbs = _READ
    page: int = PAGE

    @property
    def rule(self) -> str:
        """The RBAC rule that lets it be read, as one line of YAML."""
        return rule(self.group, self.plural, self.verbs)

    def path(self, namespace: str = "", name: str = "") -> str:
        """Give the URL path of a list or, with a name, of one object. Raises UnknownName for what cannot be a name."""
        api = f"/apis/{self.group}/v1" if self.group else "/api/v1"
        place = f"/namespaces/{checked(namespace)}" if namespace else ""
        return f"{api}{place}/{self.plural}" + (f"/{checked(name)}" if name else "")


SERVICES = Resource("", "services", Service)
SLICES = Resource("discovery.k8s.io", "endpointslices", EndpointSlice)
PODS = Resource("", "pods", Pod)
# A question reads them all, and has few requests to spend; a thousand are some 10 MB.
NODES = Resource("", "nodes", Node, page=1000)
NAMESPACES = Resource("", "namespaces", Namespace)
EVENTS = Resource("", "events", Event)
POLICIES = Resource("networking.k8s.io", "networkpolicies", NetworkPolicy)
DEPLOYMENTS = Resource("apps", "deployments", Deployment)
STATEFUL_SETS = Resource("apps", "statefulsets", StatefulSet)
DAEMON_SETS = Resource("apps", "daemonsets", DaemonSet)
REPLICA_SETS = Resource("apps", "replicasets", ReplicaSet)
CONFIG_MAPS = Resource("", "configmaps", ConfigMap, ("get",))
LOGS = Resource("", "pods/log", Pod, ("get",))

WORKLOADS = {each.word.__name__: each for each in (DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS, REPLICA_SETS)}


def _table(*resources: Resource) -> tuple[tuple[str, str, Verbs], ...]:
    return tuple((each.group, each.plural, each.verbs) for each in resources)


# By need of a check (see `bot.checks.engine.registry.NEEDS`): (API group, resource, verbs).
RESOURCES: dict[str, tuple[tuple[str, str, Verbs], ...]] = {
    "services": _table(SERVICES),
    "endpointslices": _table(SLICES),
    "pods": _table(PODS),
    "workloads": _table(*WORKLOADS.values()),
    "networkpolicies": _table(POLICIES),
    "nodes": _table(NODES),
    "namespaces": _table(NAMESPACES),
    "events": _table(EVENTS),
    "dns": _table(SERVICES, SLICES, PODS),
    "corefile": _table(CONFIG_MAPS),
    "logs": _table(LOGS),
    "source": _table(PODS, *WORKLOADS.values()),
}


def rule(group: str, plural: str, verbs: Verbs) -> str:
    """Give one RBAC rule as a line to paste below `rules:`."""
    words = ", ".join(f'"{verb}"' for verb in verbs)
    return f'- {{apiGroups: ["{group}"], resources: ["{plural}"], verbs: [{words}]}}'


def checked(name: str) -> str:
    """Give the name back if it may stand in a path or a field selector; raises UnknownName."""
    if not _NAME.fullmatch(name):
        raise UnknownName(f"No object can be called {one_line(name, limit=60)!r}.")
    return name
