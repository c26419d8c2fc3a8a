"""A control plane that is born with a cluster in it: etcd, kube-apiserver and kwok, and no controllers.

Objects are written into etcd before the API server starts (go/seed), and stay as they were written: Services, slices and
pods are what their manifests say, status included. Only nodes live: kwok, as their kubelet, renews leases and heartbeats,
and runs what is scheduled there; a pod that has an address already is left alone, a crashing one keeps crashing.
"""

import contextlib
import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tests.live_cluster.control_plane import ADMIN, ControlPlane

# Admission that counts on controllers: service accounts are made, and new nodes untainted, by them.
_WITHOUT = "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition"
_KWOK = Path(__file__).parent / "kwok.yaml"
# Renewed after a quarter of it, when kwok goes through all pods of the node again: 20 s of CPU for 50,000 pods. A kubelet's
# lease is of 40 s.
_LEASE_SECONDS = 4 * 3600
_QUIET = 0.1  # seconds of CPU in one second, of all processes
_COLLECTED = re.compile(r"^gc \d+ @", re.MULTILINE)  # `gctrace` of https://pkg.go.dev/runtime


class SeededPlane(ControlPlane):
    """`objects` are manifests as the API would show them, without what the API server itself adds."""

    def __init__(self, binaries: Path, home: Path, objects: Iterable[dict[str, Any]]) -> None:
        super().__init__(binaries, home)
        self._objects = objects

    def run(
        self, name: str, command: Sequence[str | Path], env: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        if name != "apiserver":
            return super().run(name, command, env)
        return super().run(name, [*command, _WITHOUT], {**(env or {}), "GODEBUG": "gctrace=1"})

    def _start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self._keys()
        self._run_etcd()
        self.until(self._etcd_answers)
        self._seed()
        self._run_apiserver()
        self._wait("/readyz")
        self._run_kwok()
        self.settle()

    def _etcd_answers(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self._etcd}/readyz", timeout=2):
            return True
        return False

    def _seed(self) -> None:
        """Describe and write at the same time, so no more than a few objects exist here at once."""
        log = self.home / "seed.log"
        with log.open("wb") as said:
            command = [self.binaries / "seed", f"--etcd=127.0.0.1:{self._etcd}"]
            calm = {**os.environ, "GOGC": "400"}  # it lives for seconds, on memory that is free
            writer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=said, stderr=said, env=calm)
        assert writer.stdin
        encoder = msgspec.json.Encoder()
        with contextlib.suppress(BrokenPipeError), writer.stdin as lines:  # then its log says why it has ended
            for each in self._objects:
                lines.write(encoder.encode(each) + b"\n")
        if writer.wait():
            raise RuntimeError(f"etcd was not filled: {log.read_text(errors='replace')[-300:]}")

    def _run_kwok(self) -> None:
        self.run(
            "kwok",
            [
                self.binaries / "kwok",
                f"--kubeconfig={self.kubeconfig_for(ADMIN, self._tokens[ADMIN])}",
                "--manage-nodes-with-label-selector=type=kwok",
                f"--node-lease-duration-seconds={_LEASE_SECONDS}",
                f"--config={_KWOK}",
                "--node-port=0",  # no server: what nodes say of their kubelet stays as it is written
            ],
        )

    def settle(self, seconds: float = 120) -> None:
        """Wait until nobody is busy with what it found."""
        before = self._busy_seconds()

        def is_quiet() -> bool:
            nonlocal before
            time.sleep(1)
            now = self._busy_seconds()
            used, before = now - before, now
            return used < _QUIET

        self.until(is_quiet, seconds)

    @property
    def api_server_seconds(self) -> float:
        """Return the seconds of CPU that the API server has used so far."""
        return _cpu(next(each.pid for each in self._processes if "kube-apiserver" in str(each.args)))

    @property
    def collections(self) -> int:
        """Return how often the API server has looked for garbage so far, as Go tells in its log."""
        return len(_COLLECTED.findall((self.home / "apiserver.log").read_text(errors="replace")))

    def _busy_seconds(self) -> float:
        return sum(_cpu(each.pid) for each in self._processes)


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process has used so far; fields 14 and 15 of proc(5)'s stat."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
