"""What `k8snet doctor` asks Slack: do the tokens work, were all scopes granted, may Socket Mode connect?

Nothing is posted, and the address for a connection that Slack hands out is not used.
"""

from collections.abc import Set as AbstractSet
from fnmatch import fnmatchcase
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.config import Config
from bot.errors import K8snetError, SettingError
from bot.model.text import count, one_line, shown
from handlers.access.rules import groups_of
from handlers.access.rules_file import RulesFile
from handlers.blockkit.manifest import OPTIONAL_SCOPES
from handlers.slack_errors import APP_TOKEN, BOT_TOKEN, translated

Line = tuple[str, str]  # `ok`, `no` or `-`, and what was found
_SECONDS = 10


async def look(config: Config, needed: AbstractSet[str], optional: AbstractSet[str]) -> list[Line]:
    """Ask, and give what was found. Raises nothing for what Slack refuses: that is what one wants to read."""
    async with aiohttp.ClientSession(trust_env=True) as session:

        def client(token: str) -> AsyncWebClient:
            return AsyncWebClient(token=token, base_url=config.slack_base_url, session=session, timeout=_SECONDS)

        bot, app = client(config.slack_bot_token), client(config.slack_app_token)
        try:
            with translated(BOT_TOKEN):
                identity = await bot.auth_test()
        except K8snetError as error:
            return [_no("Slack", error)]
        who = one_line(f"{identity['user']} in {identity['team']} ({identity['team_id']})")
        scopes = _scopes(identity, needed, optional)
        return [("ok", f"Slack: {who}"), *scopes, await _way_in(config, app), *_rules(config, identity)]


async def _way_in(config: Config, app: AsyncWebClient) -> Line:
    """How questions come in. HTTP mode can only be tried by Slack."""
    if config.slack_mode == "http":
        return "-", f"HTTP mode: Slack sends its requests to port {config.http_port}, which only Slack can try"
    try:
        with translated(APP_TOKEN):
            await app.apps_connections_open(app_token=config.slack_app_token)
    except K8snetError as error:
        return _no("Socket Mode", error)
    return "ok", "Socket Mode: Slack opens connections"


def _rules(config: Config, identity: Any) -> list[Line]:
    """Read the access rules as the Slack process would, and look whether Slack and the settings can serve them."""
    if not config.access_rules:
        return [("-", "access rules: none, every member may ask everything")]
    try:
        rules = RulesFile(config.access_rules).rules() or ()
    except SettingError as error:
        return [_no("access rules", error)]
    lines = [("ok", f"access rules: {count(len(rules), 'rule')} in {one_line(config.access_rules)}")]
    if not rules:
        lines = [("no", "access rules: the list is empty, so nobody may ask anything")]
    if (groups := groups_of(rules)) and "usergroups:read" not in _granted(identity):
        lines.append(("no", f"access rules: {', '.join(sorted(groups))} fit nobody without the scope usergroups:read"))
    for rule in rules:
        if not any(fnmatchcase(served, each) for each in rule.clusters for served in config.served):
            lines.append(("no", f"access rules: {shown(rule.name)} names no cluster that is served"))
    return lines


def _no(what: str, error: K8snetError) -> Line:
    return "no", f"{what}: {error} {error.hint}".strip()


def _scopes(answer: Any, needed: AbstractSet[str], optional: AbstractSet[str]) -> list[Line]:
    """Return what was granted and what is missing."""
    granted = _granted(answer)
    missing, comfort = sorted(needed - optional - granted), sorted(optional - granted)
    fix = "add it under OAuth & Permissions and install the app again"
    lines = [("no", f"Slack scopes: {each} is missing: {fix}") for each in missing]
    lines += [("-", f"Slack scopes: without {each}, which is optional, {OPTIONAL_SCOPES[each]}") for each in comfort]
    return lines if missing else [("ok", f"Slack scopes: {', '.join(sorted(needed & granted))}"), *lines]


def _granted(answer: Any) -> set[str]:
    """Return the scopes: Slack names them in a header of every answer: https://docs.slack.dev/authentication/tokens."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return {each.strip() for each in headers.get("x-oauth-scopes", "").split(",")}
