"""Asks what a pod's resolver would ask, name by name (`k8snet dns`). Rule: every step is asked for both types.

The search goes on until each resolver of the table could conclude: they stop at different steps, so one hit is not always
enough.
"""

import asyncio

from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.search.answers import Answer, SearchStep
from bot.model.dns.search.resolver import Resolver
from bot.model.dns.search.simulate import missing
from bot.model.dns.search.table import WALKED
from bot.model.planning.fresh import beside as beside_of
from bot.model.planning.sizes import is_long
from bot.model.probe import DnsQuery, Observation, Outcome
from bot.probes.resolve import resolve
from bot.probes.sizes import at_each_size

# Resolvers ask twice (resolv.conf(5), attempts:2): one lost datagram is not an answer.
ATTEMPTS = 2
# Four silent steps fit: 3 s for the first, 1.5 s for each after it.
DEADLINE = 10.0
# With these a resolver turns to its next nameserver.
_NEXT_SERVER = (Outcome.TIMEOUT, Outcome.SERVFAIL, Outcome.REFUSED, Outcome.UNREACHABLE)


async def walk(
    name: str,
    conf: ResolvConf,
    *,
    port: int = 53,
    deadline: float = DEADLINE,
    resolvers: tuple[Resolver, ...] = WALKED,
) -> tuple[SearchStep, ...]:
    """Ask the nameservers of `conf` for every name of its search, in order, until each of `resolvers` could conclude.

    Gives the steps in the order asked; `bot.model.dns.search.simulate` reads them. What the deadline (s) cut off is missing
    at the end. Empty without nameservers: the node's own are not known here.
    """
    found: list[SearchStep] = []
    if not conf.nameservers:
        return ()
    try:
        async with asyncio.timeout(deadline):
            while wanted := missing(name, conf, found, resolvers):
                attempts = 1 if any(_is_silent(each) for each in found) else ATTEMPTS
                found.append(await _step(wanted, conf, port, attempts))
    except TimeoutError:  # the deadline: the steps made so far stand
        pass
    return tuple(found)


def _is_silent(step: SearchStep) -> bool:
    return Outcome.TIMEOUT in (step.a.outcome, step.aaaa.outcome)


async def _step(name: str, conf: ResolvConf, port: int, attempts: int) -> SearchStep:
    async with asyncio.TaskGroup() as group:
        a = group.create_task(_answer(name, "A", conf, port, attempts))
        aaaa = group.create_task(_answer(name, "AAAA", conf, port, attempts))
    return SearchStep(name, a.result(), aaaa.result())


async def _answer(name: str, kind: str, conf: ResolvConf, port: int, attempts: int) -> Answer:
    """Ask the nameservers in turn, as glibc and Go do; a silent one up to `attempts` times."""
    seen = Observation(DnsQuery(name, ""), Outcome.TIMEOUT)
    for server in conf.nameservers:
        for _ in range(attempts):
            seen = await resolve(DnsQuery(name, server, port, kind))
            if seen.outcome is not Outcome.TIMEOUT:
                break
        if seen.outcome not in _NEXT_SERVER:
            break
    truncated = bool(seen.detail.get("truncated")) and seen.outcome is not Outcome.ANSWERED
    sizes = await at_each_size(seen.query) if is_long(seen) else ()
    beside = (await resolve(beside_of(seen.query))).outcome if seen.outcome is Outcome.SERVFAIL else Outcome.NOT_RUN
    return Answer(seen.outcome, seen.answers, seen.ms, seen.query.server, truncated, sizes, beside=beside)
