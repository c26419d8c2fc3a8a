"""Holds for all tests: how long properties are tried, and that a logged traceback is plain."""

import structlog

from tests.examples import register

register()
# Ours are JSON in the processes; structlog's own form of a traceback, with colours and locals, takes a third of a second.
_plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], _plain])
