"""Runs one client in one scene, in namespaces of its own: `python -m tests.resolvers.inside` reads both from its input.

The nameservers listen on port 53 of the loopback of a network namespace; resolv.conf and hosts are mounted over the machine's.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from tests.resolvers.nameserver import serve
from tests.resolvers.run import Client, Job, Measured
from tests.resolvers.scene import PIN, PINNED

_HOSTS = f"127.0.0.1 localhost\n::1 localhost\n{PIN} {PINNED}\n127.0.1.1 {socket.gethostname()}\n"
_NSSWITCH = "hosts: files dns\n"


def _prepare(folder: Path, job: Job) -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    files = {"/etc/resolv.conf": job.scene.text, "/etc/hosts": _HOSTS, "/etc/nsswitch.conf": _NSSWITCH}
    for number, (path, text) in enumerate(files.items()):
        mine = folder / str(number)
        mine.write_text(text)
        mine.chmod(0o644)
        subprocess.run(["mount", "--bind", str(mine), str(Path(path).resolve())], check=True)


async def _ask(client: Client, name: str, folder: Path) -> tuple[str, float]:
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(word.replace("{name}", name).replace("{folder}", str(folder)) for word in client.command),
        stdout=subprocess.PIPE,
        env={**os.environ, **client.environ},
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), client.patience)
    except TimeoutError:
        process.kill()
        return '{"addresses": [], "error": "not ended"}', time.monotonic() - began
    return out.decode(), time.monotonic() - began


async def _run(job: Job, folder: Path) -> Measured:
    log = await serve(job.scene)
    out, seconds = await _ask(job.client, job.scene.asked, folder)
    told = json.loads(out.strip().splitlines()[-1])
    return Measured(tuple(told["addresses"]), told.get("error", ""), told.get("seconds", seconds), tuple(log))


def main() -> None:
    """Answer one job on standard output."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    with tempfile.TemporaryDirectory() as place:
        _prepare(Path(place), job)
        measured = asyncio.run(_run(job, Path(place)))
    sys.stdout.buffer.write(msgspec.json.encode(measured))


if __name__ == "__main__":
    main()
