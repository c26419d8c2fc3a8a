"""A connection to one address, in plain text or within TLS, that keeps what came and when.

TLS is spoken over memory (`ssl.MemoryBIO`), not by the socket: so the bytes of a server that speaks something else are seen as
they are, and no certificate is trusted or refused on the way. Rule: the phases are timed apart.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from ipaddress import ip_address

from bot.probes.sockets import connected

_CHUNK = 16 << 10  # bytes; the largest record of TLS (RFC 8446, 5.1)
_MOST_KEPT = 64 << 10  # bytes of a handshake; a usual one has 3 to 6 KB


class EndedError(OSError):
    """The other side closed the connection in good order, before it had answered."""


class Line:
    """An open connection. `heard` holds what came up to the end of a TLS handshake, as it was on the wire."""

    def __init__(self, opened: socket.socket) -> None:
        self._socket = opened
        self._tls: ssl.SSLObject | None = None
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.heard = b""

    async def secure(self, name: str, alpn: tuple[str, ...]) -> ssl.SSLObject:
        """Shake hands, with `name` as SNI where it is no address. Raises ssl.SSLError, OSError, EndedError."""
        self._tls = _context(alpn).wrap_bio(self._in, self._out, server_hostname=_sni(name))
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                self._in.write(await self._hear())
            except ssl.SSLError:
                await self._flush()  # our alert says why we leave
                raise
            else:
                await self._flush()
                return self._tls

    async def send(self, data: bytes) -> None:
        """Send all of it. Raises OSError."""
        if self._tls is None:
            await asyncio.get_running_loop().sock_sendall(self._socket, data)
            return
        self._tls.write(data)
        await self._flush()

    async def receive(self) -> bytes:
        """Return what comes next; empty at the end. Raises OSError, ssl.SSLError."""
        if self._tls is None:
            return await self._read()
        while True:
            try:
                return self._tls.read(_CHUNK)
            except ssl.SSLWantReadError:
                came = await self._read()
                self._in.write(came) if came else self._in.write_eof()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    async def _hear(self) -> bytes:
        came = await self._read()
        if not came:
            raise EndedError
        self.heard = (self.heard + came)[:_MOST_KEPT]
        return came

    async def _read(self) -> bytes:
        return await asyncio.get_running_loop().sock_recv(self._socket, _CHUNK)

    async def _flush(self) -> None:
        if self._out.pending:
            await asyncio.get_running_loop().sock_sendall(self._socket, self._out.read())


@asynccontextmanager
async def line(address: str, port: int, to_connect: float) -> AsyncIterator[Line]:
    """Connect within `to_connect` seconds. Raises OSError (TimeoutError is one), and ValueError for what is no IP."""
    async with asyncio.timeout(None) as patience:
        patience.reschedule(asyncio.get_running_loop().time() + to_connect)
        async with connected(address, port, socket.SOCK_STREAM) as opened:
            patience.reschedule(None)
            yield Line(opened)


def _sni(name: str) -> str | None:
    """Return a host name as it goes into a handshake: never an address (RFC 6066, 3), no dot at its end."""
    try:
        ip_address(name)
    except ValueError:
        return name.rstrip(".") or None
    return None


@lru_cache(maxsize=4)
def _context(alpn: tuple[str, ...]) -> ssl.SSLContext:
    """Trust everybody and understand old servers, too: what is spoken is looked at here, not judged."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.set_alpn_protocols(list(alpn))
    return context
