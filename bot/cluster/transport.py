"""One API server over one HTTP session: bytes in, words out, every failure translated here.

Only ever GET, but for `send`, which one room calls: `bot.cluster.ephemeral`, where somebody has agreed to it.

The library gives addresses and credentials; requests are ours, since its own path costs sixty times the decoding and
does not check the status. Lists are asked for without resourceVersion: they are as new as the question.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from yarl import URL

from bot import __version__
from bot.cluster import deadline, service_account
from bot.cluster.answers import CONNECT_SECONDS, JSON, LARGEST, OK, WEB, Answer, lines, one, timeout_of, waited, whole
from bot.cluster.client_library import skip_package_imports, without_api_client
from bot.cluster.errors import (
    BROKE_OFF,
    NOT_IN_TIME,
    WEB_PAGE,
    ApiError,
    BrokenError,
    CredentialRefusedError,
    NoConnectionError,
    refused,
    unreachable,
)
from bot.cluster.http_library import aiohttp
from bot.cluster.paging import Page, Params, pages
from bot.cluster.resources import Resource, checked
from bot.cluster.streaming import inflated, may_come_by_page, minor_version, parts
from bot.errors import ClusterUnreachableError, NoAccountError
from bot.model.text import one_line

if TYPE_CHECKING:
    from bot.cluster.credentials import Access

WHOLE_LISTS = 34  # the minor version of Kubernetes since which long lists are cheapest in one answer
CREATED = 201  # of a review
_CONNECTIONS = 16
_ANSWER_SECONDS = 20.0
# For so long an idle connection waits for the next question, which else costs a handshake; the API server ends it after 90 s
# (`IdleTimeout`, https://github.com/kubernetes/apiserver/blob/v0.34.0/pkg/server/secure_serving.go).
_IDLE_SECONDS = 75.0


Decode = Callable[[bytes], Any]


class Sending(NamedTuple):
    """What is sent, as JSON; a PATCH says by its type what kind of one it is."""

    method: str
    body: bytes
    content_type: str = "application/json"


class Cluster:
    """An API server. Use it as `async with Cluster(...) as cluster`; one session serves many questions at once.

    `kubeconfig` and `context` as for kubectl, empty for the usual ones. Entering raises SettingError for a wrong
    kubeconfig and ClusterUnreachableError where credentials cannot be had; it makes no request.
    """

    def __init__(self, *, kubeconfig: str = "", context: str = "", name: str = "") -> None:
        self.requests = 0
        self._awaited: list[str] = []
        self._gives_whole_lists: bool | None = None  # not known yet
        self._kubeconfig, self._context, self._name = kubeconfig, context, name
        self._access: Access | None = None
        self._session: aiohttp.ClientSession | None = None
        self._following: aiohttp.ClientSession | None = None  # of watches, each of which holds a connection
        self._renewing = asyncio.Lock()
        # Of requests that are timed by their silence: one that waits for a connection must not begin to count then.
        self._slots = asyncio.Semaphore(_CONNECTIONS)

    @property
    def name(self) -> str:
        """The name given, else that of the kubeconfig context."""
        return self._name or (self._access.name if self._access else "")

    @property
    def default_namespace(self) -> str:
        """The namespace of the context (or of the pod we are in); empty where none is set."""
        return self._access.namespace if self._access else ""

    @property
    def awaited(self) -> tuple[str, ...]:
        """Return in words what is asked for and has not come yet, the oldest first: `pods in shop`."""
        return tuple(dict.fromkeys(map(_asked_for, self._awaited)))

    async def __aenter__(self) -> Self:
        self._access = await _read_access(self._kubeconfig, self._context)
        # Inside the cluster bandwidth is cheaper than gunzip; from a laptop it is the other way round.
        encoding = "identity" if self._access.in_cluster else "gzip"
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_IDLE_SECONDS),
            headers={"User-Agent": f"k8snet/{__version__}", "Accept-Encoding": encoding},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in filter(None, (self._session, self._following)):
            await each.close()
        self._session = self._following = None

    def read(
        self,
        path: str,
        params: Params | None = None,
        *,
        seconds: float = 0.0,
        head: asyncio.Future[bytes] | None = None,
        decode: Decode = bytes,
        accept: str = JSON,
    ) -> Coroutine[Any, Any, Any]:
        """GET a path and return its body, decoded. What breaks is asked once more; with `seconds` it has that long, once.

        It counts at once and not when it is sent, since what a question may still ask for is reckoned in between. `head`
        is given the first bytes of a good answer as soon as they are here. Raises ApiError for what is refused or not
        answered in time, NoConnectionError where there is no server or the connection broke, and ClusterUnreachableError
        for credentials that are refused.
        """
        self._count()
        return self._read(path, params or {}, seconds=seconds, head=head, decode=decode, accept=accept)

    def _count(self) -> None:
        self.requests += 1
        if run := deadline.current():
            run.begin()

    async def _read(
        self,
        path: str,
        params: Params,
        *,
        seconds: float,
        head: asyncio.Future[bytes] | None,
        decode: Decode,
        accept: str,
    ) -> Any:
        tries, is_renewed = 1 if seconds else 2, False
        while True:
            tries -= 1
            try:
                async with self._turn():
                    answer = await self._request(path, params, seconds, head, accept=accept)
                return decode(self._good(answer))
            except CredentialRefusedError as error:
                if is_renewed:
                    raise ClusterUnreachableError(str(error), hint=error.hint) from error
                tries, is_renewed = tries + 1, True  # the credential may just have ended
                await self._renew()
            except (BrokenError, NoConnectionError) as error:
                if not tries or not await waited(error):
                    raise
            self._count()

    async def get(self, resource: Resource, namespace: str, name: str) -> Any:
        """Return one object as its word. Raises ApiError, with status 404 where there is none."""
        decode = partial(one, kind=resource.type, name=name)
        return await self.read(resource.path(namespace, checked(name)), decode=decode)

    def pages(
        self, resource: Resource, namespace: str = "", *, labels: str = "", fields: str = "", most: int = 0
    ) -> AsyncIterator[Page[Any]]:
        """Return a list page by page, at most `most` of them (`bot.cluster.paging`)."""
        params = {"limit": str(resource.page), "labelSelector": labels, "fieldSelector": fields}
        given = {key: value for key, value in params.items() if value}
        path = resource.path(namespace)
        if self._gives_whole_lists and not (labels or fields or most):
            return self._whole_list(path, given, resource.type)
        return pages(self.read, path, given, resource.type, most)

    async def learn_version(self) -> None:
        """Ask once for the server's version, by which long lists are read; where it is not said, page by page."""
        if self._gives_whole_lists is not None:
            return
        with suppress(ApiError, NoConnectionError):
            self._gives_whole_lists = await self.read("/version", decode=minor_version) >= WHOLE_LISTS

    async def _whole_list(self, path: str, params: Params, word: type) -> AsyncIterator[Page[Any]]:
        """Yield a list that comes in one answer. If it breaks, all of it comes once more, page by page, with later objects."""
        try:
            async for page in parts(partial(self.stream, path), word, LARGEST):
                yield page
        except (ApiError, CredentialRefusedError, NoConnectionError) as error:
            if not may_come_by_page(error):
                raise
        else:
            return
        async for page in pages(self.read, path, params, word):
            yield page

    async def send(
        self, path: str, sending: Sending, *, seconds: float, params: Params | None = None, decode: Decode = bytes
    ) -> Any:
        """Send once, within `seconds`, and return the answer, decoded. Raises as `read` does."""
        self._count()
        answer = await self._request(path, params or {}, seconds, sending=sending)
        try:
            return decode(self._good(answer))
        except CredentialRefusedError as error:
            raise ClusterUnreachableError(str(error), hint=error.hint) from error

    async def follow(self, path: str, params: Params, *, silence: float) -> AsyncIterator[bytes | None]:
        """GET what goes on (a watch), and yield its lines; first None: the server has begun to answer.

        It ends where the server ends it. Raises ApiError for what is refused, broken, or silent for `silence` seconds,
        NoConnectionError, and ClusterUnreachableError for credentials that are refused. Nothing is asked a second time.
        """
        self._count()
        assert self._session, "a Cluster is used inside `async with`"
        self._following = self._following or aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), headers={**self._session.headers, "Accept-Encoding": "identity"}
        )
        access = await self._current()
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=silence)
        try:
            async with self._ask(self._following, access, path, params, timeout=timeout) as response:
                if response.status != OK:
                    self._good(await whole(response, None, deadline.Run()))
                yield None
                async for line in lines(response.content):
                    yield line
        except CredentialRefusedError:
            await self._renew()  # for whoever asks next
            raise
        except TimeoutError as error:
            raise BrokenError(0, f"silent for {silence:g} s") from error
        except aiohttp.ClientPayloadError as error:
            raise BrokenError(0, BROKE_OFF) from error
        except (aiohttp.ClientError, OSError) as error:
            raise unreachable(access.server, one_line(str(error), limit=200)) from error

    # --- one request

    def _ask(
        self,
        session: aiohttp.ClientSession,
        access: "Access",
        path: str,
        params: Params,
        *,
        timeout: aiohttp.ClientTimeout,
        accept: str = "application/json",
        sending: Sending | None = None,
        as_sent: bool = False,
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        headers = {"Accept": accept, **({"Authorization": access.authorization} if access.authorization else {})}
        if sending:
            headers["Content-Type"] = sending.content_type
        return session.request(
            sending.method if sending else "GET",
            URL(access.server + path, encoded=True).with_query(params),
            data=sending.body if sending else None,
            headers=headers,
            ssl=access.tls or True,
            server_hostname=access.tls_name,
            proxy=access.proxy,
            timeout=timeout,
            auto_decompress=not as_sent,
            allow_redirects=False,  # a redirect is a login page, and would be sent our token
        )

    @property
    def _server(self) -> str:
        return self._access.server if self._access else "the API server"

    def _good(self, answer: Answer) -> bytes:
        """Return the body of a good answer, or raise what it means."""
        if answer.is_page:
            raise BrokenError(0, WEB_PAGE if answer.status == OK else f"{WEB_PAGE} (HTTP {answer.status})")
        if answer.status not in (OK, CREATED):
            raise refused(answer.status, answer.body, self._server, answer.pause)
        return answer.body

    def _turn(self) -> AbstractAsyncContextManager[Any]:
        """Return what a request waits for before its time begins: nothing, but where its run is timed by silence."""
        run = deadline.current()
        return self._slots if run and run.idle else nullcontext()

    async def _request(
        self,
        path: str,
        params: Params,
        seconds: float,
        head: asyncio.Future[bytes] | None = None,
        *,
        accept: str = JSON,
        sending: Sending | None = None,
    ) -> Answer:
        """Make one request, and take in its answer."""
        async with self._response(path, params, seconds, accept, sending) as (response, run):
            return await whole(response, head, run)

    async def stream(self, path: str) -> AsyncGenerator[bytes, None]:
        """GET a path once, and yield a good answer as it comes. Raises as `read` does, and for refused credentials as well."""
        self._count()
        async with self._turn(), self._response(path, {}, as_sent=True) as (response, run):
            coming = inflated(response, run)
            if response.status != OK or response.content_type == WEB:
                self._good(await whole(response, None, run, coming))
            async for part in coming:
                yield part

    @asynccontextmanager
    async def _response(
        self,
        path: str,
        params: Params,
        seconds: float = 0.0,
        accept: str = JSON,
        sending: Sending | None = None,
        *,
        as_sent: bool = False,
    ) -> AsyncIterator[tuple[aiohttp.ClientResponse, deadline.Run]]:
        """Yield an answer whose body is still to come (`as_sent`: compressed), within its own seconds and its run's."""
        assert self._session, "a Cluster is used inside `async with`"
        access, run = await self._current(), deadline.current() or deadline.Run()
        left = run.left
        if left == 0.0:
            raise ApiError(0, NOT_IN_TIME)
        limit = min(each for each in (seconds or _ANSWER_SECONDS, left) if each is not None)
        self._awaited.append(path)
        timeout = timeout_of(limit, is_idle=run.idle and not seconds)
        try:
            async with self._ask(
                self._session,
                access,
                path,
                params,
                timeout=timeout,
                accept=accept,
                sending=sending,
                as_sent=as_sent,
            ) as response:
                run.answered += 1
                run.heard()
                yield response, run
        except aiohttp.ConnectionTimeoutError as error:
            raise unreachable(access.server, f"it did not answer within {min(limit, CONNECT_SECONDS):.0f} s") from error
        except TimeoutError as error:
            raise ApiError(0, NOT_IN_TIME if left == limit else f"no answer within {limit:g} s") from error
        except aiohttp.ClientPayloadError as error:
            raise BrokenError(0, BROKE_OFF) from error
        except (aiohttp.ClientError, OSError) as error:
            # A GET whose connection broke without an answer has been made again by aiohttp, on a new connection.
            may_retry = isinstance(error, aiohttp.ClientConnectorError)
            raise unreachable(access.server, one_line(str(error), limit=200), may_retry=may_retry) from error
        finally:
            self._awaited.remove(path)

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
    if not (kubeconfig or context) and service_account.is_missing():
        raise NoAccountError
    skip_package_imports()
    with without_api_client():
        from bot.cluster.credentials import read_access  # noqa: PLC0415 - a tenth of a second, only for who opens a cluster

    return await read_access(kubeconfig, context)


def _asked_for(path: str) -> str:
    """Return in words what a path of the API stands for."""
    _, found, place = path.partition("/namespaces/")
    namespace, _, plural = place.partition("/")
    return f"{plural} in {namespace}" if found and plural else path.rpartition("/")[2]
