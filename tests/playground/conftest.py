"""A fake Slack whose lint must stay silent, and a small Bolt app connected to it."""

from collections.abc import AsyncIterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

from playground.fake_slack import FakeSlack


@pytest.fixture(scope="session")
def small_bot() -> ModuleType:
    """The bot of small_bot.py."""
    spec = spec_from_file_location("small_bot", Path(__file__).with_name("small_bot.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """A fake Slack; nothing illegal may have passed it by the end of the test."""
    async with FakeSlack() as fake:
        yield fake
        assert fake.lint_errors == []


@pytest.fixture
async def strict_free() -> AsyncIterator[FakeSlack]:
    """A fake Slack for tests that send illegal things on purpose."""
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture
def client(slack: FakeSlack) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.base_url)


@pytest.fixture
async def app(slack: FakeSlack, small_bot: ModuleType) -> AsyncIterator[Any]:
    """The small bot on a socket."""
    bolt = small_bot.bot(slack.base_url, slack.bot_token, slack.signing_secret)
    handler = AsyncSocketModeHandler(bolt, slack.app_token, ping_interval=1)
    await handler.connect_async()
    await slack.connected()
    bolt.handler = handler
    yield bolt
    await handler.close_async()
