"""Runs real resolvers in scenes, each in namespaces of its own, so that many can wait at once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.resolvers.nameserver import Asked
from tests.resolvers.scene import Scene

ROOT = Path(__file__).parents[2]


class Client(Struct, frozen=True):
    """A program that looks `{name}` up and prints `{"addresses": […], "error": "…"}`, and whose row of the table it is.

    `seconds` may be printed, too: what the lookup took, where the program's start takes long. `counts`: it tells all its
    addresses; `times`: it tells when it has them; `adapts`: a try may wait 0.25 s alone, whatever its timeout, once three
    queries were answered, and whether they were before it waits is luck (c-ares, src/lib/ares_metrics.c).
    """

    resolver: str
    command: tuple[str, ...]
    environ: dict[str, str] = {}
    patience: float = 100.0  # seconds
    counts: bool = True
    times: bool = True
    adapts: bool = False
    slack: float = 4.0  # seconds that it may take longer on a loaded machine


class Job(Struct, frozen=True):
    client: Client
    scene: Scene


class Measured(Struct, frozen=True):
    """What the real resolver told, in how many seconds, and what the nameservers were asked."""

    addresses: tuple[str, ...]
    error: str
    seconds: float
    log: tuple[Asked, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names that were asked for, in their order."""
        return tuple(dict.fromkeys(each.name.lower() for each in self.log))


def measure(client: Client, scene: Scene) -> Measured:
    """Let a real resolver look the scene's name up. Raises CalledProcessError."""
    command = [*_namespaces(), sys.executable, "-m", "tests.resolvers.inside"]
    done = subprocess.run(
        command, input=msgspec.json.encode(Job(client, scene)), capture_output=True, check=False, cwd=ROOT
    )
    if done.returncode:
        raise RuntimeError(f"{client.resolver} in {scene.title!r}: {done.stderr.decode()[-2000:]}")
    return msgspec.json.decode(done.stdout, type=Measured)


def _namespaces() -> list[str]:
    own = ["unshare", "--net", "--mount"]
    return own if os.geteuid() == 0 else [*own, "--map-root-user"]


def why_not() -> str:
    """Return why no namespace can be made here; empty where one can."""
    if not (shutil.which("unshare") and shutil.which("ip")):
        return "unshare and ip are not installed"
    done = subprocess.run([*_namespaces(), "true"], capture_output=True, check=False)
    return done.stderr.decode().strip() if done.returncode else ""
