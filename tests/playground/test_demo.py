"""`make demo` as somebody types it: with any words, twice at once, and with a sentence where it cannot be."""

import fcntl
import os
import pty
import re
import socket
import subprocess
import sys
import termios
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from playground.sample import sample_snapshot

ROOT = Path(__file__).parents[2]


def demo(ask: str, **environ: str) -> subprocess.Popen[str]:
    """Start the demo as `make demo` does, without a terminal."""
    return subprocess.Popen(
        [sys.executable, "-m", "playground"],
        cwd=ROOT,
        env={**os.environ, "ASK": ask, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_two_demos_at_once() -> None:
    """Each takes addresses of its own: both answer, and neither says a word about the other."""
    both = [demo("why cart-service in shop"), demo("why catalog in shop")]
    told = [each.communicate(timeout=180)[0] for each in both]

    assert [each.returncode for each in both] == [0, 0], told
    assert "RTE-001" in told[0]
    assert "APP-013" in told[1]
    assert "Traceback" not in "".join(told)


@pytest.mark.parametrize("ask", ["why `id`", "why \"a\" 'b' $HOME", "why <script>", "digest for shop", "help"])
def test_any_words_are_asked_as_they_are(ask: str) -> None:
    """Quotes, back-ticks, dollars and angle brackets reach the bot; it answers, and the demo ends by itself."""
    started = demo(ask)
    told, _ = started.communicate(timeout=120)

    assert started.returncode == 0, told
    assert f"/k8snet {ask}" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    "ask", ["why `touch pwned`", "why $(touch pwned) $(shell touch pwned)", "why \"x\" 'y' $HOME \\ #"]
)
def test_make_hands_the_words_on(tmp_path: Path, ask: str) -> None:
    """Make and its shell read nothing of ASK: what arrives in the environment is what was typed."""
    makefile = (ROOT / "Makefile").read_text().replace("$(RUN)python -m playground", "@printenv ASK")
    (tmp_path / "Makefile").write_text(makefile.replace("demo: setup", "demo:"))
    # These tests may themselves be run by a make, whose options a make below takes over.
    environ = {key: value for key, value in os.environ.items() if key not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    for words in ([f"ASK={ask}"], []):
        command = ["make", "demo", *words]
        done = subprocess.run(
            command, cwd=tmp_path, env={**environ, "ASK": ask}, capture_output=True, text=True, check=True
        )
        assert done.stdout == f"{ask}\n"

    assert sorted(each.name for each in tmp_path.iterdir()) == ["Makefile"]


def test_taken_address_moves_the_sample() -> None:
    """Where somebody else listens on one of its addresses, the whole sample moves to others."""
    pod = next(each for each in sample_snapshot().pods if each.ip and each.namespace == "shop")
    with socket.socket() as taken:
        with suppress(OSError):  # another demo on this machine has it: as good
            taken.bind((pod.ip, 8080))
            taken.listen()
        started = demo("why catalog in shop")
        told, _ = started.communicate(timeout=120)

    assert started.returncode == 0, told
    assert "APP-013" in told


def test_taken_port_is_a_sentence() -> None:
    """A port that is taken is said before anything is asked; without --port there is always one."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "bot", "playground", "--serve", "--port", port]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 2
    assert f"Port {port} is taken." in done.stderr
    assert "Traceback" not in done.stderr


def test_terminal_gets_the_page_until_ctrl_c() -> None:
    """In a terminal the page is served after the answer; Ctrl-C ends everything, with 0 and without a traceback."""
    master, terminal = pty.openpty()
    started = subprocess.Popen(
        [sys.executable, "-m", "playground"],
        cwd=ROOT,
        env={**os.environ, "ASK": "help"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 (no other thread runs here)
    )
    os.close(terminal)
    told = read_until(master, "Ctrl-C ends it")
    found = re.search(r"Click through it: +(http://127\.0\.0\.1:\d+/)", told)
    assert found, told
    with urllib.request.urlopen(found[1]) as answer:
        assert "k8snet playground" in answer.read().decode()
    os.write(master, b"\x03")

    assert started.wait(60) == 0
    assert "Traceback" not in told + read_until(master, "")
    os.close(master)


def read_until(master: int, words: str) -> str:
    """Read from a terminal until it said these words, or was left by everybody."""
    told = ""
    while not words or words not in told:
        try:
            told += os.read(master, 65536).decode()
        except OSError:  # the other side is closed: Linux says EIO
            break
    return told
