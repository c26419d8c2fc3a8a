"""Processes of their own, so that tests can kill them: `python tests/jobs/processes.py worker|slack URL BEHAVIOUR`.

Each prints a line when it is in the middle of its work, and then hangs if it is told to.
"""

import asyncio
import signal
import sys

from bot.config import read_config
from bot.jobs.client import JobClient
from bot.jobs.messages import Answer, Run
from bot.jobs.work import work
from tests.jobs.conftest import FAST, an_answer


def say(*words: str) -> None:
    """Tell the test, at once."""
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


async def worker(url: str, behaviour: str) -> None:
    """Answer runs: at once, after two seconds, or never."""

    async def diagnose(run: Run) -> Answer:
        say("begun", run.id)
        await asyncio.sleep({"quick": 0.0, "slow": 1.5, "hang": 600.0}[behaviour])
        return an_answer(run, behaviour)

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    config = read_config({"REDIS_URL": url, "K8SNET_CLUSTER": "prod", "K8SNET_JOB_TIMEOUT": "600"})
    say("ready")
    await work(config, diagnose, stop=stop, timing=FAST)
    say("stopped")


async def slack(url: str, behaviour: str) -> None:
    """Deliver answers: at once, or hang in the middle."""

    async def deliver(run: Run, answer: Answer) -> None:
        assert answer
        say("delivering", run.id)
        if behaviour == "hang":
            await asyncio.sleep(600)

    jobs = await JobClient.open(read_config({"REDIS_URL": url, "K8SNET_CLUSTER": "prod"}), FAST)
    say("ready")
    await jobs.answers(deliver)


if __name__ == "__main__":
    asyncio.run({"worker": worker, "slack": slack}[sys.argv[1]](*sys.argv[2:]))
