"""Lists page by page. The server is never left waiting for us, and never has more than two pages to do.

A list is as slow as its pages are one after another. Its `continue` token stands at the head of a page, so the next one is
asked for when that head is here: the server reads it from etcd while it still writes the one before.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from functools import partial
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from msgspec import UNSET, Struct, UnsetType

from bot.cluster.errors import ApiError, BrokenError, ListMeta, decoded
from bot.model.kube.objects import KubeObject

# Pages without an object, one after the other: the API server fills a page before it gives a token to go on with.
_MOST_EMPTY = 3
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
    items: tuple[Known, ...] | UnsetType | None = UNSET  # a list of the API's always has them, if null

    @property
    def resume(self) -> str:
        """The `continue` token of the next page; empty on the last."""
        return self.metadata.resume


class Read(Protocol):
    """Returns a page; `head` is given its first bytes as soon as they are here."""

    def __call__(
        self, path: str, params: Params, *, head: asyncio.Future[bytes], decode: Callable[[bytes], Any]
    ) -> Coroutine[Any, Any, Any]: ...


class _Coming(NamedTuple):
    head: asyncio.Future[bytes]
    page: asyncio.Future[Page[Any]]


class _Asking:
    """Asks for pages of one list, and can take back what was not given yet."""

    def __init__(self, read: Read, path: str, params: Params, word: type) -> None:
        self._read, self._path, self._params = read, path, params
        self._decode = partial(page_of, word=word)
        self._asked: list[asyncio.Future[Page[Any]]] = []

    def ask(self, resume: str) -> _Coming:
        head: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        params = {**self._params, "continue": resume} if resume else self._params
        page = asyncio.ensure_future(self._read(self._path, params, head=head, decode=self._decode))
        page.add_done_callback(lambda _: None if head.done() else head.set_result(b""))  # a short page, or none
        self._asked = [each for each in self._asked if not each.done()] + [page]
        return _Coming(head, page)

    async def end(self) -> None:
        for each in self._asked:
            each.cancel()
        await asyncio.gather(*self._asked, return_exceptions=True)


async def pages(read: Read, path: str, params: Params, word: type, most: int = 0) -> AsyncIterator[Page[Any]]:
    """Yield a list's pages, at most `most` of them; the caller works on one while the next two are on their way.

    A list that outlives its `continue` token (410) goes on with the token that comes with the refusal: newer
    objects may be in it, which does not hurt a diagnosis. Raises ApiError for a list that does not come to an end.
    """
    asking, progress = _Asking(read, path, params, word), _Progress()
    coming, given = asking.ask(""), 0
    try:
        while True:
            given += 1
            early = _token_in(await coming.head) if given != most else ""
            following = asking.ask(early) if early and progress.is_new(early) else None
            page = await _resumed(coming)
            if not page.resume or given == most:
                yield page
                return
            is_endless = progress.is_endless(page)
            if not is_endless:
                coming = following if following and early == page.resume else asking.ask(page.resume)
            yield page
            if is_endless:
                raise ApiError(0, "the list does not end: its `continue` token repeats, or leads to nothing")
    finally:
        await asking.end()


class _Progress:
    """Whether a list gets on: every token is a new one, and leads to objects."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._empty = 0

    def is_new(self, token: str) -> bool:
        return token not in self._seen

    def is_endless(self, page: Page[Any]) -> bool:
        repeated = page.resume in self._seen
        self._seen.add(page.resume)
        self._empty = 0 if page.items else self._empty + 1
        return repeated or self._empty > _MOST_EMPTY


async def _resumed(coming: _Coming) -> Page[Any]:
    """Return the page; of an expired list one without objects, with the token to go on with."""
    try:
        return await coming.page
    except ApiError as refusal:
        if not refusal.resume:
            raise
        return Page(ListMeta(refusal.resume), ())


def page_of(body: bytes | bytearray, word: type) -> Page[Any]:
    """Return a page. Raises BrokenError for what is no list."""
    page: Page[Any] = decoded(body, Page[word])  # type: ignore[valid-type]  # a type chosen at run time
    if page.items is UNSET:
        raise BrokenError(0, "an answer I do not understand (it is no list)")
    return page


def _token_in(head: bytes) -> str:
    """The `continue` token as the API server writes it; empty where it is not found there."""
    found = _TOKEN.match(head)
    return found[1].decode() if found else ""
