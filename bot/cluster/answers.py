"""What one request gives: its body, whole or in lines, and what its limits and its `Retry-After` mean."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from bot.cluster import deadline
from bot.cluster.errors import ApiError, BrokenError, NoConnectionError, decoded
from bot.cluster.http_library import aiohttp
from bot.cluster.paging import HEAD
from bot.model.text import shown

JSON, WEB = "application/json", "text/html"
OK = 200  # the one status of a GET that went well
LARGEST = 64 << 20  # bytes of one answer; a page of 500 large pods is some 10 MB
CONNECT_SECONDS = 5.0
_LONGEST_ANSWER = 60.0  # of a list whose bytes keep coming
_LONGEST_PAUSE = 2.0  # Retry-After that is waited for
_SHORTEST_PAUSE = 0.1


class Answer(NamedTuple):
    status: int
    body: bytes
    pause: float
    is_page: bool  # HTML, whatever its status


def timeout_of(limit: float, *, is_idle: bool) -> aiohttp.ClientTimeout:
    """Return the limits of a request: `limit` seconds in all, or until its next bytes; a connection must come sooner."""
    connect = min(CONNECT_SECONDS, 0.9 * limit)
    if is_idle:
        return aiohttp.ClientTimeout(total=_LONGEST_ANSWER, sock_connect=connect, sock_read=limit)
    return aiohttp.ClientTimeout(total=limit, sock_connect=connect)


async def waited(error: BrokenError | NoConnectionError) -> bool:
    """Wait before a request is made again; return False where that would be too long for its run."""
    if isinstance(error, NoConnectionError) and not error.may_retry:
        return False
    run = deadline.current()
    seconds = max(error.pause, _SHORTEST_PAUSE) if isinstance(error, BrokenError) else _SHORTEST_PAUSE
    left = run.left if run else None
    if seconds > _LONGEST_PAUSE or (left is not None and seconds >= left):
        return False
    await asyncio.sleep(seconds)
    return True


async def whole(
    response: aiohttp.ClientResponse,
    head: asyncio.Future[bytes] | None,
    run: deadline.Run,
    coming: AsyncIterator[bytes] | None = None,
) -> Answer:
    """Return the answer with its body, or with what is `coming` of it.

    `head` is given the first bytes of a good one. Raises ApiError for one over LARGEST.
    """
    parts: list[bytes] = []
    size = 0
    async for part in coming or response.content.iter_any():
        parts.append(part)
        size += len(part)
        run.heard()
        if size > LARGEST:
            raise ApiError(0, f"the answer is over {LARGEST >> 20} MiB")
        if head and size >= HEAD and response.status == OK and not head.done():
            head.set_result(b"".join(parts)[:HEAD])
    return Answer(response.status, b"".join(parts), pause(response), response.content_type == WEB)


async def lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Yield lines of any length up to LARGEST. Raises ApiError for a longer one."""
    rest = b""
    async for part in content.iter_any():
        *done, rest = (rest + part).split(b"\n") if b"\n" in part else (rest + part,)
        if len(rest) > LARGEST:
            raise ApiError(0, f"the answer is over {LARGEST >> 20} MiB")
        for line in done:
            if line:
                yield line


def one(body: bytes, kind: type, name: str) -> Any:
    """Return one object. Raises BrokenError for what is another than was asked for."""
    found = decoded(body, kind)
    if found.name != name:
        raise BrokenError(0, f"an answer I do not understand (an object called {shown(found.name)})")
    return found


def pause(response: aiohttp.ClientResponse) -> float:
    """Return the seconds of Retry-After; the API server never gives it as a date."""
    given = response.headers.get("Retry-After", "")
    return float(given) if given.isdecimal() else 0.0
