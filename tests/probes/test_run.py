"""A run keeps its time, its order and its sockets."""

import asyncio
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial

import pytest

from bot.model.probe import DnsQuery, GrpcHealth, HttpGet, Observation, Outcome, TcpConnect, TlsHandshake
from bot.probes import run
from bot.probes.run import _merged
from tests.probes.listeners import (
    HERE,
    answering,
    closed_port,
    dns_server,
    full_backlog,
    hanging,
    holding_the_loop,
    resetting,
    saying,
    silent_udp,
    status,
    tcp,
)

measured = partial(run, may_call=lambda _: True)  # what is called here is on loopback


async def test_order_is_that_of_the_probes() -> None:
    """Observations come in the order of the probes, whoever answers first."""
    with closed_port() as closed, full_backlog() as full:
        async with tcp(saying(status(200))) as web, dns_server(answering("10.0.0.1")) as names:
            probes = (
                TcpConnect(HERE, full),
                HttpGet(HERE, web),
                TcpConnect(HERE, closed),
                DnsQuery("a.cluster.local.", HERE, names),
            )
            seen = await measured(probes)

    assert tuple(each.probe for each in seen) == probes
    assert [each.outcome for each in seen] == ["timeout", "answered", "refused", "answered"]
    assert seen[3].answers == ("10.0.0.1",)


async def test_hundred_black_holes_end_in_time() -> None:
    """150 silent probes of every kind end within the deadline, and all were tried."""
    with ExitStack() as held:
        full = held.enter_context(full_backlog())
        mute = held.enter_context(silent_udp())
        async with tcp(hanging) as hung:
            probes = (
                *(DnsQuery(f"n{n}.cluster.local.", HERE, mute, tries=3) for n in range(20)),
                *(TcpConnect(HERE, full, pod=f"p{n}", tries=3) for n in range(80)),
                *(HttpGet(HERE, hung, f"/{n}", tries=3) for n in range(50)),
            )
            began = time.monotonic()
            seen = await measured(probes)
            took = time.monotonic() - began

    assert took < 5.5
    made = [each for each in seen if "kept from running" not in str(each.detail)]  # the machine may be busy
    assert {each.outcome for each in made} == {Outcome.TIMEOUT}


async def test_twenty_black_holes_of_a_plan() -> None:
    """Twenty endpoints that take nothing in, asked in every way a plan has and in ten rounds, end in time."""
    with full_backlog() as full:
        probes = tuple(
            make
            for n in range(20)
            for make in (
                TcpConnect(HERE, full, pod=f"p{n}", tries=10),
                HttpGet(HERE, full, "/ready", pod=f"p{n}", tries=10),
                HttpGet(HERE, full, "/", scheme="https", pod=f"p{n}", tries=10),
                TlsHandshake(HERE, full, pod=f"p{n}"),
                GrpcHealth(HERE, full, pod=f"p{n}", tries=10),
            )
        )
        began = time.monotonic()
        seen = await measured(probes)
        took = time.monotonic() - began

    assert took < 5.5
    made = [each for each in seen if "kept from running" not in str(each.detail)]  # the machine may be busy
    assert {each.outcome for each in made} == {Outcome.TIMEOUT}
    assert {each.detail.get("connected") for each in made if not isinstance(each.probe, TcpConnect)} == {False}


async def test_rounds_see_what_comes_and_goes() -> None:
    """Ten tries of a server that fails every fourth time: all are made, and most decide."""
    turn = iter([200, 200, 200, 500] * 3)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(status(next(turn)))

    async with tcp(talk) as port:
        (seen,) = await measured((HttpGet(HERE, port, tries=10),))

    assert (seen.outcome, len(seen.outcomes), seen.failed_tries) == (Outcome.ANSWERED, 10, 2)


async def test_deadline_leaves_the_rest_unmeasured() -> None:
    """What the deadline cuts off is NOT_RUN; a try cut short is not called a time-out."""
    with full_backlog() as full, closed_port() as closed:
        probes = (TcpConnect(HERE, closed, tries=3), TcpConnect(HERE, full, tries=3))
        began = time.monotonic()
        seen = await measured(probes, deadline=0.2)
        took = time.monotonic() - began

    assert [each.outcome for each in seen] == [Outcome.REFUSED, Outcome.NOT_RUN]
    assert took < 0.5


async def test_deadline_has_a_ceiling() -> None:
    """Nobody waits longer than 10 s, whatever was asked for."""
    from bot.probes import run as door
    from bot.probes.run import LONGEST

    assert LONGEST == 10.0
    assert await door((), deadline=1e9) == ()


async def test_no_probes() -> None:
    """An empty plan gives an empty answer."""
    assert await measured(()) == ()


async def test_majority_decides() -> None:
    """One failure in three is told in `outcomes` and does not decide; two do."""
    for pattern, outcome, failed in (((200, 500, 200), "answered", 1), ((500, 200, 500), "server-error", 2)):
        answers = list(pattern)

        async def talk(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: list[int] = answers
        ) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(status(answers.pop(0)))

        async with tcp(talk) as port:
            (seen,) = await measured((HttpGet(HERE, port, tries=3),))

        assert (seen.outcome, len(seen.outcomes), seen.failed_tries) == (outcome, 3, failed)
        assert seen.status == (200 if outcome == "answered" else 500)


async def test_most_frequent_failure_is_told() -> None:
    """Of several failures the most frequent is the outcome."""
    turn = iter((resetting, saying(status(500)), resetting))

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await next(turn)(reader, writer)

    async with tcp(talk) as port:
        (seen,) = await measured((HttpGet(HERE, port, tries=3),))

    assert seen.outcome is Outcome.RESET
    assert seen.outcomes == (Outcome.RESET, Outcome.SERVER_ERROR, Outcome.RESET)


@pytest.mark.parametrize(
    ("tries", "outcome"),
    [
        ("unreachable timeout timeout", "unreachable"),
        ("timeout timeout", "timeout"),
        ("answered unreachable answered", "answered"),
        ("refused refused unreachable", "refused"),
    ],
)
def test_silence_beside_no_route(tries: str, outcome: str) -> None:
    """A node limits its ICMP errors: what came of them is told, not the silence after them. Only silence is read so."""
    probe = TcpConnect(HERE, 80, tries=3)
    seen = tuple(Observation(probe, Outcome(each)) for each in tries.split())

    assert _merged(probe, seen).outcome == outcome


async def test_two_silent_tries_of_three_settle_it() -> None:
    """The third try of a silent probe is saved: it could not change the outcome."""
    with full_backlog() as full:
        (seen,) = await measured((TcpConnect(HERE, full, tries=3),))

    assert seen.outcomes == (Outcome.TIMEOUT, Outcome.TIMEOUT)


async def test_one_connection_a_try() -> None:
    """Three tries are three connections, one after the other."""
    heads: list[bytes] = []
    async with tcp(saying(status(200), count=heads)) as port:
        await measured((HttpGet(HERE, port, tries=3),))

    assert len(heads) == 3


async def test_cancelling_closes_every_socket() -> None:
    """A cancelled run ends at once; leaked sockets would fail the test as ResourceWarning."""
    with silent_udp() as mute, full_backlog() as full:
        async with tcp(hanging) as hung:
            probes = (DnsQuery("a.", HERE, mute), TcpConnect(HERE, full), HttpGet(HERE, hung), HttpGet(HERE, full))
            task = asyncio.create_task(measured(probes * 10))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
    assert [each for each in asyncio.all_tasks() if each is not asyncio.current_task()] == []


async def test_silence_while_this_process_stands_still_is_not_the_others() -> None:
    """The loop is held for longer than a try lasts, time and again: what answers at once would be told as hanging."""
    with ThreadPoolExecutor(1) as pool, socket.create_server((HERE, 0)) as server:
        pool.submit(_answer_all, server)
        port = server.getsockname()[1]
        holding = asyncio.create_task(holding_the_loop())
        (kept_back,) = await measured((HttpGet(HERE, port),), deadline=10.0)
        holding.cancel()
        (free,) = await measured((TcpConnect(HERE, port),))
        server.shutdown(socket.SHUT_RDWR)

    assert kept_back.outcome in (Outcome.NOT_RUN, Outcome.ANSWERED)
    assert kept_back.outcome is Outcome.ANSWERED or "kept from running" in str(kept_back.detail["error"])
    assert free.outcome is Outcome.ANSWERED


def _answer_all(server: socket.socket) -> None:
    with suppress(OSError):
        while True:
            opened, _ = server.accept()
            with opened:
                opened.recv(4096)
                opened.sendall(status(200))


async def test_silence_beside_a_loop_that_is_late_now_and_then_counts() -> None:
    """Stalls that leave a try most of its time excuse nobody."""
    with full_backlog() as full:
        holding = asyncio.create_task(_hold_now_and_then())
        (seen,) = await measured((TcpConnect(HERE, full, tries=3),))
        holding.cancel()

    assert seen.outcome is Outcome.TIMEOUT


async def _hold_now_and_then() -> None:
    while True:
        time.sleep(0.12)  # noqa: ASYNC251 -- that is the point
        await asyncio.sleep(0.4)
