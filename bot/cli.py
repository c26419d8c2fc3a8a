"""The command line: read, hand over, give an exit code. Rule: no user ever sees a traceback.

Exit codes: 0 all verdicts ok, 1 k8snet failed, 2 wrong usage, 3 a verdict fails, 4 the worst is warn, 5 it is unknown.
"""

import errno
import os
import sys
from collections.abc import Sequence

from bot.commands.argv import OPERATIONS, leading_options, read_plain
from bot.commands.questions import ASKING
from bot.errors import K8snetError, UsageError

_NAMES = (*ASKING, *OPERATIONS)
_IN_SLACK = ("watch", "watches", "unwatch")
_COMPLETION = "_K8SNET_COMPLETE"  # set by a shell that asks for completion
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # what standard output goes to takes no more
_STOPPED = 130  # what a shell gives for a program that was stopped by SIGINT


def run(argv: Sequence[str]) -> int:
    """Run one command line and give its exit code; every error becomes one sentence on standard error."""
    _open_streams()
    try:
        return _run(_with_verb(list(argv)))
    except K8snetError as error:
        return _fail(str(error), _way_on(error), error.exit_code, error)
    except KeyboardInterrupt:
        return _STOPPED
    except BrokenPipeError:  # nobody reads on (`k8snet … | head -1`)
        _drop_output()
        return 1
    except Exception as error:  # noqa: BLE001 (the last net: a person gets a sentence, a script its exit code)
        if isinstance(error, OSError) and error.errno in _FULL:
            _drop_output()
            return _fail(f"The answer cannot be written: {error.strerror}.", "", 1, error)
        hint = "Please report it; K8SNET_DEBUG=1 shows where it happened."
        return _fail(f"Something broke on my side: {type(error).__name__}: {error}", hint, 1, error)


def _open_streams() -> None:
    """Open what the caller closed (`k8snet … >&-`), so that its exit code can still be asked for."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 (open until the end)


def _drop_output() -> None:
    """Take what was not written away from Python's last flush, which would complain of it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(words: list[str]) -> int:
    """Run a command: read at once where its words are plain, else by typer."""
    command = ASKING.get(words[0]) if words and _COMPLETION not in os.environ else None
    if command and (given := read_plain(command, words[1:])) is not None:
        return command(**given)
    from bot.commands.declare import run_declared  # noqa: PLC0415 (typer is a third of a small `why --dump`)

    return run_declared(words)


def _with_verb(argv: list[str]) -> list[str]:
    """A bare name asks why, as in Slack; a mistyped verb is refused instead of being taken for a Service.

    Options may stand before the verb, as kubectl has it (`k8snet -n shop why web`).
    """
    if argv and argv[0].startswith("-"):
        before = leading_options(ASKING.values(), argv)
        if before >= len(argv):
            raise UsageError("A command is missing.", hint="For example: k8snet why -n shop")
        verb, *rest = _with_verb(argv[before:]) if before else argv
        return [verb, *argv[:before], *rest]
    if not argv:
        return argv
    first = argv[0].lower()
    if first in _NAMES:
        return [first, *argv[1:]]
    if first in _IN_SLACK and len(argv) > 1:
        hint = f"There: /k8snet {' '.join(argv)}. Here: k8snet why NAME -w"
        raise UsageError("A watch tells a thread, so it is begun in Slack.", hint=hint)
    from bot.model.question.tokens import near_word  # noqa: PLC0415 (as above)
    from bot.model.text import shown  # noqa: PLC0415 (only where the verb is missing)

    if near := near_word(first, sorted(_NAMES)):
        raise UsageError(f"I know no command {shown(argv[0])}.", hint=f"Did you mean: k8snet {near}?")
    return ["why", *argv]


def _way_on(error: K8snetError) -> str:
    near = error.suggestions
    return " ".join(filter(None, [f"Did you mean: {', '.join(near)}?" if near else "", error.hint]))


def _fail(sentence: str, hint: str, code: int, error: BaseException) -> int:
    if os.environ.get("K8SNET_DEBUG") == "1":
        raise error
    from bot.model.text import one_line, plain  # noqa: PLC0415 (only where something failed)

    print("k8snet:", one_line(sentence, limit=600), file=sys.stderr)  # noqa: T201 (this is the command line)
    if hint:
        print(plain(hint), file=sys.stderr)  # noqa: T201 (as above)
    return code
