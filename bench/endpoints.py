"""`why` with probes of 20 endpoints that take their time. Floor: the reading, and the slowest probe of the plan, alone.

All of it in this process: the objects come from a dump, the endpoints are real listeners on 20 addresses of loopback, in a
process of their own. Each answers after `DELAY`, and is asked as in production: a connection and two paths, three times each.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bench.lab import Lab
from bench.rows import CannotMeasureError, Row
from bot.cluster.dump import read_dump
from bot.model.probe import Observation, Probe, Vantage, VantageKind
from bot.model.question.question import Question
from bot.model.snapshot import Snapshot
from bot.probes import run
from bot.usecases.diagnose import diagnose
from bot.usecases.saved import resolved_in

ENDPOINTS, DELAY, BAR = 20, 0.2, 1.3
_PORT = 18080
_SERVER = f"""
import asyncio, sys
async def talk(reader, writer):
    try:
        await reader.readuntil(b"\\r\\n\\r\\n")
        await asyncio.sleep({DELAY})
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
        await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass
    writer.close()
async def main():
    hosts = ["127.0.9.%d" % number for number in range(1, {ENDPOINTS + 1})]
    async with await asyncio.start_server(talk, hosts, {_PORT}):
        print("there", flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


def endpoints(lab: Lab) -> Iterator[Row]:
    """One healthy Service with 20 pods."""
    file = lab.folder / "twenty.json"
    file.write_text(json.dumps({"kind": "List", "items": list(_objects())}))
    with _served():
        asyncio.run(_asked(file))  # caches and imports
        wholes, floors, cpu = [], [], []
        for _ in range(lab.turns):
            floors.append(asyncio.run(_floor(file)))
            began = time.process_time()
            wholes.append(asyncio.run(_asked(file)))
            cpu.append(time.process_time() - began)
    ratio = median(wholes) / median(floors)
    yield Row(
        "endpoints",
        f"`why` with probes of {ENDPOINTS} endpoints that answer after {DELAY * 1000:.0f} ms",
        ours=f"{median(wholes) * 1000:.0f} ms (CPU {median(cpu) * 1000:.0f})",
        bar=f"≤ {BAR:g} ×",
        held=ratio <= BAR,
        floor=f"{median(floors) * 1000:.0f} ms",
        ratio=ratio,
        samples={"floor": floors, "ours": wholes, "cpu": cpu},
    )


@contextlib.contextmanager
def _served() -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", _SERVER], stdout=subprocess.PIPE, text=True) as server:
        try:
            if server.stdout is None or server.stdout.readline() != "there\n":
                raise CannotMeasureError(f"Port {_PORT} of 127.0.9.1 to 127.0.9.{ENDPOINTS} cannot be listened on.")
            yield
        finally:
            server.terminate()


async def _asked(file: Path) -> float:
    """Return the seconds of a whole question."""
    began = time.perf_counter()
    found = await diagnose(_QUESTION, read=_reading(file), run=_run, vantage=_HERE)
    took = time.perf_counter() - began
    answered = {str(each.outcome) for each in found.observations if getattr(each.probe, "port", 0) == _PORT}
    if answered != {"answered"}:
        raise CannotMeasureError(f"The endpoints were to answer, and gave {sorted(answered)}.")
    return took


async def _floor(file: Path) -> float:
    """Return the seconds of reading, and of each kind of probe of the first endpoint, alone: the slowest counts."""
    began = time.perf_counter()
    _, snapshot = await _reading(file)(_QUESTION)
    read = time.perf_counter() - began
    seconds: list[float] = []

    async def once(probes: tuple[Probe, ...], limit: float) -> tuple[Observation, ...]:
        for each in probes:
            if getattr(each, "address", "") == "127.0.9.1":
                began = time.perf_counter()
                await _run((each,), limit)
                seconds.append(time.perf_counter() - began)
        return ()

    async def known(question: Question) -> tuple[Question, Snapshot]:
        return question, snapshot

    await diagnose(_QUESTION, read=known, run=once, vantage=_HERE)
    return read + max(seconds)


def _reading(file: Path) -> Any:
    async def read(question: Question) -> tuple[Question, Snapshot]:
        return resolved_in(question, read_dump((str(file),)), "shop")

    return read


async def _run(probes: tuple[Probe, ...], seconds: float) -> tuple[Observation, ...]:
    return await run(probes, deadline=seconds, may_call=lambda _: True)  # the endpoints are on loopback


def _objects() -> Iterator[dict[str, Any]]:
    labels = {"app": "twenty"}
    ports = [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": _PORT}]
    spec = {"clusterIP": "None", "clusterIPs": ["None"], "ipFamilies": ["IPv4"], "selector": labels, "ports": ports}
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    yield {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "twenty", "namespace": "shop"}, "spec": spec}
    listed = []
    for number in range(1, ENDPOINTS + 1):
        name, address, node = f"twenty-{number}", f"127.0.9.{number}", f"node-{number % 5}"
        ready = {"httpGet": {"path": "/ready", "port": _PORT}}
        yield {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": "shop", "labels": labels},
            "spec": {"nodeName": node, "containers": [{"name": "app", "image": "app:1", "readinessProbe": ready}]},
            "status": {"phase": "Running", "podIP": address, "conditions": [{"type": "Ready", "status": "True"}]},
        }
        target = {"kind": "Pod", "name": name, "namespace": "shop"}
        listed.append({"addresses": [address], "conditions": {"ready": True}, "nodeName": node, "targetRef": target})
    yield {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "twenty-1", "namespace": "shop", "labels": {"kubernetes.io/service-name": "twenty"}},
        "addressType": "IPv4",
        "ports": [{"name": "http", "port": _PORT, "protocol": "TCP"}],
        "endpoints": listed,
    }


_QUESTION = Question(service="twenty", namespace="shop", name="twenty")
_HERE = Vantage(kind=VantageKind.WORKER, namespace="k8snet", pod="worker", node="node-1")
