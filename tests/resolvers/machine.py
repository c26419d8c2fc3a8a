"""The real resolvers as this machine has or gets them: found, compiled or installed into the user's cache.

What is not to be had raises UnfitError with what to install.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.live_cluster.binaries import cache
from tests.page.machine import UnfitError
from tests.resolvers.run import Client

HERE = Path(__file__).parent / "clients"


def _folder() -> Path:
    place = cache() / "resolvers"
    place.mkdir(parents=True, exist_ok=True)
    return place


def _run(*words: str, cwd: Path | None = None) -> None:
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UnfitError(f"{' '.join(words[:4])} … failed: {(done.stderr or done.stdout).strip()[-500:]}")


def _need(program: str, package: str) -> str:
    if not shutil.which(program) and shutil.which("apt-get") and os.geteuid() == 0:
        _run("apt-get", "-qq", "install", "-y", "--no-install-recommends", package)
    found = shutil.which(program)
    if not found:
        raise UnfitError(f"{program} is not installed (Debian: {package})")
    return found


def _built(source: str, target: str, *command: str) -> Path:
    """Compile `source` unless what was made of it is newer."""
    made = _folder() / target
    if not made.exists() or made.stat().st_mtime < (HERE / source).stat().st_mtime:
        _run(*(word.replace("{to}", str(made)) for word in command), str(HERE / source))
    return made


def glibc() -> Client:
    """Return Python's getaddrinfo, which is the C library's."""
    return Client("glibc", (sys.executable, str(HERE / "glibc.py"), "{name}"))


def musl() -> Client:
    """Return a C program linked with the musl that comes with Zig's compiler."""
    zig = Path(_packages("ziglang==0.17.1")["PYTHONPATH"]) / "ziglang" / "zig"
    words = (str(zig), "cc", "-target", "x86_64-linux-musl", "-static", "-o", "{to}")
    return Client("musl", (str(_built("lookup.c", "lookup-zig", *words)), "{name}"))


def musl_old() -> Client:
    """Return the same program linked with Debian's musl."""
    gcc = _need("musl-gcc", "musl-tools")
    return Client("musl-1.2.3", (str(_built("lookup.c", "lookup-musl", gcc, "-static", "-o", "{to}")), "{name}"))


def go() -> Client:
    """Return a Go program with Go's own resolver."""
    built = _built("lookup.go", "lookup-go", _need("go", "golang"), "build", "-o", "{to}")
    return Client("go", (str(built), "{name}"))


def node() -> Client:
    """Return Node's dns.resolve4."""
    return Client("node", (_need("node", "nodejs"), str(HERE / "lookup.js"), "{name}"))


def dnspython() -> Client:
    """Return dnspython, which the project has."""
    return Client("dnspython", (sys.executable, str(HERE / "dnspython_lookup.py"), "{name}"))


def _packages(*wanted: str) -> dict[str, str]:
    """Install Python packages beside the project's and return the environment that has them."""
    place = _folder() / ("pip-" + "-".join(wanted).replace("==", "-"))
    if not place.exists():
        _run(sys.executable, "-m", "ensurepip") if not _has_pip() else None
        _run(sys.executable, "-m", "pip", "install", "--quiet", "--target", str(place), *wanted)
    return {"PYTHONPATH": str(place)}


def _has_pip() -> bool:
    return subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def c_ares() -> Client:
    """Return aiodns' getaddrinfo."""
    have = _packages("aiodns==4.0.4", "pycares==5.2.1")
    return Client("c-ares", (sys.executable, str(HERE / "aiodns_lookup.py"), "{name}", "getaddrinfo"), have)


def aiodns_query() -> Client:
    """Return aiodns' query."""
    have = _packages("aiodns==4.0.4", "pycares==5.2.1")
    return Client("aiodns-query", (sys.executable, str(HERE / "aiodns_lookup.py"), "{name}", "query"), have)


SHORT: dict[str, Callable[[], Client]] = {
    "glibc": glibc,
    "musl-1.2.3": musl_old,
    "go": go,
    "node": node,
    "dnspython": dnspython,
}
LONG: dict[str, Callable[[], Client]] = {**SHORT, "musl": musl, "c-ares": c_ares, "aiodns-query": aiodns_query}
