"""TLS: shake hands, look at what was shown, hang up. Rule: nothing is trusted, and nothing of ours is sent but the handshake.

Certificates are judged apart (`bot/checks`): this only tells which one came, and how far the handshake got.
"""

import asyncio
import ssl
from typing import Any

import msgspec

from bot.model.probe import Observation, Outcome, TlsHandshake
from bot.model.redact_text import scrub
from bot.model.text import one_line
from bot.probes import connect
from bot.probes.certificates import read_certificate
from bot.probes.line import EndedError, Line, line
from bot.probes.sockets import outcome_of, words_of
from bot.probes.tls_words import (
    certificate_in,
    is_about_clients,
    looks_like_tls,
    means_plain_text,
    reason_of,
    wants_client_certificate,
)

TRY_SECONDS = 2.0
# How long a server of TLS 1.3 may take to say that it wants a client's certificate: it does so after our side has ended.
_AFTERWARDS = 0.25
_OFFERED = ("h2", "http/1.1")
_GOT = 60
_REQUIRED_LATE = "TLSv1.3"


async def handshake(
    probe: TlsHandshake, limit: float = TRY_SECONDS, to_connect: float = connect.TRY_SECONDS
) -> Observation:
    """Make one try: `limit` seconds, of them `to_connect` until there is a connection.

    Gives ANSWERED (a handshake, or the demand for a client's certificate), NOT_TLS, RESET (also: closed without a word, as a
    server does that does not understand), ERROR (an alert), or how the connection failed. `ms` is the time to its end.

    `detail` holds: `connect_ms`, `version`, `alpn`, `certificate`, `client_certificate` ("wanted", "perhaps"), `tls`
    (OpenSSL's words of a failure), `got` (what came that is not TLS), `connected` (with TIMEOUT), `errno`.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    told: dict[str, Any] = {}
    try:
        async with asyncio.timeout(limit), line(probe.address, probe.port, to_connect) as opened:
            told["connect_ms"] = _ms(began)
            outcome = await _shake(opened, probe, told)
            return Observation(probe, outcome, told.pop("ms", 0.0) or _ms(began), detail=told)
    except TimeoutError:
        return Observation(probe, Outcome.TIMEOUT, _ms(began), detail={**told, "connected": "connect_ms" in told})
    except ValueError as error:
        return Observation(probe, Outcome.ERROR, detail={"error": str(error)})
    except OSError as error:
        return Observation(probe, outcome_of(error), _ms(began), detail={**told, **words_of(error)})


async def _shake(opened: Line, probe: TlsHandshake, told: dict[str, Any]) -> Outcome:
    began = asyncio.get_running_loop().time()
    try:
        spoken = await opened.secure(probe.name, _OFFERED)
    except EndedError:
        return _closed(opened, told)
    except ssl.SSLError as error:
        return _refused(opened, reason_of(error), told)
    except ConnectionError:
        if not wants_client_certificate(opened.heard):
            raise
        return _closed(opened, told)
    told["ms"] = round(told["connect_ms"] + _ms(began), 2)
    told |= {"version": spoken.version() or "", "alpn": spoken.selected_alpn_protocol() or ""}
    _show(told, spoken.getpeercert(binary_form=True) or b"")
    # A server of TLS 1.2 that went on without one only would have liked it.
    if spoken.version() == _REQUIRED_LATE and (wanted := await _late_demand(opened)):
        told["client_certificate"] = wanted
    return Outcome.ANSWERED


async def _late_demand(opened: Line) -> str:
    """Return `wanted` where the server says so, having seen that no certificate came; `perhaps` where it just hangs up.

    gRPC's C core closes without an alert. Who closes a sound connection before any request has no better reason.
    """
    try:
        async with asyncio.timeout(_AFTERWARDS):
            return "" if await opened.receive() else "perhaps"
    except ssl.SSLError as error:
        return "wanted" if is_about_clients(reason_of(error)) else ""
    except ConnectionError:
        return "perhaps"
    except TimeoutError:  # it waits for a request
        return ""


def _refused(opened: Line, reason: str, told: dict[str, Any]) -> Outcome:
    """Return what came of it: the server does not speak TLS, wants a certificate of ours, or refuses; `told` has the words."""
    if opened.heard and (means_plain_text(reason) or not looks_like_tls(opened.heard)):
        return _not_tls(opened, told)
    told["tls"] = reason
    if is_about_clients(reason) or wants_client_certificate(opened.heard):
        return _wanted(opened, told)
    return Outcome.ERROR


def _closed(opened: Line, told: dict[str, Any]) -> Outcome:
    if opened.heard and not looks_like_tls(opened.heard):
        return _not_tls(opened, told)
    told["error"] = "closed without an answer"
    return _wanted(opened, told) if wants_client_certificate(opened.heard) else Outcome.RESET


def _wanted(opened: Line, told: dict[str, Any]) -> Outcome:
    """A handshake that ended where our certificate should have come: up to there all of it was in the open."""
    told["client_certificate"] = "wanted"
    _show(told, certificate_in(opened.heard))
    return Outcome.ANSWERED


def _not_tls(opened: Line, told: dict[str, Any]) -> Outcome:
    told["got"] = one_line(scrub(repr(opened.heard[:_GOT])), limit=2 * _GOT)
    return Outcome.NOT_TLS


def _show(told: dict[str, Any], der: bytes) -> None:
    if der and (found := read_certificate(der)):
        told["certificate"] = msgspec.to_builtins(found)


def _ms(began: float) -> float:
    return round((asyncio.get_running_loop().time() - began) * 1000, 2)
