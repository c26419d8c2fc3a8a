"""A network namespace whose loopback holds the addresses of pods and Services: they are real there, and nothing leaves it."""

import os
import shutil
import socket

from tests.live_cluster.control_plane import PODS, SERVICES

_NEEDED = {"unshare": "util-linux", "ip": "iproute2", "openssl": "openssl"}


def missing() -> dict[str, str]:
    """Programs that this machine lacks for it, each with its Debian package."""
    return {program: package for program, package in _NEEDED.items() if not shutil.which(program)}


def inside(*networks: str) -> list[str]:
    """The command that runs the rest in a new namespace; `networks` are held beside those of pods and Services."""
    mapped = [] if os.geteuid() == 0 else ["--map-root-user"]
    held = (f"ip address add {first_of(each)} dev lo" for each in (SERVICES, PODS, *networks))
    script = " && ".join(("ip link set lo up", *held, 'exec "$@"'))
    return ["unshare", "--net", *mapped, "sh", "-c", script, "sh"]


def first_of(network: str) -> str:
    """`10.96.0.0/16` → `10.96.0.1/16`."""
    return network.replace(".0/", ".1/")


def is_here() -> bool:
    """This process is in such a namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((first_of(SERVICES).partition("/")[0], 0))
        except OSError:
            return False
    return True
