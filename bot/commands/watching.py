"""`why -w`: the same question again and again, told when its verdict changes. Rule: not to be able to look is no change."""

import time
from collections.abc import Callable

from bot.errors import ClusterUnreachableError
from bot.model.result.diagnosis import Diagnosis
from bot.model.result.status import Status

EVERY = 10  # seconds from one answer to the next question


def watch(
    ask: Callable[[], Diagnosis],
    tell: Callable[[Diagnosis], None],
    complain: Callable[[str], None],
    pause: Callable[[float], None] = time.sleep,
) -> Status:
    """Ask until somebody stops it, and return the last outcome.

    Told are the first answer and each whose verdicts or root cause are others than those told before; and once, in place of
    an answer, that the cluster cannot be reached any more. Raises what the first question raises.
    """
    found = ask()
    told, is_lost = _seen(found), False
    try:
        tell(found)
        while True:
            pause(EVERY)
            try:
                found = ask()
            except ClusterUnreachableError as error:
                if not is_lost:
                    complain(f"{error} I go on asking.")
                is_lost = True
                continue
            if _seen(found) != told or is_lost:
                tell(found)
            told, is_lost = _seen(found), False
    except KeyboardInterrupt:
        return found.outcome


def _seen(found: Diagnosis) -> tuple[str, ...]:
    """Return what is one state of a call: its verdicts, and what is wrong with what."""
    root = found.root_cause
    verdicts = (str(each.status) for each in found.verdicts.values())
    return (*verdicts, *((root.code, str(root.about)) if root else ()))
