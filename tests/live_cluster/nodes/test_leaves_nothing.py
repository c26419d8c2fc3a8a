"""A cluster that is ended leaves no process, cgroup, namespace or mount, whichever way its test run ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live_cluster.binaries import build
from tests.live_cluster.nodes import cgroups
from tests.live_cluster.nodes.layout import repository

pytestmark = pytest.mark.nodes

STARTER = """
import sys, time
from pathlib import Path
from tests.live_cluster.nodes.cluster import RealCluster
with RealCluster(Path(sys.argv[1]), Path(sys.argv[2])):
    print("up", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_ends(how: signal.Signals, tmp_path: Path, eventually: Callable[..., None]) -> None:
    """After Ctrl-C all is gone at once; after a kill the processes are, and the next start removes the cgroups."""
    home = tmp_path / f"ends-by-{how.name}"
    words = [sys.executable, "-c", STARTER, str(build()), str(home)]
    with subprocess.Popen(words, cwd=repository(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"up\n"
        assert len(_processes(home)) > 15
        assert _cgroups(starter.pid)
        starter.send_signal(how)
        starter.wait(180)  # it ends by itself, sooner or later on a machine with much else to do
    eventually(lambda: not _processes(home), what="all processes are gone")
    if how is signal.SIGKILL:
        cgroups.remove_abandoned()
    else:
        assert not [path for path in home.iterdir() if path.suffix != ".log"]
    assert not _cgroups(starter.pid)
    assert str(home) not in Path("/proc/self/mountinfo").read_text()
    assert not Path("/run/netns/n1").exists()


def _processes(home: Path) -> list[int]:
    """Processes that work in the cluster's folder, or name it; all of its components do one of these."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                told = (entry / "cmdline").read_bytes().decode(errors="replace") + (entry / "mountinfo").read_text()
                found += [int(entry.name)] if str(home) in told else []
        except (OSError, ValueError):  # it ended while we looked
            continue
    return found


def _cgroups(starter: int) -> list[Path]:
    return [folder for parent in cgroups.parents() for folder in parent.glob(f"{cgroups.PREFIX}{starter}-*")]
