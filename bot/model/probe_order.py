"""What is handed to `k8snet probe` in a caller's pod: probes, or one search, and the time that they have, as one JSON text.

Rule: both ends may be of different versions, so an order of a version that is not known is refused.
"""

import msgspec
from msgspec import Struct

from bot.errors import UsageError
from bot.model.probe import Probe
from bot.model.text import one_line

VERSION = 1
SEARCH_VERSION = 2  # of an order with a search: who knows version 1 alone would leave it out, and say nothing of it
MOST_ORDERED = 150  # probes: no plan is larger (bot.model.planning.plan)
LONGEST_ORDER = 64 << 10  # bytes; it stands in the pod's spec for as long as the pod lives
OWN_NAMESERVER = ""  # as the server of a lookup: the first of the pod's own resolv.conf


class Search(Struct, frozen=True, omit_defaults=True):
    """A name to resolve by the pod's own resolv.conf, until each of these resolvers (by name) could conclude."""

    name: str
    resolvers: tuple[str, ...] = ()
    port: int = 53


class ProbeOrder(Struct, frozen=True, omit_defaults=True):
    """The probes to make within `seconds`, none of them after `until` (Unix time): a container may start long after."""

    version: int
    probes: tuple[Probe, ...]
    seconds: float
    until: float
    search: Search | None = None


class _Versioned(Struct, frozen=True):
    version: int


_ORDER = msgspec.json.Decoder(ProbeOrder)


def order_text(order: ProbeOrder) -> str:
    """Return an order as it is handed over."""
    return msgspec.json.encode(order).decode()


def read_order(text: str) -> ProbeOrder:
    """Return the order of a text. Raises UsageError, in words that name what is wrong, for what is not to be carried out."""
    if len(text.encode()) > LONGEST_ORDER:
        raise UsageError(f"The order is over {LONGEST_ORDER >> 10} KiB.")
    try:
        version = msgspec.json.decode(text, type=_Versioned).version
        if version not in (VERSION, SEARCH_VERSION):
            raise UsageError(
                f"This program carries out orders of version {SEARCH_VERSION}, and this one is of {version}."
            )
        order = _ORDER.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UsageError(f"This is no order: {one_line(str(error), limit=200)}.") from None
    if len(order.probes) > MOST_ORDERED:
        raise UsageError(f"The order has {len(order.probes)} probes, and at most {MOST_ORDERED} are made.")
    return order
