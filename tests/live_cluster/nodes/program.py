"""The image of k8snet as the Dockerfile says, without Docker: its RUN lines are run, in a root file system of Debian packages.

What differs is where Python comes from: the machine's own Debian instead of `python:…-slim`, which is Debian with another
Python on top. That root and the layer of dependencies are kept in the user's cache folder; the program's layer is made anew.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.live_cluster.binaries import uv
from tests.live_cluster.nodes import layers
from tests.live_cluster.nodes.chroot import enter
from tests.live_cluster.nodes.dockerfile import Stage, stages
from tests.live_cluster.nodes.images import Image
from tests.live_cluster.nodes.kept import kept, key
from tests.live_cluster.nodes.layout import repository
from tests.live_cluster.nodes.rootfs import debian

Step = tuple[str, str]


def program(folder: Path) -> Image:
    """Build the image; `folder` gets what is not kept. The last stage takes a folder of the first and adds its settings."""
    first, last = stages((repository() / "Dockerfile").read_text())
    wanted = _copied(last)
    below = [debian()]
    *early, late = _rounds(first)
    for steps in early:
        made_from = key(below[-1].name, repr(steps), *_sources(steps), Path(__file__), repository() / "Dockerfile")
        below.append(kept("image-dependencies", made_from, _maker(first, steps, tuple(below), wanted)))
    own = folder / "program"
    own.mkdir(parents=True)
    _maker(first, late, below, wanted)(own)
    return Image("k8snet", [each / "layer" for each in (*below, own)], last.config)


def _copied(stage: Stage) -> str:
    """What the last stage takes from the first: one folder, to the same place, since its programs' first lines name it."""
    (words,) = stage.told("COPY")
    flag, source, target = words.split()
    assert (flag, source) == ("--from=build", target), f"COPY {words}"
    return target.strip("/")


def _rounds(stage: Stage) -> list[list[Step]]:
    """The steps up to each `uv sync`: as with Docker, what stands in a later round does not touch an earlier one."""
    found: list[list[Step]] = [[]]
    for step in stage.steps:
        if step[0] in ("RUN", "COPY"):
            found[-1].append(step)
        if step[0] == "RUN" and "uv sync" in step[1]:
            found.append([])
    assert found.pop() == [], "the Dockerfile does something after its last `uv sync`"
    return found


def _sources(steps: Sequence[Step]) -> list[Path]:
    return [repository() / each for word, words in steps if word == "COPY" for each in words.split()[:-1]]


def _maker(stage: Stage, steps: Sequence[Step], below: Sequence[Path], wanted: str) -> Callable[[Path], None]:
    place = next(stage.told("WORKDIR"))

    def make(target: Path) -> None:
        root = target / "root"
        root.mkdir()
        for word, words in steps:
            if word == "COPY":
                _copy(words.split(), root / place.lstrip("/"))
            elif not words.startswith("pip install --no-cache-dir uv=="):  # the machine's is shown inside instead
                command = [each for each in shlex.split(words) if not each.startswith("--mount=")]
                _run([each / "root" for each in below], root, command, place, stage.environ)
        layers.pack(target / "layer", root, only=wanted)

    return make


def _copy(words: Sequence[str], place: Path) -> None:
    """COPY as Docker does it: what is in a folder goes into the target, not the folder itself."""
    *sources, target = words
    for source in sources:
        here, there = repository() / source, place / target
        if here.is_dir():
            shutil.copytree(here, there, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
        else:
            there.mkdir(parents=True, exist_ok=True)
            shutil.copy(here, there)


def _run(below: Sequence[Path], root: Path, command: Sequence[str], place: str, environ: Mapping[str, str]) -> None:
    """Run it with the machine's uv, its cache, and its way to the network."""
    shown = {"/etc/resolv.conf": "/etc/resolv.conf", "/tmp/uv": uv(), "/tmp/cache": _uv_cache()}
    network = {k: v for k, v in os.environ.items() if k.startswith("SSL_CERT_") or k.lower().endswith("_proxy")}
    shown |= {value: value for name, value in network.items() if name.startswith("SSL_CERT_") and Path(value).exists()}
    inside = {**environ, "PATH": f"{environ['PATH']}:/tmp", "HOME": "/tmp", "UV_CACHE_DIR": "/tmp/cache", **network}
    enter(below, root, command, cwd=place, environ=inside, shown=shown)


def _uv_cache() -> str:
    folder = subprocess.run([uv(), "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip()
    Path(folder).mkdir(parents=True, exist_ok=True)
    return folder
