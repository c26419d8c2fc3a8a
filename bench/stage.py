"""A workspace with fifty people in fifty channels, and the processes that listen to it."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from bench.processes import ROOT
from bench.processes import environ as measured_environ
from bench.rows import CannotMeasureError
from playground.fake_slack import FakeSlack
from playground.fake_slack.state import Workspace

CROWD = 50


def crowd() -> Workspace:
    """Everybody asks in a channel of their own, so Slack's limit of a message a second and channel slows nobody."""
    workspace = Workspace()
    for number in range(CROWD):
        workspace.add_user(f"person{number}")
        workspace.add_channel(f"channel{number}", [f"person{number}"])
    return workspace


def settings(slack: FakeSlack, redis_url: str, **more: str) -> dict[str, str]:
    """The environment of a process of ours."""
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "K8SNET_SLACK_BASE_URL": slack.base_url,
        "REDIS_URL": redis_url,
        **more,
    }


@contextlib.asynccontextmanager
async def process(log: Path, *words: str, environ: Mapping[str, str], folder: Path = ROOT) -> AsyncIterator[int]:
    """Run `python …` until the end of the block, and give its id. It must still run then. `folder`: of another commit."""
    program = sys.executable if folder == ROOT else str(folder / ".venv/bin/python")
    with log.open("wb") as said:
        running = await asyncio.create_subprocess_exec(
            program, *words, cwd=folder, env=measured_environ(environ), stdout=said, stderr=said
        )
    try:
        yield running.pid
        if running.returncode is not None:
            raise CannotMeasureError(f"`python {' '.join(words)}` ended with {running.returncode}: {_last(log)}")
    finally:
        if running.returncode is None:
            running.terminate()
            await running.wait()


def _last(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else "it said nothing"


async def until_said(log: Path, word: str, seconds: float = 20.0) -> None:
    """Wait until a process has logged something; its log is a file that only grows."""
    end = time.monotonic() + seconds
    while not await asyncio.to_thread(_says, log, word):
        if time.monotonic() > end:
            raise CannotMeasureError(f"A process did not say {word!r} within {seconds:.0f} s: {_last(log)}")
        await asyncio.sleep(0.1)


def _says(log: Path, word: str) -> bool:
    return word in log.read_text(errors="replace")
