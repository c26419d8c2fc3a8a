"""What `k8snet doctor` asks Slack: do the tokens work, were all scopes granted, may Socket Mode connect?

Run as a program with `config` and the scopes of the manifest given, as `blocks.rendering` is; it leaves its lines as `found`.
Nothing is posted, and the address for a connection that Slack hands out is not used.
"""

import asyncio
from collections.abc import Awaitable
from collections.abc import Set as AbstractSet
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.config import Config
from bot.model.text import one_line

Line = tuple[str, str]  # `ok`, `no` or `-`, and what was found
BOT_TOKEN = "SLACK_BOT_TOKEN must be this app's Bot User OAuth Token (OAuth & Permissions)"  # noqa: S105 - a sentence
APP_TOKEN = "SLACK_APP_TOKEN must be an app-level token with connections:write (Basic Information), Socket Mode on"  # noqa: S105 - as above
_SECONDS = 10


async def look(config: Config, needed: AbstractSet[str], optional: AbstractSet[str]) -> list[Line]:
    """Ask, and give what was found. Raises nothing for what Slack refuses: that is what one wants to read."""
    async with aiohttp.ClientSession(trust_env=True) as session:

        def client(token: str) -> AsyncWebClient:
            return AsyncWebClient(token=token, base_url=config.slack_base_url, session=session, timeout=_SECONDS)

        bot, app = client(config.slack_bot_token), client(config.slack_app_token)
        found = await _answer("Slack", bot.auth_test(), BOT_TOKEN)
        if isinstance(found, str):
            return [("no", found)]
        who = one_line(f"{found['user']} in {found['team']} ({found['team_id']})")
        lines = [("ok", f"Slack: {who}"), *_scopes(found, needed, optional)]
        if config.slack_mode == "http":
            port = config.http_port
            return [*lines, ("-", f"HTTP mode: Slack sends its requests to port {port}, which only Slack can try")]
        opened = await _answer("Socket Mode", app.apps_connections_open(app_token=config.slack_app_token), APP_TOKEN)
        return [*lines, ("no", opened) if isinstance(opened, str) else ("ok", "Socket Mode: Slack opens connections")]


async def _answer(what: str, call: Awaitable[Any], fix: str) -> Any | str:
    """Give Slack's answer, or the sentence that says why there is none."""
    try:
        return await call
    except SlackApiError as error:
        return f"{what}: Slack says {one_line(str(error.response['error']))}: {fix}"
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        why = one_line(str(error), limit=120) or type(error).__name__
        return f"{what}: it cannot be reached ({why}): is there a firewall, a proxy or a NetworkPolicy in the way?"


def _scopes(answer: Any, needed: AbstractSet[str], optional: AbstractSet[str]) -> list[Line]:
    """Slack tells what was granted in a header of every answer: https://docs.slack.dev/authentication/tokens."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    granted = {each.strip() for each in headers.get("x-oauth-scopes", "").split(",")}
    missing, comfort = sorted(needed - optional - granted), sorted(optional - granted)
    fix = "add it under OAuth & Permissions and install the app again"
    lines = [("no", f"Slack scopes: {each} is missing: {fix}") for each in missing]
    lines += [("-", f"Slack scopes: without {each}, which is optional") for each in comfort]
    return lines if missing else [("ok", f"Slack scopes: {', '.join(sorted(needed & granted))}"), *lines]


if __name__ == "__main__":
    given = globals()
    found = asyncio.run(look(given["config"], given["needed"], given["optional"]))
