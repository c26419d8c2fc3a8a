"""One API server over one HTTP session: bytes in, words out, every failure translated here. Only ever GET.

The library gives addresses and credentials; requests are ours, since its own path costs sixty times the decoding and
does not check the status. Lists are paged without resourceVersion (with `0` the server ignores `limit`).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import aiohttp
from yarl import URL

from bot import __version__
from bot.cluster.errors import UNAUTHORIZED, BrokenAnswerError, RefusedError, decoded, refused, unreachable
from bot.cluster.paging import HEAD, Page, Params, pages
from bot.cluster.resources import Resource, checked
from bot.model.text import one_line

if TYPE_CHECKING:
    from bot.cluster.credentials import Access

OK = 200  # the one status of a GET that went well
LARGEST = 64 << 20  # bytes of one answer; a page of 500 large pods is some 10 MB
_CONNECTIONS = 16
_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 20.0
_RETRIES = 2
_LONGEST_PAUSE = 2.0
_BUSY = (429, 500, 502, 503, 504)
_LOG = "/log"  # the one resource whose answer is text
_NO_JSON = "it answered with something that is no JSON: a login page or a proxy stands before the API server"


class Counter:
    """How many requests were made on behalf of one run."""

    def __init__(self) -> None:
        self.requests = 0


class _Answer(NamedTuple):
    status: int
    body: bytes
    pause: float


_counter: ContextVar[Counter | None] = ContextVar("counter", default=None)


class Cluster:
    """An API server. Use it as `async with Cluster(...) as cluster`; one session serves many questions at once.

    `kubeconfig` and `context` as for kubectl, empty for the usual ones. Entering raises SettingError for a wrong
    kubeconfig and ClusterUnreachable where credentials cannot be had; it makes no request.
    """

    def __init__(self, *, kubeconfig: str = "", context: str = "", name: str = "") -> None:
        self.requests = 0
        self._kubeconfig, self._context, self._name = kubeconfig, context, name
        self._access: Access | None = None
        self._session: aiohttp.ClientSession | None = None
        self._renewing = asyncio.Lock()

    @property
    def name(self) -> str:
        """The name given, else that of the kubeconfig context."""
        return self._name or (self._access.name if self._access else "")

    @property
    def default_namespace(self) -> str:
        """The namespace of the context (or of the pod we are in); empty where none is set."""
        return self._access.namespace if self._access else ""

    async def __aenter__(self) -> Self:
        self._access = await _read_access(self._kubeconfig, self._context)
        # Inside the cluster bandwidth is cheaper than gunzip; from a laptop it is the other way round.
        encoding = "identity" if self._access.in_cluster else "gzip"
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
            headers={"User-Agent": f"k8snet/{__version__}", "Accept-Encoding": encoding},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    @contextlib.contextmanager
    def counting(self) -> Iterator[Counter]:
        """Count the requests of this task and of those it starts."""
        counter = Counter()
        token = _counter.set(counter)
        try:
            yield counter
        finally:
            _counter.reset(token)

    async def read(
        self,
        path: str,
        params: Params | None = None,
        *,
        seconds: float = 0.0,
        head: asyncio.Future[bytes] | None = None,
        accept: str = "",
    ) -> bytes:
        """GET a path and return the body. Raises RefusedError for what is refused, ClusterUnreachable for no server.

        With `seconds` it is asked once and has that long; without, a busy server is asked again, and an answer that
        broke off or is no JSON once more. `head` is given the first bytes of a good answer as soon as they are here.
        """
        retries = 0 if seconds else _RETRIES
        for attempt in range(_RETRIES + 1):
            try:
                answer = await self._request(path, params or {}, seconds or _ANSWER_SECONDS, head, accept)
            except BrokenAnswerError:
                if attempt or not retries:
                    raise
                continue
            if answer.status == OK:
                return answer.body
            if answer.status == UNAUTHORIZED and attempt == 0:  # the credential may just have ended
                await self._renew()
            elif answer.status in _BUSY and attempt < retries:
                await asyncio.sleep(min(answer.pause or 0.2 * 2**attempt, _LONGEST_PAUSE))
            else:
                break
        raise refused(answer.status, answer.body, self._server)

    async def get(self, resource: Resource, namespace: str, name: str) -> Any:
        """Give one object as its word. Raises RefusedError, with status 404 where there is none."""
        return decoded(await self.read(resource.path(namespace, checked(name))), resource.word)

    def pages(
        self, resource: Resource, namespace: str = "", *, labels: str = "", fields: str = "", most: int = 0
    ) -> AsyncIterator[Page[Any]]:
        """Give a list page by page, at most `most` of them (`bot.cluster.paging`)."""
        params = {"limit": str(resource.page), "labelSelector": labels, "fieldSelector": fields}
        given = {key: value for key, value in params.items() if value}
        return pages(self.read, resource.path(namespace), given, resource.word, most)

    # --- one request

    @property
    def _server(self) -> str:
        return self._access.server if self._access else "the API server"

    async def _request(
        self, path: str, params: Params, seconds: float, head: asyncio.Future[bytes] | None, accept: str
    ) -> _Answer:
        assert self._session, "a Cluster is used inside `async with`"
        access = await self._current()
        self.requests += 1
        if counter := _counter.get():
            counter.requests += 1
        try:
            async with self._session.get(
                URL(access.server + path, encoded=True).with_query(params),
                headers={
                    **({"Authorization": access.authorization} if access.authorization else {}),
                    **({"Accept": accept} if accept else {}),
                },
                ssl=access.tls or True,
                server_hostname=access.tls_name,
                proxy=access.proxy,
                timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=_CONNECT_SECONDS),
                allow_redirects=False,  # a redirect is a login page, and would be sent our token
            ) as response:
                body = await _body(response, head)
                if response.status == OK and not path.endswith(_LOG) and body.lstrip()[:1] != b"{":
                    raise BrokenAnswerError(0, _NO_JSON)
                return _Answer(response.status, body, _pause(response))
        except aiohttp.ServerTimeoutError as error:
            raise unreachable(access.server, f"it did not answer within {_CONNECT_SECONDS:.0f} s") from error
        except TimeoutError as error:
            raise RefusedError(0, f"no answer within {seconds:.0f} s") from error
        except aiohttp.ClientPayloadError as error:
            raise BrokenAnswerError(0, "the answer broke off") from error
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientConnectionResetError, ConnectionResetError) as error:
            raise BrokenAnswerError(0, "the connection was closed before an answer came") from error
        except (aiohttp.ClientError, OSError) as error:
            raise unreachable(access.server, one_line(str(error), limit=200)) from error

    async def _current(self) -> "Access":
        assert self._access, "a Cluster is used inside `async with`"
        if self._access.renew_at and datetime.now(UTC) >= self._access.renew_at:
            await self._renew()
        return self._access

    async def _renew(self) -> None:
        """Read credentials again; those who wait for it take what the first one got."""
        before = self._access
        async with self._renewing:
            if self._access is before:
                self._access = await _read_access(self._kubeconfig, self._context)


async def _read_access(kubeconfig: str, context: str) -> "Access":
    from bot.cluster.credentials import read_access  # noqa: PLC0415 - half a second, only for who opens a cluster

    return await read_access(kubeconfig, context)


async def _body(response: aiohttp.ClientResponse, head: asyncio.Future[bytes] | None) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise RefusedError(0, f"the answer is over {LARGEST >> 20} MiB")
        if head and size >= HEAD and response.status == OK and not head.done():
            head.set_result(b"".join(parts)[:HEAD])
    return b"".join(parts)


def _pause(response: aiohttp.ClientResponse) -> float:
    """Seconds of Retry-After; the API server never gives it as a date."""
    given = response.headers.get("Retry-After", "")
    return float(given) if given.isdecimal() else 0.0
