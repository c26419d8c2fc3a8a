"""Certificates of our own making, and TLS servers on loopback that show them."""

import socket
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.probes.listeners import HERE, Talk, tcp

KEY = ec.generate_private_key(ec.SECP256R1())
CA_KEY = ec.generate_private_key(ec.SECP256R1())
DAY = timedelta(days=1)


def certificate(*names: str, left: timedelta = 90 * DAY, self_signed: bool = False) -> x509.Certificate:
    """A certificate for `names` that ends after `left`, of an authority of its own unless it is self-signed."""
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0] if names else "nobody")])
    issuer = subject if self_signed else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test Authority")])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, now + left) - 30 * DAY)
        .not_valid_after(now + left)
    )
    if names:
        built = built.add_extension(x509.SubjectAlternativeName([_general(each) for each in names]), critical=False)
    return built.sign(KEY if self_signed else CA_KEY, hashes.SHA256())


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def written(folder: Path, shown: x509.Certificate) -> tuple[Path, Path]:
    """Write a certificate and its key; give the two files."""
    folder.mkdir(parents=True, exist_ok=True)
    chain, key = folder / "tls.crt", folder / "tls.key"
    chain.write_bytes(shown.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return chain, key


def server_context(folder: Path, shown: x509.Certificate, *, alpn: tuple[str, ...] = ("http/1.1",)) -> ssl.SSLContext:
    """What an ordinary server of this certificate would use."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*written(folder, shown))
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


@contextmanager
def blocking_server(context: ssl.SSLContext) -> Iterator[int]:
    """A TLS server that shakes hands as OpenSSL does, alerts and all; asyncio's closes without the alert. Give its port."""
    with socket.create_server((HERE, 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    accepted, _ = listener.accept()
                    with suppress(OSError), accepted, context.wrap_socket(accepted, server_side=True) as talk:
                        talk.settimeout(5)
                        talk.recv(1)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


@asynccontextmanager
async def tls_server(talk: Talk, context: ssl.SSLContext) -> AsyncIterator[int]:
    """A TLS server on loopback; give its port."""
    async with tcp(talk, tls=context) as port:
        yield port
