"""The hops of a call, in the order in which it passes them (docs/json.md, "Hops")."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from msgspec import Struct

from bot.model.result.finding import Layer
from bot.model.result.status import Basis, Status


class Hop(StrEnum):
    """What lies between a caller and a backend. The order of the members is the order of the call.

    `layer` is the verdict that a hop belongs to (docs/json.md, "Hops"). `precedence` says how near to the beginning of
    things a cause at this hop lies; of equal findings the lowest is the root: the cluster's DNS before names, names before
    policies, these before nodes, endpoints and the application (docs/failure-modes.md, A.2).
    """

    layer: Layer
    precedence: int

    CALLER = "caller", Layer.APPLICATION, 6
    RESOLVER = "resolver", Layer.DNS, 1
    DNS_ACCESS = "dns-access", Layer.DNS, 2
    DNS_SERVER = "dns-server", Layer.DNS, 0
    RECORD = "record", Layer.DNS, 1
    INGRESS = "ingress", Layer.ROUTING, 5
    GATEWAY = "gateway", Layer.ROUTING, 5
    SERVICE = "service", Layer.ROUTING, 5
    PROXY = "proxy", Layer.ROUTING, 5
    ENDPOINTS = "endpoints", Layer.ROUTING, 5
    POLICY = "policy", Layer.ROUTING, 3
    MESH = "mesh", Layer.ROUTING, 3
    NODE = "node", Layer.ROUTING, 4
    BACKEND = "backend", Layer.APPLICATION, 6
    APPLICATION = "application", Layer.APPLICATION, 6

    def __new__(cls, name: str, layer: Layer, precedence: int) -> Self:
        """Return the member of a name, with its layer and precedence."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.layer = layer
        member.precedence = precedence
        return member


class HopState(Struct, frozen=True):
    """One hop of one call: its status, what that rests on, and in one line what was looked at, or why not.

    `findings` are the ids of the findings at this hop.
    """

    hop: Hop
    status: Status
    basis: Basis
    because: str
    findings: tuple[str, ...] = ()

    @property
    def layer(self) -> Layer:
        """As `Hop.layer`."""
        return self.hop.layer


def first_broken(hops: Iterable[HopState]) -> HopState | None:
    """Return the first hop that fails; where none does, the first that fails a share of the calls; else None."""
    states = tuple(hops)
    failing = (each for status in (Status.FAIL, Status.WARN) for each in states if each.status is status)
    return next(failing, None)
