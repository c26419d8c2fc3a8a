"""Holds for all tests: how long properties are tried, which files come first, how many at once, that a traceback is plain."""

import os
from collections import Counter

import pytest
import structlog

from tests.examples import register

register()
# Ours are JSON in the processes; structlog's own form of a traceback, with colours and locals, takes a third of a second.
_plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], _plain])

# Files that take a minute and more. xdist begins with those of the most tests; these have few, and would come last, alone.
LONG = (
    "tests/resolvers/test_real_resolvers.py",
    "tests/judge/test_hiding_dns.py",
    "tests/judge/test_hiding_routing.py",
    "tests/judge/test_hiding_policy.py",
    "tests/judge/test_hiding_application.py",
    "tests/judge/test_hiding.py",
    "tests/judge/test_triage_of_cases.py",
    "tests/slack/test_hostile.py",
    "tests/chaos/test_chaos.py",
    "tests/checks/test_checks.py",
    "tests/jobs/test_three_workers.py",
    "tests/reader/test_refusals.py",
    "tests/policies/test_against_oracle.py",
    "tests/judge/test_kept.py",
)


def pytest_xdist_auto_num_workers() -> int:
    """Return twice as many as there are cores: half of the time tests wait, for time-outs and other processes."""
    return 2 * (os.cpu_count() or 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first, then those of the most tests; within a file all stays in order."""
    many = Counter(each.path for each in items)
    places = {name: place for place, name in enumerate(LONG)}

    def order(item: pytest.Item) -> tuple[int, int]:
        return places.get(item.nodeid.partition("::")[0], len(LONG)), -many[item.path]

    items.sort(key=order)
