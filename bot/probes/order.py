"""Carries out what was ordered, where it runs: `k8snet probe` in a caller's pod. Rule: no order is larger than its time.

It goes nowhere that `run` would not go, and asks no nameserver on the node's own addresses but those that the pod was given.
"""

from collections.abc import AsyncIterator
from time import time

from msgspec.structs import replace

from bot.model.dns.resolv_conf_file import read_resolv_conf
from bot.model.dns.search.answers import SearchStep
from bot.model.dns.search.table import WORDS
from bot.model.probe import DnsQuery, Observation, Outcome, Probe
from bot.model.probe_order import OWN_NAMESERVER, ProbeOrder, Search
from bot.model.probe_result import LONGEST_CONF, Began, Ended, Line, Refused, Stepped, line_of
from bot.probes.addresses import Policy, is_callable
from bot.probes.run import run
from bot.probes.walk import walk

_NO_SERVER = "not asked: the pod's resolv.conf names no nameserver"
_NOT_ASKED = "not asked: of loopback and link-local nameservers only those of the pod's resolv.conf are"


async def carry_out(order: ProbeOrder, resolv_conf: str, may_call: Policy = is_callable) -> AsyncIterator[Line]:
    """Measure, and yield the lines of the result. `resolv_conf` is the text of the pod's own file."""
    left = order.until - time()
    if left <= 0:
        yield Refused("it was started after its time, and measured nothing")
        return
    yield Began(resolv_conf[:LONGEST_CONF])
    own = read_resolv_conf(resolv_conf, "", ()).nameservers
    asked = tuple(_addressed(each, own) for each in order.probes)
    barred = {at: why for at, each in enumerate(asked) if (why := _why_barred(each, own, may_call))}
    wanted = tuple(each for at, each in enumerate(asked) if at not in barred)
    seen = iter(await run(wanted, deadline=min(order.seconds, left), may_call=may_call))
    for at, each in enumerate(asked):
        found = Observation(each, Outcome.NOT_RUN, detail={"error": barred[at]}) if at in barred else next(seen)
        yield line_of(at, found, order.probes[at])
    steps = await _searched(order.search, resolv_conf, min(order.seconds, order.until - time())) if order.search else ()
    for step in steps:
        yield Stepped(step)
    yield Ended(len(asked) + len(steps))


async def _searched(search: Search, resolv_conf: str, seconds: float) -> tuple[SearchStep, ...]:
    """Walk the search list of the pod's own file, and ask its own nameservers."""
    resolvers = tuple(WORDS[each] for each in search.resolvers if each in WORDS)
    conf = read_resolv_conf(resolv_conf, "", ())
    return await walk(search.name, conf, port=search.port, deadline=max(seconds, 0.0), resolvers=resolvers)


def _addressed(probe: Probe, own: tuple[str, ...]) -> Probe:
    """Put the pod's own nameserver where the order left it open."""
    is_open = isinstance(probe, DnsQuery) and probe.server == OWN_NAMESERVER
    return replace(probe, server=own[0]) if is_open and own else probe


def _why_barred(probe: Probe, own: tuple[str, ...], may_call: Policy) -> str:
    """Return why a lookup is not made; empty where it is. Of other probes `run` decides."""
    if not isinstance(probe, DnsQuery) or probe.server in own:
        return ""
    if probe.server == OWN_NAMESERVER:
        return _NO_SERVER
    return "" if may_call(probe.server) else _NOT_ASKED
