"""TCP: connect and hang up. Not a byte is sent, so nothing that listens can mistake it for a request."""

import asyncio
import socket

from bot.model.probe import Observation, Outcome, TcpConnect
from bot.probes.sockets import connected, outcome_of, words_of

# A SYN is sent again after 1 s (RFC 6298, initial RTO): waiting longer only measures the second one.
TRY_SECONDS = 1.0


async def connect(probe: TcpConnect, limit: float = TRY_SECONDS) -> Observation:
    """Make one try. Gives ANSWERED, REFUSED, TIMEOUT, UNREACHABLE, RESET or ERROR; `ms` up to the handshake's end."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(limit), connected(probe.address, probe.port, socket.SOCK_STREAM):
            return Observation(probe, Outcome.ANSWERED, _ms(began))
    except ValueError as error:
        return Observation(probe, Outcome.ERROR, detail={"error": str(error)})
    except OSError as error:
        return Observation(probe, outcome_of(error), _ms(began), detail=words_of(error))


def _ms(began: float) -> float:
    return round((asyncio.get_running_loop().time() - began) * 1000, 2)
