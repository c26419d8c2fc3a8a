"""Handshakes with real TLS servers, and with servers that do not speak TLS."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.model.probe import Observation, TlsHandshake
from bot.probes.certificates import read_certificate
from bot.probes.handshake import handshake
from bot.probes.tls_words import certificate_in, looks_like_tls, wants_client_certificate
from tests.probes.certificates import DAY, blocking_server, certificate, server_context, tls_server
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

NAME = "api.shop.svc"


async def shaken(port: int, name: str = NAME) -> Observation:
    return await handshake(TlsHandshake(HERE, port, name))


async def test_what_a_server_shows(tmp_path: Path) -> None:
    """Names, dates and issuer come without trust; so do the version and the protocol that was agreed on."""
    shown = certificate("api.shop.svc", "*.shop.svc.cluster.local", HERE)
    async with tls_server(hanging, server_context(tmp_path, shown, alpn=("h2", "http/1.1"))) as port:
        seen = await shaken(port)

    found = seen.certificate
    assert found is not None
    assert (seen.outcome, seen.detail["version"], seen.detail["alpn"]) == ("answered", "TLSv1.3", "h2")
    assert found.names == ("api.shop.svc", "*.shop.svc.cluster.local", HERE)
    assert (found.issuer, found.is_self_signed) == ("CN=Test Authority", False)
    assert found.days_left(datetime.now(UTC)) in (89, 90)
    assert 0 < seen.detail["connect_ms"] <= seen.ms


@pytest.mark.parametrize("name", ["", HERE, "api.shop.svc.", NAME])
async def test_any_name_may_be_asked(tmp_path: Path, name: str) -> None:
    """An address is no SNI, and a dot at the end of a name neither."""
    async with tls_server(hanging, server_context(tmp_path, certificate(NAME))) as port:
        assert (await shaken(port, name)).outcome == "answered"


async def test_expired_and_self_signed(tmp_path: Path) -> None:
    """What no caller would trust is read all the same."""
    shown = certificate(NAME, left=-3 * DAY, self_signed=True)
    async with tls_server(hanging, server_context(tmp_path, shown)) as port:
        found = (await shaken(port)).certificate

    assert found is not None
    assert found.is_self_signed
    assert found.days_left(datetime.now(UTC)) < 0


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_client_certificate_is_demanded(tmp_path: Path, version: ssl.TLSVersion) -> None:
    """The demand is an answer; TLS 1.2 makes it in the open, TLS 1.3 after the handshake."""
    context = server_context(tmp_path, certificate(NAME))
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = context.maximum_version = version
    with blocking_server(context) as port:
        seen = await shaken(port)

    assert (seen.outcome, seen.wants_client_certificate) == ("answered", True)
    assert seen.certificate is not None
    assert seen.certificate.names == (NAME,)


async def test_demand_without_a_word(tmp_path: Path) -> None:
    """A server of TLS 1.2 that asks for a certificate and hangs up has said enough."""
    context = server_context(tmp_path, certificate(NAME))
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with tls_server(hanging, context) as port:
        seen = await shaken(port)

    assert (seen.outcome, seen.wants_client_certificate) == ("answered", True)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_client_certificate_may_be_left_out(tmp_path: Path, version: ssl.TLSVersion) -> None:
    """A server that only would like one goes on without it."""
    context = server_context(tmp_path, certificate(NAME))
    context.verify_mode = ssl.CERT_OPTIONAL
    context.minimum_version = context.maximum_version = version
    with blocking_server(context) as port:
        seen = await shaken(port)

    assert (seen.outcome, seen.wants_client_certificate) == ("answered", False)


async def test_server_that_refuses_the_name(tmp_path: Path) -> None:
    """An alert in words of OpenSSL, told apart from no TLS."""
    context = server_context(tmp_path, certificate(NAME))
    context.sni_callback = lambda *_: ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME  # type: ignore[assignment]
    with blocking_server(context) as port:
        seen = await shaken(port, "other.example")

    assert (seen.outcome, seen.detail["tls"]) == ("error", "tlsv1 unrecognized name")


@pytest.mark.parametrize(
    "words",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"J\0\0\0\n8.0.36\0",
        b"-ERR unknown command\r\n",
    ],
)
async def test_plain_text_on_a_tls_port(words: bytes) -> None:
    """What speaks something else is quoted."""
    async with tcp(greeting(words)) as port:
        seen = await shaken(port)

    assert seen.outcome == "not-tls"
    assert repr(words[:6])[2:-1] in seen.detail["got"]


async def test_no_word_is_no_plain_text() -> None:
    """A reset, a closing and silence say nothing about the protocol; the errno is kept."""
    async with tcp(resetting) as port:
        reset = await shaken(port)
    async with tcp(saying(b"")) as port:
        silent = await handshake(TlsHandshake(HERE, port), limit=0.2)
    with closed_port() as port:
        refused = await shaken(port)
    with full_backlog() as port:
        full = await handshake(TlsHandshake(HERE, port), to_connect=0.1)

    assert (reset.outcome, reset.detail["errno"]) == ("reset", "ECONNRESET")
    assert (silent.outcome, silent.detail["connected"]) == ("timeout", True)
    assert (refused.outcome, refused.detail["errno"]) == ("refused", "ECONNREFUSED")
    assert (full.outcome, full.detail["connected"]) == ("timeout", False)


async def test_http_server_hangs_up() -> None:
    """A server that closes at once at our greeting is no TLS server for sure, and no proof."""

    async def closing(reader: object, _: object) -> None:
        await reader.read(1)  # type: ignore[attr-defined]

    async with tcp(closing) as port:
        seen = await shaken(port)

    assert seen.outcome == "reset"


async def test_address_that_is_none() -> None:
    seen = await handshake(TlsHandshake("nowhere", 443))

    assert seen.outcome == "error"


async def test_answer_of_http_is_found_out(tmp_path: Path) -> None:
    """The other way round, for contrast: a TLS server called in plain text says `tls: expected`."""
    from bot.model.probe import HttpGet
    from bot.probes.request import request

    async with tls_server(saying(status(200)), server_context(tmp_path, certificate(NAME))) as port:
        seen = await request(HttpGet(HERE, port))

    assert seen.outcome in ("not-http", "reset"), seen


@given(st.binary(max_size=300))
def test_bytes_of_a_stranger_break_nothing(heard: bytes) -> None:
    """Whatever came, the words about it come without an error."""
    looks_like_tls(heard)
    wants_client_certificate(heard)
    assert len(certificate_in(heard)) <= len(heard)
    assert read_certificate(heard) is None


@example(369, 128)  # a serial number below 0
@given(st.integers(0, 2000), st.integers(0, 255))
def test_spoilt_certificates_break_nothing(place: int, value: int) -> None:
    """One byte of a certificate is changed: it is read, or it is not."""
    from cryptography.hazmat.primitives.serialization import Encoding

    spoilt = bytearray(_WHOLE.public_bytes(Encoding.DER))
    spoilt[place % len(spoilt)] = value
    read_certificate(bytes(spoilt))


_WHOLE = certificate(NAME, "*.shop.svc", HERE)


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("api.shop.svc", "api.shop.svc", True),
        ("API.shop.svc", "api.shop.svc.", True),
        ("*.shop.svc", "api.shop.svc", True),
        ("*.shop.svc", "a.b.shop.svc", False),
        ("*.shop.svc", ".shop.svc", False),
        ("*.svc", "api.shop.svc", False),
        ("a*.shop.svc", "api.shop.svc", False),
        ("10.96.0.7", "10.96.0.7", True),
        ("api", "api.shop.svc", False),
    ],
)
def test_names_that_a_certificate_covers(pattern: str, name: str, fits: bool) -> None:
    """A wildcard stands for one whole label."""
    from bot.model.certificate import Certificate

    now = datetime.now(UTC)
    assert Certificate(now, now + timedelta(days=1), names=(pattern,)).covers(name) is fits
