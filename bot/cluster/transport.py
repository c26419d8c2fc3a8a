"""One API server over one HTTP session: bytes in, words out, every failure translated here. Only ever GET.

The library gives addresses and credentials; requests are ours, since its own path costs sixty times the decoding and
does not check the status. Lists are paged without resourceVersion (with `0` the server ignores `limit`).
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Self, TypeVar

import aiohttp
import msgspec
from msgspec import Struct
from yarl import URL

from bot import __version__
from bot.cluster.resources import Resource, checked
from bot.errors import ClusterUnreachable, K8snetError
from bot.model.objects import KubeObject
from bot.model.text import one_line

if TYPE_CHECKING:
    from bot.cluster.credentials import Access

LARGEST = 64 << 20  # bytes of one answer; a page of 500 large pods is some 10 MB
_CONNECTIONS = 16
_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 20.0
_RETRIES = 2
_LONGEST_PAUSE = 2.0
_TOKEN = re.compile(
    rb'\{"kind":"[^"]*","apiVersion":"[^"]*","metadata":\{"resourceVersion":"[^"]*","continue":"([\w+/=-]+)"'
)
_BUSY = (429, 500, 502, 503, 504)

Known = TypeVar("Known", bound=KubeObject)
Params = Mapping[str, str]


class RefusedError(K8snetError):
    """The API server did not give what was asked for."""

    def __init__(self, status: int, message: str, *, resume: str = "") -> None:
        super().__init__(message)
        self.status = status  # of HTTP; 0 where there was no whole answer
        self.resume = resume  # a new `continue` token that comes with 410


class Counter:
    """How many requests were made on behalf of one run."""

    def __init__(self) -> None:
        self.requests = 0


class _ListMeta(Struct, frozen=True, rename={"resume": "continue"}):
    resume: str = ""


class Page(Struct, Generic[Known], frozen=True):
    """One page of a list."""

    metadata: _ListMeta = _ListMeta()
    items: tuple[Known, ...] | None = None

    @property
    def resume(self) -> str:
        """The `continue` token of the next page; empty on the last."""
        return self.metadata.resume


class _Status(Struct, frozen=True):
    """A Status of meta/v1, which the server sends with every refusal."""

    message: str = ""
    metadata: _ListMeta = _ListMeta()


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

    async def read(self, path: str, params: Params | None = None, *, seconds: float = 0.0) -> bytes:
        """GET a path and give the body. Raises RefusedError for what is refused, ClusterUnreachable for no server.

        With `seconds` it is asked once and has that long; without, a busy server is asked again.
        """
        retries = 0 if seconds else _RETRIES
        for attempt in range(_RETRIES + 1):
            answer = await self._request(path, params or {}, seconds or _ANSWER_SECONDS)
            if answer.status == 200:  # noqa: PLR2004 - the one status of a GET that went well
                return answer.body
            if answer.status == 401 and attempt == 0:  # noqa: PLR2004 - Unauthorized: the credential may just have ended
                await self._renew()
            elif answer.status in _BUSY and attempt < retries:
                await asyncio.sleep(min(answer.pause or 0.2 * 2**attempt, _LONGEST_PAUSE))
            else:
                break
        raise _refused(answer, self._server)

    async def get(self, resource: Resource, namespace: str, name: str) -> Any:
        """Give one object as its word. Raises RefusedError, with status 404 where there is none."""
        return decoded(await self.read(resource.path(namespace, checked(name))), resource.word)

    async def pages(
        self, resource: Resource, namespace: str = "", *, labels: str = "", fields: str = "", most: int = 0
    ) -> AsyncIterator["Page[Any]"]:
        """Give a list page by page, at most `most` of them; the next is on its way while the caller works on one.

        A list that outlives its `continue` token (410) goes on with the token that comes with the refusal: newer
        objects may be in it, which does not hurt a diagnosis.
        """
        params = {"limit": str(resource.page), "labelSelector": labels, "fieldSelector": fields}
        params = {key: value for key, value in params.items() if value}
        path = resource.path(namespace)

        def ask(resume: str) -> "asyncio.Future[bytes]":
            return asyncio.ensure_future(self.read(path, {**params, "continue": resume} if resume else params))

        coming = ask("")
        given = 0
        try:
            while True:
                try:
                    body = await coming
                    if (resume := _resume_in(body)) and given + 1 != most:
                        coming = ask(resume)  # before this page is decoded, so that the server has something to do
                    page: Page[KubeObject] = decoded(body, Page[resource.word])  # type: ignore[name-defined]  # a type chosen at run time
                except RefusedError as refusal:
                    if not refusal.resume:
                        raise
                    resume, page = "", Page(_ListMeta(refusal.resume))
                given += 1
                goes_on = bool(page.resume) and given != most
                if goes_on and not resume:
                    coming = ask(page.resume)
                yield page
                if not goes_on:
                    return
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    # --- one request

    @property
    def _server(self) -> str:
        return self._access.server if self._access else "the API server"

    async def _request(self, path: str, params: Params, seconds: float) -> _Answer:
        assert self._session, "a Cluster is used inside `async with`"
        access = await self._current()
        self.requests += 1
        if counter := _counter.get():
            counter.requests += 1
        try:
            async with self._session.get(
                URL(access.server + path, encoded=True).with_query(params),
                headers={"Authorization": access.authorization} if access.authorization else {},
                ssl=access.tls or True,
                server_hostname=access.tls_name,
                proxy=access.proxy,
                timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=_CONNECT_SECONDS),
                allow_redirects=False,  # a redirect is a login page, and would be sent our token
            ) as response:
                return _Answer(response.status, await _body(response), _pause(response))
        except aiohttp.ServerTimeoutError as error:
            raise _unreachable(access.server, f"it did not answer within {_CONNECT_SECONDS:.0f} s") from error
        except TimeoutError as error:
            raise RefusedError(0, f"no answer within {seconds:.0f} s") from error
        except aiohttp.ClientPayloadError as error:
            raise RefusedError(0, "the answer broke off") from error
        except (aiohttp.ClientError, OSError) as error:
            raise _unreachable(access.server, one_line(str(error), limit=200)) from error

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


async def _body(response: aiohttp.ClientResponse) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_any():
        size += len(part)
        if size > LARGEST:
            raise RefusedError(0, f"the answer is over {LARGEST >> 20} MiB")
        parts.append(part)
    return b"".join(parts)


def _pause(response: aiohttp.ClientResponse) -> float:
    """Seconds of Retry-After; the API server never gives it as a date."""
    given = response.headers.get("Retry-After", "")
    return float(given) if given.isdecimal() else 0.0


def _resume_in(body: bytes) -> str:
    """The `continue` token as the API server writes it, at the head of a list; empty where it is not found there."""
    found = _TOKEN.match(body)
    return found[1].decode() if found else ""


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def decoded(body: bytes | msgspec.Raw, kind: Any) -> Any:
    """Decode JSON of the API server's. Raises RefusedError for what is not of that kind."""
    try:
        return _decoder(kind).decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise RefusedError(0, f"an answer I do not understand ({one_line(str(error), limit=120)})") from error


def _refused(answer: _Answer, server: str) -> K8snetError:
    try:
        status = _decoder(_Status).decode(answer.body)
    except (msgspec.DecodeError, RecursionError):  # a proxy's page, not the API server's own words
        status = _Status()
    if answer.status == 401:  # noqa: PLR2004 - Unauthorized
        return ClusterUnreachable(
            f"The API server {server} does not accept my credentials.",
            hint="Check them: kubectl auth whoami. A login or a token may have ended.",
        )
    message = one_line(status.message, limit=200) or f"HTTP {answer.status}"
    return RefusedError(answer.status, message, resume=status.metadata.resume if answer.status == 410 else "")  # noqa: PLR2004 - Gone


def _unreachable(server: str, why: str) -> ClusterUnreachable:
    return ClusterUnreachable(
        f"The API server {server} cannot be reached: {why}.",
        hint="Check: kubectl get --raw /readyz. Is the VPN up, the context right, the address reachable from here?",
    )
