"""A made-up cluster, the same at every run: how many Services, in which namespaces, and which of them are broken. Pure.

Namespaces hold 10 to 40 Services, as in a shop with some teams. Of 40 Services one selects nothing and one has a crashing
pod. What the objects look like is in bench.manifests.
"""

from collections.abc import Iterator
from itertools import cycle

from msgspec import Struct

from bench.manifests import REPLICAS, Body, Place, dns, namespace, node, policies, service

SIZES = (10, 20, 30, 40)  # Services of a namespace, in turn
TYPO, HEALTHY, CRASH, EVERY = 3, 5, 7, 40


class World(Struct, frozen=True):
    """How large a cluster is, and how many Services a namespace has, in turn."""

    services: int
    nodes: int
    sizes: tuple[int, ...] = SIZES

    def __str__(self) -> str:
        return f"{self.services:,} Services and {self.services * REPLICAS:,} pods on {self.nodes:,} nodes"

    def objects(self) -> Iterator[Body]:
        """Every object as the API would show it; made one by one, since all of them at once are a gigabyte."""
        yield from (node(number) for number in range(self.nodes))
        yield from dns(self.nodes)
        for space in self.spaces:
            yield namespace(space)
            yield from policies(space)
        for place in self.places():
            yield from service(place, self.nodes)

    @property
    def spaces(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.namespace for each in self.places()))

    def places(self) -> Iterator[Place]:
        """Every Service's place, namespace by namespace."""
        number = 0
        for space, size in enumerate(cycle(self.sizes)):
            for _ in range(size):
                if number == self.services:
                    return
                kind = number % EVERY
                yield Place(number, f"team-{space}", is_typo=kind == TYPO, is_crashing=kind == CRASH)
                number += 1

    def place(self, remainder: int) -> Place:
        """The Service in the middle of the cluster whose number leaves this remainder by EVERY."""
        middle = self.services // 2
        return next(each for each in self.places() if each.number >= middle and each.number % EVERY == remainder)


NORMAL = World(services=1_000, nodes=100)
BIG = World(services=10_000, nodes=1_000)
CROWDED = World(services=3_000, nodes=100, sizes=(3_000,))  # everything in one namespace
PODS_OF_WORLDS = "10.0.0.0/16"
