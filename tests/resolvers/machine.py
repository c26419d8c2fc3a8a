"""The real resolvers as this machine has or gets them: found, compiled or installed into the user's cache.

What is not to be had raises UnfitError with what to install.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.live_cluster.binaries import cache
from tests.page.machine import UnfitError
from tests.resolvers.run import Client

HERE = Path(__file__).parent / "clients"
AIODNS = ("aiodns==4.0.4", "pycares==5.2.1")
DEBIAN = (
    *("nginx", "haproxy", "ruby3.1", "libruby3.1", "libnet-dns-perl", "libdigest-hmac-perl", "erlang-base"),
    *("bind9-dnsutils", "bind9-host"),
)


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
    words = (_python("ziglang==0.17.1"), "-m", "ziglang", "cc", "-target", "x86_64-linux-musl", "-static", "-o", "{to}")
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


def _python(*wanted: str) -> str:
    """Return a Python that has these packages, in an environment of its own."""
    place = _folder() / ("python-" + "-".join(wanted).replace("==", "-"))
    python = place / "bin/python"
    if not (place / ".done").exists():
        _run(sys.executable, "-m", "venv", str(place))
        _run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted)
        (place / ".done").touch()
    return str(python)


def _debian() -> Path:
    """Return the folder with Debian's programs, unpacked and not installed, so that no server starts."""
    root = _folder() / "debian"
    if (root / ".done").exists():
        return root
    with tempfile.TemporaryDirectory() as place:
        archives = f"Dir::Cache::archives={place}"
        Path(place, "partial").mkdir()
        words = ("install", "-y", "--no-install-recommends", "--download-only", "-o", archives, *DEBIAN)
        _run(_need("apt-get", "apt"), "-qq", *words)
        for each in sorted(Path(place).glob("*.deb")):
            _run("dpkg", "-x", str(each), str(root))
    (root / ".done").touch()
    return root


def _unpacked(program: str) -> tuple[str, dict[str, str]]:
    """Return the path of one of Debian's programs, and the environment in which it finds its libraries."""
    root = _debian()
    libraries = [root / "usr/lib/x86_64-linux-gnu", root / "lib/x86_64-linux-gnu"]
    return str(root / program), {"LD_LIBRARY_PATH": ":".join(map(str, libraries))}


def c_ares() -> Client:
    """Return aiodns' getaddrinfo."""
    return Client("c-ares", (_python(*AIODNS), str(HERE / "aiodns_lookup.py"), "{name}", "getaddrinfo"))


def aiodns_query() -> Client:
    """Return aiodns' query."""
    return Client("aiodns-query", (_python(*AIODNS), str(HERE / "aiodns_lookup.py"), "{name}", "query"))


def grpc() -> Client:
    """Return a gRPC channel, of which only whether it has an address can be seen."""
    return Client(
        "grpc", (_python("grpcio==1.85.3"), str(HERE / "grpc_lookup.py"), "{name}"), counts=False, adapts=True
    )


def hickory() -> Client:
    """Return a Rust program with hickory-resolver."""
    target = _folder() / "hickory"
    program = target / "release/lookup"
    if not program.exists():
        cargo = _need("cargo", "cargo")
        _run(cargo, "build", "--release", "--quiet", "--target-dir", str(target), cwd=HERE / "hickory")
    return Client("hickory", (str(program), "{name}"))


def _of_java(kind: str) -> Client:
    jars, made = _folder() / "jars", _folder() / "java"
    if not (made / "Lookup.class").exists():
        copy = ("dependency:copy-dependencies", f"-DoutputDirectory={jars}")
        _run(_need("mvn", "maven"), "-q", "-B", *copy, cwd=HERE / "java")
        _run(
            _need("javac", "openjdk-17-jdk-headless"),
            "-cp",
            f"{jars}/*",
            "-d",
            str(made),
            str(HERE / "java/Lookup.java"),
        )
    return Client(
        kind,
        (_need("java", "openjdk-17-jre-headless"), "-cp", f"{made}:{jars}/*", "Lookup", kind, "{name}"),
        slack=15.0,
    )


def java() -> Client:
    """Return the JVM's InetAddress."""
    return _of_java("java")


def dnsjava() -> Client:
    """Return dnsjava's Lookup."""
    return _of_java("dnsjava")


def netty() -> Client:
    """Return Netty's DnsNameResolver."""
    return _of_java("netty")


def ruby() -> Client:
    """Return Ruby's Resolv."""
    program, environ = _unpacked("usr/bin/ruby3.1")
    root = _debian()
    found = (root / "usr/lib/ruby/3.1.0", root / "usr/lib/x86_64-linux-gnu/ruby/3.1.0")
    return Client("ruby", (program, str(HERE / "ruby.rb"), "{name}"), {**environ, "RUBYLIB": ":".join(map(str, found))})


def perl() -> Client:
    """Return Net::DNS' search."""
    root = _debian()
    found = {"PERL5LIB": f"{root}/usr/share/perl5:{root}/usr/lib/x86_64-linux-gnu/perl5/5.36"}
    return Client("perl", (_need("perl", "perl"), str(HERE / "perl.pl"), "{name}"), found)


def erlang() -> Client:
    """Return Erlang's inet_res:gethostbyname."""
    root = _debian()
    _, environ = _unpacked("usr/bin/erl")
    erl = str(root / "usr/lib/erlang/bin/erl")
    return Client("erlang", ("sh", str(HERE / "erlang.sh"), erl, "{name}"), environ)


def nginx() -> Client:
    """Return nginx with a `resolver`."""
    program, environ = _unpacked("usr/sbin/nginx")
    return Client("nginx", (sys.executable, str(HERE / "nginx.py"), program, "{name}", "{folder}"), environ)


def haproxy() -> Client:
    """Return HAProxy with `resolvers`."""
    program, environ = _unpacked("usr/sbin/haproxy")
    return Client(
        "haproxy", (sys.executable, str(HERE / "haproxy.py"), program, "{name}", "{folder}"), environ, times=False
    )


def _tool(row: str, environ: dict[str, str], *words: str) -> Client:
    return Client(row, (sys.executable, str(HERE / "tool.py"), "{name}", *words), environ)


def busybox() -> Client:
    """Return BusyBox' nslookup."""
    return _tool("busybox", {}, _need("busybox", "busybox"), "nslookup")


def nslookup() -> Client:
    """Return BIND's nslookup."""
    program, environ = _unpacked("usr/bin/nslookup")
    return _tool("nslookup", environ, program)


def dig() -> Client:
    """Return BIND's dig."""
    program, environ = _unpacked("usr/bin/dig")
    return _tool("dig", environ, program, "+noall", "+answer")


SHORT: dict[str, Callable[[], Client]] = {
    "glibc": glibc,
    "musl-1.2.3": musl_old,
    "go": go,
    "node": node,
    "dnspython": dnspython,
}
LONG: dict[str, Callable[[], Client]] = {
    **SHORT,
    "musl": musl,
    "c-ares": c_ares,
    "aiodns-query": aiodns_query,
    "grpc": grpc,
    "hickory": hickory,
    "java": java,
    "dnsjava": dnsjava,
    "netty": netty,
    "ruby": ruby,
    "perl": perl,
    "erlang": erlang,
    "nginx": nginx,
    "haproxy": haproxy,
    "busybox": busybox,
    "nslookup": nslookup,
    "dig": dig,
}
