"""Asks a long answer at each size that programs ask for, and over TCP (`k8snet dns`)."""

import asyncio

from bot.model.dns.search.answers import AtSize
from bot.model.planning.sizes import at_size, of_each_size
from bot.model.probe import DnsQuery, Observation, Outcome
from bot.probes.resolve import resolve

_TRIES = 2  # one lost datagram is not an answer


async def at_each_size(asked: DnsQuery) -> tuple[AtSize, ...]:
    """Return what one name gives at each size, asked at once."""
    return tuple(await asyncio.gather(*(_tried(each) for each in of_each_size(asked))))


async def _tried(query: DnsQuery) -> AtSize:
    seen = Observation(query, Outcome.TIMEOUT)
    for _ in range(_TRIES):
        seen = await resolve(query)
        if seen.outcome is not Outcome.TIMEOUT:
            break
    return at_size(seen)
