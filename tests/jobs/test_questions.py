"""A question from the asker to the answer: single flight, cache, order, errors, time limit."""

import asyncio

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from bot.config import Config
from bot.errors import ErrorKind, UnknownNameError, UsageError
from bot.jobs.client import JobClient
from bot.jobs.messages import Answer, Delivery, Run, State
from bot.model.question.question import Source
from bot.model.question.request import Kind
from bot.model.result.error import AnswerError
from tests.jobs.conftest import FAST, Delivered, a_run, a_worker, an_answer, running, until, words_of


async def ok(run: Run) -> Answer:
    """Answer at once."""
    return an_answer(run, run.question.service)


async def test_a_question_is_answered_and_struck_off(jobs: JobClient, config: Config, redis: Redis) -> None:
    """The worker's answer reaches `deliver` with the run as remembered; then the ledger is empty."""
    run = a_run(delivery=Delivery(asker="ana"))
    asked = await jobs.ask(run)
    assert (asked.state, asked.position, asked.run.question.cluster) == ("queued", 0, "prod")
    await jobs.remember(Run(**{**{f: getattr(asked.run, f) for f in run.__struct_fields__}, "message_ts": "1.2"}))
    delivered = Delivered()
    async with a_worker(config, ok), running(jobs.answers(delivered)):
        await until(lambda: delivered.pairs)
        await until(lambda: _is_empty(redis))
    ((got, answer),) = delivered.pairs
    assert (got.id, got.message_ts, got.delivery, words_of(answer)) == (
        run.id,
        "1.2",
        Delivery(asker="ana"),
        "user-service",
    )
    again = await jobs.run_of(run.id)
    assert again is not None
    assert (again.state, again.tries) == (State.CLOSED, 1)
    assert await jobs.answer_of(run.id) == answer
    assert answer.answered_at is not None


async def _is_empty(redis: Redis) -> bool:
    return await redis.zcard("k8snet:ledger") == 0


async def test_no_state_of_a_job_is_published(jobs: JobClient, config: Config, redis: Redis) -> None:
    """To publish them costs a round trip each, while twenty questions wait for the same loop."""
    await redis.config_resetstat()
    delivered = Delivered()
    async with a_worker(config, ok), running(jobs.answers(delivered)):
        await jobs.ask(a_run())
        await until(lambda: delivered.pairs)
    assert "cmdstat_blmove" in (sent := await redis.info("commandstats"))
    assert "cmdstat_publish" not in sent


async def test_an_answer_is_there_soon(config: Config) -> None:
    """Between asking and delivery there is no polling interval: who looked each minute would be late."""
    seldom, delivered = replace(FAST, dequeue=60.0, tick=60.0), Delivered()
    jobs = await JobClient.open(config, seldom)
    async with a_worker(config, ok, seldom), running(jobs.answers(delivered)):
        await jobs.ask(a_run("first"))
        await until(lambda: delivered.pairs)
        begun = asyncio.get_running_loop().time()
        await jobs.ask(a_run("second"))
        await until(lambda: len(delivered.pairs) == 2)
        assert asyncio.get_running_loop().time() - begun < 30
    await jobs.close()


async def test_the_same_question_joins_the_running_one(jobs: JobClient, config: Config) -> None:
    """Four who ask the same while it runs: one diagnosis, four deliveries, each for its own run."""
    calls = []
    gate = asyncio.Event()

    async def slow(run: Run) -> Answer:
        calls.append(run.id)
        await gate.wait()
        return await ok(run)

    delivered = Delivered()
    async with a_worker(config, slow), running(jobs.answers(delivered)):
        first = await jobs.ask(a_run())
        await until(lambda: calls)
        others = [await jobs.ask(a_run("User-Service", asked_by=f"U{n}")) for n in range(3)]
        assert [each.state for each in others] == ["joined"] * 3
        assert {each.run.id for each in others} == {first.run.id}
        gate.set()
        await until(lambda: len(delivered.pairs) == 4)
        await asyncio.sleep(0.3)
    assert calls == [first.run.id]
    assert len(set(delivered.ids)) == 4
    assert {answer.run_id for _, answer in delivered.pairs} == {first.run.id}


async def test_asked_at_the_same_instant_only_one_runs(jobs: JobClient, config: Config) -> None:
    """Single flight holds without any time between the askers."""
    asked = await asyncio.gather(*(jobs.ask(a_run()) for _ in range(20)))
    assert sorted(each.state for each in asked) == ["joined"] * 19 + ["queued"]
    delivered = Delivered()
    async with a_worker(config, ok), running(jobs.answers(delivered)):
        await until(lambda: len(delivered.pairs) == 20)
    assert len(set(delivered.ids)) == 20


async def test_within_the_cache_time_the_answer_is_shown_again(jobs: JobClient, config: Config, redis: Redis) -> None:
    """A cached answer comes with its age and who asked; it expires, and `fresh` skips it."""
    delivered = Delivered()
    async with a_worker(config, ok), running(jobs.answers(delivered)):
        first = await jobs.ask(a_run(asked_by="ana"))
        await until(lambda: delivered.pairs)
        await asyncio.sleep(0.3)
        asked = await jobs.ask(a_run(asked_by="ben"))
        assert (asked.state, asked.run.id, asked.run.asked_by) == ("cached", first.run.id, "ana")
        assert 0.3 <= asked.age < 2
        assert asked.answer == delivered.pairs[0][1]
        assert (await jobs.ask(a_run(fresh=True))).state == "queued"
        await until(lambda: len(delivered.pairs) == 2)
        (cached,) = await redis.keys("k8snet:cache:*")
        await redis.pexpire(cached, 1)
        await asyncio.sleep(0.01)
        assert (await jobs.ask(a_run())).state == "queued"


async def test_no_channel_has_more_than_thirty_open_questions(jobs: JobClient) -> None:
    """The thirty-first of a channel is refused in words, whoever asks it; another channel asks on."""
    for number in range(30):
        await jobs.ask(a_run(f"s{number}", channel="C1"))
    refused = a_run("s30", channel="C1", asked_by="zoe")
    with pytest.raises(UsageError, match="30 questions of this channel"):
        await jobs.ask(refused)
    assert await jobs.run_of(refused.id) is None
    assert (await jobs.ask(a_run("s31", channel="C2", asked_by="zoe"))).state == "queued"


async def test_nobody_has_more_than_ten_open_questions(jobs: JobClient, config: Config) -> None:
    """The eleventh is refused and not in the ledger; somebody else asks on, and so does the same person once answered."""
    for number in range(10):
        await jobs.ask(a_run(f"s{number}", asked_by="ana"))
    with pytest.raises(UsageError, match="10 of your questions"):
        await jobs.ask(a_run("s10", asked_by="ana"))
    assert (await jobs.ask(a_run("s11", asked_by="ben"))).state == "queued"
    delivered = Delivered()
    async with a_worker(config, ok), running(jobs.answers(delivered)):
        await until(lambda: len(delivered.pairs) == 11)
        await asyncio.sleep(0.3)  # until the last one is struck off
        assert (await jobs.ask(a_run("s12", asked_by="ana"))).state == "queued"


async def test_a_fresh_question_does_not_join_an_older_run(jobs: JobClient) -> None:
    """Who presses Re-Run after a fix must not get what was read before; later askers join the fresh one."""
    old = await jobs.ask(a_run())
    new = await jobs.ask(a_run(fresh=True))
    third = await jobs.ask(a_run())
    assert (new.state, third.state) == ("queued", "joined")
    assert third.run.id == new.run.id != old.run.id


@pytest.mark.parametrize(
    "other",
    [
        a_run("pay"),
        a_run(kind=Kind.DNS),
        a_run(namespaces=("shop",)),
        a_run(schedule="s1"),
        a_run(pod=Source("shop", "etl-0")),
    ],
)
async def test_different_questions_do_not_share(jobs: JobClient, other: Run) -> None:
    """Service, kind, scope and schedule make a question."""
    await jobs.ask(a_run())
    assert (await jobs.ask(other)).state == "queued"


async def test_errors_are_answers_but_never_cached(jobs: JobClient, config: Config) -> None:
    """What a diagnosis raises reaches the asker as a sentence with the run id, and the next asker tries anew."""

    async def broken(run: Run) -> Answer:
        raise ZeroDivisionError(run.id)

    delivered = Delivered()
    async with a_worker(config, broken), running(jobs.answers(delivered)):
        run = a_run()
        await jobs.ask(run)
        await until(lambda: delivered.pairs)
        assert (await jobs.ask(a_run())).state == "queued"
    error = delivered.pairs[0][1].result
    assert isinstance(error, AnswerError)
    assert error.kind == ErrorKind.INTERNAL
    assert run.id in error.sentence
    assert "ZeroDivision" not in error.sentence


async def test_a_run_over_its_time_limit_is_an_answer(jobs: JobClient, url: str) -> None:
    """A diagnosis that hangs is stopped, and its asker is told."""
    from bot.config import read_config

    async def hang(run: Run) -> Answer:
        await asyncio.sleep(60)
        return await ok(run)

    config = read_config(
        {"REDIS_URL": url, "K8SNET_CLUSTER": "prod", "K8SNET_JOB_TIMEOUT": "1", "K8SNET_DEADLINE": "0.5"}
    )
    delivered = Delivered()
    async with a_worker(config, hang), running(jobs.answers(delivered)):
        await jobs.ask(a_run())
        await until(lambda: delivered.pairs)
    error = delivered.pairs[0][1].result
    assert isinstance(error, AnswerError)
    assert (error.kind, error.sentence) == (ErrorKind.TIME_LIMIT, "Stopped after 1 s: the check did not finish.")


async def test_each_cluster_has_its_queue(url: str, redis: Redis) -> None:
    """A worker takes its own cluster's runs only; a cluster that nobody serves is refused with those that are."""
    from bot.config import read_config

    assert redis
    bot = read_config({"REDIS_URL": url, "K8SNET_CLUSTERS": "prod,test"})
    conversations = await JobClient.open(bot, FAST)
    seen: list[str] = []

    async def note(run: Run) -> Answer:
        seen.append(run.question.cluster)
        return await ok(run)

    with pytest.raises(UnknownNameError) as refused:
        await conversations.ask(a_run(cluster="moon"))
    assert refused.value.suggestions == ("prod", "test")
    await conversations.ask(a_run("one", cluster="prod"))
    await conversations.ask(a_run("two", cluster="test"))
    test_worker = read_config({"REDIS_URL": url, "K8SNET_CLUSTER": "test"})
    async with a_worker(test_worker, note):
        await until(lambda: seen)
        await until(lambda: _workers(conversations))
        states = await conversations.queues()
        assert [(each.cluster, each.waiting, each.workers) for each in states] == [("prod", 1, 0), ("test", 0, 1)]
    assert seen == ["test"]
    await conversations.close()


async def _workers(conversations: JobClient) -> bool:
    return (await conversations.queues())[1].workers == 1


async def test_recent_runs_of_a_channel(jobs: JobClient) -> None:
    """Newest first, cut to the limit, other channels left out."""
    runs = [a_run(f"s{n}") for n in range(4)]
    for run in runs:
        await jobs.ask(run)
    await jobs.ask(a_run("elsewhere", channel="C2"))
    assert [each.id for each in await jobs.recent("C1", 3)] == [each.id for each in reversed(runs[1:])]


async def test_asking_the_same_run_twice_runs_it_once(jobs: JobClient, config: Config) -> None:
    """A handler that retries its `ask` does no harm."""
    run = a_run()
    await jobs.ask(run)
    assert (await jobs.ask(run)).state == "again"
    delivered = Delivered()
    async with a_worker(config, ok), running(jobs.answers(delivered)):
        await until(lambda: delivered.pairs)
        await asyncio.sleep(0.3)
    assert delivered.ids == [run.id]


async def test_what_slack_repeats_is_seen(jobs: JobClient, redis: Redis) -> None:
    """A key is new once and then seen for an hour; other keys are not touched."""
    assert [await jobs.seen("trigger:1"), await jobs.seen("trigger:1"), await jobs.seen("trigger:2")] == [
        False,
        True,
        False,
    ]
    assert 3590 < await redis.ttl("k8snet:seen:trigger:1") <= 3600
    once = await asyncio.gather(*(jobs.seen("trigger:3") for _ in range(20)))
    assert once.count(False) == 1


async def test_remembering_keeps_the_cluster_that_was_filled_in(jobs: JobClient) -> None:
    """The Slack process remembers the run as it made it, without a cluster; the worker still reads the one that was meant."""
    run = a_run()
    await jobs.ask(run)
    await jobs.remember(replace(run, message_ts="1.0"))
    kept = await jobs.run_of(run.id)

    assert kept is not None
    assert (kept.question.cluster, kept.message_ts) == ("prod", "1.0")
