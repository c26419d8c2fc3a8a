"""Checks judge. Rule: pure functions, one file a check, found by walking the folders.

A check is a generator of `Detection` with the decorator `check`. Its module docstring is its page. It asks the case and
its views, which know what labels, ports and policies mean, and yields nothing where it cannot tell: what it needs and
the snapshot lacks is handled by the judge, which turns the check's hop to unknown.
"""

from bot.checks.engine.check import NEEDS, Check, check
from bot.checks.engine.registry import all_checks, check_named

__all__ = ["NEEDS", "Check", "all_checks", "check", "check_named"]
