"""The hops of a call, in the order in which it passes them (docs/json.md, "Hops")."""

from enum import StrEnum

from msgspec import Struct

from bot.model.result.finding import Layer
from bot.model.result.status import Basis, Status


class Hop(StrEnum):
    """What lies between a caller and a backend. The order of the members is the order of the call."""

    CALLER = "caller"
    RESOLVER = "resolver"
    DNS_ACCESS = "dns-access"
    DNS_SERVER = "dns-server"
    RECORD = "record"
    INGRESS = "ingress"
    GATEWAY = "gateway"
    SERVICE = "service"
    PROXY = "proxy"
    ENDPOINTS = "endpoints"
    POLICY = "policy"
    MESH = "mesh"
    NODE = "node"
    BACKEND = "backend"
    APPLICATION = "application"

    @property
    def layer(self) -> Layer:
        """The verdict that this hop belongs to (docs/json.md, "Hops")."""
        return _LAYER[self]

    @property
    def precedence(self) -> int:
        """Return how near to the beginning of things a cause at this hop lies; of equal findings the lowest is the root.

        The cluster's DNS before names, names before policies, these before nodes, endpoints and the application
        (docs/failure-modes.md, A.2).
        """
        return _PRECEDENCE[self]


_OF_DNS = (Hop.RESOLVER, Hop.DNS_ACCESS, Hop.DNS_SERVER, Hop.RECORD)
_OF_APPLICATION = (Hop.CALLER, Hop.BACKEND, Hop.APPLICATION)
_LAYER = {
    each: Layer.DNS if each in _OF_DNS else Layer.APPLICATION if each in _OF_APPLICATION else Layer.ROUTING
    for each in Hop
}
_PRECEDENCE = {
    hop: place
    for place, hops in enumerate(
        (
            (Hop.DNS_SERVER,),
            (Hop.RESOLVER, Hop.RECORD),
            (Hop.DNS_ACCESS,),
            (Hop.POLICY, Hop.MESH),
            (Hop.NODE,),
            (Hop.INGRESS, Hop.GATEWAY, Hop.SERVICE, Hop.PROXY, Hop.ENDPOINTS),
            (Hop.CALLER, Hop.BACKEND, Hop.APPLICATION),
        )
    )
    for hop in hops
}


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
