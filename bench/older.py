"""An older commit of ours, installed beside us for one run: a git worktree with an environment of its own."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from bench.processes import ROOT
from bench.rows import CannotMeasureError
from tests.live_cluster.binaries import uv

_ELSEWHERE = ("UV_PROJECT_ENVIRONMENT", "VIRTUAL_ENV")  # would lead uv to an environment that is not the worktree's


class Older(Struct, frozen=True):
    """`commit` is its short hash, `folder` the worktree."""

    commit: str
    folder: Path

    @property
    def program(self) -> Path:
        """Return the path of its `k8snet`."""
        return self.folder / ".venv/bin/k8snet"


def install(revision: str) -> Path:
    """Return a new worktree of this revision with all that its uv.lock names; `installed` removes it.

    Raises CannotMeasureError where there is no such commit, or it cannot be installed.
    """
    commit = _run(
        "git", "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", what=f"find the commit {revision}"
    )
    folder = Path(tempfile.mkdtemp(prefix="k8snet-bench-older-")) / "k8snet"
    try:
        _run("git", "worktree", "add", "--detach", str(folder), commit, what="make a worktree")
        _run(uv(), "sync", "--locked", "--python", sys.executable, at=folder, what=f"install {revision}")
    except BaseException:
        _remove(folder)
        raise
    return folder


@contextmanager
def installed(folder: Path) -> Iterator[Older]:
    """Yield what `install` has made, and remove it at the end."""
    try:
        yield Older(_run("git", "rev-parse", "--short", "HEAD", at=folder, what="ask git for its commit"), folder)
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    subprocess.run(["git", "worktree", "remove", "--force", str(folder)], cwd=ROOT, capture_output=True, check=False)
    shutil.rmtree(folder.parent, ignore_errors=True)


def _run(*words: str, what: str, at: Path = ROOT) -> str:
    environ = {key: value for key, value in os.environ.items() if key not in _ELSEWHERE}
    try:
        done = subprocess.run(words, cwd=at, env=environ, capture_output=True, text=True, check=True)
    except (subprocess.CalledProcessError, OSError) as error:
        last = str(getattr(error, "stderr", error)).strip().splitlines()[-1:]
        raise CannotMeasureError(": ".join((f"cannot {what}", *last))) from error
    return done.stdout.strip()
