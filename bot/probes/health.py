"""gRPC and HTTP/2: the health check that the kubelet makes, and a GET. Rule: only calls that read.

Health/Check is read-only by its definition. https://github.com/grpc/grpc/blob/master/doc/health-checking.md
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

from bot.model.probe import Call, GrpcHealth, HttpGet, Observation, Outcome
from bot.model.redact_text import scrub
from bot.model.text import one_line, plain
from bot.probes import connect
from bot.probes.http2 import Answer, BrokenOffError, NotHttp2Error, ask
from bot.probes.line import EndedError, Line, line
from bot.probes.sockets import outcome_of, words_of
from bot.probes.tls_words import is_about_clients, means_plain_text, reason_of

# As for HTTP/1.1: twice the default timeout of the kubelet's probes.
TRY_SECONDS = 2.0
_LINE = 120
_SERVER_ERROR, _CLIENT_ERROR = 500, 400
# https://github.com/grpc/grpc/blob/master/doc/statuscodes.md
_OK, _NOT_FOUND, _PERMISSION_DENIED, _UNIMPLEMENTED, _UNAUTHENTICATED = 0, 5, 7, 12, 16
# enum ServingStatus; a message without the field has its first value.
_SERVING = ("UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN")
_VARINT_OF_FIELD_1, _BYTES_OF_FIELD_1 = 0x08, 0x0A
_PREFIX = 5  # bytes before a message: whether it is compressed, and its length
_SHORT = 128  # below this a length is one byte


async def check_health(
    probe: GrpcHealth, limit: float = TRY_SECONDS, to_connect: float = connect.TRY_SECONDS
) -> Observation:
    """Make one try: `limit` seconds to the answer, of them `to_connect` until there is a connection.

    Gives ANSWERED (SERVING, or an answer that says nothing of health: no such service, no rights), SERVER_ERROR (NOT_SERVING,
    or another gRPC status that is a failure), NOT_HTTP, RESET, or how the connection failed. `ms` is the time to the answer.

    `detail` holds: `connect_ms`, `ready_ms` (to the end of the TLS handshake), `health` (a ServingStatus, or `unimplemented`,
    `service-unknown`, `no-rights`, `no-grpc`), `grpc_status`, `grpc_message`, `tls`, `got`, `connected`, `errno`.
    """
    name = probe.service.encode()
    message = bytes([_BYTES_OF_FIELD_1, len(name)]) + name if name and len(name) < _SHORT else b""
    framed = b"\0" + len(message).to_bytes(4, "big") + message
    fields = [("content-type", "application/grpc"), ("te", "trailers"), ("grpc-timeout", f"{round(limit * 1000)}m")]

    async def talk(opened: Line) -> tuple[Outcome, int, dict[str, Any]]:
        head = _head("POST", "/grpc.health.v1.Health/Check", probe)
        return _health(await ask(opened, [*head, *fields], framed))

    return await _call(probe, talk, limit, to_connect)


async def get(probe: HttpGet, limit: float = TRY_SECONDS, to_connect: float = connect.TRY_SECONDS) -> Observation:
    """Make one GET in HTTP/2; outcomes as of `bot.probes.request`, details as of `check_health`, and `body`."""

    async def talk(opened: Line) -> tuple[Outcome, int, dict[str, Any]]:
        path = probe.path if probe.path.startswith("/") else f"/{probe.path}"
        answer = await ask(opened, [*_head("GET", path, probe), ("accept", "*/*")])
        outcome = Outcome.SERVER_ERROR if answer.status >= _SERVER_ERROR else Outcome.ANSWERED
        found = {key: _told(answer.headers.get(key, "")) for key in ("location", "server")}
        if answer.status >= _CLIENT_ERROR:
            found["body"] = _told(answer.body.decode(errors="replace").strip().split("\n", 1)[0])
        return outcome, answer.status, {key: value for key, value in found.items() if value}

    return await _call(probe, talk, limit, to_connect)


def _head(method: str, path: str, probe: Call) -> list[tuple[str, str]]:
    address = f"[{probe.address}]" if ":" in probe.address else probe.address
    authority = probe.host or f"{address}:{probe.port}"
    fields = [(":method", method), (":scheme", probe.scheme), (":authority", authority), (":path", path)]
    return [*fields, ("user-agent", "k8snet")]


async def _call(
    probe: Call,
    talk: Callable[[Line], Awaitable[tuple[Outcome, int, dict[str, Any]]]],
    limit: float,
    to_connect: float,
) -> Observation:
    loop = asyncio.get_running_loop()
    began = loop.time()
    told: dict[str, Any] = {}
    try:
        async with asyncio.timeout(limit), line(probe.address, probe.port, to_connect) as opened:
            told["connect_ms"] = told["ready_ms"] = _ms(began)
            if probe.scheme == "https":
                await opened.secure(probe.host, ("h2",))
                told["ready_ms"] = _ms(began)
            outcome, status, said = await talk(opened)
            return Observation(probe, outcome, _ms(began), status=status, detail={**told, **said})
    except TimeoutError:
        return Observation(probe, Outcome.TIMEOUT, _ms(began), detail={**told, "connected": "connect_ms" in told})
    except (NotHttp2Error, BrokenOffError, OSError, ValueError) as error:
        outcome, said = _meaning(error)
        return Observation(probe, outcome, _ms(began), detail={**told, **said})


def _meaning(error: Exception) -> tuple[Outcome, dict[str, Any]]:
    match error:
        case NotHttp2Error(got=got):
            is_alert = got[:2] == b"\x15\x03"
            return Outcome.NOT_HTTP, {"tls": "expected"} if is_alert else {"got": _told(repr(got))}
        case BrokenOffError():
            return Outcome.ERROR, {"error": f"HTTP/2: {error}"}
        case EndedError():
            return Outcome.RESET, {"error": "closed without an answer"}
        case ssl.SSLError():
            reason = reason_of(error)
            if is_about_clients(reason):
                return Outcome.ERROR, {"tls": reason, "client_certificate": "wanted"}
            return Outcome.NOT_HTTP if means_plain_text(reason) else Outcome.ERROR, {"tls": reason}
        case OSError():
            return outcome_of(error), words_of(error)
    return Outcome.ERROR, {"error": _told(str(error))}


def _health(answer: Answer) -> tuple[Outcome, int, dict[str, Any]]:
    """Read an answer to Health/Check. What is no gRPC at all answers with a status of HTTP, and speaks HTTP/2 all the same."""
    code = answer.headers.get("grpc-status", "")
    if not code.isdecimal():
        outcome = Outcome.SERVER_ERROR if answer.status >= _SERVER_ERROR else Outcome.ANSWERED
        return outcome, answer.status, {"health": "no-grpc"}
    said = _told(answer.headers.get("grpc-message", ""))
    told = {"grpc_status": int(code), **({"grpc_message": said} if said else {})}
    known = {_UNIMPLEMENTED: "unimplemented", _NOT_FOUND: "service-unknown"}
    known |= {_PERMISSION_DENIED: "no-rights", _UNAUTHENTICATED: "no-rights"}
    if int(code) == _OK:
        health = _serving_status(answer.body)
        outcome = Outcome.SERVER_ERROR if health == "NOT_SERVING" else Outcome.ANSWERED
        return outcome, answer.status, {**told, "health": health}
    if int(code) in known:
        return Outcome.ANSWERED, answer.status, {**told, "health": known[int(code)]}
    return Outcome.SERVER_ERROR, answer.status, told


def _serving_status(body: bytes) -> str:
    """Read HealthCheckResponse, whose only field is `status`."""
    message = body[_PREFIX:]
    if not message:
        return _SERVING[0]
    value = message[1] if message[0] == _VARINT_OF_FIELD_1 and len(message) > 1 else -1
    return _SERVING[value] if 0 <= value < len(_SERVING) else "UNKNOWN"


def _told(text: str) -> str:
    return one_line(scrub(plain(text)), limit=_LINE)


def _ms(began: float) -> float:
    return round((asyncio.get_running_loop().time() - began) * 1000, 2)
