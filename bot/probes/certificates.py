"""Certificates as bytes (DER) into words. Rule: a stranger's server is read, neither believed nor refused."""

import warnings

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from bot.model.certificate import Certificate
from bot.model.text import one_line, plain

_MOST_NAMES, _LONGEST_NAME, _LONGEST_ISSUER = 20, 253, 120


def read_certificate(der: bytes) -> Certificate | None:
    """Return what a certificate says of itself; None for bytes that are none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # RFC 5280 forbids what servers show, e.g. a serial number below 0
            found = x509.load_der_x509_certificate(der)
        return Certificate(
            starts=found.not_valid_before_utc,
            ends=found.not_valid_after_utc,
            names=_names(found),
            subject=_told(found.subject.rfc4514_string(), _LONGEST_ISSUER),
            issuer=_told(found.issuer.rfc4514_string(), _LONGEST_ISSUER),
            is_self_signed=_is_self_signed(found),
        )
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):
        return None


def _names(found: x509.Certificate) -> tuple[str, ...]:
    try:
        given = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return ()
    names = [*given.get_values_for_type(x509.DNSName), *map(str, given.get_values_for_type(x509.IPAddress))]
    return tuple(_told(each, _LONGEST_NAME) for each in names[:_MOST_NAMES])


def _is_self_signed(found: x509.Certificate) -> bool:
    if found.issuer != found.subject:
        return False
    try:
        found.verify_directly_issued_by(found)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _told(text: str, limit: int) -> str:
    return one_line(plain(text), limit=limit)
