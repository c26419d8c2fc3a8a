"""The cgroups of nodes: one below our own in each hierarchy, the one thing of a cluster that outlives its processes.

Their names carry the number of the process that started the cluster, so that what a killed test run left is found and
removed by the next. Hierarchies of version 1 only (https://docs.kernel.org/admin-guide/cgroup-v1/cgroups.html).
"""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PREFIX = "k8snet-nodes-"


def make(starter: int, home: str, node: str) -> list[Path]:
    """Make a node's cgroups and give their folders."""
    found = []
    for parent in parents():
        folder = parent / f"{PREFIX}{starter}-{home}-{node}"
        folder.mkdir()
        found.append(folder)
        for setting in ("cpuset.cpus", "cpuset.mems"):  # born empty, and then no process may enter
            if (parent / setting).exists():
                (folder / setting).write_text((parent / setting).read_text())
    return found


def parents() -> Iterator[Path]:
    """Our own cgroup in each hierarchy that has controllers or, as systemd's, a name."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        folder = ROOT / controllers.removeprefix("name=") / path.strip("/")
        if controllers and folder.is_dir():
            yield folder


def remove_of(starter: int, home: str) -> None:
    """Remove the cgroups of one cluster."""
    for parent in parents():
        for folder in parent.glob(f"{PREFIX}{starter}-{home}-*"):
            _remove(folder)


def remove_abandoned() -> None:
    """Remove the cgroups of clusters whose starter is gone; those that still hold a process stay."""
    for parent in parents():
        for folder in parent.glob(f"{PREFIX}*"):
            starter = folder.name.removeprefix(PREFIX).partition("-")[0]
            if not Path("/proc", starter).exists():
                _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a cgroup with all below it; the kernel may need a moment until its last process is gone."""
    end = time.monotonic() + 10
    while folder.exists():
        for each in (*sorted((f for f in folder.rglob("*") if f.is_dir()), reverse=True), folder):
            with contextlib.suppress(OSError):  # still busy: asked again below
                each.rmdir()
        if time.monotonic() > end:
            raise RuntimeError(f"the cgroup {folder} is still in use")
        time.sleep(0.02)
