"""TCP and HTTP probes against real listeners on loopback."""

import ssl
import subprocess
from pathlib import Path

import pytest

from bot.model.probe import HttpGet, Outcome, TcpConnect
from bot.probes.connect import connect
from bot.probes.request import request
from tests.probes.listeners import (
    HERE,
    closed_port,
    full_backlog,
    greeting,
    hanging,
    resetting,
    saying,
    status,
    tcp,
)


async def test_tcp_connects() -> None:
    """Whoever accepts has answered, here at an address of the machine's own; not a byte was sent."""
    async with tcp(hanging) as port:
        seen = await connect(TcpConnect(HERE, port))

    assert (seen.outcome, seen.detail) == (Outcome.ANSWERED, {"own": True})
    assert seen.ms < 500


async def test_tcp_refused() -> None:
    """A closed port says so at once, and errno is kept."""
    with closed_port() as port:
        seen = await connect(TcpConnect(HERE, port))

    assert (seen.outcome, seen.detail) == (Outcome.REFUSED, {"errno": "ECONNREFUSED"})


async def test_tcp_dropped() -> None:
    """A dropped SYN is a timeout after the try's limit."""
    with full_backlog() as port:
        seen = await connect(TcpConnect(HERE, port), limit=0.15)

    assert seen.outcome is Outcome.TIMEOUT
    assert 140 < seen.ms < 1000


async def test_tcp_unreachable() -> None:
    """An address that no route leads to is UNREACHABLE: neither refused nor silent."""
    seen = await connect(TcpConnect("255.255.255.255", 80))

    assert seen.outcome is Outcome.UNREACHABLE
    assert seen.detail["errno"] == "ENETUNREACH"


async def test_tcp_no_address() -> None:
    """A hand-made slice may hold anything (RTE-016): what is no IP is told, not raised."""
    seen = await connect(TcpConnect("backend.example", 80))

    assert (seen.outcome, seen.detail["error"]) == (
        Outcome.ERROR,
        "'backend.example' does not appear to be an IPv4 or IPv6 address",
    )


@pytest.mark.parametrize(
    ("code", "outcome"),
    [(200, "answered"), (301, "answered"), (404, "answered"), (500, "server-error"), (503, "server-error")],
)
async def test_http_status(code: int, outcome: str) -> None:
    """Any status below 500 is an answer; redirects are not followed."""
    heads: list[bytes] = []
    answer = status(code, body="first\nsecond", headers="Location: http://127.0.0.1:1/\r\nServer: envoy\r\n")
    async with tcp(saying(answer, count=heads)) as port:
        seen = await request(HttpGet(HERE, port, "/ready?full=1", host="user-service.shop"))

    assert (seen.outcome, seen.status) == (outcome, code)
    assert (seen.detail["location"], seen.detail["server"]) == ("http://127.0.0.1:1/", "envoy")
    assert seen.detail.get("body") == ("first" if code >= 400 else None)
    assert len(heads) == 1
    assert heads[0].startswith(b"GET /ready?full=1 HTTP/1.1\r\n")
    assert b"\r\nHost: user-service.shop\r\n" in heads[0]


async def test_http_body_is_scrubbed_and_plain() -> None:
    """Secrets, escapes and length are taken out of what an application says before anybody reads it."""
    body = f"\x1b[31mDSN postgres://app:hunter2@db/x password=hunter2 {'y' * 5000}\nmore"
    async with tcp(saying(status(500, body=body))) as port:
        seen = await request(HttpGet(HERE, port))

    assert seen.detail["body"].startswith("DSN postgres://[hidden]@db/x password=[hidden]")
    assert "hunter2" not in str(seen.detail)
    assert len(seen.detail["body"]) <= 120


async def test_http_without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's proxy is for the outside world: a pod is called directly (APP-023)."""
    with closed_port() as nobody:
        monkeypatch.setenv("HTTP_PROXY", f"http://{HERE}:{nobody}")
        monkeypatch.setenv("http_proxy", f"http://{HERE}:{nobody}")
        async with tcp(saying(status(200))) as port:
            seen = await request(HttpGet(HERE, port))

    assert seen.outcome is Outcome.ANSWERED


async def test_http_hang() -> None:
    """Connected and silent is a timeout that says so (APP-011), and gets its whole time."""
    async with tcp(hanging) as port:
        seen = await request(HttpGet(HERE, port), limit=0.15, to_connect=0.05)

    assert (seen.outcome, seen.detail) == (Outcome.TIMEOUT, {"connected": True})
    assert seen.ms >= 150


async def test_https_hang_in_handshake() -> None:
    """A hang during the TLS handshake is a hang too: the connection had come about."""
    async with tcp(hanging) as port:
        seen = await request(HttpGet(HERE, port, scheme="https"), limit=0.15)

    assert (seen.outcome, seen.detail) == (Outcome.TIMEOUT, {"connected": True})


async def test_http_dropped() -> None:
    """Never connected is a timeout that says so, as soon as a TCP probe would say it."""
    with full_backlog() as port:
        seen = await request(HttpGet(HERE, port), limit=60, to_connect=0.1)

    assert (seen.outcome, seen.detail) == (Outcome.TIMEOUT, {"connected": False})


async def test_http_refused() -> None:
    """A closed port is refused, whatever was to be asked there."""
    with closed_port() as port:
        seen = await request(HttpGet(HERE, port))

    assert (seen.outcome, seen.detail) == (Outcome.REFUSED, {"errno": "ECONNREFUSED"})


async def test_http_reset() -> None:
    """RST after the request (SO_LINGER 0)."""
    async with tcp(resetting) as port:
        seen = await request(HttpGet(HERE, port))

    assert (seen.outcome, seen.detail) == (Outcome.RESET, {"errno": "ECONNRESET"})


async def test_http_closed_without_an_answer() -> None:
    """FIN instead of an answer counts as reset: the caller sees EOF."""
    async with tcp(saying(b"")) as port:
        seen = await request(HttpGet(HERE, port))

    assert (seen.outcome, seen.detail) == (Outcome.RESET, {"error": "closed without an answer"})


@pytest.mark.parametrize(
    "words", [b"SSH-2.0-OpenSSH_9.2\r\n", b"J\x00\x00\x00\x0a8.0.36\x00", b"-ERR unknown command\r\n"]
)
async def test_garbage_is_not_http(words: bytes) -> None:
    """A server of another protocol: bytes came, and they are not HTTP."""
    async with tcp(greeting(words)) as port:
        seen = await request(HttpGet(HERE, port))

    assert seen.outcome is Outcome.NOT_HTTP
    assert seen.detail["got"]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A TLS server's context with a fresh self-signed certificate."""
    place: Path = tmp_path_factory.mktemp("tls")
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1"
    words += " -subj /CN=nobody -keyout key -out cert"
    subprocess.run(["openssl", *words.split()], cwd=place, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place / "cert", place / "key")
    return context


async def test_https_with_a_self_signed_certificate(certificate: ssl.SSLContext) -> None:
    """Certificates are not judged: the app answers."""
    async with tcp(saying(status(204)), tls=certificate) as port:
        seen = await request(HttpGet(HERE, port, scheme="https", host="user-service.shop"))

    assert (seen.outcome, seen.status) == (Outcome.ANSWERED, 204)


async def test_plain_text_to_a_tls_server_that_alerts() -> None:
    """A TLS alert comes back: not HTTP, and the detail says that TLS was expected (APP-018)."""
    async with tcp(greeting(b"\x15\x03\x01\x00\x02\x02\x46")) as port:
        seen = await request(HttpGet(HERE, port))

    assert (seen.outcome, seen.detail) == (Outcome.NOT_HTTP, {"tls": "expected"})


async def test_plain_text_to_a_tls_server_that_explains() -> None:
    """Such as nginx, with a 400 in plain text: an answer, and the detail says that TLS was expected."""
    body = "<html>\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>"
    async with tcp(saying(status(400, body=body))) as port:
        seen = await request(HttpGet(HERE, port))

    assert (seen.outcome, seen.status) == (Outcome.ANSWERED, 400)
    assert seen.detail == {"body": "400 The plain HTTP request was sent to HTTPS port", "tls": "expected"}


async def test_plain_text_to_a_tls_server_that_hangs_up(certificate: ssl.SSLContext) -> None:
    """A TLS server that only hangs up looks like any other: reset, and no word about TLS is invented."""
    async with tcp(saying(status(200)), tls=certificate) as port:
        seen = await request(HttpGet(HERE, port))

    assert (seen.outcome, seen.detail) == (Outcome.RESET, {"error": "closed without an answer"})


async def test_tls_to_a_plain_text_server() -> None:
    """A server that answers a ClientHello in plain text speaks no TLS (APP-018)."""
    async with tcp(greeting(status(400))) as port:
        seen = await request(HttpGet(HERE, port, scheme="https"))

    assert seen.outcome is Outcome.NOT_HTTP
    assert seen.detail["tls"] == "wrong version number"


async def test_path_cannot_smuggle() -> None:
    """A path from a manifest stays one request line."""
    heads: list[bytes] = []
    async with tcp(saying(status(200), count=heads)) as port:
        await request(HttpGet(HERE, port, "/a b\r\nX-Evil: 1\r\n\r\nGET /second"))

    assert len(heads) == 1
    assert b"X-Evil: 1\r\n" not in heads[0]
    assert heads[0].count(b"GET") == heads[0].split(b"\r\n")[0].count(b"GET")
