"""What is agreed to before a container is added to a caller's pod. Rule: nobody agrees by mistake, nor by silence."""

import os
import sys

from msgspec.structs import replace

from bot.commands.output import complain
from bot.commands.parse import Manner
from bot.config import read_config
from bot.errors import UsageError
from bot.model.question.request import Request, expect_askable
from bot.model.result.diagnosis import Offer
from bot.reports.words import container_words

_YES = ("y", "yes")


def with_consent(request: Request, how: Manner, *, yes: bool) -> Request:
    """Return the request as one that a person agreed to. Raises UsageError where nobody did, or nothing could be added."""
    config = read_config(os.environ)
    if not config.caller_probe:
        raise UsageError(
            "Nothing is added to a pod unless K8SNET_CALLER_PROBE=true.",
            hint="Set it for this command, if whoever runs this cluster agrees to ephemeral containers.",
        )
    if not how.probe:
        raise UsageError("--probe-from-caller measures in a cluster: leave out --no-probe and --dump.")
    wanted = replace(request, from_caller=True)
    expect_askable(wanted)
    source = request.question.source
    assert source is not None  # expect_askable
    if not yes:
        _ask(container_words(source, Offer(config.caller_probe_image, config.caller_probe_seconds)))
    return wanted


def _ask(words: str) -> None:
    """Ask on the terminal. Raises UsageError for any answer but yes, and where there is nobody to ask."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("Nobody is here to agree to a container in the caller's pod.", hint=f"{words} Agree by --yes.")
    complain((words,))
    sys.stderr.write("Add it? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in _YES:
        raise UsageError("Nothing was added, and nothing was asked.", hint="From here: leave out --probe-from-caller.")
