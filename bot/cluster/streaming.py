"""A list in one answer, decoded while it comes: what is here of it is cut after an object, and read as a list of its own.

Since Kubernetes 1.34 an API server answers a list that was asked for as a whole from its watch cache, as fresh as one from
etcd, and writes it object by object; page by page the same costs it more than twice the CPU (docs/decisions.md, "A large
list is read in one answer"). A cut is a guess that decoding proves: no beginning of a JSON object is one.
"""

import re
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from typing import Any

from msgspec import Struct

from bot.cluster import deadline
from bot.cluster.errors import BROKE_OFF, ApiError, BrokenError, CredentialRefusedError, NoConnectionError, decoded
from bot.cluster.http_library import aiohttp
from bot.cluster.paging import Page, page_of
from bot.model.text import shown

# Bytes that are decoded at once: enough that calls do not count, few enough to stay in the processor's cache, with their
# copies. Of a mebibyte decoding and copying take a third more CPU.
PART = 1 << 18
_GZIP = 16 + zlib.MAX_WBITS
# The head of a list up to its first object, of which the beginning tells how objects begin here.
_HEAD = re.compile(rb'\{[^\[\]]{0,2000}?"items":\[(?=(\{"[A-Za-z]+":)?)')

Stream = Callable[[], AsyncGenerator[bytes, None]]


async def parts(stream: Stream, word: type, most: int, *, at_once: int = PART) -> AsyncIterator[Page[Any]]:
    """Yield a list's objects, those of about `at_once` bytes together.

    Raises BrokenError for what is no list, or only a page of one, and ApiError where `most` bytes hold no end of an object.
    """
    cutter = _Cutter(word, most, at_once)
    async with aclosing(stream()) as coming:
        async for data in coming:
            if page := cutter.take(data):
                yield page
    yield cutter.rest()


class _Cutter:
    """Holds what has come and was not decoded yet."""

    def __init__(self, word: type, most: int, at_once: int) -> None:
        self._word, self._most, self._at_once = word, most, at_once
        self._held: list[bytes] = []
        self._size, self._enough = 0, at_once
        self._head, self._between = b"", b""

    def take(self, data: bytes) -> Page[Any] | None:
        """Return the objects that are here, if they are enough."""
        self._held.append(data)
        self._size += len(data)
        return self._cut() if self._size >= self._enough else None

    def rest(self) -> Page[Any]:
        """Return the objects that are left when all has come."""
        page = page_of(self._head + b"".join(self._held), self._word)
        if page.resume:
            raise BrokenError(0, "a page, where the whole list was asked for")
        return page

    def _cut(self) -> Page[Any] | None:
        if not self._head:
            self._held = [self._begun(b"".join(self._held))]
            self._size = len(self._held[0])
        text = bytearray().join((self._head, *self._held))  # the one copy of what is here; it is cut where it lies
        end = text.rfind(self._between, len(self._head)) + 1 if self._between else 0
        page = None
        if end:
            left = bytes(memoryview(text)[end + 1 :])
            text[end:] = b"]}"
            with suppress(BrokenError):  # a cut within an object, or nothing that may be read: more of it will tell
                page = page_of(text, self._word)
                self._held, self._size = [left], len(left)
        self._enough = self._at_once if page else 2 * self._size
        if self._size > self._most:
            raise ApiError(0, f"an object of the list is over {self._most >> 20} MiB")
        return page

    def _begun(self, held: bytes) -> bytes:
        """Take the head off, and note what stands between two objects."""
        found = _HEAD.match(held)
        if not found or not found[1]:
            return held
        self._head, self._between = found[0], b"}," + found[1]
        if page_of(self._head + b"]}", self._word).resume:
            raise BrokenError(0, "a page, where the whole list was asked for")
        return held[found.end() :]


async def inflated(response: aiohttp.ClientResponse, run: deadline.Run) -> AsyncGenerator[bytes, None]:
    """Yield the body of an answer that is taken as it was sent, in pieces of up to `PART` bytes.

    aiohttp would do the same, and stop and resume its connection for each of them: a quarter more CPU. Raises BrokenError.
    """
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding not in ("gzip", "identity"):
        raise BrokenError(0, f"an answer I do not understand (encoded as {shown(encoding)})")
    inflating = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
    async for part in response.content.iter_any():
        run.heard()
        if inflating is None:
            yield part
        while inflating and part and not inflating.eof:
            yield _checked(inflating.decompress, part, PART)
            part = inflating.unconsumed_tail  # noqa: PLW2901 (what is left of it)
    if inflating:
        yield _checked(inflating.flush)
        if not inflating.eof:
            raise BrokenError(0, BROKE_OFF)


def _checked(inflate: Callable[..., bytes], *given: Any) -> bytes:
    try:
        return inflate(*given)
    except zlib.error as error:
        raise BrokenError(0, BROKE_OFF) from error


def may_come_by_page(error: ApiError | CredentialRefusedError | NoConnectionError) -> bool:
    """Return whether what ended a list in one answer may not end it page by page: all but a refusal and no server."""
    if isinstance(error, ApiError):
        return not error.status or isinstance(error, BrokenError)
    return (
        not isinstance(error, NoConnectionError) or error.may_retry
    )  # credentials may just have ended: they are renewed


class _Version(Struct, frozen=True):
    """Of `/version`; a provider's minor version may end in `+`."""

    minor: str = ""


def minor_version(body: bytes) -> int:
    """Return the minor version that `/version` says; 0 where it says none. Raises BrokenError."""
    said: _Version = decoded(body, _Version)
    digits = said.minor.rstrip("+")
    return int(digits) if digits.isdecimal() else 0
