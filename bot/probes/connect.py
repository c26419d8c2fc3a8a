"""TCP: connect and hang up. Not a byte is sent, so nothing that listens can mistake it for a request."""

import asyncio
import socket

from bot.model.probe import Observation, Outcome, TcpConnect
from bot.probes.sockets import connected, outcome_of, words_of

# A SYN is sent again after 1 s (RFC 6298, initial RTO): waiting longer only measures the second one.
TRY_SECONDS = 1.0


async def connect(probe: TcpConnect, limit: float = TRY_SECONDS) -> Observation:
    """Make one try. Gives ANSWERED, REFUSED, TIMEOUT, UNREACHABLE, RESET or ERROR; `ms` up to the handshake's end.

    A connection to an address of the machine's own is marked `own`: node ports let in whoever calls from the node itself.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(limit), connected(probe.address, probe.port, socket.SOCK_STREAM) as opened:
            return Observation(probe, Outcome.ANSWERED, _ms(began), detail=_whose(opened))
    except ValueError as error:
        return Observation(probe, Outcome.ERROR, detail={"error": str(error)})
    except OSError as error:
        return Observation(probe, outcome_of(error), _ms(began), detail=words_of(error))


def _whose(opened: socket.socket) -> dict[str, bool]:
    return {"own": True} if opened.getsockname()[0] == opened.getpeername()[0] else {}


def _ms(began: float) -> float:
    return round((asyncio.get_running_loop().time() - began) * 1000, 2)
