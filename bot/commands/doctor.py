"""`doctor`: our own settings, Redis, and what may be read in the cluster; each with what to do about it."""

import asyncio
import os

from bot.cluster.resources import LOGS, RESOURCES, rule
from bot.cluster.transport import Cluster, RefusedError
from bot.commands.asking import Place
from bot.commands.saying import say
from bot.config import Config, describe, read_config, require_slack
from bot.errors import K8snetError, SettingError
from bot.jobs.store import Store
from bot.model.text import one_line


def doctor(where: Place) -> int:
    """Print what was checked, and give 0 if nothing needed for the command line is wrong, else 1."""
    config = read_config(os.environ)
    lines = [_setting(*each) for each in describe(config)]
    say("\n".join(["Settings", *lines, ""]) + "\n")
    return asyncio.run(_look(config, where))


def _setting(variable: str, value: str, meaning: str) -> str:
    return one_line(f"{variable}={value}") + f"  ({meaning})"


async def _look(config: Config, where: Place) -> int:
    """Slack and Redis are needed by the bot only, so what is wrong with them is told and does not count."""
    say("Bot\n")
    try:
        require_slack(config)
        say("  ok    Slack settings\n")
    except SettingError as error:
        say(f"  no    Slack settings: {error}\n")
    say(f"  {await _redis(config)}\n\nCluster\n")
    try:
        async with Cluster(kubeconfig=where.kubeconfig, context=where.context) as cluster:
            say(f"  {one_line(cluster.name)}\n")
            return await _permissions(cluster)
    except K8snetError as error:
        say(f"  fail  {error} {error.hint}\n")
        return 1


async def _redis(config: Config) -> str:
    try:
        async with Store(config.redis_url) as store:
            await store.ping()
    except K8snetError as error:
        return f"no    Redis: {error} {error.hint}"
    return "ok    Redis answers"


async def _permissions(cluster: Cluster) -> int:
    """Try a list of one object of each kind that is read; what is read by name only is not tried."""
    wanted = dict.fromkeys((group, plural, verbs) for rules in RESOURCES.values() for group, plural, verbs in rules)
    missing = 0
    for group, plural, verbs in wanted:
        if "list" not in verbs or plural == LOGS.plural:
            say(f"  -     {plural}: read by name, not tried\n")
            continue
        try:
            await cluster.read(f"/apis/{group}/v1/{plural}" if group else f"/api/v1/{plural}", {"limit": "1"})
            say(f"  ok    {plural}\n")
        except RefusedError as error:
            missing += 1
            say(f"  no    {plural}: {error}; grant {rule(group, plural, verbs)}\n")
    return 1 if missing else 0
