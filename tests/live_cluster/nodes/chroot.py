"""Run a command in a root file system made of folders laid over each other: what it writes goes into the uppermost.

Started as a program in a mount namespace of its own, so that all of its mounts end with it.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.live_cluster.nodes.layout import repository


def enter(
    lower: Sequence[Path],
    upper: Path,
    command: Sequence[str],
    *,
    cwd: str,
    environ: Mapping[str, str],
    shown: Mapping[str, str],
) -> None:
    """Run it and wait; `lower` is from the bottom up, `shown` maps paths inside to files and folders of the machine."""
    work, root = upper.with_name(f"{upper.name}.work"), upper.with_name(f"{upper.name}.merged")
    for folder in (work, root):
        folder.mkdir()
    options = f"lowerdir={':'.join(str(each) for each in reversed(lower))},upperdir={upper},workdir={work}"
    own = ["unshare", "--mount", "--", sys.executable, "-m", "tests.live_cluster.nodes.chroot"]
    words = [*own, str(root), options, json.dumps(dict(shown)), cwd, *command]
    done = subprocess.run(words, env=dict(environ), cwd=repository(), capture_output=True, text=True, check=False)
    for folder in (work, root):
        shutil.rmtree(folder)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")


def _become(root: str, options: str, shown: str, cwd: str, *command: str) -> None:
    _mount("-t", "overlay", "-o", options, "overlay", root)
    _mount("-t", "proc", "proc", f"{root}/proc")
    _mount("--rbind", "/dev", f"{root}/dev")
    _mount("-t", "tmpfs", "tmpfs", f"{root}/tmp")
    for inside, here in json.loads(shown).items():
        target = Path(root, inside.lstrip("/"))
        target.parent.mkdir(parents=True, exist_ok=True)
        if Path(here).is_dir():
            target.mkdir(exist_ok=True)
        else:
            target.touch()
        _mount("--bind", here, target)
    os.chroot(root)
    os.chdir(cwd)
    os.execvp(command[0], command)


def _mount(*words: str | Path) -> None:
    subprocess.run(["mount", *words], check=True)


if __name__ == "__main__":
    _become(*sys.argv[1:])
