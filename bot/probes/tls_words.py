"""What the bytes and errors of a TLS handshake mean. Pure; the bytes are a stranger's and may be anything."""

import ssl
from collections.abc import Iterator

# Record types (RFC 8446, 5.1) and handshake messages (RFC 5246, 7.4).
_ALERT, _HANDSHAKE, _FIRST_TYPE, _LAST_TYPE = 21, 22, 20, 24
_CERTIFICATE, _CERTIFICATE_REQUEST = 11, 13
_MAJOR = 3
# Alerts about a certificate can only mean the client's, when a server sends them (RFC 8446, 6.2): it was shown none.
_ABOUT_CLIENTS = (
    "certificate required",
    "bad certificate",
    "unsupported certificate",
    "certificate unknown",
    "unknown ca",
    "no certificate",
)
_PLAIN = ("wrong version", "http request", "record layer", "packet length", "bad record type", "unknown protocol")


def reason_of(error: ssl.SSLError) -> str:
    """Return OpenSSL's reason in small words, e.g. `tlsv13 alert certificate required`."""
    return (error.reason or str(error)).replace("_", " ").lower()


def means_plain_text(reason: str) -> bool:
    """Return whether the other side does not speak TLS at all."""
    return any(each in reason for each in _PLAIN)


def is_about_clients(reason: str) -> bool:
    """Return whether a server's alert says that it wants a client's certificate."""
    return "alert" in reason and any(each in reason for each in _ABOUT_CLIENTS)


def looks_like_tls(heard: bytes) -> bool:
    """Return whether the first bytes may be a record of TLS."""
    return heard[:1] != b"" and _FIRST_TYPE <= heard[0] <= _LAST_TYPE and heard[1:2] in (b"", bytes([_MAJOR]))


def wants_client_certificate(heard: bytes) -> bool:
    """Return whether a server of TLS 1.2 or older asked for a certificate; later ones ask under cover."""
    return any(kind == _CERTIFICATE_REQUEST for kind, _ in _messages(heard))


def certificate_in(heard: bytes) -> bytes:
    """Return the server's own certificate (DER) from a handshake in the open (TLS 1.2 and older); else nothing."""
    body = next((body for kind, body in _messages(heard) if kind == _CERTIFICATE), b"")
    size = int.from_bytes(body[3:6], "big")
    return body[6 : 6 + size]


def _messages(heard: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the handshake messages, by type, that came before anything was under cover; a cut one is left out."""
    talk = b"".join(_handshake_records(heard))
    while len(talk) >= 4:  # noqa: PLR2004 (a message's type and three bytes of length)
        size = int.from_bytes(talk[1:4], "big")
        if len(talk) < 4 + size:
            return
        yield talk[0], talk[4 : 4 + size]
        talk = talk[4 + size :]


def _handshake_records(heard: bytes) -> Iterator[bytes]:
    while len(heard) >= 5 and heard[0] == _HANDSHAKE and heard[1] == _MAJOR:  # noqa: PLR2004 (a record's header)
        size = int.from_bytes(heard[3:5], "big")
        yield heard[5 : 5 + size]
        heard = heard[5 + size :]
