"""By which address a Service is entered where it is not its ClusterIP: a node's port, a load balancer's IP or an external one.

How the traffic is handled differs from the ClusterIP: `internalTrafficPolicy` does not apply. Of `externalTrafficPolicy: Local`
kube-proxy makes an exception for pods: what enters on their own node (a load balancer's or external IP, or that node's own
port) goes to all endpoints, as if it had left the cluster and come back. Another node's port has no such exception.
https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/proxy/iptables/proxier.go, "pod traffic for %s external destinations"
"""

from enum import StrEnum

from msgspec import Struct


class EntryKind(StrEnum):
    """What the address is to the Service."""

    NODE_PORT = "node port"
    LOAD_BALANCER = "load balancer"
    EXTERNAL_IP = "external IP"


class Entry(Struct, frozen=True):
    """The address and port that were asked for, and the node that has the address (of a node port)."""

    kind: EntryKind
    address: str
    port: int | None = None
    node: str = ""

    @property
    def place(self) -> str:
        """Name it as callers do, e.g. `192.168.10.22:30080`."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}" if self.port else host

    def __str__(self) -> str:
        if self.kind is EntryKind.NODE_PORT:
            return f"node port {self.port} of {self.node} ({self.address})"
        return f"{'the ' if self.kind is EntryKind.EXTERNAL_IP else 'its '}{self.kind} {self.address}"
