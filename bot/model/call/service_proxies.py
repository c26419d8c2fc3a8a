"""Who translates Services' addresses on a node: kube-proxy, an agent of the network in its place, or the node's program.

Nothing in the API says so. kube-proxy is known by its pods; only where it has none anywhere an agent counts that translates
by its defaults, and the program of a node that is known to hold kube-proxy.
"""

from collections.abc import Mapping

from bot.model.kube.kube_proxy_config import kube_proxy_settings
from bot.model.kube.pods import Pod
from bot.model.kube.workloads import Node
from bot.model.memo import memo
from bot.model.snapshot import Snapshot

VALUE = "kube-proxy"
# By kubeadm and the managed clusters, and of static pods as RKE2 makes them
# (https://github.com/rancher/rke2/blob/v1.34.1%2Brke2r1/pkg/staticpod/staticpod.go).
LABELS = ("k8s-app", "component")
# Agents that translate Services themselves, by the name of their container. GKE's Dataplane V2 (anetd) is Cilium's, too.
# Calico's and Antrea's do so by a setting that is not read, so they are none.
# https://docs.cilium.io/en/stable/network/kubernetes/kubeproxy-free/ and https://www.kube-router.io/docs/ and
# https://ovn-kubernetes.io/design/service-traffic-policy/
_STAND_INS = {
    "cilium-agent": "Cilium",
    "kube-router": "kube-router",
    "ovnkube-node": "OVN-Kubernetes",
    "ovnkube-controller": "OVN-Kubernetes",
}
# Distributions with kube-proxy in the process of the kubelet, as their nodes say.
# https://docs.k3s.io/architecture and https://microk8s.io/docs/configuring-services
_INSTANCE_TYPE, _MICROK8S = "node.kubernetes.io/instance-type", "microk8s.io/cluster"


@memo
def proxies(snapshot: Snapshot) -> tuple[Pod, ...]:
    """Return the kube-proxy pods that were read."""
    return tuple(each for each in snapshot.pods if VALUE in map(each.labels.get, LABELS) and not each.is_terminal)


@memo
def stand_ins(snapshot: Snapshot) -> tuple[Pod, ...]:
    """Return the pods that were read of agents that translate Services where kube-proxy has no pod; none beside it."""
    if proxies(snapshot):
        return ()
    on_hosts = (each for each in snapshot.pods if each.spec.host_network and not each.is_terminal)
    return tuple(each for each in on_hosts if name_of(each) != VALUE)


def name_of(pod: Pod) -> str:
    """Return what translates Services in a pod, in words."""
    return next((found for each in pod.serving_containers if (found := _STAND_INS.get(each.name))), VALUE)


def holder_of(node: Node) -> str:
    """Return the program of a node that holds kube-proxy and kubelet in one process; empty where none is known to."""
    if node.labels.get(_INSTANCE_TYPE) == "k3s":
        return "k3s"
    return "MicroK8s" if node.labels.get(_MICROK8S) == "true" else ""


@memo
def said_of_kube_proxy(snapshot: Snapshot) -> Mapping[str, str]:
    """Return how kube-proxy is configured, where its ConfigMap was read: as `kube_proxy_settings`, once a snapshot."""
    return kube_proxy_settings(snapshot.config_maps)
