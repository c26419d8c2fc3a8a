"""HTTP/2: one request on a connection of its own, in plain text without asking first (h2c) or within TLS.

Rule: what a stranger's server sends is bounded: so many bytes, one response; pushes are switched off.
"""

from contextlib import suppress

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings
from msgspec import Struct

from bot.probes.line import EndedError, Line

_MOST = 64 << 10  # bytes that are read for one answer
_MOST_BODY = 2048
_GOT = 60


class Answer(Struct, frozen=True):
    """A response: its headers (names in small letters) and trailers as one, and the beginning of its body."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


class NotHttp2Error(Exception):
    """What came is not HTTP/2; `got` are its first bytes, none where the connection was closed without any."""

    def __init__(self, got: bytes) -> None:
        super().__init__(repr(got))
        self.got = got[:_GOT]


class BrokenOffError(Exception):
    """The server speaks HTTP/2 and ended the request itself; the message is its error code."""


async def ask(opened: Line, headers: list[tuple[str, str]], body: bytes = b"") -> Answer:
    """Send one request and return its response.

    Raises NotHttp2Error, BrokenOffError, EndedError (closed before an answer), OSError, ssl.SSLError.
    """
    talk = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
    talk.local_settings = h2.settings.Settings(client=True, initial_values={h2.settings.SettingCodes.ENABLE_PUSH: 0})
    talk.initiate_connection()
    stream = talk.get_next_available_stream_id()
    talk.send_headers(stream, headers, end_stream=not body)
    if body:
        talk.send_data(stream, body, end_stream=True)
    await opened.send(talk.data_to_send())
    return await _Reading(talk).answer(opened)


class _Reading:
    """What has come of a response."""

    def __init__(self, talk: h2.connection.H2Connection) -> None:
        self._talk = talk
        self._first, self._size = b"", 0
        self._is_http2 = False
        self._headers: dict[str, str] = {}
        self._body = b""

    async def answer(self, opened: Line) -> Answer:
        while self._size < _MOST:
            came = await opened.receive()
            if not came:
                break
            self._size += len(came)
            self._first = (self._first + came)[:_GOT]
            if not _may_be_settings(self._first):
                raise NotHttp2Error(self._first)
            if self._take(came):
                return self._made()
            with suppress(OSError):  # it may have hung up after its last words, which are still to be read
                await opened.send(self._talk.data_to_send())
        if self._headers:  # an answer that breaks off is an answer
            return self._made()
        raise EndedError if self._is_http2 or not self._first else NotHttp2Error(self._first)

    def _take(self, came: bytes) -> bool:
        """Take bytes in; return whether the response has ended."""
        try:
            events = self._talk.receive_data(came)
        except (h2.exceptions.ProtocolError, UnicodeDecodeError) as error:
            if self._is_http2:
                raise BrokenOffError(f"{type(error).__name__}: what it sent breaks the protocol") from error
            raise NotHttp2Error(self._first) from error
        ended = [self._is_last(each) for each in events]
        return any(ended)

    def _is_last(self, event: h2.events.Event) -> bool:
        match event:
            case h2.events.RemoteSettingsChanged():
                self._is_http2 = True
            case h2.events.ResponseReceived(headers=headers) | h2.events.TrailersReceived(headers=headers):
                self._headers |= {_text(name): _text(value) for name, value in headers or ()}
            case h2.events.DataReceived(data=data):
                self._body = (self._body + (data or b""))[:_MOST_BODY]
            case h2.events.StreamReset(error_code=code) | h2.events.ConnectionTerminated(error_code=code):
                if not self._headers:
                    raise BrokenOffError(_code(code))
                return True
            case h2.events.StreamEnded():
                return True
        return False

    def _made(self) -> Answer:
        status = self._headers.get(":status", "")
        return Answer(int(status) if status.isdecimal() else 0, self._headers, self._body)


def _may_be_settings(first: bytes) -> bool:
    """Return whether a connection begins as it must: with a SETTINGS frame, which is short (RFC 9113, 3.4 and 6.5)."""
    return first[:1] in (b"", b"\0") and first[3:4] in (b"", b"\4")


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode(errors="replace")


def _code(code: object) -> str:
    return code.name if isinstance(code, h2.errors.ErrorCodes) else f"error {code}"
