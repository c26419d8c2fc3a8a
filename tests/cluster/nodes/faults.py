"""The faults, declared: what is broken, what traffic then does, what k8snet must say, and whether its fix mends it.

All words after `kubectl -n NAMESPACE` are kubectl's own, so that a fault can be tried by hand.
"""

import json
from dataclasses import dataclass
from typing import Any

CONTAINER = "/spec/template/spec/containers/0"


@dataclass(frozen=True)
class Fault:
    """`about` is KIND/NAME of the object at fault. `mends`: the first printed fix heals all; else there is no fix to run."""

    name: str
    inject: tuple[tuple[str, ...], ...]
    traffic: str
    code: str
    layer: str
    about: str
    mends: bool = True
    url: str = "http://storefront"
    ask: str = "storefront -n NAMESPACE --from NAMESPACE/client"
    client: str = "client"
    before: tuple[tuple[str, ...], ...] = ()

    @property
    def namespace(self) -> str:
        return "fault-" + self.name.replace(" ", "-").lower()


def merge(what: str, patch: dict[str, Any]) -> tuple[str, ...]:
    return ("patch", *what.split("/"), "--type=merge", "-p", json.dumps(patch))


def replace(what: str, path: str, value: Any, op: str = "add") -> tuple[str, ...]:
    return ("patch", *what.split("/"), "--type=json", "-p", json.dumps([{"op": op, "path": path, "value": value}]))


def policy(name: str, spec: dict[str, Any]) -> tuple[str, ...]:
    """Words that create a policy: kubectl has none of its own, so the manifest goes along as a file of one word."""
    metadata = {"name": name}
    whole = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}
    return ("apply", "-f", json.dumps(whole))


WEB = {"podSelector": {"matchLabels": {"app": "storefront"}}}
FAULTS = (
    Fault(
        name="selector typo",
        inject=(merge("svc/storefront", {"spec": {"selector": {"app": "storefrnt"}}}),),
        traffic="refused",
        code="RTE-001",
        layer="routing",
        about="Service/storefront",
    ),
    Fault(
        name="one label of two",
        inject=(merge("svc/storefront", {"spec": {"selector": {"version": "v2"}}}),),
        traffic="refused",
        code="RTE-001",
        layer="routing",
        about="Service/storefront",
    ),
    Fault(
        name="readiness wrong port",
        inject=(replace("deploy/storefront", f"{CONTAINER}/readinessProbe/httpGet/port", 9090),),
        traffic="refused",
        code="APP-008",
        layer="application",
        about="Deployment/storefront",
    ),
    Fault(
        name="readiness wrong path",
        inject=(replace("deploy/storefront", f"{CONTAINER}/readinessProbe/httpGet/path", "/ready"),),
        traffic="refused",
        code="APP-008",
        layer="application",
        about="Deployment/storefront",
    ),
    Fault(
        name="crash loop",
        inject=(replace("deploy/storefront", f"{CONTAINER}/args", ["-exit", "3"]),),
        traffic="refused",
        code="APP-001",
        layer="application",
        about="Deployment/storefront",
    ),
    Fault(
        name="out of memory",
        inject=(
            replace("deploy/storefront", CONTAINER + "/resources", {"limits": {"memory": "32Mi"}}),
            replace("deploy/storefront", f"{CONTAINER}/args", ["-leak"]),
        ),
        traffic="refused",
        code="APP-002",
        layer="application",
        about="Deployment/storefront",
    ),
    Fault(
        name="missing image",
        inject=(replace("deploy/storefront", f"{CONTAINER}/image", "k8snet.test/absent:1"),),
        traffic="refused",
        code="APP-003",
        layer="application",
        about="Deployment/storefront",
    ),
    Fault(
        name="missing config",
        inject=(
            replace("deploy/storefront", f"{CONTAINER}/envFrom", [{"configMapRef": {"name": "storefront-settings"}}]),
        ),
        traffic="refused",
        code="APP-004",
        layer="application",
        about="Deployment/storefront",
    ),
    Fault(
        name="no node fits",
        inject=(replace("deploy/storefront", "/spec/template/spec/nodeSelector", {"disk": "ssd"}),),
        traffic="refused",
        code="APP-005",
        layer="application",
        about="Deployment/storefront",
        mends=False,  # whether the node or the wish is wrong, only its owner knows
    ),
    Fault(
        name="scaled to zero",
        inject=(("scale", "deploy/storefront", "--replicas=0"),),
        traffic="refused",
        code="APP-017",
        layer="application",
        about="Deployment/storefront",
    ),
    Fault(
        name="wrong targetPort",
        inject=(replace("svc/storefront", "/spec/ports/0/targetPort", 9999),),
        traffic="refused",
        code="RTE-010",
        layer="routing",  # the pods listen elsewhere, so it is the Service that is wrong
        about="Service/storefront",
    ),
    Fault(
        name="named port gone",
        inject=(replace("deploy/storefront", f"{CONTAINER}/ports/0/name", "port"),),
        traffic="refused",
        code="RTE-011",
        layer="routing",
        about="Service/storefront",
    ),
    Fault(
        name="port not in Service",
        inject=(replace("svc/storefront", "/spec/ports/0/port", 8080),),
        traffic="timeout|refused",  # kube-proxy drops or rejects, by its mode
        code="RTE-012",
        layer="routing",
        about="Service/storefront",
        mends=False,  # no pod is known to use the port asked for: opening it would be a guess
        ask="storefront -n NAMESPACE --from NAMESPACE/client --port 80",
    ),
    Fault(
        name="one of three refuses",
        before=(
            ("delete", "deploy/storefront"),
            ("apply", "-f", "three.yaml"),
            ("rollout", "status", "sts/storefront"),
        ),
        inject=(("exec", "storefront-1", "--", "kill", "-USR1", "1"),),
        traffic="answer+refused",
        code="APP-013",
        layer="application",
        about="StatefulSet/storefront",
    ),
    Fault(
        name="one of three hangs",
        before=(
            ("delete", "deploy/storefront"),
            ("apply", "-f", "three.yaml"),
            ("rollout", "status", "sts/storefront"),
        ),
        inject=(("exec", "storefront-1", "--", "kill", "-USR2", "1"),),
        traffic="answer+timeout",
        code="APP-013",
        layer="application",
        about="StatefulSet/storefront",
    ),
    Fault(
        name="default deny",
        inject=(policy("default-deny", {"podSelector": {}, "policyTypes": ["Ingress"]}),),
        traffic="timeout",
        code="NPL-001",
        layer="routing",
        about="NetworkPolicy/default-deny",
    ),
    Fault(
        name="policy on Service port",
        inject=(policy("from-client", {**WEB, "ingress": [{"from": [{"podSelector": {}}], "ports": [{"port": 80}]}]}),),
        traffic="timeout",
        code="NPL-004",
        layer="routing",
        about="NetworkPolicy/from-client",
    ),
    Fault(
        name="egress without DNS",
        inject=(
            policy(
                "client-to-storefront",
                {
                    "podSelector": {"matchLabels": {"app": "client"}},
                    "policyTypes": ["Egress"],
                    "egress": [{"to": [WEB]}],
                },
            ),
        ),
        traffic="no-dns",
        code="NPL-003",
        layer="routing",
        about="NetworkPolicy/client-to-storefront",
    ),
    Fault(
        name="local without endpoint",
        before=(replace("deploy/storefront", "/spec/template/spec/nodeSelector", {"kubernetes.io/hostname": "n2"}),),
        inject=(merge("svc/storefront", {"spec": {"internalTrafficPolicy": "Local"}}),),
        traffic="timeout",
        code="RTE-021",
        layer="routing",
        about="Service/storefront",
    ),
    Fault(
        name="another namespace",
        inject=(
            ("create", "namespace", "fault-next-door"),
            ("-n", "fault-next-door", "run", "caller", "--image=k8snet.test/serve:1", "--", "-refuse"),
            ("-n", "fault-next-door", "wait", "pod/caller", "--for=condition=Ready", "--timeout=20s"),
        ),
        traffic="no-such-name",
        code="DNS-011",
        layer="dns",
        about="Service/storefront",
        mends=False,  # the name is in the caller's own code; the answer says the full one
        client="fault-next-door/caller",
        ask="storefront --from fault-next-door/caller",
    ),
    Fault(
        name="DNS scaled to zero",
        inject=(("-n", "kube-system", "scale", "deploy/coredns", "--replicas=0"),),
        traffic="no-dns",
        code="DNS-001",
        layer="dns",
        about="Deployment/coredns",
    ),
)
