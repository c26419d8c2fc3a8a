"""Guards that need several objects: the hop is unknown, ok for the look-alike, and hiding makes nothing surer."""

from typing import Any

import pytest
import yaml

from bot.checks.engine.judge import judge
from bot.model.call.hop import HopState
from bot.model.result.status import Status
from tests.checks.manifests import Written, case_of
from tests.judge.hiding import check_hiding

ASK = "user-service -n shop --from shop/checkout-1 --port 80"
AMBIENT = """
kind: Namespace
metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
"""
ZTUNNEL = """
apiVersion: v1
kind: Pod
metadata: {{name: ztunnel-{node}, namespace: istio-system, labels: {{app: ztunnel}}}}
spec: {{nodeName: {node}, containers: [{{name: istio-proxy}}]}}
status: {{phase: Running, podIP: 10.244.9.{last}, conditions: [{{type: Ready, status: "{ready}"}}]}}
"""
LINKERD = """
apiVersion: v1
kind: Pod
metadata: {{name: dst-1, namespace: linkerd, labels: {{linkerd.io/control-plane-component: destination}}}}
spec: {{nodeName: node-1, containers: [{{name: destination}}]}}
status: {{phase: Running, podIP: 10.244.0.99, conditions: [{{type: Ready, status: "{ready}"}}]}}
"""
MESHED = """
kind: Pod
metadata: {name: checkout-1, namespace: shop}
spec: {containers: [{name: app}, {name: linkerd-proxy}]}
"""
WINDOWS = """
kind: Node
metadata: {{name: {node}}}
status: {{nodeInfo: {{operatingSystem: windows}}}}
"""
NETWORKS = """
kind: Pod
metadata:
  name: {pod}
  namespace: shop
  annotations: {{k8s.v1.cni.cncf.io/networks: '[{{"name": "lan"{more}}}]'}}
"""
ROUTE = ', "default-route": ["192.168.50.1"]'
CILIUM = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cilium, namespace: kube-system}
spec: {template: {spec: {containers: [{name: cilium-agent}]}}}
"""
SETTINGS = """
apiVersion: v1
kind: ConfigMap
metadata: {{name: cilium-config, namespace: kube-system}}
data: {{enable-policy: {mode}}}
"""
HOST_ENDPOINT = """
apiVersion: crd.projectcalico.org/v1
kind: HostEndpoint
metadata: {{name: guarded}}
spec: {{node: {node}, interfaceName: eth0{more}}}
"""
ON_HOST = """
kind: Pod
metadata: {name: user-service-2, namespace: shop}
spec: {hostNetwork: true}
"""
WALL = """
apiVersion: k8s.ovn.org/v1
kind: EgressFirewall
metadata: {{name: default, namespace: {namespace}}}
spec: {{egress: [{{type: Deny, to: {{cidrSelector: 0.0.0.0/0}}}}]}}
"""
REPLACES = """
apiVersion: v1
kind: ConfigMap
metadata: {{name: cilium-config, namespace: kube-system}}
data: {{kube-proxy-replacement: "{said}"}}
"""
PROXY = """
apiVersion: v1
kind: ConfigMap
metadata: {{name: kube-proxy, namespace: kube-system}}
data: {{config.conf: "kind: KubeProxyConfiguration\\nmode: {mode}\\nnodePortAddresses: {addresses}\\n"}}
"""
EDGE = """
apiVersion: v1
kind: Service
metadata: {{name: edge, namespace: shop}}
spec: {{clusterIPs: [10.96.12.9], externalIPs: [{address}], ports: [{{port: 443}}]}}
"""
SECOND = """
kind: Node
metadata: {name: node-2}
status: {addresses: [{type: InternalIP, address: 192.168.77.12}, {type: ExternalIP, address: 203.0.113.12}]}
"""
FLANNEL = """
apiVersion: v1
kind: Pod
metadata: {name: kube-flannel-ds-1, namespace: kube-flannel, labels: {app: flannel}}
spec: {nodeName: node-2, hostNetwork: true, containers: [{name: kube-flannel}]}
status: {phase: Running, podIP: 192.168.77.12, conditions: [{type: Ready, status: "True"}]}
"""
NETWORK = """
apiVersion: v1
kind: ConfigMap
metadata: {{name: kube-flannel-cfg, namespace: kube-flannel}}
data: {{net-conf.json: '{{"Network": "{network}", "Backend": {{"Type": "vxlan"}}}}'}}
"""
RANGE = """
kind: Node
metadata: {name: node-2}
spec: {podCIDR: 10.244.1.0/24}
"""
OUTSIDE = "--address 203.0.113.12 --port 30080 --from shop/checkout-1"
NODE_PORT = """
kind: Service
metadata: {name: user-service, namespace: shop}
spec: {type: NodePort, ports: [{name: http, port: 80, targetPort: 8080, protocol: TCP, nodePort: 30080}]}
"""
PORT = "--address 192.168.77.12 --port 30080 --from shop/checkout-1"
NAMED = "user-service.shop -n shop --from shop/checkout-1 --port 80"
GUARDS: list[tuple[str, str, list[str], list[str]]] = [
    (
        ASK,
        "mesh",
        [
            AMBIENT,
            ZTUNNEL.format(node="node-1", last=1, ready="False"),
            ZTUNNEL.format(node="node-2", last=2, ready="True"),
        ],
        [AMBIENT, *(ZTUNNEL.format(node=f"node-{each}", last=each, ready="True") for each in (1, 2))],
    ),
    (ASK, "mesh", [MESHED, LINKERD.format(ready="False")], [MESHED, LINKERD.format(ready="True")]),
    (NAMED, "resolver", [WINDOWS.format(node="node-1")], [WINDOWS.format(node="node-2")]),
    (ASK, "node", [NETWORKS.format(pod="checkout-1", more=ROUTE)], [NETWORKS.format(pod="checkout-1", more="")]),
    (ASK, "policy", [CILIUM, SETTINGS.format(mode="always")], [CILIUM, SETTINGS.format(mode="default")]),
    (
        ASK,
        "policy",
        [ON_HOST, HOST_ENDPOINT.format(node="node-2", more="")],
        [ON_HOST, HOST_ENDPOINT.format(node="node-2", more=", profiles: [projectcalico-default-allow]")],
    ),
    (
        ASK,
        "node",
        [PROXY.format(mode="ipvs", addresses="null"), EDGE.format(address="192.168.77.12")],
        [PROXY.format(mode="ipvs", addresses="null"), EDGE.format(address="192.168.77.99")],
    ),
    (
        ASK,
        "node",
        [FLANNEL, RANGE, NETWORK.format(network="172.30.0.0/16")],
        [FLANNEL, RANGE, NETWORK.format(network="10.244.0.0/16")],
    ),
    (
        ASK,
        "node",
        [FLANNEL, RANGE, NETWORK.format(network="172.30.0.0/16")],
        [RANGE, NETWORK.format(network="172.30.0.0/16")],
    ),
    (
        OUTSIDE,
        "proxy",
        [NODE_PORT, SECOND, PROXY.format(mode="nftables", addresses="null")],
        [NODE_PORT, SECOND, PROXY.format(mode="nftables", addresses="[0.0.0.0/0]")],
    ),
    (
        PORT,
        "proxy",
        [NODE_PORT, PROXY.format(mode="iptables", addresses="[127.0.0.0/8, fd00::/8]")],
        [NODE_PORT, PROXY.format(mode="iptables", addresses="[127.0.0.0/8, 192.168.0.0/16]")],
    ),
    (
        PORT,
        "proxy",
        [NODE_PORT, CILIUM, REPLACES.format(said="false")],
        [NODE_PORT, CILIUM, REPLACES.format(said="true")],
    ),
    (ASK, "policy", [ON_HOST, WALL.format(namespace="shop")], [ON_HOST, WALL.format(namespace="edge")]),
    (ASK, "policy", [ON_HOST, WALL.format(namespace="shop")], [WALL.format(namespace="shop")]),
]


def written(ask: str, documents: list[str]) -> Written:
    return Written("guards", "several", {"ask": [ask]}, [yaml.safe_load(each) for each in documents])


def state_of(ask: str, hop: str, documents: list[str]) -> HopState:
    judgement: Any = judge(case_of(written(ask, documents)), strict=True)
    return next(each for each in judgement.hops if each.hop == hop)


@pytest.mark.parametrize(("ask", "hop", "broken", "sound"), GUARDS)
def test_hop_is_not_sound_where_several_objects_hold_a_fault(
    ask: str, hop: str, broken: list[str], sound: list[str]
) -> None:
    told = state_of(ask, hop, broken)

    assert told.status is Status.UNKNOWN, told
    assert told.because
    assert state_of(ask, hop, sound).status in (Status.OK, Status.OFF_PATH), state_of(ask, hop, sound)
    assert check_hiding(case_of(written(ask, broken))) == []
