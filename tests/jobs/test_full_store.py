"""A store that is full, or holds what is too large, with the chart's own settings of the bundled one."""

import re
from pathlib import Path

from redis.asyncio import Redis

from bot.errors import ErrorKind
from bot.jobs import keys
from bot.jobs.client import JobClient
from bot.jobs.messages import Schedule
from bot.model.result.error import AnswerError
from tests.jobs.conftest import a_run

STATEFUL_SET = Path(__file__).parents[2] / "charts/k8snet/templates/valkey-statefulset.yaml"


def of_chart(option: str) -> str:
    """Return what the chart gives valkey-server for an option."""
    found = re.search(rf"- --{option}\n\s+- \"?([^\"\n]+)", STATEFUL_SET.read_text())
    assert found
    return found[1]


async def test_what_is_too_large_is_not_read(jobs: JobClient, redis: Redis) -> None:
    """A run, an answer or a digest of more than eight megabytes is not ours: it is told as unreadable."""
    run = a_run()
    await jobs.ask(run)
    huge = b'"' + b"x" * keys.MOST_BYTES + b'"'
    await redis.set(keys.answer(run.id), huge)
    answer = await jobs.answer_of(run.id)
    assert answer is not None
    assert isinstance(answer.result, AnswerError)
    assert answer.result.kind is ErrorKind.UNREADABLE

    await redis.set(keys.run(run.id), huge)
    assert await jobs.run_of(run.id) is None


async def test_full_store_forgets_marks_and_no_question(jobs: JobClient, redis: Redis) -> None:
    """By the chart's policy a full store drops what expires soonest; open questions and schedules stay."""
    assert of_chart("maxmemory-policy") == "volatile-ttl"
    run = a_run()
    await jobs.ask(run)
    await jobs.add_schedule(Schedule("S1", "C1"))
    used, evicted = (await redis.info("memory"))["used_memory"], (await redis.info("stats"))["evicted_keys"]
    await redis.config_set("maxmemory-policy", of_chart("maxmemory-policy"))
    await redis.config_set("maxmemory-samples", of_chart("maxmemory-samples"))
    await redis.config_set("maxmemory", used + (4 << 20))
    try:
        for number in range(2000):
            await redis.set(keys.seen(f"{number}"), b"x" * (64 << 10), ex=keys.SEEN_LIFE)
        assert (await redis.info("stats"))["evicted_keys"] > evicted
        assert await jobs.run_of(run.id)
        assert [each.id for each in await jobs.schedules()] == ["S1"]
        assert await redis.zscore(keys.LEDGER, run.id)
    finally:
        await redis.config_set("maxmemory", 0)
        await redis.config_set("maxmemory-policy", "noeviction")
