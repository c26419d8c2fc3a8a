"""What a question reads, by the names under which what is missing of it is told (the needs of checks, and hints)."""

from bot.model.snapshot import NODE_AGENTS

# A need of no check, as those of the model: what is missing of it costs a hint.
SIMILAR_PODS = "similar pods"
# What is open where a question's time ran out before its list was read, in words (the needs of checks).
NEEDS = {
    "services": "Services",
    "endpointslices": "EndpointSlices",
    "pods": "Pods",
    "workloads": "workloads",
    "networkpolicies": "NetworkPolicies",
    "events": "Kubernetes Events",
    "source": "the caller",
    "nodes": "Nodes",
    "namespaces": "Namespaces",
    "dns": "the cluster's DNS",
    "corefile": "the Corefile",
    NODE_AGENTS: "kube-proxy and the node-local DNS cache",
}
SHARED = ("nodes", "namespaces", "dns", "corefile")
