"""Credentials never leave a body."""

import pytest

from bot.model.redact_text import scrub


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter2",
        'db_password: "hunter2 with words"',
        "Authorization: Bearer hunter2",
        "postgres://app:hunter2@db:5432/x",
        '{"api_key": "hunter2"}',
        "AWS_SECRET_ACCESS_KEY=hunter2",
        "Set-Cookie: session=hunter2",
    ],
)
def test_credentials_are_hidden(text: str) -> None:
    """What follows a telling word, or stands before the @ of a URL, is replaced."""
    assert "hunter2" not in scrub(text)
    assert "[hidden]" in scrub(text)


@pytest.mark.parametrize("token", ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "AKIA" + "Q" * 16, "ghp_" + "a" * 36])
def test_forms_are_hidden(token: str) -> None:
    """Tokens are known by their form."""
    assert token not in scrub(f"failed with {token} at once")


@pytest.mark.parametrize(
    "text",
    ["upstream connect error or disconnect/reset before headers", "RBAC: access denied", "GET /users 500 in 3 ms"],
)
def test_the_rest_stays(text: str) -> None:
    """Ordinary messages are not touched."""
    assert scrub(text) == text
