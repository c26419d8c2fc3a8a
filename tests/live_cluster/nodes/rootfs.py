"""The root file system of our images: Debian's own packages with its Python, extracted without running anything of theirs.

What their scripts would have written, and the program needs, is written here: users, groups and the list of authorities.
"""

import platform
import shutil
import subprocess
from pathlib import Path

from tests.live_cluster.nodes import layers
from tests.live_cluster.nodes.kept import kept, key

# What python:…-slim has besides Python: https://github.com/docker-library/python/blob/master/Dockerfile-linux.template
PACKAGES = ("base-files", "base-passwd", "ca-certificates", "netbase", "tzdata", "python3")
UNUSED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "dev", "proc", "sys")
OF_THIS_MACHINE = ("etc/resolv.conf", "etc/hostname")


def debian() -> Path:
    """A folder with `root`, to run programs in, and `layer`, to put below those of images. Of the machine's own Debian."""
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    suite = release["VERSION_CODENAME"]
    return kept("image-debian", key(suite, platform.machine(), Path(__file__)), lambda folder: _make(folder, suite))


def _make(folder: Path, suite: str) -> None:
    root = folder / "root"
    words = ["mmdebstrap", "--quiet", "--variant=extract", f"--include={','.join(PACKAGES)}", suite, str(root)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"mmdebstrap could not make a root file system: {done.stderr}")
    for each in OF_THIS_MACHINE:
        (root / each).write_text("")
    for each in ("passwd", "group"):
        shutil.copy(root / f"usr/share/base-passwd/{each}.master", root / "etc" / each)
    authorities = sorted((root / "usr/share/ca-certificates/mozilla").glob("*.crt"))
    (root / "etc/ssl/certs/ca-certificates.crt").write_text("".join(each.read_text() for each in authorities))
    layers.pack(folder / "layer", root, without=UNUSED)
