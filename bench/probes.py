"""A round of lookups, 3 DNS pods x 10 names, against the same packets from a bare loop of sockets, in the same run.

The nameserver, a process of its own, answers after a millisecond, as one does over a cluster's network: on loopback alone a
packet takes 40 us, a fifth of what it costs to read an answer, and no cluster is like that.
"""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

import dns.message

from bench.lab import Lab
from bench.rows import CannotMeasureError, Row
from bot.model.probe import EDNS_PAYLOAD, DnsQuery, Outcome, Purpose
from bot.probes.run import run

SERVERS, PORT = ("127.0.0.1", "127.0.0.2", "127.0.0.3"), 11053
NAMES = tuple(f"service-{number}.shop.svc.cluster.local." for number in range(10))
MOST = 1.5
_SERVER = """
import asyncio, sys

class Late(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, asked, asker):
        question = asked[12:asked.index(0, 12) + 5]
        head = asked[:2] + bytes.fromhex("84000001000100000000")
        answer = head + question + bytes.fromhex("c00c00010001000000050004") + bytes((10, 96, 0, 1))
        asyncio.get_running_loop().call_later(0.001, self.transport.sendto, answer, asker)

async def main(port, *addresses):
    loop = asyncio.get_running_loop()
    for each in addresses:
        await loop.create_datagram_endpoint(Late, local_addr=(each, int(port)))
    await loop.create_future()

asyncio.run(main(*sys.argv[1:]))
"""
_WAIT = 20.0  # seconds for the nameserver to answer


def probes(lab: Lab) -> Iterator[Row]:
    """Yield the time of a round, and of the same packets from a bare loop."""
    process = subprocess.Popen([sys.executable, "-c", _SERVER, str(PORT), *SERVERS])
    try:
        _wait()
        ours, bare = [], []
        for _ in range(lab.turns * 3):
            bare.append(_bare())
            ours.append(asyncio.run(_ours()))
    finally:
        process.kill()
        process.wait()
    ratio = median(ours) / median(bare)
    yield Row(
        "probes",
        f"a round of lookups, {len(SERVERS)} DNS pods x {len(NAMES)} names",
        floor=f"{median(bare) * 1000:.1f} ms",
        ours=f"{median(ours) * 1000:.1f} ms",
        ratio=ratio,
        bar=f"≤ {MOST} x",
        held=ratio <= MOST,
        samples={"ours": ours, "bare": bare},
    )


def _wait() -> None:
    end = time.monotonic() + _WAIT
    while time.monotonic() < end:
        try:
            _bare()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise CannotMeasureError("The nameserver does not answer.")


def _bare() -> float:
    """Return the seconds of one socket after another: connected, one query, one answer."""
    wires = [dns.message.make_query(name, "A", use_edns=0, payload=EDNS_PAYLOAD).to_wire() for name in NAMES]
    began = time.perf_counter()
    for server in SERVERS:
        for wire in wires:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
                opened.settimeout(1)
                opened.connect((server, PORT))
                opened.send(wire)
                opened.recv(65535)
    return time.perf_counter() - began


async def _ours() -> float:
    asked = tuple(DnsQuery(name, each, PORT, purpose=Purpose.REPLICA) for each in SERVERS for name in NAMES)
    began = time.perf_counter()
    seen = await run(asked)
    took = time.perf_counter() - began
    if any(each.outcome is not Outcome.ANSWERED for each in seen):
        raise CannotMeasureError("A lookup was not answered.")
    return took
