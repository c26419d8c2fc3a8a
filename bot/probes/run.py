"""Runs a plan. Rule: it ends in time, in the order of its probes, and what was not measured says so.

Tries are queued in turns, first tries before second ones, so that a deadline costs repetitions before it costs probes.
"""

import asyncio
from collections import Counter

from bot.model.probe import DnsQuery, GrpcHealth, HttpGet, Observation, Outcome, Probe, TcpConnect, TlsHandshake
from bot.probes.addresses import Policy, is_callable
from bot.probes.connect import connect
from bot.probes.lag import Lag
from bot.probes.resolve import resolve

# Enough to keep a plan of 150 silent probes within 5 s; few enough not to look like a scan to a host firewall.
AT_ONCE = 64
DEADLINE = 5.0
# Nobody waits longer for a terminal or a thread, whatever was asked for.
LONGEST = 10.0
# Three tries follow each other; more of them are rounds, to see what comes and goes.
_IN_A_ROW, PAUSE = 3, 0.1
_SILENT = 2
_NOT_CALLED = "not called: loopback, link-local, multicast and unspecified addresses are not probed"
_KEPT_BACK = "silent, while k8snet itself was kept from running (a CPU limit, a busy machine): that says nothing"


async def run(
    probes: tuple[Probe, ...], *, deadline: float = DEADLINE, may_call: Policy = is_callable
) -> tuple[Observation, ...]:
    """Make all probes and give their observations in the order of `probes`, within `deadline` seconds (at most 10).

    A try that the deadline cuts short counts as not made, and so does one that timed out while this process was kept from
    running (`Lag`), which is made again; a probe without any try is NOT_RUN. Never raises for what the
    network does; cancelling it closes every socket. Every probe but a lookup goes only where `may_call` says; a
    lookup goes to the nameserver that it names, which may be a cache on the node's own address. What may not be called is
    NOT_RUN, with the reason.
    """
    _load(probes)
    ends = asyncio.get_running_loop().time() + min(deadline, LONGEST)
    room, lag = asyncio.Semaphore(AT_ONCE), Lag()
    watching = asyncio.create_task(lag.watch())
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_observe(probe, room, lag, ends, may_call)) for probe in probes]
    finally:
        watching.cancel()
    return tuple(task.result() for task in tasks)


async def _observe(probe: Probe, room: asyncio.Semaphore, lag: Lag, ends: float, may_call: Policy) -> Observation:
    if not isinstance(probe, DnsQuery) and not may_call(probe.address):
        return Observation(probe, Outcome.NOT_RUN, detail={"error": _NOT_CALLED})
    tries: list[Observation] = []
    spoilt = 0
    try:
        async with asyncio.timeout_at(ends):
            while len(tries) < probe.tries and spoilt <= probe.tries and not _is_settled(tries, probe.tries):
                if len(tries) >= _IN_A_ROW:
                    await asyncio.sleep(PAUSE)
                made = await _in_turn(probe, room, lag)
                tries += [made] if made else []
                spoilt += made is None
    except TimeoutError:  # the run's deadline: what was tried before it stands
        pass
    return _merged(probe, tuple(tries), why_none=_KEPT_BACK if spoilt else "")


async def _in_turn(probe: Probe, room: asyncio.Semaphore, lag: Lag) -> Observation | None:
    """Make a try when there is room; None for a time-out that may be ours."""
    async with room:
        began = asyncio.get_running_loop().time()
        made = await _once(probe)
        return None if made.outcome is Outcome.TIMEOUT and lag.spoils(began) else made


async def _once(probe: Probe) -> Observation:
    match probe:
        case DnsQuery():
            return await resolve(probe)
        case TcpConnect():
            return await connect(probe)
        case TlsHandshake():
            from bot.probes.handshake import handshake  # noqa: PLC0415 (loaded by `_load`)

            return await handshake(probe)
        case GrpcHealth() | HttpGet(version="2"):
            from bot.probes.health import check_health, get  # noqa: PLC0415 (loaded by `_load`)

            return await (check_health(probe) if isinstance(probe, GrpcHealth) else get(probe))
        case HttpGet():
            from bot.probes.request import request  # noqa: PLC0415 (loaded by `_load`)

            return await request(probe)


def _load(probes: tuple[Probe, ...]) -> None:
    """Load aiohttp, h2 and cryptography only where they are needed, and before any time is measured.

    They are most of what is loaded for probes, and `k8snet probe` has the memory of somebody else's pod.
    """
    if any(isinstance(each, HttpGet) for each in probes):
        import bot.probes.request  # noqa: PLC0415
    if any(isinstance(each, TlsHandshake) for each in probes):
        import bot.probes.handshake  # noqa: PLC0415
    if any(isinstance(each, GrpcHealth) or (isinstance(each, HttpGet) and each.version == "2") for each in probes):
        import bot.probes.health  # noqa: F401, PLC0415


def _is_settled(tries: list[Observation], wanted: int) -> bool:
    """Silence is final where a majority can only be silent, or nobody has heard anything yet: waiting costs the deadline."""
    silent = sum(each.outcome is Outcome.TIMEOUT for each in tries)
    return silent * 2 > wanted or silent == len(tries) >= _SILENT


def _merged(probe: Probe, tries: tuple[Observation, ...], *, why_none: str = "") -> Observation:
    """Make one observation of several: the outcome of most, told by the try of middling time that had it; of none NOT_RUN.

    Silence beside "no route to host" is the same refusal with its ICMP error left out: routers and hosts limit how many they
    send to one address (RFC 1812 4.3.2.8, RFC 4443 2.4 f; Linux `net.ipv4.icmp_ratelimit`).
    """
    if not tries:
        return Observation(probe, Outcome.NOT_RUN, detail={"error": why_none} if why_none else {})
    outcomes = tuple(each.outcome for each in tries)
    answered = outcomes.count(Outcome.ANSWERED)
    failures = Counter(each for each in outcomes if each is not Outcome.ANSWERED)
    chosen = Outcome.ANSWERED if answered * 2 > len(tries) else failures.most_common(1)[0][0]
    if chosen is Outcome.TIMEOUT and Outcome.UNREACHABLE in failures:
        chosen = Outcome.UNREACHABLE
    fitting = sorted((each for each in tries if each.outcome is chosen), key=lambda each: each.ms)
    shown = fitting[(len(fitting) - 1) // 2]
    return Observation(probe, chosen, shown.ms, outcomes, shown.answers, shown.status, shown.detail)
