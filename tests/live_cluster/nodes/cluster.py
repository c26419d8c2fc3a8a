"""A cluster of real nodes as its tests see it: started, asked, entered and taken down from outside.

Everything of it lives below one process, the ground; ending that ends all. What is left then is the folder, of which only
the logs stay, and the cgroups, which go.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

from tests.live_cluster.nodes import cgroups
from tests.live_cluster.nodes.debian import prepare
from tests.live_cluster.nodes.layout import netns, repository

MODES = ("iptables", "nftables")


class RealCluster:
    """Started by `with`. `kubeconfig` works inside the cluster's network only: `kubectl`, `shell` and `k8snet` run there."""

    def __init__(self, binaries: Path, home: Path, mode: str = "iptables") -> None:
        if mode not in MODES:
            raise ValueError(f"kube-proxy's mode is {' or '.join(MODES)}, not {mode!r}")
        self.binaries, self.home, self.mode = binaries, home, mode
        self.kubeconfig = str(home / "admin.kubeconfig")
        self._ground: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        prepare()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def kubectl(self, *words: str, input: str | None = None, check: bool = True) -> str:  # noqa: A002 (subprocess's word)
        """Run kubectl as admin; a failure raises with kubectl's own words."""
        done = self._inside(str(self.binaries / "kubectl"), *words, input=input)
        if check and done.returncode:
            raise AssertionError(f"kubectl {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def apply(self, manifest: str) -> None:
        self.kubectl("apply", "-f", "-", input=manifest)

    def on(self, node: str, *command: str) -> str:
        """Run a command inside a node, in all of its namespaces, and give its output; a failure raises."""
        first = _child(self.ground_pid(), int((self.home / f"{node}.unshare").read_text()))
        done = self._inside("nsenter", "--target", str(first), "--all", *command)
        if done.returncode:
            raise AssertionError(f"on {node}: {' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    @contextlib.contextmanager
    def stopped(self, node: str, component: str) -> Iterator[None]:
        """Stop one component of a node (kubelet, kube-proxy, kube-network-policies, containerd) and let it go on afterwards."""
        self.on(node, "sh", "-c", f"kill -STOP $(cat /run/{component}.pid)")
        try:
            yield
        finally:
            self.on(node, "sh", "-c", f"kill -CONT $(cat /run/{component}.pid)")

    def client(self, pod: str, *command: str) -> str:
        """Run a command in a pod, NAMESPACE/NAME, and give its output, whatever its exit code."""
        namespace, _, name = pod.partition("/")
        return self.kubectl("-n", namespace, "exec", name, "--", *command, check=False)

    def shell(self, command: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command line exactly as printed, as a person would who has kubectl and the admin's kubeconfig."""
        return self._inside("bash", "-c", command, environ=environ)

    def k8snet(self, *words: str, node: str = "n1", **environ: str) -> subprocess.CompletedProcess[str]:
        """Run the program in a node's network, where pods and Services answer."""
        enter = ["nsenter", f"--net={netns(node)}", "env", "-C", str(repository())]
        return self._inside(*enter, sys.executable, "-m", "bot", *words, environ=environ)

    def stop(self) -> None:
        """End the ground, and with it everything below; then remove its cgroups and all files but the logs."""
        if self._ground is not None:
            self._ground.kill()
            self._ground.wait()
            self._ground = None
        cgroups.remove_of(os.getpid(), self.home.name)
        self._keep_logs()

    def _start(self) -> None:
        cgroups.remove_abandoned()
        self.home.mkdir(parents=True, exist_ok=True)
        own = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        # A killed test run takes the ground with it: the kernel sends it this signal when we end.
        mortal = ["setpriv", "--pdeathsig", "KILL", "unshare", *own, "--"]
        with (self.home / "ground.log").open("wb") as log:
            self._ground = subprocess.Popen(
                [
                    *mortal,
                    sys.executable,
                    "-m",
                    "tests.live_cluster.nodes.namespaces",
                    self.home,
                    self.binaries,
                    self.mode,
                    str(os.getpid()),
                ],
                cwd=repository(),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the test run, which then ends us in order
            )
        end = time.monotonic() + 120
        while not (self.home / "ready").exists():
            if self._ground.poll() is not None or time.monotonic() > end:
                words = (self.home / "ground.log").read_text()[-3000:]
                raise RuntimeError(f"the nodes did not start: {words}")
            time.sleep(0.1)

    def ground_pid(self) -> int:
        assert self._ground is not None, "the cluster is not running"
        return int(Path(f"/proc/{self._ground.pid}/task/{self._ground.pid}/children").read_text())

    def _inside(
        self,
        *command: str,
        input: str | None = None,  # noqa: A002 (subprocess's word)
        environ: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        whole = {
            **os.environ,
            "KUBECONFIG": self.kubeconfig,
            "PATH": f"{self.binaries}:{os.environ['PATH']}",
            "HOME": str(self.home),  # kubectl's cache is no matter of the user's
            # Bytecode, as an installed program has it, whatever this shell says of writing it beside the sources.
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(self.home / "bytecode"),
            **(environ or {}),
        }
        enter = ["nsenter", "--target", str(self.ground_pid()), "--net", "--mount", "--pid"]
        return subprocess.run(
            [*enter, "--", *command], input=input, capture_output=True, text=True, timeout=300, check=False, env=whole
        )

    def _keep_logs(self) -> None:
        for path in sorted(self.home.glob("*")):
            if path.is_dir() and not path.is_symlink():
                for log in [*path.glob("*.log"), *path.glob("log/*.log")]:
                    log.rename(self.home / f"{path.name}-{log.name}")
                shutil.rmtree(path)
            elif path.suffix != ".log":
                path.unlink()


def _child(ground: int, parent: int) -> int:
    """The one child of a process, both numbered as inside the ground."""
    path = f"/proc/{parent}/task/{parent}/children"
    enter = ["nsenter", "--target", str(ground), "--mount", "--pid", "--", "cat", path]
    return int(subprocess.run(enter, capture_output=True, text=True, check=True).stdout)
