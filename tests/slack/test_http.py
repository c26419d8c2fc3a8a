"""HTTP mode: signed requests are answered like those of Socket Mode, unsigned ones not at all."""

import asyncio

import aiohttp
import pytest

from bot.errors import SettingError
from tests.ports import free_port


@pytest.fixture
async def http_bot(make_bot, slack) -> object:
    """The bot behind an address of its own, to which Slack sends signed requests."""
    port = free_port()
    bot = await make_bot(K8SNET_SLACK_MODE="http", K8SNET_HTTP_PORT=str(port))
    slack.postman.request_url = f"http://127.0.0.1:{port}/slack/events"
    return bot


async def test_signed_request_becomes_a_verdict(http_bot) -> None:
    """The same question by signed HTTP gets the same thread, acknowledged within Slack's three seconds."""
    bot = http_bot
    await bot.slack.person("ana").slash("#incidents", "/k8snet why cart-service in shop")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    await bot.thread_of("#incidents", root, says="RTE-001")

    assert max(bot.slack.ack_seconds("slash_commands")) < 3


async def test_unsigned_request_is_refused(http_bot) -> None:
    """A request without Slack's signature asks nothing."""
    bot = http_bot
    body = (
        "command=/k8snet&text=why+cart-service+in+shop&trigger_id=1&channel_id=C0INCIDENTS&user_id=U0ANA&team_id=T0ACME"
    )
    headers = {"content-type": "application/x-www-form-urlencoded"}
    async with aiohttp.ClientSession() as session:
        reply = await session.post(bot.slack.postman.request_url, data=body, headers=headers)
        assert reply.status == 401
    await asyncio.sleep(0.3)

    assert bot.runs == []


async def test_empty_signing_secret_does_not_start(make_bot) -> None:
    """Without a signing secret HTTP mode would answer anybody, so it does not start, and says which variable is missing."""
    with pytest.raises(SettingError, match="SLACK_SIGNING_SECRET"):
        await make_bot(K8SNET_SLACK_MODE="http", SLACK_SIGNING_SECRET="")
