"""aiohttp, imported without reading the authorities of this system, which costs 30 ms and few processes ever need.

aiohttp makes two TLS contexts when it is imported, and each reads the system's authorities. Ours are told by the kubeconfig
(`bot.cluster.credentials`); theirs stand for an https proxy. So both read them when they first speak to somebody.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class _LateContext(ssl.SSLContext):
    """A context that is to trust the system's authorities, and has not read them yet; once it has, it is an ordinary one."""

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """Begin a connection as asyncio does."""
        self._read_authorities()
        return self.wrap_bio(*args, **kwargs)

    def wrap_socket(self, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        """Begin a connection on a socket."""
        self._read_authorities()
        return self.wrap_socket(*args, **kwargs)

    def _read_authorities(self) -> None:
        self.__class__ = ssl.SSLContext  # type: ignore[assignment]  # the same but for these methods
        self.set_default_verify_paths()


@contextmanager
def _authorities_later() -> Iterator[None]:
    """Within it a context that is told to trust the system's authorities reads them only when it is used."""

    def note(context: ssl.SSLContext) -> None:
        context.__class__ = _LateContext

    ssl.SSLContext.set_default_verify_paths = note  # type: ignore[assignment]  # of a class in C, seen by all who make one
    try:
        yield
    finally:
        del ssl.SSLContext.set_default_verify_paths  # that of its C class is seen again


with _authorities_later():
    import aiohttp

__all__ = ["aiohttp"]
