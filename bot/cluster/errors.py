"""What the API server's bytes say: objects, refusals, expired lists. Every failure becomes an error of ours here."""

import re
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from bot.errors import ClusterUnreachableError, K8snetError
from bot.model.text import one_line

UNAUTHORIZED, GONE = 401, 410
_TLS_CONTEXT = re.compile(r" ssl:(?:<[^>]*>|default)")  # as aiohttp names it, which tells a person nothing
# What may have been a mishap of the moment (429: API Priority and Fairness; 5xx: a server or proxy that restarts).
BUSY = (429, 500, 502, 503, 504)
BROKE_OFF = "the answer broke off"
NOT_IN_TIME = "not answered in time"
WEB_PAGE = "it was answered with a web page: a proxy or login page stands in the place of the API server"


class ApiError(K8snetError):
    """The API server did not give what was asked for."""

    def __init__(self, status: int, message: str, *, resume: str = "") -> None:
        super().__init__(message)
        self.status = status  # of HTTP; 0 where there was no whole answer
        self.resume = resume  # a new `continue` token that comes with 410


class BrokenError(ApiError):
    """An answer that broke, and that may come whole when asked for once more, after `pause` seconds."""

    def __init__(self, status: int, message: str, *, pause: float = 0.0) -> None:
        super().__init__(status, message)
        self.pause = pause


class NoConnectionError(ClusterUnreachableError):
    """A request got no answer at all: no connection, or one that broke before; `may_retry`: it was tried once only."""

    def __init__(self, message: str, *, why: str, hint: str, may_retry: bool) -> None:
        super().__init__(message, hint=hint)
        self.why, self.may_retry = why, may_retry


class CredentialRefusedError(ClusterUnreachableError):
    """The API server does not know who is asking (401)."""


class ListMeta(Struct, frozen=True, rename={"resume": "continue", "version": "resourceVersion"}):
    """The metadata of a list, as far as it is read."""

    resume: str = ""
    version: str = ""


class _Status(Struct, frozen=True):
    """A Status of meta/v1, which the server sends with every refusal."""

    message: str = ""
    metadata: ListMeta = ListMeta()


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def decoded(body: bytes | bytearray | msgspec.Raw, kind: Any) -> Any:
    """Return JSON of the API server's as a `kind`. Raises BrokenError for what is not of that kind."""
    try:
        return _decoder(kind).decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        if bytes(body)[:64].lstrip()[:1] == b"<":
            raise BrokenError(0, WEB_PAGE) from error
        raise BrokenError(0, f"an answer I do not understand ({one_line(str(error), limit=120)})") from error


def refused(status: int, body: bytes, server: str, pause: float = 0.0) -> K8snetError:
    """Return what a status other than 200 means, in the server's own words where they are some."""
    if status == UNAUTHORIZED:
        return CredentialRefusedError(
            f"The API server {server} does not accept my credentials.",
            hint="Check them: kubectl auth whoami. A login or a token may have ended.",
        )
    if body[:64].lstrip()[:1] == b"<":  # a proxy's refusal says nothing of rights, nor of what exists
        return BrokenError(0, f"{WEB_PAGE} (HTTP {status})")
    try:
        said = _decoder(_Status).decode(body)
    except (msgspec.DecodeError, RecursionError):  # not the API server's own words
        said = _Status()
    message = one_line(said.message, limit=200) or f"HTTP {status}"
    if status in BUSY:
        return BrokenError(status, message, pause=pause)
    return ApiError(status, message, resume=said.metadata.resume if status == GONE else "")


def unreachable(server: str, why: str, *, may_retry: bool = False) -> NoConnectionError:
    """Return that no connection to that address could be had, or that it broke."""
    why = _TLS_CONTEXT.sub("", why)
    return NoConnectionError(
        f"The API server {server} cannot be reached: {why}.",
        why=f"the connection failed: {why}",
        hint="Check: kubectl get --raw /readyz. Is the VPN up, the context right, the address reachable from here?",
        may_retry=may_retry,
    )
