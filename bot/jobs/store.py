"""The connection to Redis. Two clients: a quick one that fails within a second, and a patient one for blocking reads.

What goes wrong is translated here: callers see StoreUnreachableError and nothing of `redis`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self
from urllib.parse import SplitResult, unquote, urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from bot.errors import StoreUnreachableError
from bot.jobs.together import Together

QUICK = 1.0  # seconds; Slack wants its acknowledgement within 3
BLOCK = 5.0  # seconds that a blocking read waits before it asks again
_SENTINEL_PORT = 26379


class Store:
    """Both clients. Opening does not connect, so a process starts without Redis and recovers when it comes.

    They are Any: redis-py gives its asyncio commands the types "awaitable or not", which no checker can await.
    """

    def __init__(self, url: str) -> None:
        self.quick: Any = _client(url, QUICK, Together)
        self.patient: Any = _client(url, BLOCK + 5.0, Redis)

    async def close(self) -> None:
        """Close both, and what Sentinel's own clients hold open."""
        for client in (self.quick, self.patient):
            await client.aclose()
            sentinel = getattr(client.connection_pool, "sentinel_manager", None)
            for each in sentinel.sentinels if sentinel else ():
                await each.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def ping(self) -> None:
        """Raise StoreUnreachableError unless Redis answers within a second."""
        async with answering():
            await self.quick.ping()


@asynccontextmanager
async def answering(limit: float = QUICK) -> AsyncIterator[None]:
    """Run store commands under one limit in seconds; raise StoreUnreachableError when they fail or take longer.

    redis-py now and then loses a cancellation (seen with 7.4 when it falls together with a read's end), and a loop
    that nobody can cancel never stops. So it is asked for here: `cancelling` still counts it.
    """
    task = asyncio.current_task()
    cancelled = task.cancelling() if task else 0
    try:
        async with asyncio.timeout(limit):
            yield
        if task and task.cancelling() > cancelled:
            raise asyncio.CancelledError
    except (RedisConnectionError, RedisTimeoutError, OSError, TimeoutError) as error:
        if task and task.cancelling() > cancelled:
            raise asyncio.CancelledError from error
        raise StoreUnreachableError(hint=type(error).__name__) from error
    except RedisError as error:  # full, read-only, no permission: it answers, but does not serve us
        raise StoreUnreachableError(f"My store, Redis, refused: {error}") from error


def _client(url: str, patience: float, kind: type[Redis]) -> Redis:
    parts = urlsplit(url)
    options: dict[str, Any] = {
        "socket_timeout": patience,
        "socket_connect_timeout": QUICK,
        # Once, at once: a pooled connection may have died with a Redis that is already back.
        "retry": Retry(NoBackoff(), 1),
    }
    if parts.scheme != "unix":
        options["socket_keepalive"] = True
    if parts.scheme.endswith("+sentinel"):
        return _sentinel_client(parts, options, kind)
    return kind.from_url(url, **options)


def _sentinel_client(parts: SplitResult, options: dict[str, Any], kind: type[Redis]) -> Redis:
    """`redis+sentinel://user:password@host:26379,host:26379/primary/0`: the client follows the primary by itself."""
    name, _, database = parts.path.strip("/").partition("/")
    credentials, _, hosts = parts.netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    tls = {"ssl": True} if parts.scheme.startswith("rediss") else {}
    sentinel: Any = Sentinel(  # type: ignore[no-untyped-call]
        [_address(each) for each in hosts.split(",")],
        sentinel_kwargs={"socket_timeout": QUICK, "socket_connect_timeout": QUICK, **tls},
    )
    who = {"username": unquote(user) or None, "password": unquote(password) or None}
    client: Redis = sentinel.master_for(name, kind, db=int(database or 0), **who, **options, **tls)
    return client


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    return (host, int(port)) if colon and port.isdigit() else (text, _SENTINEL_PORT)
