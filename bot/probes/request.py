"""HTTP: one GET on a connection of its own. Rule: nothing is followed, trusted, stored or sent but the request line.

TLS is spoken where asked for and its certificates are not judged: whether the app answers is the question here.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Self

import aiohttp
from yarl import URL

from bot.model.probe import HttpGet, Observation, Outcome
from bot.model.redact_text import scrub
from bot.model.text import one_line, plain
from bot.probes import connect
from bot.probes.sockets import outcome_of, words_of
from bot.probes.tls_words import is_about_clients, means_plain_text, reason_of

# Twice the readiness probe's default timeout of 1 s: what the kubelet finds too slow is still told from what hangs.
TRY_SECONDS = 2.0
MOST_BODY = 2048
_LINE = 120
_SERVER_ERROR = 500
_CLIENT_ERROR = 400
# The first bytes of a TLS alert, as the parser quotes them: a TLS server was spoken to in plain text.
_TLS_ALERT = re.compile(r"\\x15\\x03")
# How nginx, Go and Apache say the same with a 400.
_PLAIN_TO_TLS = (
    "plain HTTP request was sent to HTTPS port",
    "Client sent an HTTP request to an HTTPS server",
    "speaking plain HTTP to an SSL-enabled server port",
)
# nginx shakes hands with everybody and says it with a 400.
_WITHOUT_CERTIFICATE = "No required SSL certificate was sent"
_QUOTED = re.compile(r"b['\"].*", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")


class _Line:
    """Watches whether a connection came about, since a time-out does not say in which phase it struck.

    A twin of the socket shares its connection and outlives its closing by aiohttp.
    """

    def __init__(self) -> None:
        self._twins: list[socket.socket] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._twins:
            each.close()

    def open(self, info: tuple[Any, ...]) -> socket.socket:
        opened = socket.socket(*info[:3])
        opened.setblocking(False)
        self._twins.append(opened.dup())
        return opened

    @property
    def is_connected(self) -> bool:
        for each in self._twins:
            with suppress(OSError):
                each.getpeername()
                return True
        return False


async def request(probe: HttpGet, limit: float = TRY_SECONDS, to_connect: float = connect.TRY_SECONDS) -> Observation:
    """Make one try: `limit` seconds to the answer, of them `to_connect` until there is a connection.

    Gives ANSWERED (any status below 500), SERVER_ERROR, NOT_HTTP, or how the connection failed.

    `ms` is the time to the answer's headers. `detail` holds: `connected` (with TIMEOUT: hung, or never reached), `body`
    (first line, of status 400 and above), `location`, `server`, `tls` (words of a failed handshake, or "expected" where
    a TLS server was called in plain text), `client_certificate` ("wanted"), `got` (what came that is not HTTP), `errno`.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    with _Line() as line:
        try:
            async with asyncio.timeout(limit) as patience, _connecting(line, patience, began + to_connect):
                return await _get(probe, line, began)
        except TimeoutError:
            return Observation(probe, Outcome.TIMEOUT, _ms(began), detail={"connected": line.is_connected})
        except (aiohttp.ClientError, ssl.SSLError, OSError, ValueError) as error:
            outcome, detail = _meaning(error)
            return Observation(probe, outcome, _ms(began), detail=detail)


@asynccontextmanager
async def _connecting(line: _Line, patience: asyncio.Timeout, by: float) -> AsyncIterator[None]:
    """Wait no longer for a connection than a TCP probe does: silence is then known, and would only be waited for again."""

    def look() -> None:
        if not line.is_connected:
            patience.reschedule(by)

    watch = asyncio.get_running_loop().call_at(by, look)
    try:
        yield
    finally:
        watch.cancel()


class _BrokenOff(aiohttp.ClientError):
    """The connection ended before an answer; the cause says how."""


async def _without_retry(asked: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from repeating a broken GET by itself: a try is one connection, and its failure is the news."""
    try:
        return await send(asked)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _BrokenOff from error


async def _get(probe: HttpGet, line: _Line, began: float) -> Observation:
    """Speak HTTP/1.1 without proxy, redirect, decompression, cookie or kept connection."""
    connector = aiohttp.TCPConnector(ssl=False, force_close=True, socket_factory=line.open)
    async with (
        aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=None),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            middlewares=(_without_retry,),
            headers={"User-Agent": "k8snet", "Accept": "*/*", **({"Host": probe.host} if probe.host else {})},
        ) as session,
        session.get(_url(probe), allow_redirects=False, server_hostname=probe.host or None) as answer,
    ):
        ms = _ms(began)
        outcome = Outcome.SERVER_ERROR if answer.status >= _SERVER_ERROR else Outcome.ANSWERED
        return Observation(probe, outcome, ms, status=answer.status, detail=await _said(answer))


def _url(probe: HttpGet) -> URL:
    host = f"[{probe.address}]" if ":" in probe.address else probe.address
    path = probe.path if probe.path.startswith("/") else f"/{probe.path}"
    return URL(f"{probe.scheme}://{host}:{probe.port}{path}")


async def _said(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    """Return what explains a status. A body that breaks off changes nothing about the answer that came."""
    found = {key: _told(answer.headers.get(key, "")) for key in ("location", "server")}
    if answer.status >= _CLIENT_ERROR:
        with suppress(aiohttp.ClientError, OSError):
            body = (await answer.content.read(MOST_BODY)).decode(errors="replace")
            found["body"] = _told(_TAG.sub(" ", body).strip().split("\n", 1)[0])
            found["tls"] = "expected" if any(words in body for words in _PLAIN_TO_TLS) else ""
            found["client_certificate"] = "wanted" if _WITHOUT_CERTIFICATE in body else ""
    return {key: value for key, value in found.items() if value}


def _told(text: str) -> str:
    return one_line(scrub(plain(text)), limit=_LINE)


def _meaning(error: Exception) -> tuple[Outcome, dict[str, Any]]:
    """Read aiohttp's exceptions back into what happened on the wire."""
    found = error.__cause__ if isinstance(error, _BrokenOff) and error.__cause__ else error
    match found:
        case aiohttp.ClientConnectorError(os_error=ssl.SSLError() as cause) | (ssl.SSLError() as cause):
            return _tls_failure(cause)
        case aiohttp.ClientConnectorError(os_error=cause):
            return outcome_of(cause), words_of(cause)
        case aiohttp.ServerDisconnectedError():
            return Outcome.RESET, {"error": "closed without an answer"}
        case aiohttp.ClientResponseError():
            quoted = _QUOTED.search(found.message)  # cut at its end: the beginning says which protocol it is
            got = _told((quoted[0] if quoted else found.message)[:_LINE])
            return Outcome.NOT_HTTP, {"tls": "expected"} if _TLS_ALERT.search(got) else {"got": got}
        case OSError() as cause:
            return outcome_of(cause), words_of(cause)
    return Outcome.ERROR, {"error": _told(f"{type(found).__name__}: {found}")}


def _tls_failure(error: ssl.SSLError) -> tuple[Outcome, dict[str, Any]]:
    """Return whether the server does not speak TLS or refused, with its reason, and whether it wants a client's certificate."""
    reason = reason_of(error)
    wanted = {"client_certificate": "wanted"} if is_about_clients(reason) else {}
    return Outcome.NOT_HTTP if means_plain_text(reason) else Outcome.ERROR, {"tls": reason, **wanted}


def _ms(began: float) -> float:
    return round((asyncio.get_running_loop().time() - began) * 1000, 2)
