"""How checks are found: every module of a family holds exactly one, but for `_name.py`, which is private to its family."""

import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bot.checks.engine.check import Check

# Folders of checks: a family is a code prefix.
FAMILIES = ("dns", "routing", "policy", "ingress", "application")


@cache
def all_checks() -> tuple[Check, ...]:
    """Every check of all families, by code. A module without exactly one Check is a mistake and raises."""
    found = [_check_in(name) for name in _modules()]
    return tuple(sorted(found, key=lambda each: each.code))


@cache
def checks_by_code() -> dict[str, Check]:
    return {each.code: each for each in all_checks()}


def check_named(word: str) -> Check | None:
    """Find a check by code or name, in any case."""
    wanted = word.strip().lower()
    return next((each for each in all_checks() if wanted in (each.code.lower(), each.name)), None)


def _modules() -> Iterator[str]:
    """Yield the modules of every family; `_name.py` is private to its family and holds no check."""
    checks = Path(__file__).parents[1]
    package = (__package__ or "").rpartition(".")[0]
    for family in FAMILIES:
        for each in sorted((checks / family).iterdir()):
            if each.suffix == ".py" and not each.stem.startswith("_"):
                yield f"{package}.{family}.{each.stem}"


def _check_in(name: str) -> Check:
    module = importlib.import_module(name)
    held = [each for each in vars(module).values() if isinstance(each, Check) and each.module == name]
    if len(held) != 1:
        raise ImportError(f"{name} must hold exactly one check, and holds {len(held)}")
    return held[0]
