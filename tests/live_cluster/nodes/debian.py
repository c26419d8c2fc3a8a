"""What a node needs from the machine: programs of Debian packages, root, and cgroups of version 1.

Missing packages are installed where that is allowed; elsewhere one sentence says what to install.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.live_cluster.nodes import cgroups

BUSYBOX = "/bin/busybox"
PACKAGES = {
    "containerd": "containerd",
    "runc": "runc",
    "/usr/lib/cni/ptp": "containernetworking-plugins",
    "iptables": "iptables",
    "nft": "nftables",
    "conntrack": "conntrack",
    BUSYBOX: "busybox-static",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "openssl": "openssl",
    "mmdebstrap": "mmdebstrap",
}


class UnfitError(Exception):
    """This machine cannot hold nodes; the message says what to do."""


def prepare() -> None:
    """Install what is missing, or raise UnfitError."""
    if os.geteuid() != 0:
        raise UnfitError("real nodes need root: run these tests as root, on a machine of your own or in a virtual one")
    if not list(cgroups.parents()):
        raise UnfitError("real nodes need cgroups of version 1, and this machine has version 2 alone: use kind there")
    missing = _missing()
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise UnfitError(f"real nodes need the packages {' '.join(missing)}: install them (there is no apt-get here)")
    print(f"installing {' '.join(missing)} …", file=sys.stderr, flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (("update",), ("install", "-y", "--no-install-recommends", *missing)):
        done = subprocess.run(["apt-get", "-qq", *words], env=quiet, capture_output=True, text=True, check=False)
        if done.returncode:
            raise UnfitError(f"real nodes need the packages {' '.join(missing)}; apt-get says: {done.stderr.strip()}")
    if still := _missing():
        raise UnfitError(f"real nodes need the packages {' '.join(still)}, which apt-get did not bring")


def _missing() -> list[str]:
    return sorted({package for program, package in PACKAGES.items() if not _there(program)})


def _there(program: str) -> bool:
    if program == BUSYBOX:  # the package busybox has one as well, which needs libraries that no image of ours has
        return Path(program).exists() and b"/ld-linux" not in Path(program).read_bytes()
    return Path(program).exists() if program.startswith("/") else shutil.which(program) is not None
