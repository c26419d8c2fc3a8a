"""Lists page by page. Law of this file: the server is never left waiting for us, and never has more than two pages to do.

A list is as slow as its pages are one after another. Its `continue` token stands at the head of a page, so the next one is
asked for when that head is here: the server reads it from etcd while it still writes the one before.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from msgspec import Struct

from bot.cluster.errors import ListMeta, RefusedError, decoded
from bot.model.kube.objects import KubeObject

# Bytes of a page that hold its token: at most 253 for a name, 63 for its namespace, and what base64 adds.
HEAD = 1024
_TOKEN = re.compile(
    rb'\{"kind":"[^"]*","apiVersion":"[^"]*","metadata":\{"resourceVersion":"[^"]*","continue":"([\w+/=-]+)"'
)

Known = TypeVar("Known", bound=KubeObject)
Params = Mapping[str, str]


class Page(Struct, Generic[Known], frozen=True):
    """One page of a list."""

    metadata: ListMeta = ListMeta()
    items: tuple[Known, ...] | None = None

    @property
    def resume(self) -> str:
        """The `continue` token of the next page; empty on the last."""
        return self.metadata.resume


class Read(Protocol):
    """Gives the body of a page; `head` is given its first bytes as soon as they are here."""

    async def __call__(self, path: str, params: Params, *, head: asyncio.Future[bytes]) -> bytes: ...


class _Coming(NamedTuple):
    head: asyncio.Future[bytes]
    body: asyncio.Future[bytes]


class _Asking:
    """Asks for pages of one list, and can take back what was not given yet."""

    def __init__(self, read: Read, path: str, params: Params) -> None:
        self._read, self._path, self._params = read, path, params
        self._bodies: list[asyncio.Future[bytes]] = []

    def ask(self, resume: str) -> _Coming:
        head: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        params = {**self._params, "continue": resume} if resume else self._params
        body = asyncio.ensure_future(self._read(self._path, params, head=head))
        body.add_done_callback(lambda _: None if head.done() else head.set_result(b""))  # a short page, or none
        self._bodies = [each for each in self._bodies if not each.done()] + [body]
        return _Coming(head, body)

    async def end(self) -> None:
        for each in self._bodies:
            each.cancel()
        await asyncio.gather(*self._bodies, return_exceptions=True)


async def pages(read: Read, path: str, params: Params, word: type, most: int = 0) -> AsyncIterator[Page[Any]]:
    """Yield a list's pages, at most `most` of them; the caller works on one while the next two are on their way.

    The last page has a token where the list was not read to its end. A list that outlives its `continue` token (410) goes
    on with the token that comes with the refusal: newer objects may be in it, which does not hurt a diagnosis.
    """
    asking = _Asking(read, path, params)
    coming, given = asking.ask(""), 0
    seen = {""}
    try:
        while True:
            given += 1
            early = _token_in(await coming.head) if given != most else ""
            following = asking.ask(early) if early else None
            page = await _page(coming, word)
            if not page.resume or given == most or page.resume in seen:  # a token that repeats would never end
                yield page
                return
            seen.add(page.resume)
            coming = following or asking.ask(page.resume)
            yield page
    finally:
        await asking.end()


async def _page(coming: _Coming, word: type) -> Page[Any]:
    try:
        page: Page[Any] = decoded(await coming.body, Page[word])  # type: ignore[valid-type]  # a type chosen at run time
    except RefusedError as refusal:
        if not refusal.resume:
            raise
        return Page(ListMeta(refusal.resume))
    return page


def _token_in(head: bytes) -> str:
    """The `continue` token as the API server writes it; empty where it is not found there."""
    found = _TOKEN.match(head)
    return found[1].decode() if found else ""
