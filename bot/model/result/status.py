"""Status and basis: the words that verdicts and hops share (`k8snet.diagnosis/v1`)."""

from collections.abc import Iterable
from enum import StrEnum


class Status(StrEnum):
    """The state of a verdict or hop. UNKNOWN: nobody could look. OFF_PATH is a hop's alone: this call does not pass it."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    OFF_PATH = "off-path"


class Basis(StrEnum):
    """What a status rests on: a measurement, the objects alone, or nothing."""

    PROBED = "probed"
    CONFIG = "config"
    NONE = "none"


def worst(statuses: Iterable[Status]) -> Status:
    """Return the worst: fail, then warn, then unknown, then ok; hops that are off the path do not count."""
    known = set(statuses)
    return next((status for status in (Status.FAIL, Status.WARN, Status.UNKNOWN) if status in known), Status.OK)
