"""`probe`: in a caller's pod, beside its containers. Rule: it takes the least of the pod, and the first kill upon itself.

Nothing of Kubernetes is loaded or asked; what it is given is one argument, what it gives are lines on standard output.
"""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

from bot.commands.output import say
from bot.errors import UsageError

_RESOLV_CONF = Path("/etc/resolv.conf")
_OOM_SCORE = Path("/proc/self/oom_score_adj")
_FIRST = "1000"
_LONGEST_INPUT = 1 << 17  # characters of standard input; an order is shorter


def probe(order: str) -> int:
    """Carry out an order (`-`: that of standard input) and print what was seen; give 0, or 2 for what is no order."""
    die_first()
    return asyncio.run(_print(sys.stdin.read(_LONGEST_INPUT) if order == "-" else order))


async def _print(text: str) -> int:
    from bot.model.probe_order import read_order  # noqa: PLC0415 (nothing is loaded before `die_first`)
    from bot.model.probe_result import Refused, line_text  # noqa: PLC0415 (as above)
    from bot.probes.order import carry_out  # noqa: PLC0415 (as above)

    try:
        order = read_order(text)
    except UsageError as error:
        say(line_text(Refused(str(error))))
        return error.exit_code
    async for line in carry_out(order, _own_conf()):
        say(line_text(line))
    return 0


def die_first() -> None:
    """Let the kernel end this process before any other of the pod where its memory limit is reached.

    An ephemeral container has no limit of its own: it uses what the pod's containers leave of theirs, and without this
    the kernel would end the largest process, which is the application. https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html
    """
    with suppress(OSError):  # no Linux
        _OOM_SCORE.write_text(_FIRST)


def _own_conf() -> str:
    try:
        return _RESOLV_CONF.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
