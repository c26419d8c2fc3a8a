"""An accepted question is answered exactly once, whatever dies in between. Processes are killed for real."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import structlog
from msgspec.structs import replace
from redis.asyncio import Redis

from bot.config import Config, read_config
from bot.errors import ErrorKind, NoAccountError
from bot.jobs import keys
from bot.jobs.client import JobClient
from bot.jobs.messages import Answer, Run
from bot.model.result.error import AnswerError
from tests.jobs.conftest import FAST, Delivered, a_run, a_worker, an_answer, running, until, words_of

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def process(*words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start a program of processes.py and wait until it is ready; it is killed at the end."""
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "tests/jobs/processes.py"),
        *words,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await line(started, "ready")
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


async def line(started: asyncio.subprocess.Process, first: str, seconds: float = 90.0) -> str:
    """Wait for a line that begins so; gives the rest of it."""
    assert started.stdout
    async with asyncio.timeout(seconds):
        while text := (await started.stdout.readline()).decode():
            word, _, rest = text.strip().partition(" ")
            if word == first:
                return rest
    raise AssertionError(f"the process ended before it said {first}")


async def quick(run: Run) -> Answer:
    """Answer at once."""
    return an_answer(run, "test")


async def test_a_killed_workers_run_is_finished_by_another(jobs: JobClient, url: str) -> None:
    """SIGKILL in mid-run: another worker runs it again, the answer is delivered once, and it says that it is try 2."""
    delivered = Delivered()
    async with running(jobs.answers(delivered)), process("worker", url, "hang") as first:
        run = a_run()
        await jobs.ask(run)
        assert await line(first, "begun") == run.id
        first.kill()
        await first.wait()
        async with process("worker", url, "quick") as second:
            assert await line(second, "begun") == run.id
            await until(lambda: delivered.pairs)
            await asyncio.sleep(1.0)  # time for a double to come
    assert delivered.ids == [run.id]
    assert words_of(delivered.pairs[0][1]) == "quick"
    assert delivered.pairs[0][0].tries == 2


async def test_a_run_that_kills_its_workers_is_given_up(jobs: JobClient, url: str) -> None:
    """Lost twice: the thread is told, and it is not begun a third time. A worker that had no core may count as lost, too."""
    delivered, run, begun = Delivered(), a_run(), 0
    async with running(jobs.answers(delivered)):
        await jobs.ask(run)
        while not delivered.pairs:
            async with process("worker", url, "hang") as victim:
                begins = asyncio.create_task(line(victim, "begun"))
                await until(lambda begins=begins: begins.done() or delivered.pairs)
                if delivered.pairs:
                    await asyncio.sleep(1.1)  # time for a third begin to come
                victim.kill()
                if begins.done():
                    assert begins.result() == run.id
                    begun += 1
                begins.cancel()
                await asyncio.wait({begins})
                assert victim.stdout
                begun += (await victim.stdout.read()).count(b"begun")
    assert begun == FAST.tries
    assert delivered.ids == [run.id]
    error = delivered.pairs[0][1].result
    assert isinstance(error, AnswerError)
    assert error.kind == ErrorKind.WORKER_LOST


async def test_killed_between_answer_and_delivery(jobs: JobClient, config: Config, url: str) -> None:
    """SIGKILL of a Slack process that was delivering: another one delivers, once its lease is over."""
    async with a_worker(config, quick), process("slack", url, "hang") as first:
        run = a_run()
        await jobs.ask(run)
        assert await line(first, "delivering") == run.id
        first.kill()
        await first.wait()
        delivered = Delivered()
        async with running(jobs.answers(delivered)):
            await until(lambda: delivered.pairs)
            await asyncio.sleep(1.1)
    assert delivered.ids == [run.id]


async def test_a_delivery_that_lives_is_not_taken_away(jobs: JobClient, config: Config, url: str) -> None:
    """A Slack process that waits out a rate limit for longer than its lease keeps its delivery."""
    async with a_worker(config, quick), process("slack", url, "hang") as slow:
        await jobs.ask(a_run())
        await line(slow, "delivering")
        delivered = Delivered()
        async with running(jobs.answers(delivered)):
            await asyncio.sleep(FAST.lease * 1.5)
    assert not delivered.pairs


async def test_answered_while_no_slack_process_lives(jobs: JobClient, config: Config, redis: Redis) -> None:
    """The answer waits in the store; even when the bell is lost too, the ledger finds it."""
    runs = [a_run("one"), a_run("two")]
    async with a_worker(config, quick):
        for run in runs:
            await jobs.ask(run)
        await until(lambda: _answered(jobs, runs))
    await redis.delete("k8snet:slack")
    other = await JobClient.open(config, FAST)
    delivered = Delivered()
    async with running(other.answers(delivered)):
        await until(lambda: len(delivered.pairs) == 2)
    await other.close()
    assert sorted(delivered.ids) == sorted(run.id for run in runs)


async def _answered(jobs: JobClient, runs: list[Run]) -> bool:
    return all([await jobs.answer_of(run.id) for run in runs])


async def test_a_question_that_the_queue_lost_is_put_back(jobs: JobClient, config: Config, redis: Redis) -> None:
    """Asker dead between ledger and queue, or a job swept away: the ledger notices and asks again."""
    run = a_run()
    await jobs.ask(run)
    await redis.delete(*await redis.keys("saq:*"))
    delivered = Delivered()
    async with a_worker(config, quick), running(jobs.answers(delivered)):
        await until(lambda: delivered.pairs)
    assert delivered.ids == [run.id]


async def test_a_question_that_its_asker_did_not_live_to_queue_is_answered(jobs: JobClient, config: Config) -> None:
    """Accepted and acknowledged, and never brought to a queue: the ledger does it."""
    run = a_run()
    await jobs.accept(run)
    delivered = Delivered()
    async with a_worker(config, quick), running(jobs.answers(delivered)):
        await until(lambda: delivered.pairs)
    assert delivered.ids == [run.id]


async def test_two_slack_processes_deliver_once(jobs: JobClient, config: Config) -> None:
    """Replicas share the deliveries of fifty questions; none is made twice."""
    other = await JobClient.open(config, FAST)
    left, right = Delivered(), Delivered()
    async with a_worker(config, quick), running(jobs.answers(left)), running(other.answers(right)):
        runs = [a_run(f"s{n}") for n in range(50)]
        for run in runs:
            await jobs.ask(run)
        await until(lambda: len(left.pairs) + len(right.pairs) >= 50)
        await asyncio.sleep(1.1)
    await other.close()
    assert sorted(left.ids + right.ids) == sorted(run.id for run in runs)


async def test_a_failed_delivery_is_made_again(jobs: JobClient, config: Config) -> None:
    """While `deliver` raises, the question stays open; it is struck off after the call that returns."""
    calls: list[str] = []

    async def flaky(run: Run, answer: Answer) -> None:
        assert answer
        calls.append(run.id)
        if len(calls) < 4:
            raise ConnectionResetError("Slack hung up")

    run = a_run()
    async with a_worker(config, quick), running(jobs.answers(flaky)):
        await jobs.ask(run)
        await until(lambda: len(calls) == 4)
        await asyncio.sleep(0.7)
    assert calls == [run.id] * 4


async def test_what_is_expected_of_a_delivery_is_no_bug(jobs: JobClient, config: Config) -> None:
    """An error of ours has words, which are logged; a traceback is for what nobody thought of."""
    told = Delivered()
    tries = iter([NoAccountError("The question has no message yet."), ConnectionResetError("Slack hung up"), None])

    async def deliver(run: Run, answer: Answer) -> None:
        if error := next(tries):
            raise error
        await told(run, answer)

    with structlog.testing.capture_logs() as lines:
        async with a_worker(config, quick), running(jobs.answers(deliver)):
            await jobs.ask(a_run())
            await until(lambda: told.pairs)
    said = [line for line in lines if line["event"] == "not delivered"]

    assert [line.get("reason") for line in said] == ["The question has no message yet.", None]
    assert ["exc_info" in line for line in said] == [False, True]


async def test_a_delivery_that_nobody_foresaw_is_not_tried_for_ever(config: Config, redis: Redis) -> None:
    """After a quarter of an hour (here: a second) the surface gets the last word to say, once, and the run is closed."""
    jobs = await JobClient.open(config, replace(FAST, give_up=1.0))
    told: list[AnswerError] = []

    async def broken(_: Run, answer: Answer) -> None:
        if isinstance(answer.result, AnswerError):
            told.append(answer.result)
        raise KeyError("invented_yesterday")

    async with a_worker(config, quick), running(jobs.answers(broken)):
        await jobs.ask(a_run())
        await until(lambda: told)
        await until(lambda: empty(redis))
    await jobs.close()

    assert [each.kind for each in told] == [ErrorKind.UNDELIVERED]


async def empty(redis: Redis) -> bool:
    """Return whether the ledger is empty."""
    return not await redis.zcard(keys.LEDGER)


async def test_without_a_worker_the_thread_is_told(config: Config) -> None:
    """A cluster whose workers are gone: an apology with the cluster's name, instead of silence."""
    delivered = Delivered()
    jobs = await JobClient.open(config, replace(FAST, stranded=1.0))
    async with running(jobs.answers(delivered)):
        await jobs.ask(a_run())
        await until(lambda: delivered.pairs)
    await jobs.close()
    error = delivered.pairs[0][1].result
    assert isinstance(error, AnswerError)
    assert (error.kind, error.sentence) == (
        ErrorKind.NO_WORKER,
        "No worker of cluster prod is running, so nothing was checked.",
    )


async def test_a_joined_run_outlives_the_run_it_joined(jobs: JobClient, config: Config, redis: Redis) -> None:
    """If the first asker's run is spoiled, the one that joined it is asked on its own."""
    first, second = a_run(), a_run()
    await jobs.ask(first)
    assert (await jobs.ask(second)).state == "joined"
    await redis.set(f"k8snet:run:{first.id}", b"\xffgarbage")
    delivered = Delivered()
    async with running(jobs.answers(delivered)), a_worker(config, quick):
        await until(lambda: delivered.pairs)
    assert delivered.ids == [second.id]


@pytest.mark.parametrize("word", ["kind", "question"])
async def test_question_of_a_newer_version_is_said_never_closed_in_silence(
    config: Config, redis: Redis, word: str
) -> None:
    """During an upgrade an older process meets a value it does not know: where the answer goes it can read, and says it."""
    delivered = Delivered()
    jobs = await JobClient.open(config, replace(FAST, stranded=1.0, lease=1.0))
    run = a_run(channel="C1", thread_ts="1.2", message_ts="1.3")
    await jobs.ask(run)
    newer = {
        **msgspec.to_builtins(run),
        word: None if word == "question" else "watch",
        "delivery": {"audience": "friends"},
    }
    await redis.set(f"k8snet:run:{run.id}", msgspec.json.encode(newer))
    async with running(jobs.answers(delivered)):
        await until(lambda: delivered.pairs)
    await jobs.close()

    told, answer = delivered.pairs[0]
    assert (told.channel, told.thread_ts, told.message_ts, told.delivery.is_alone) == ("C1", "1.2", "1.3", True)
    assert isinstance(answer.result, AnswerError)
    assert "another version" in answer.result.sentence


async def test_a_job_just_taken_is_not_swept(jobs: JobClient, config: Config, redis: Redis) -> None:
    """A worker that starts while jobs wait takes and sweeps at the same time: they stay its own, each begun once."""
    begun: list[str] = []

    async def slow(run: Run) -> Answer:
        begun.append(run.id)
        await asyncio.sleep(1.1)
        return an_answer(run, "slow")

    runs = [a_run(f"s{n}") for n in range(3)]
    for run in runs:
        await jobs.ask(run)
    async with a_worker(config, slow):
        await until(lambda: len(begun) == 3)
        await asyncio.sleep(0.7)
        assert await redis.llen("saq:k8snet:prod:active") == 3
        await until(lambda: _answered(jobs, runs))
    assert sorted(begun) == sorted(run.id for run in runs)


async def test_a_job_whose_taker_died_at_once_is_given_back(jobs: JobClient, config: Config, redis: Redis) -> None:
    """Moved to the active list and never begun: the second sweep that sees it there gives it back, without the ledger."""
    run = a_run()
    await jobs.ask(run)
    assert await redis.lmove("saq:k8snet:prod:queued", "saq:k8snet:prod:active") is not None
    async with a_worker(config, quick):
        await until(lambda: _answered(jobs, [run]), 4)


async def test_told_to_stop_a_worker_finishes_what_it_began(jobs: JobClient, url: str) -> None:
    """SIGTERM: the run in progress is answered, then the process ends by itself."""
    delivered = Delivered()
    async with running(jobs.answers(delivered)), process("worker", url, "slow") as worker:
        await jobs.ask(a_run())
        await line(worker, "begun")
        worker.send_signal(signal.SIGTERM)
        await line(worker, "stopped")
        assert await worker.wait() == 0
        await until(lambda: delivered.pairs)
    assert words_of(delivered.pairs[0][1]) == "slow"
    assert delivered.pairs[0][0].tries == 1


async def test_what_a_stopping_worker_cannot_finish_goes_back(jobs: JobClient, url: str) -> None:
    """Over its grace a run is given to the next worker at once, and the try does not count."""
    delivered = Delivered()
    async with running(jobs.answers(delivered)), process("worker", url, "hang") as worker:
        await jobs.ask(a_run())
        await line(worker, "begun")
        worker.send_signal(signal.SIGTERM)
        await line(worker, "stopped")
        async with process("worker", url, "quick"):
            await until(lambda: delivered.pairs)
    assert words_of(delivered.pairs[0][1]) == "quick"
    assert delivered.pairs[0][0].tries == 1


async def test_a_frozen_worker_that_wakes_up_changes_nothing(jobs: JobClient, url: str) -> None:
    """SIGSTOP for longer than the silence: another worker answers; what the first one says later does not count."""
    delivered = Delivered()
    async with running(jobs.answers(delivered)), process("worker", url, "slow") as frozen:
        run = a_run()
        await jobs.ask(run)
        await line(frozen, "begun")
        frozen.send_signal(signal.SIGSTOP)
        async with process("worker", url, "quick"):
            await until(lambda: delivered.pairs)
        frozen.send_signal(signal.SIGCONT)
        await asyncio.sleep(1.8)
        answer = await jobs.answer_of(run.id)
    assert delivered.ids == [run.id]
    assert answer is not None
    assert words_of(answer) == "quick"


async def test_a_question_waits_while_its_worker_is_busy(jobs: JobClient, url: str) -> None:
    """Waiting in a long queue is not an overdue job: nothing is put back or run twice while workers live."""
    begun: list[str] = []

    async def slow(run: Run) -> Answer:
        begun.append(run.id)
        await asyncio.sleep(0.8)
        return an_answer(run, "slow")

    config = read_config({"REDIS_URL": url, "K8SNET_CLUSTER": "prod", "K8SNET_CONCURRENCY": "1"})
    delivered = Delivered()
    runs = [a_run(f"s{n}") for n in range(4)]
    async with a_worker(config, slow), running(jobs.answers(delivered)):
        for run in runs:
            await jobs.ask(run)
        await until(lambda: len(delivered.pairs) == 4)
    assert begun == [run.id for run in runs]
