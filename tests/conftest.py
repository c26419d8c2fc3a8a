"""Holds for all tests: how long properties are tried, how many files are tested at once, that a logged traceback is plain."""

import os

import structlog

from tests.examples import register

register()
# Ours are JSON in the processes; structlog's own form of a traceback, with colours and locals, takes a third of a second.
_plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], _plain])


def pytest_xdist_auto_num_workers() -> int:
    """Return twice as many as there are cores: half of the time tests wait, for time-outs and other processes."""
    return 2 * (os.cpu_count() or 1)
