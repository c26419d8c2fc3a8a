"""gRPC health and HTTP/2 against real servers: grpcio's, and servers that speak something else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model.probe import GrpcHealth, HttpGet, TlsHandshake
from bot.probes.handshake import handshake
from bot.probes.health import check_health, get
from bot.probes.request import request
from tests.probes.certificates import certificate, server_context, tls_server, written
from tests.probes.listeners import (
    HERE,
    Talk,
    closed_port,
    full_backlog,
    greeting,
    hanging,
    resetting,
    saying,
    status,
    tcp,
)

Status = health_pb2.HealthCheckResponse.ServingStatus
UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING


@asynccontextmanager
async def grpc_server(
    statuses: dict[str, Status] | None = None, credentials: grpc.ServerCredentials | None = None
) -> AsyncIterator[int]:
    """A gRPC server, with the health service where `statuses` are given; give its port."""
    server = grpc.aio.server()
    if statuses is not None:
        servicer = health.aio.HealthServicer()
        for name, each in statuses.items():
            await servicer.set(name, each)
        health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    place = f"{HERE}:0"
    port = server.add_secure_port(place, credentials) if credentials else server.add_insecure_port(place)
    await server.start()
    try:
        yield port
    finally:
        await server.stop(None)


@pytest.mark.parametrize(
    ("statuses", "service", "outcome", "told"),
    [
        ({"": SERVING}, "", "answered", "SERVING"),
        ({"": NOT_SERVING}, "", "server-error", "NOT_SERVING"),
        ({"": SERVING, "shop.Cart": NOT_SERVING}, "shop.Cart", "server-error", "NOT_SERVING"),
        ({"": SERVING}, "shop.Nobody", "answered", "service-unknown"),
        (None, "", "answered", "unimplemented"),
    ],
)
async def test_what_a_health_service_says(
    statuses: dict[str, Status] | None, service: str, outcome: str, told: str
) -> None:
    """NOT_SERVING is a failure; a server without the service, or without that name in it, has answered."""
    async with grpc_server(statuses) as port:
        seen = await check_health(GrpcHealth(HERE, port, service))

    assert (seen.outcome, seen.status, seen.detail["health"]) == (outcome, 200, told)
    assert 0 < seen.detail["connect_ms"] <= seen.ms


async def test_within_tls(tmp_path: Path) -> None:
    """The certificate is not judged; the handshake's end is timed apart."""
    chain, key = written(tmp_path, certificate("api.shop.svc"))
    credentials = grpc.ssl_server_credentials([(key.read_bytes(), chain.read_bytes())])
    async with grpc_server({"": SERVING}, credentials) as port:
        seen = await check_health(GrpcHealth(HERE, port, host="api.shop.svc", scheme="https"))
        plain = await check_health(GrpcHealth(HERE, port))

    assert (seen.outcome, seen.detail["health"]) == ("answered", "SERVING")
    assert seen.detail["connect_ms"] <= seen.detail["ready_ms"] <= seen.ms
    assert plain.outcome in ("not-http", "reset")


async def test_tls_is_asked_of_a_plain_server() -> None:
    """HTTP/2 in plain text on a port that is asked in TLS is told as no TLS."""
    async with grpc_server({"": SERVING}) as port:
        seen = await check_health(GrpcHealth(HERE, port, scheme="https"))

    assert seen.outcome in ("not-http", "reset")


async def test_demand_for_a_client_certificate(tmp_path: Path) -> None:
    """The C core of gRPC hangs up after the handshake, without a word and before any request."""
    chain, key = written(tmp_path, certificate("api.shop.svc"))
    pair = [(key.read_bytes(), chain.read_bytes())]
    credentials = grpc.ssl_server_credentials(pair, chain.read_bytes(), require_client_auth=True)
    async with grpc_server({"": SERVING}, credentials) as port:
        seen = await check_health(GrpcHealth(HERE, port, scheme="https"))
        shaken = await handshake(TlsHandshake(HERE, port))

    assert seen.outcome == "reset"
    assert (shaken.outcome, shaken.detail["client_certificate"]) == ("answered", "perhaps")


async def test_servers_of_another_protocol() -> None:
    """An HTTP/1.1 server's words are quoted."""
    async with tcp(saying(status(400))) as port:
        web = await check_health(GrpcHealth(HERE, port))
    async with tcp(greeting(b"-ERR unknown command\r\n")) as port:
        other = await get(HttpGet(HERE, port, version="2"))

    assert web.outcome == "not-http"
    assert "HTTP/1.1 400" in web.detail["got"]
    assert (other.outcome, "-ERR" in other.detail["got"]) == ("not-http", True)


async def test_how_a_connection_fails() -> None:
    """Refused, reset, silent and never reached stay apart."""
    with closed_port() as port:
        refused = await check_health(GrpcHealth(HERE, port))
    async with tcp(resetting) as port:
        reset = await check_health(GrpcHealth(HERE, port))
    async with tcp(hanging) as port:
        silent = await check_health(GrpcHealth(HERE, port), limit=0.2)
    with full_backlog() as port:
        full = await check_health(GrpcHealth(HERE, port), to_connect=0.1)

    assert [each.outcome for each in (refused, reset, silent, full)] == ["refused", "reset", "timeout", "timeout"]
    assert [each.detail["connected"] for each in (silent, full)] == [True, False]


async def test_get_in_http2(tmp_path: Path) -> None:
    """A gRPC server breaks a GET off in HTTP/2, and answers HTTP/1.1 with what is none; so does HTTP/1.1 within TLS."""
    async with grpc_server({"": SERVING}) as port:
        seen = await get(HttpGet(HERE, port, version="2"))
        older = await request(HttpGet(HERE, port))
    async with tls_server(saying(status(200)), server_context(tmp_path, certificate("api"))) as port:
        plain = await get(HttpGet(HERE, port, scheme="https", version="2"))

    assert (seen.outcome, seen.detail["error"]) == ("error", "HTTP/2: INTERNAL_ERROR")
    assert older.outcome in ("not-http", "reset")
    assert plain.outcome in ("not-http", "reset", "error")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.binary(max_size=200), st.booleans())
def test_bytes_of_a_stranger_break_nothing(words: bytes, after_settings: bool) -> None:
    """Whatever a server says, an observation comes."""
    greeted = b"\0\0\0\4\0\0\0\0\0" + words if after_settings else words

    async def ask() -> str:
        async with tcp(_saying_at_once(greeted)) as port:
            return (await check_health(GrpcHealth(HERE, port), limit=2.0)).outcome

    assert asyncio.run(ask()) in ("not-http", "reset", "error", "answered", "server-error", "timeout")


def _saying_at_once(words: bytes) -> Talk:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        await writer.drain()

    return talk
