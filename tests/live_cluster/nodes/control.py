"""The control plane for real nodes: the one of loopback, reachable by kubelets, with a scheduler and the controllers that
watch nodes. It runs where `ground` puts it and speaks on CONTROL:API_PORT.
"""

import secrets
import subprocess
from pathlib import Path

from tests.live_cluster.control_plane import MANAGER, ControlPlane
from tests.live_cluster.nodes.layout import API_PORT, CONTROL, NODES, SERVICES, SERVICES_IPV6

SCHEDULER, PROXY, ENFORCER = "system:kube-scheduler", "system:kube-proxy", "kube-network-policies"


class NodesControlPlane(ControlPlane):
    """As ControlPlane; `config_of` gives the kubeconfig of a component, `kubelet_ca` what kubelets trust."""

    def __init__(self, binaries: Path, home: Path) -> None:
        super().__init__(binaries, home)
        self._port = API_PORT
        self.kubelet_ca = home / "pki/kubelet-client.crt"

    @property
    def server(self) -> str:
        return f"https://{CONTROL}:{API_PORT}"

    def config_of(self, user: str) -> str:
        return self.kubeconfig_for(user, self._tokens[user])

    def _keys(self) -> None:
        super()._keys()
        nodes = {f"system:node:{name}": "system:nodes" for name in NODES}
        everyone = "system:authenticated"
        groups = {SCHEDULER: everyone, PROXY: everyone, ENFORCER: "system:masters", **nodes}
        fresh = {user: secrets.token_hex(16) for user in groups}
        self._tokens |= fresh
        with (self.home / "pki/tokens.csv").open("a") as file:
            file.writelines(f'{token},{user},{user},"{groups[user]}"\n' for user, token in fresh.items())
        self._kubelet_client()

    def _kubelet_client(self) -> None:
        """The certificate with which the API server calls kubelets; it signs itself, and kubelets trust just it."""
        request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "7"]
        subject = ["-subj", "/O=system:masters/CN=kube-apiserver", "-addext", "extendedKeyUsage=clientAuth"]
        files = ["-keyout", self.home / "pki/kubelet-client.key", "-out", self.kubelet_ca]
        subprocess.run(["openssl", *request, *subject, *files], check=True, capture_output=True)

    def _run_apiserver(self) -> None:
        self.run(
            "apiserver",
            [
                self.binaries / "kube-apiserver",
                f"--etcd-servers=http://127.0.0.1:{self._etcd}",
                f"--bind-address={CONTROL}",
                f"--advertise-address={CONTROL}",
                f"--secure-port={API_PORT}",
                "--cert-dir=pki",
                "--token-auth-file=pki/tokens.csv",
                "--client-ca-file=pki/kubelet-client.crt",
                "--kubelet-client-certificate=pki/kubelet-client.crt",
                "--kubelet-client-key=pki/kubelet-client.key",
                "--kubelet-preferred-address-types=InternalIP",
                "--authorization-mode=Node,RBAC",
                "--enable-admission-plugins=NodeRestriction",
                "--allow-privileged",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-account-key-file=pki/sa.key",
                "--service-account-signing-key-file=pki/sa.key",
                f"--service-cluster-ip-range={SERVICES},{SERVICES_IPV6}",
            ],
        )

    def _run_manager(self) -> None:
        """With the controllers that judge nodes by their heartbeats: 12 s without one is NotReady."""
        self.run(
            "controller-manager",
            [
                self.binaries / "kube-controller-manager",
                f"--kubeconfig={self.config_of(MANAGER)}",
                "--secure-port=0",
                "--leader-elect=false",
                "--use-service-account-credentials",
                "--service-account-private-key-file=pki/sa.key",
                "--root-ca-file=pki/apiserver.crt",
                "--node-monitor-grace-period=12s",
                "--node-monitor-period=1s",
                "--endpointslice-updates-batch-period=0s",
                "--kube-api-qps=500",
                "--kube-api-burst=1000",
            ],
        )
        scheduler = [self.binaries / "kube-scheduler", f"--kubeconfig={self.config_of(SCHEDULER)}"]
        self.run("scheduler", [*scheduler, "--secure-port=0", "--leader-elect=false"])
