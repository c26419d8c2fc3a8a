"""DNS questions a second that the simulation of resolvers goes through, over 10,000 triples of pod, name and resolver.

The cluster is made up from a fixed seed: 50 namespaces, 1,000 Services; what each name answers is worked out once before, so
that only the walk of the search list is measured.
"""

import random
import time
from collections.abc import Iterator
from statistics import median

from bench.lab import Lab
from bench.rows import Row
from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.search.answers import Answer, SearchStep
from bot.model.dns.search.resolver import Resolver
from bot.model.dns.search.simulate import simulate
from bot.model.dns.search.table import RESOLVERS
from bot.model.probe import Outcome

TRIPLES = 10_000
NAMESPACES = 50
SERVICES = 1_000
BAR = 50_000
_DENIED = Answer(Outcome.NXDOMAIN)
_TYPES = 2

Triple = tuple[ResolvConf, str, Resolver]


class World(dict[str, SearchStep]):
    """The answers to all names: those of Services, and for all others that they do not exist."""

    def __missing__(self, name: str) -> SearchStep:
        found = SearchStep(name, _DENIED, _DENIED)
        self[name] = found
        return found


def resolvers(lab: Lab) -> Iterator[Row]:
    """Yield questions a second of CPU: two for each name that a resolver asks."""
    world, asked = made_up()
    rates = []
    for _ in range(lab.turns):
        began = time.process_time()
        told = [simulate(name, conf, world.__getitem__, resolver) for conf, name, resolver in asked]
        rates.append(_TYPES * sum(len(each.asked) for each in told) / (time.process_time() - began))
    rate = median(rates)
    yield Row(
        "resolvers",
        f"DNS questions simulated, {TRIPLES:,} (pod, name, resolver)",
        ours=f"{rate:,.0f}/s of CPU",
        bar=f"≥ {BAR:,}/s",
        held=rate >= BAR,
        samples={"rates": rates},
    )


def made_up() -> tuple[World, list[Triple]]:
    """Return the answers and the triples, the same at every run."""
    choose = random.Random(11)
    places = [(f"service-{number}", f"ns-{number % NAMESPACES}") for number in range(SERVICES)]
    world = World()
    for number, (service, namespace) in enumerate(places):
        name = f"{service}.{namespace}.svc.cluster.local."
        address = Answer(Outcome.ANSWERED, (f"10.96.{number // 250}.{number % 250 + 1}",))
        world[name] = SearchStep(name, address, Answer(Outcome.NO_DATA))
    confs = [_conf(f"ns-{number}", choose) for number in range(NAMESPACES)]
    asked = [
        (choose.choice(confs), _name(*choose.choice(places), choose), choose.choice(RESOLVERS)) for _ in range(TRIPLES)
    ]
    for conf, name, resolver in asked:  # every answer is known before the first turn
        simulate(name, conf, world.__getitem__, resolver)
    return world, asked


def _conf(namespace: str, choose: random.Random) -> ResolvConf:
    searches = (f"{namespace}.svc.cluster.local", "svc.cluster.local", "cluster.local", "corp.example")
    return ResolvConf(("10.96.0.10",), searches, choose.choice((5, 5, 5, 2, 1)), "")


def _name(service: str, namespace: str, choose: random.Random) -> str:
    """A name as people write it: short, with its namespace, full, absolute, or mistyped."""
    return choose.choice(
        (service, f"{service}.{namespace}", f"{service}.{namespace}.svc.cluster.local",
         f"{service}.{namespace}.svc.cluster.local.", f"{service}x.{namespace}")
    )  # fmt: skip
