"""The annotations that k8snet reads. What is not named here is dropped when an object is read, live or from a dump.

A check reads one by `known.annotation(Annotation.NAME)`, and in no other way: so what is read is what is kept.
"""

from enum import StrEnum


class Annotation(StrEnum):
    """A key of `metadata.annotations`; its value says who looks after an object, or what a tool noted there."""

    # https://helm.sh/docs/chart_best_practices/labels/
    HELM_RELEASE = "meta.helm.sh/release-name"
    # `APPLICATION:GROUP/KIND:NAMESPACE/NAME`: https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/
    ARGO_CD_TRACKING = "argocd.argoproj.io/tracking-id"
    # the Rollout whose controller writes the Service's selector: https://argo-rollouts.readthedocs.io/en/stable/features/specification/
    ARGO_ROLLOUT = "argo-rollouts.argoproj.io/managed-by-rollouts"
    # https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass
    DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
    # when the Pod or Service changed that the controller last wrote an EndpointSlice for; absent where it does not know:
    # https://kubernetes.io/docs/reference/labels-annotations-taints/#endpoints-kubernetes-io-last-change-trigger-time
    LAST_CHANGE = "endpoints.kubernetes.io/last-change-trigger-time"
    # the class of an Ingress as it was said before 1.18, and still is:
    # https://kubernetes.io/docs/concepts/services-networking/ingress/#deprecated-annotation
    INGRESS_CLASS = "kubernetes.io/ingress.class"
    # https://kubernetes.io/docs/concepts/services-networking/ingress/#default-ingress-class
    DEFAULT_INGRESS_CLASS = "ingressclass.kubernetes.io/is-default-class"
    # https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#permanent-redirect
    PERMANENT_REDIRECT = "nginx.ingress.kubernetes.io/permanent-redirect"
    TEMPORAL_REDIRECT = "nginx.ingress.kubernetes.io/temporal-redirect"
    # what the controller speaks to backends: .../nginx-configuration/annotations/#backend-protocol and #ssl-passthrough
    BACKEND_PROTOCOL = "nginx.ingress.kubernetes.io/backend-protocol"
    PASSTHROUGH = "nginx.ingress.kubernetes.io/ssl-passthrough"
    # a rule that shares another one's place: https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#canary
    CANARY = "nginx.ingress.kubernetes.io/canary"
    # whose proxies know a Service: namespaces, `.` for its own, `*`, `~` for none; all where it is not said:
    # https://istio.io/latest/docs/reference/config/annotations/#NetworkingExportTo
    ISTIO_EXPORT_TO = "networking.istio.io/exportTo"
    # whom a meshed pod takes where no Server selects its port: https://linkerd.io/2/reference/authorization-policy/#default-policies
    LINKERD_INBOUND = "config.linkerd.io/default-inbound-policy"
    # ports, and ranges of them, that its proxies carry as they are: https://linkerd.io/2/features/protocol-detection/
    LINKERD_OPAQUE = "config.linkerd.io/opaque-ports"
    # the load balancer puts a PROXY header before each connection, by whose controller it is made:
    # https://docs.digitalocean.com/products/kubernetes/how-to/configure-load-balancers/#proxy-protocol
    PROXY_DIGITALOCEAN = "service.beta.kubernetes.io/do-loadbalancer-enable-proxy-protocol"
    # https://github.com/linode/linode-cloud-controller-manager (annotations)
    PROXY_LINODE = "service.beta.kubernetes.io/linode-loadbalancer-default-proxy-protocol"
    # https://github.com/hetznercloud/hcloud-cloud-controller-manager (load balancers)
    PROXY_HETZNER = "load-balancer.hetzner.cloud/uses-proxyprotocol"
    # https://github.com/scaleway/scaleway-cloud-controller-manager (load balancer annotations)
    PROXY_SCALEWAY = "service.beta.kubernetes.io/scw-loadbalancer-proxy-protocol-v2"
    # https://github.com/kubernetes/cloud-provider-openstack (expose applications using load balancer)
    PROXY_OPENSTACK = "loadbalancer.openstack.org/proxy-protocol"
    # where other nodes send packets for a node's pods, as its network agent found out by itself:
    # https://github.com/flannel-io/flannel/blob/master/Documentation/kubernetes.md (annotations)
    FLANNEL_END = "flannel.alpha.coreos.com/public-ip"
    # https://docs.tigera.io/calico/latest/reference/configure-calico-node (IP autodetection)
    CALICO_END = "projectcalico.org/IPv4Address"
    # how much of the network a pod may use, where the CNI plugin `bandwidth` runs:
    # https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/#support-traffic-shaping
    BANDWIDTH_IN = "kubernetes.io/ingress-bandwidth"
    BANDWIDTH_OUT = "kubernetes.io/egress-bandwidth"
    # further networks of a pod, and which of them has its default route: https://github.com/k8snetworkplumbingwg/multi-net-spec
    NETWORKS = "k8s.v1.cni.cncf.io/networks"
    # the number before a workload was scaled down: https://codeberg.org/hjacobs/kube-downscaler
    REPLICAS_BEFORE = "downscaler/original-replicas"


_KEPT = frozenset(each.value for each in Annotation)


def kept_annotations(given: dict[str, str] | None) -> dict[str, str] | None:
    """Return those that are read, or None, which most objects have."""
    if not given or _KEPT.isdisjoint(given):
        return None
    return {key: value for key, value in given.items() if key in _KEPT}
