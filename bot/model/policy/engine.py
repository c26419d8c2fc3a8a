"""The engine that enforces policies, and how it reads them where engines differ (docs/policy-engines.md)."""

from msgspec import Struct


class Engine(Struct, frozen=True):
    """How one engine reads what the API's text has, or leaves open. The defaults are the text's own reading.

    `sections_isolate`: a section isolates though `policyTypes` does not name it.
    `cidrs_of_pods`, `cidrs_of_nodes`: CIDRs are held against their addresses, too, and not only against those outside.
    `hosts_are_nodes`: no selector matches a pod on the host network, and no policy selects it.
    `unseen`, `seen`: labels by which it selects nobody, and what is excepted from them.
    `of_equals`: which of two policies of equal priority counts: `first` by name, `deny`, or empty: any.
    `sees_backend`: a Service's own address is never held against a CIDR, only the backend's.
    `selection_is_final`: a NetworkPolicy of either direction, not of that one alone, keeps the baseline tier from being asked.
    `knows_sidecars`: the named ports of a pod's native sidecars are its ports, too, and not those of its containers alone.
    `knows_nodes`: peers `nodes` are held against addresses of Nodes; else such a rule fails closed.
    """

    name: str = ""
    sections_isolate: bool = False
    cidrs_of_pods: bool = True
    cidrs_of_nodes: bool = True
    hosts_are_nodes: bool = False
    unseen: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    of_equals: str = ""
    sees_backend: bool = False
    knows_sidecars: bool = True
    knows_nodes: bool = True
    selection_is_final: bool = False

    def sees(self, key: str) -> bool:
        """Return whether a label of a pod is one that it selects by; a pattern ends in `*`."""
        return not _matches(key, self.unseen) or _matches(key, self.seen)


def _matches(key: str, patterns: tuple[str, ...]) -> bool:
    return any(key.startswith(each[:-1]) if each.endswith("*") else key == each for each in patterns)


TEXT = Engine()
# Labels of which Cilium makes no identity by default.
# https://docs.cilium.io/en/stable/operations/performance/scalability/identity-relevant-labels/
CILIUM = Engine(
    "Cilium",
    sections_isolate=True,
    cidrs_of_pods=False,
    cidrs_of_nodes=False,
    hosts_are_nodes=True,
    unseen=(
        *("io.kubernetes.*", "kubernetes.io/*", "k8s.io/*", "topology.kubernetes.io/*", "beta.kubernetes.io/*"),
        *("statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index", "batch.kubernetes.io/controller-uid"),
        *("batch.kubernetes.io/job-completion-index", "pod-template-hash", "pod-template-generation"),
        *("controller-revision-hash", "controller-uid"),
    ),
    seen=("io.kubernetes.pod.namespace",),
    of_equals="deny",
    sees_backend=True,
    knows_sidecars=False,
)
CALICO = Engine("Calico", hosts_are_nodes=True, of_equals="first", sees_backend=True, knows_nodes=False)
KUBE_NETWORK_POLICIES = Engine(
    "kube-network-policies",
    hosts_are_nodes=True,
    of_equals="first",
    sees_backend=True,
    selection_is_final=True,
    knows_sidecars=False,
)
MEASURED = (CILIUM, CALICO, KUBE_NETWORK_POLICIES)
