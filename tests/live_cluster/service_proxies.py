"""Real kube-proxies, each in a network namespace of its own, and the endpoints that their rules lead to.

Nothing goes through these rules: they are read as the kernel has them. The API server is reached through a socket that this
process holds in each namespace, at the address that the kubeconfig says.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from tests.live_cluster.control_plane import ControlPlane
from tests.live_cluster.nodes.netns_socket import listener

_BEGIN = 'ip link set lo up && read -r go && exec "$@"'
_CONNTRACK = ("--conntrack-max-per-core=0", "--conntrack-min=0")  # the machine's, and not ours to change
_TIMEOUTS = ("--conntrack-tcp-timeout-established=0s", "--conntrack-tcp-timeout-close-wait=0s")

_JUMP = re.compile(r"(?:-j (?=KUBE-(?:SVC|SVL|EXT|SEP)-)|goto )([^\s,}]+)")
# `--to-destination 10.0.0.1:80`, `dnat to [fd00::1]:80`, and of several `map { 0 : 10.0.0.1 . 80, … }`.
_PLACE = r"(\[[0-9a-f:]+\]|[0-9.]+|[0-9a-f]*:[0-9a-f:]+)(?::| \. )(\d+)"
_ENDPOINT = re.compile(rf"(?:--to-destination |dnat to |: ){_PLACE}")


class Entry(NamedTuple):
    """What a connection is sent to: a ClusterIP and its port, or (`address` is empty) a port of the node."""

    address: str
    port: int
    protocol: str = "TCP"


class ServiceProxy:
    """One kube-proxy: the node whose name it has, and the mode in which it writes rules."""

    def __init__(self, process: int, node: str, mode: str) -> None:
        self.process, self.node, self.mode = process, node, mode

    def endpoints(self, entry: Entry) -> frozenset[str]:
        """Return `address:port` of every endpoint that the rules may choose for an entry; none where they reject or drop."""
        found = (each for line in self._rules(entry).of(entry) for each in _ENDPOINT.findall(line))
        return frozenset(
            f"[{place.strip('[]')}]:{port}" if ":" in place else f"{place}:{port}" for place, port in found
        )

    def affinity(self, entry: Entry) -> int:
        """Return for how many seconds the rules keep a client at its endpoint; 0 where they do not."""
        rules = self._rules(entry)
        found = [each for line in rules.of(entry) for each in re.findall(r"--seconds (\d+)|@(affinity-\S+)", line)]
        return int(found[0][0] or rules.kept.get(found[0][1], 0)) if found else 0

    def has_written(self) -> bool:
        """Return whether it has written its first rules."""
        return "KUBE-SERVICES" in self._saved() if self.mode == "iptables" else "service-ips" in self._saved()

    def _rules(self, entry: Entry) -> "_Rules":
        said = self._saved(is_six=":" in entry.address)
        return _by_iptables(said) if self.mode == "iptables" else _by_nftables(said)

    def _saved(self, *, is_six: bool = False) -> str:
        """Return the rules as the kernel has them."""
        saved, table = ("ip6tables-save", "ip6") if is_six else ("iptables-save", "ip")
        words = (saved, "-t", "nat") if self.mode == "iptables" else ("nft", "list", "table", table, "kube-proxy")
        inside = ["nsenter", f"--net=/proc/{self.process}/ns/net", *words]
        return subprocess.run(inside, capture_output=True, text=True, check=False).stdout


class _Rules(NamedTuple):
    """The rules of a kube-proxy: where an entry begins, the lines of each chain, and the seconds of sets of clients."""

    begins: dict[Entry, list[str]]
    chains: dict[str, list[str]]
    kept: dict[str, int]

    def of(self, entry: Entry) -> list[str]:
        """Return all lines that a caller of another machine may come to from an entry."""
        found, asked, seen = list[str](), list(self.begins.get(entry, ())), set[str]()
        while asked:
            found.append(line := asked.pop())
            for chain in set(_JUMP.findall(line)) - seen:
                seen.add(chain)
                asked += self.chains.get(chain, ())
        return found


def unfit() -> str:
    """Return why kube-proxy cannot write rules on this machine, in words; empty where it can."""
    lacking = [each for each in ("iptables", "nft", "nsenter", "unshare") if not shutil.which(each)]
    if lacking:
        return f"{lacking[0]} is missing, with which the rules of kube-proxy are written and read"
    return "" if os.access("/run", os.W_OK) else "only root may hold the lock of iptables, /run/xtables.lock"


@contextmanager
def service_proxies(plane: ControlPlane, wanted: tuple[tuple[str, str], ...]) -> Iterator[tuple[ServiceProxy, ...]]:
    """Start one kube-proxy a node and mode; they end with the block."""
    with ExitStack() as stack:
        yield tuple(stack.enter_context(_service_proxy(plane, node, mode)) for node, mode in wanted)


@contextmanager
def _service_proxy(plane: ControlPlane, node: str, mode: str) -> Iterator[ServiceProxy]:
    command = [
        plane.binaries / "kube-proxy",
        f"--kubeconfig={plane.kubeconfig}",
        f"--hostname-override={node}",
        f"--proxy-mode={mode}",
        "--oom-score-adj=0",
        *_CONNTRACK,
        *_TIMEOUTS,
    ]
    log = (plane.home / f"kube-proxy-{node}-{mode}.log").open("wb")
    holder = ["unshare", "--net", "sh", "-c", _BEGIN, "sh", *command]
    with log, subprocess.Popen(holder, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=plane.home) as process:
        try:
            _until_apart(process.pid)
            server = (address, port) = ("127.0.0.1", int(plane.server.rpartition(":")[2]))
            with listener(process.pid, address, port) as held:
                threading.Thread(target=_forward, args=(held, server), daemon=True).start()
                assert process.stdin
                process.stdin.write(b"go\n")
                process.stdin.flush()
                yield ServiceProxy(process.pid, node, mode)
        finally:
            process.kill()


def _until_apart(process: int) -> None:
    """Wait until the network of a process is another one than ours, and its loopback is up (the shell waits for its word)."""
    own = Path("/proc/self/ns/net").readlink()
    for _ in range(200):
        up = subprocess.run(
            ["nsenter", f"--net=/proc/{process}/ns/net", "ip", "-json", "link", "show", "dev", "lo"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        if Path(f"/proc/{process}/ns/net").readlink() != own and up and "UP" in json.loads(up)[0]["flags"]:
            return
        time.sleep(0.02)
    raise RuntimeError("no network namespace of its own within four seconds")


def _forward(held: socket.socket, server: tuple[str, int]) -> None:
    """Join every connection with the server, until the socket is closed."""
    with suppress(OSError):
        while True:
            near, _ = held.accept()
            far = socket.create_connection(server)
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    for each in (one, other):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


def _by_iptables(rules: str) -> _Rules:
    begins: dict[Entry, list[str]] = {}
    chains: dict[str, list[str]] = {}
    for line in rules.splitlines():
        if not line.startswith("-A ") or "--src-type LOCAL" in line:  # the latter is for processes of the node itself
            continue
        chains.setdefault(line.split()[1], []).append(line)
        if found := re.match(
            r"-A KUBE-(?:SERVICES -d (\S+)/(?:32|128)|NODEPORTS)(?: .*)? -p (\w+) .*--dport (\d+) ", line
        ):
            begins.setdefault(Entry(found[1] or "", int(found[3]), found[2].upper()), []).append(line)
    return _Rules(begins, chains, {})


def _by_nftables(rules: str) -> _Rules:
    chains = {name: text.splitlines() for name, text in re.findall(r"chain (\S+) \{(.*?)\n\t\}", rules, re.DOTALL)}
    chains = {name: [each for each in lines if "fib saddr type local" not in each] for name, lines in chains.items()}
    begins: dict[Entry, list[str]] = {}
    for address, protocol, port, chain in re.findall(
        r"(?:([0-9a-f.:]+) \. )?(tcp|udp|sctp) \. (\d+) : (goto [^\s,}]+)", rules
    ):
        begins.setdefault(Entry(address, int(port), protocol.upper()), []).append(chain)
    sets = re.findall(r"set (affinity-\S+) \{.*?timeout (\S+)", rules, re.DOTALL)
    return _Rules(begins, chains, {name: _seconds(timeout) for name, timeout in sets})


def _seconds(word: str) -> int:
    """`3h` and `1m30s` → seconds."""
    size = {"d": 86400, "h": 3600, "m": 60, "s": 1}
    return sum(int(number) * size[unit] for number, unit in re.findall(r"(\d+)([dhms])", word))
