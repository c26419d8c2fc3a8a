"""A control plane on loopback: etcd, kube-apiserver with RBAC, kube-controller-manager. No root and no Docker needed.

Everything it writes is in one folder; it stops only processes that it started itself.
"""

import contextlib
import json
import os
import secrets
import signal
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.ports import free_ports

SERVICES = "10.96.0.0/16"
SERVICES_IPV6 = "fd00:10:96::/108"  # for Services that ask for it; nothing routes it
PODS = "10.244.0.0/16"
ADMIN, MANAGER = "admin", "system:kube-controller-manager"


class ControlPlane:
    """Started by `with`; `kubeconfig` is a path, `kubectl` runs a command and gives its output."""

    pod_network = True  # pods and Services are addresses of this network namespace

    def __init__(self, binaries: Path, home: Path) -> None:
        self.binaries, self.home = binaries, home
        self.kubeconfig = str(home / "admin.kubeconfig")
        self._port, self._etcd, self._peer = free_ports(3)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._logs: dict[int, Path] = {}
        self._tokens: dict[str, str] = {}

    @property
    def server(self) -> str:
        return f"https://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def kubectl(self, *words: str, input: str | None = None, check: bool = True) -> str:  # noqa: A002 (subprocess's word)
        """Run kubectl as admin; a failure raises with kubectl's own words."""
        done = subprocess.run(
            [self.binaries / "kubectl", "--kubeconfig", self.kubeconfig, *words],
            input=input,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"kubectl {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def apply(self, manifest: str) -> None:
        self.kubectl("apply", "-f", "-", input=manifest)

    def run(
        self, name: str, command: Sequence[str | Path], env: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a process that lives as long as this control plane; its output goes to NAME.log."""
        with (self.home / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                list(command),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self.home,
                env={**os.environ, **(env or {})},
            )
        self._processes.append(process)
        self._logs[process.pid] = self.home / f"{name}.log"
        return process

    def kubeconfig_for(self, user: str, token: str) -> str:
        """Write a kubeconfig for a bearer token and give its path."""
        path = self.home / f"{user.replace(':', '-')}.kubeconfig"
        path.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "test",
                    "clusters": [
                        {
                            "name": "test",
                            "cluster": {
                                "server": self.server,
                                "certificate-authority": str(self.home / "pki/apiserver.crt"),
                            },
                        }
                    ],
                    "users": [{"name": user, "user": {"token": token}}],
                    "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
                }
            )
        )
        path.chmod(0o600)
        return str(path)

    def until(self, true: Callable[[], bool], seconds: float = 180) -> None:
        """Ask again until it is so; raise RuntimeError when a process that was started has ended, or it takes too long."""
        end = time.monotonic() + seconds
        while not true():
            if dead := [self._last_words(process) for process in self._processes if process.poll() is not None]:
                raise RuntimeError("\n".join(dead))
            if time.monotonic() > end:
                raise RuntimeError(f"the control plane did not start in {seconds} s; see {self.home}/*.log")
            time.sleep(0.1)

    def stop(self) -> None:
        """End what was started, last first; etcd's data is thrown away, so nobody waits for it."""
        for process in reversed(self._processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in reversed(self._processes):
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def _start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self._keys()
        self._run_etcd()
        self._run_apiserver()
        self._wait("/readyz")
        self._run_manager()
        self.until(lambda: "default" in self.kubectl("get", "serviceaccount", "default", "-o", "name", check=False))

    def _keys(self) -> None:
        """A token an identity and the key that signs service account tokens; the API server makes its own certificate."""
        pki = self.home / "pki"
        pki.mkdir()
        subprocess.run(["openssl", "genrsa", "-out", pki / "sa.key", "2048"], check=True, capture_output=True)
        groups = {ADMIN: "system:masters", MANAGER: "system:authenticated"}
        self._tokens = {user: secrets.token_hex(16) for user in groups}
        lines = [f'{token},{user},{user},"{groups[user]}"' for user, token in self._tokens.items()]
        (pki / "tokens.csv").write_text("\n".join(lines) + "\n")
        self.kubeconfig_for(ADMIN, self._tokens[ADMIN])

    def _run_etcd(self) -> None:
        client, peer = f"http://127.0.0.1:{self._etcd}", f"http://127.0.0.1:{self._peer}"
        self.run(
            "etcd",
            [
                self.binaries / "etcd",
                "--data-dir=etcd",
                "--unsafe-no-fsync",
                f"--listen-client-urls={client}",
                f"--advertise-client-urls={client}",
                f"--listen-peer-urls={peer}",
                f"--initial-advertise-peer-urls={peer}",
                f"--initial-cluster=default={peer}",
            ],
        )

    def _run_apiserver(self) -> None:
        self.run(
            "apiserver",
            [
                self.binaries / "kube-apiserver",
                f"--etcd-servers=http://127.0.0.1:{self._etcd}",
                "--bind-address=127.0.0.1",
                "--advertise-address=127.0.0.1",
                f"--secure-port={self._port}",
                "--cert-dir=pki",
                "--endpoint-reconciler-type=none",
                "--token-auth-file=pki/tokens.csv",
                "--authorization-mode=RBAC",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-account-key-file=pki/sa.key",
                "--service-account-signing-key-file=pki/sa.key",
                f"--service-cluster-ip-range={SERVICES},{SERVICES_IPV6}",
            ],
        )

    def _run_manager(self) -> None:
        """Without the controllers that judge nodes by their heartbeats, which nobody sends here."""
        config = self.kubeconfig_for(MANAGER, self._tokens[MANAGER])
        self.run(
            "controller-manager",
            [
                self.binaries / "kube-controller-manager",
                f"--kubeconfig={config}",
                "--secure-port=0",
                "--leader-elect=false",
                "--use-service-account-credentials",
                "--service-account-private-key-file=pki/sa.key",
                "--root-ca-file=pki/apiserver.crt",
                "--controllers=*,-node-lifecycle-controller,-taint-eviction-controller",
                "--endpointslice-updates-batch-period=0s",
                "--kube-api-qps=500",
                "--kube-api-burst=1000",
            ],
        )

    def _wait(self, path: str) -> None:
        def answers() -> bool:
            with contextlib.suppress(OSError):  # not there yet, its certificate included
                context = ssl.create_default_context(cafile=str(self.home / "pki/apiserver.crt"))
                request = urllib.request.Request(
                    f"{self.server}{path}", headers={"Authorization": f"Bearer {self._tokens[ADMIN]}"}
                )
                with urllib.request.urlopen(request, timeout=2, context=context) as reply:
                    return bool(reply.status == 200)
            return False

        self.until(answers)

    def _last_words(self, process: subprocess.Popen[bytes]) -> str:
        return f"{process.args} ended: {self._logs[process.pid].read_text(errors='replace')[-1000:]}"
