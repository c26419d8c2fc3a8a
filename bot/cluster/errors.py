"""What the API server's bytes say: objects, refusals, expired lists. Every failure becomes an error of ours here."""

from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from bot.errors import ClusterUnreachable, K8snetError
from bot.model.text import one_line

UNAUTHORIZED, GONE = 401, 410


class RefusedError(K8snetError):
    """The API server did not give what was asked for."""

    def __init__(self, status: int, message: str, *, resume: str = "") -> None:
        super().__init__(message)
        self.status = status  # of HTTP; 0 where there was no whole answer
        self.resume = resume  # a new `continue` token that comes with 410


class BrokenAnswerError(RefusedError):
    """An answer that came in part, or is none of an API server's; the next one may be whole."""


class ListMeta(Struct, frozen=True, rename={"resume": "continue"}):
    """The metadata of a list, as far as it is read."""

    resume: str = ""


class _Status(Struct, frozen=True):
    """A Status of meta/v1, which the server sends with every refusal."""

    message: str = ""
    metadata: ListMeta = ListMeta()


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def decoded(body: bytes | msgspec.Raw, kind: Any) -> Any:
    """Decode JSON of the API server's. Raises RefusedError for what is not of that kind."""
    try:
        return _decoder(kind).decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise RefusedError(0, f"JSON that I do not understand ({one_line(str(error), limit=120)})") from error


def refused(status: int, body: bytes, server: str) -> K8snetError:
    """What a status other than 200 means, in the server's own words where they are some."""
    try:
        said = _decoder(_Status).decode(body)
    except (msgspec.DecodeError, RecursionError):  # a proxy's page, not the API server's own words
        said = _Status()
    if status == UNAUTHORIZED:
        return ClusterUnreachable(
            f"The API server {server} does not accept my credentials.",
            hint="Check them: kubectl auth whoami. A login or a token may have ended.",
        )
    message = one_line(said.message, limit=200) or f"HTTP {status}"
    return RefusedError(status, message, resume=said.metadata.resume if status == GONE else "")


def unreachable(server: str, why: str) -> ClusterUnreachable:
    """There is no API server to be had at that address."""
    return ClusterUnreachable(
        f"The API server {server} cannot be reached: {why}.",
        hint="Check: kubectl get --raw /readyz. Is the VPN up, the context right, the address reachable from here?",
    )
