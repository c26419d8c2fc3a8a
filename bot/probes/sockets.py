"""Connected sockets, and what their errors mean. Rule: refused, silent, unreachable and reset are never mixed up.

A UDP socket is connected, too: only then does the kernel hand an ICMP "port unreachable" to its reader (udp(7)).
"""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Any

from bot.model.probe import Outcome

_UNREACHABLE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN)
_RESET = (errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED)


@asynccontextmanager
async def connected(address: str, port: int, kind: socket.SocketKind) -> AsyncIterator[socket.socket]:
    """Connect to an IP; the socket is closed whatever happens. Raises OSError, and ValueError for what is no IP."""
    family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET  # noqa: PLR2004 (IP version 6)
    with socket.socket(family, kind) as opened:
        opened.setblocking(False)
        await asyncio.get_running_loop().sock_connect(opened, (address, port))
        yield opened


def outcome_of(error: OSError) -> Outcome:
    """Read an errno as an outcome.

    A host firewall's "prohibited" arrives as EHOSTUNREACH, a closed port as ECONNREFUSED (failure-modes A.7).
    """
    if error.errno == errno.ECONNREFUSED:
        return Outcome.REFUSED
    if isinstance(error, TimeoutError) or error.errno == errno.ETIMEDOUT:
        return Outcome.TIMEOUT
    if error.errno in _UNREACHABLE:
        return Outcome.UNREACHABLE
    return Outcome.RESET if error.errno in _RESET else Outcome.ERROR


def words_of(error: OSError) -> dict[str, Any]:
    """Return an error's errno as a detail: its symbol, and the system's words where the outcome does not say it."""
    symbol = errno.errorcode.get(error.errno or 0, "")
    words = {"errno": symbol} if symbol else {}
    return words if outcome_of(error) is not Outcome.ERROR else {**words, "error": error.strerror or str(error)}
