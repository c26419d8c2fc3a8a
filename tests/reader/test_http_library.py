"""aiohttp's own TLS contexts trust the system's authorities as ever, and read them when they are first used."""

import ssl
import subprocess
import sys

import pytest

import bot.cluster.http_library as library

CODE = """
import ssl
from bot.cluster.http_library import aiohttp
context = aiohttp.connector._SSL_CONTEXT_VERIFIED
late = len(context.get_ca_certs())
context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="example.com")
print(late, len(context.get_ca_certs()) == len(ssl.create_default_context().get_ca_certs()), type(context).__name__)
print(context.verify_mode.name, context.check_hostname)
"""


def test_authorities_are_read_with_the_first_connection() -> None:
    """In a process of its own: here somebody may have imported aiohttp already."""
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "True", "SSLContext", "CERT_REQUIRED", "True"]


@pytest.mark.parametrize("begin", ["wrap_bio", "wrap_socket"])
def test_a_context_that_was_told_to_wait_is_an_ordinary_one_once_it_is_used(
    begin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        ssl.SSLContext, begin, lambda self, *_: sorted(each["serialNumber"] for each in self.get_ca_certs())
    )
    with library._authorities_later():
        late = ssl.create_default_context()
    assert late.get_ca_certs() == []

    told = getattr(late, begin)()

    assert told == sorted(each["serialNumber"] for each in ssl.create_default_context().get_ca_certs())


def test_other_contexts_read_theirs_at_once() -> None:
    assert "set_default_verify_paths" not in vars(ssl.SSLContext)
