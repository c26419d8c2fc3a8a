"""The Slack process: Bolt by Socket Mode or signed HTTP, answers into threads, schedules, a health endpoint.

It ends on SIGTERM: no new payload is taken, what is begun is finished, and what is open is in the ledger anyway.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.config import Config, read_config, require_slack
from bot.errors import K8snetError, StoreUnreachableError
from bot.jobs.client import JobClient
from bot.jobs.keys import Timing
from bot.jobs.messages import Answer, Run
from bot.logs import start_logs
from handlers.access import Gate
from handlers.access.directory import Directory
from handlers.access.rules_file import RulesFile
from handlers.access.standing import Own
from handlers.answers import Answers
from handlers.client import SlackClient
from handlers.conversation import Conversations
from handlers.digests import Digests
from handlers.levels import Levels
from handlers.looks import Looks
from handlers.mutes import Mutes
from handlers.posting import Posting
from handlers.register import register
from handlers.schedules import Schedules
from handlers.slack_errors import APP_TOKEN, BOT_TOKEN, translated
from handlers.watch_messages import WatchMessages
from handlers.watches import Watches

log = structlog.get_logger()

_FINISH = 5.0  # seconds for which a process that stops goes on with what it has acknowledged


async def serve(
    config: Config,
    *,
    stop: asyncio.Event | None = None,
    ready: Callable[[], None] | None = None,
    timing: Timing | None = None,
) -> None:
    """Run the Slack process until `stop` is set or SIGTERM comes. Raises SettingError for settings that cannot work."""
    require_slack(config)
    stop = stop or _on_signals()
    jobs = await JobClient.open(config, timing)
    try:
        async with aiohttp.ClientSession(trust_env=True) as session:
            await _run(config, jobs, session, stop, ready)
    finally:
        await jobs.close()


async def _run(
    config: Config,
    jobs: JobClient,
    session: aiohttp.ClientSession,
    stop: asyncio.Event,
    ready: Callable[[], None] | None,
) -> None:
    client = _client(config, session)
    with translated(BOT_TOKEN):
        identity = await client.auth_test()
    app = AsyncApp(
        client=client,
        signing_secret=config.slack_signing_secret or None,
        process_before_response=True,  # an acknowledgement is the listener's to give, for events too
    )
    own = Own(str(identity["team_id"]), str(identity.get("enterprise_id") or ""), bot=str(identity["user_id"]))
    slack = SlackClient(client, session, Levels(jobs, own.team), jobs.reserve)
    gate = Gate(config, Directory(slack, jobs), own, RulesFile(config.access_rules))
    posting = Posting(jobs, slack)
    conversations = Conversations(config, jobs, slack, gate, posting, bot_user=own.bot)
    answers = Answers(jobs, slack, posting, gate)
    schedules = Schedules(jobs, slack, gate)
    digests = Digests(jobs, posting, gate, schedules)
    shown = WatchMessages(jobs, slack, gate, posting)
    watches, looks = Watches(jobs, gate, shown), Looks(jobs, slack, gate, posting, shown)
    listeners = register(app, conversations, schedules=schedules, watches=watches, mutes=Mutes(jobs, slack, gate))

    async def deliver(run: Run, answer: Answer) -> None:
        surface = digests if run.schedule else looks if run.watch else answers
        await surface.deliver(run, answer)

    listening, close = await (_socket(app, config, session) if config.slack_mode == "socket" else _http(app, config))
    health = await _health(config, jobs, listening)
    log.info("ready", mode=config.slack_mode, clusters=config.served)
    if ready:
        ready()
    clocks = (schedules.keep_time(), watches.keep_time())
    tasks = [asyncio.create_task(each) for each in (jobs.answers(deliver), *clocks)]
    try:
        await _until(stop, tasks)
    finally:
        await close()
        await listeners.finish(_FINISH)
        await conversations.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if health:
            await health.cleanup()


async def _until(stop: asyncio.Event, tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait for the stop, or raise what ended a task that should never end."""
    waiting = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {waiting}:
            task.result()
    finally:
        waiting.cancel()


def _client(config: Config, session: aiohttp.ClientSession) -> AsyncWebClient:
    """One session for all calls, and retries where Slack asks for them (slack_sdk's default is one a call)."""
    client = AsyncWebClient(token=config.slack_bot_token, base_url=config.slack_base_url, session=session)
    client.retry_handlers = [
        AsyncConnectionErrorRetryHandler(),
        AsyncRateLimitErrorRetryHandler(max_retry_count=2),
        AsyncServerErrorRetryHandler(),
    ]
    return client


Listening = tuple[Callable[[], Awaitable[bool]], Callable[[], Awaitable[None]]]


async def _socket(app: AsyncApp, config: Config, session: aiohttp.ClientSession) -> Listening:
    web_client = AsyncWebClient(token=config.slack_app_token, base_url=config.slack_base_url, session=session)
    handler = AsyncSocketModeHandler(app, config.slack_app_token, web_client=web_client)
    try:
        with translated(APP_TOKEN):  # asked here, since `connect` tries for ever, whatever Slack says
            handler.client.wss_uri = await handler.client.issue_new_wss_url()
    except K8snetError:
        await handler.close_async()  # type: ignore[no-untyped-call]  # as below
        raise
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt has no types there
    return handler.client.is_connected, handler.close_async


async def _http(app: AsyncApp, config: Config) -> Listening:
    """Signed requests at /slack/events; `require_slack` has refused an empty signing secret."""
    runner = web.AppRunner(app.web_app(path="/slack/events", port=config.http_port), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, port=config.http_port).start()

    async def listens() -> bool:
        return True

    return listens, runner.cleanup


async def _health(config: Config, jobs: JobClient, listening: Callable[[], Awaitable[bool]]) -> web.AppRunner | None:
    """/healthz: the event loop turns. /readyz: Slack and the store are connected."""
    if not config.health_port:
        return None

    async def alive(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def ready(_request: web.Request) -> web.Response:
        try:
            await jobs.ping()
        except StoreUnreachableError as error:
            return web.Response(status=503, text=f"{error}\n")
        connected = await listening()
        return web.Response(status=200 if connected else 503, text="ok\n" if connected else "Slack is not connected\n")

    app = web.Application()
    app.add_routes([web.get("/healthz", alive), web.get("/readyz", ready)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, port=config.health_port).start()
    return runner


def _on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def main() -> int:
    """Run the Slack process with the settings of the environment; a wrong setting is one sentence and exit code 2."""
    try:
        config = read_config(os.environ)
        os.environ.pop("SLACK_BOT_TOKEN", None)  # Bolt would take it too, and warn that it has two
        start_logs(config.log_level)
        asyncio.run(serve(config))
    except K8snetError as error:
        sys.stderr.write(f"k8snet slack: {error}{f' {error.hint}' if error.hint else ''}\n")
        return error.exit_code
    return 0
