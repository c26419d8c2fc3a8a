"""Whatever hangs, a question ends at its deadline, with what was seen until then and a word about the rest."""

import asyncio
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from msgspec.structs import replace

from bot.model.probe import Observation, Outcome, Probe, TcpConnect, Vantage, VantageKind
from bot.model.question.question import Question
from bot.model.result.diagnosis import Diagnosis
from bot.model.result.finding import Severity
from bot.model.result.status import Basis, Status
from bot.model.snapshot import Snapshot
from bot.probes import (
    handshake,  # noqa: F401 (loaded before time is measured)
    health,  # noqa: F401 (as above)
    request,  # noqa: F401 (as above)
    run,
)
from bot.usecases.diagnose import diagnose
from tests.probes.listeners import holding_the_loop, status
from tests.probes.manifests import case, pod, service

WORKER = Vantage(kind=VantageKind.WORKER, namespace="shop", pod="worker", node="node-1")
BACKENDS = [f"127.0.9.{number}" for number in range(1, 21)]
DEADLINE, LATE = 2.0, 1.5  # seconds of a question; what a loaded machine may add
FILLED = 3  # connections that are waiting keep further ones out


@contextmanager
def backends(silent: Sequence[str]) -> Iterator[int]:
    """Listen at all addresses on one port; at the silent ones SYNs are dropped, as by a firewall or a frozen node."""
    with ExitStack() as held:
        first = held.enter_context(socket.create_server((BACKENDS[0], 0), backlog=0))
        number = first.getsockname()[1]
        others = [held.enter_context(socket.create_server((each, number), backlog=0)) for each in BACKENDS[1:]]
        for each in (first, *others):
            each.setblocking(False)
            if each.getsockname()[0] in silent:
                for _ in range(FILLED):
                    filler = held.enter_context(socket.socket())
                    filler.setblocking(False)
                    filler.connect_ex(each.getsockname())
            else:
                task = asyncio.create_task(answering(each))
                held.callback(task.cancel)
        yield number


async def answering(listener: socket.socket) -> None:
    """Answer every request with 200 and hang up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(status(200))
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(talk, sock=listener) as server:
        await server.serve_forever()


async def asked(
    number: int, reading: float = 0.0, deadline: float = DEADLINE, **question: str
) -> tuple[Diagnosis, float]:
    """Ask about a Service of all backends, the second half of them on node-2; give the answer and its seconds."""
    pods = [
        pod(f"api-{at}", address, node=f"node-{1 + at // 11}", ports=[{"containerPort": number}])
        for at, address in enumerate(BACKENDS, start=1)
    ]
    port = {"name": "http", "port": 80, "protocol": "TCP", "targetPort": number}
    known = case(service(ports=[port]), *pods, **question)

    async def read(_question: Question) -> tuple[Question, Snapshot]:
        await asyncio.sleep(reading)
        return known.question, replace(known.snapshot, taken_at=datetime.now(UTC))

    async def within(probes: tuple[Probe, ...], seconds: float) -> tuple[Observation, ...]:
        here = tuple(each for each in probes if getattr(each, "address", "") in BACKENDS)
        return await run(here, deadline=seconds, may_call=lambda _: True)

    began = time.monotonic()
    found = await diagnose(known.question, read=read, run=within, vantage=WORKER, deadline=deadline)
    return found, time.monotonic() - began


async def test_twenty_black_holes() -> None:
    """Nothing answers: told, measured, in time, and never ok."""
    with backends(BACKENDS) as number:
        found, took = await asked(number)

    assert took < DEADLINE + LATE
    assert found.outcome in (Status.FAIL, Status.UNKNOWN)  # the latter where a loaded machine cut the probes short
    assert found.verdicts["routing"].basis is Basis.PROBED
    assert {each.outcome for each in found.observations} <= {Outcome.TIMEOUT, Outcome.NOT_RUN}


async def test_a_frozen_node() -> None:
    """Half of the backends are silent, all on one node: it is named, and what answers is told beside it."""
    with backends(BACKENDS[10:]) as number:
        found, took = await asked(number)

    assert took < DEADLINE + LATE
    assert found.outcome in (Status.WARN, Status.FAIL)
    assert found.root_cause is not None
    assert "node-2" in found.root_cause.message
    answered = [
        each for each in found.observations if isinstance(each.probe, TcpConnect) and each.outcome == "answered"
    ]
    assert len(answered) == 10


async def test_one_that_hangs() -> None:
    """Nineteen answer, and the verdict is of them and of the one that does not."""
    with backends(BACKENDS[-1:]) as number:
        found, took = await asked(number)

    assert took < DEADLINE + LATE
    assert found.outcome is Status.WARN
    assert found.root_cause is not None
    assert "1 of 20" in found.root_cause.message
    assert "api-20" in found.root_cause.message


async def test_reading_that_used_up_the_time() -> None:
    """Nothing could be measured any more: the verdict rests on configuration, and says that nothing was probed."""
    with backends(()) as number:
        found, took = await asked(number, reading=DEADLINE)

    assert took < DEADLINE + LATE
    assert found.observations == ()
    assert {each.basis for each in found.verdicts.values()} <= {Basis.CONFIG, Basis.NONE}
    assert "not probed" in found.verdicts["application"].summary


async def test_who_is_kept_from_running_accuses_nobody() -> None:
    """All answer, and the worker is over its CPU limit all the time: that is said, and no backend is called silent."""
    holding = asyncio.create_task(holding_the_loop())
    with backends(silent=()) as number:
        found, _ = await asked(number, deadline=10.0)
    holding.cancel()

    assert [each.code for each in found.findings if each.severity is not Severity.INFO] == []
    assert any("kept from running" in each.why and "127.0.9.1" in each.what for each in found.gaps), found.gaps
