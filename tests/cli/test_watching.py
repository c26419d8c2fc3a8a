"""`why -w`: what is told, and when it ends."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from bot.commands.watching import EVERY, watch
from bot.errors import ClusterUnreachableError, UsageError
from bot.model.result.diagnosis import Diagnosis
from bot.model.result.status import Status
from tests.cli.program import ROOT, k8snet
from tests.reader.healthy import healthy, kubeconfig
from tests.reports.samples import HEALTHY, TROUBLED, UNSEEN

AWAY = ClusterUnreachableError("The API server a cannot be reached.")


def told(*looks: Diagnosis | Exception) -> tuple[list[str], Status]:
    """Return what is told in these looks, after which somebody stops it, and the last outcome."""
    left, said = iter(looks), list[str]()

    def look() -> Diagnosis:
        found = next(left, KeyboardInterrupt())
        if isinstance(found, BaseException):
            raise found
        return found

    def pause(seconds: float) -> None:
        assert seconds == EVERY

    last = watch(look, lambda found: said.append(str(found.outcome)), said.append, pause)
    return said, last


def test_changes_alone_are_told() -> None:
    """The first answer, and each that is another one than that before."""
    said, last = told(HEALTHY, HEALTHY, TROUBLED, TROUBLED, UNSEEN, HEALTHY)

    assert said == ["ok", "fail", str(UNSEEN.outcome), "ok"]
    assert last is Status.OK
    assert told(HEALTHY, TROUBLED)[1] is Status.FAIL


def test_cluster_that_is_away_is_told_once() -> None:
    """What was so before is no news of it, and what is so afterwards is."""
    said, last = told(HEALTHY, AWAY, AWAY, HEALTHY, HEALTHY)

    assert said == ["ok", "The API server a cannot be reached. I go on asking.", "ok"]
    assert last is Status.OK


@pytest.mark.parametrize("error", [AWAY, UsageError("What?")])
def test_first_question_may_be_refused(error: Exception) -> None:
    """There is nothing to watch then; a later question of this kind ends it as well, but where nobody answers."""
    with pytest.raises(type(error)):
        told(error)
    with pytest.raises(UsageError):
        told(HEALTHY, UsageError("What?"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("why", "web", "-w", "--dump", "playground/sample"), "Saved objects do not change"),
        (("why", "-A", "-w"), "One Service is watched, not a namespace"),
        (("why", "web", "--watch", "--probe-from-caller"), "--watch adds no container"),
        (("why", "web", "-n", "shop", "-w"), "There is no kubeconfig"),
    ],
)
def test_what_is_not_watched(words: tuple[str, ...], says: str) -> None:
    """Refused before anything is asked."""
    done = k8snet(*words)

    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


async def test_ends_with_the_last_verdict(tmp_path: Path) -> None:
    """Ctrl-C ends it, and the exit code is the verdict's: the program itself, on an API server that is a stand-in."""
    async with healthy() as api:
        (tmp_path / "config").write_text(kubeconfig(api))
        words = ("why", "user-service", "-n", "shop", "-w", "--no-probe", "--kubeconfig", str(tmp_path / "config"))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *words, cwd=ROOT, stdout=PIPE, preexec_fn=_heeds_interrupts
        )
        assert process.stdout
        first = await process.stdout.readline()
        process.send_signal(signal.SIGINT)
        ended = await process.wait()

    assert first.startswith(b"ok  user-service in shop")
    assert ended == 0


def _heeds_interrupts() -> None:
    """What a shell starts in the background ignores Ctrl-C, and so does all that it starts: as the tests may be."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
