"""How checks are found: every module of a family holds exactly one, but for `_name.py`, which is private to its family.

A question needs a third of them. So what their decorators say is kept beside them in `index.json` (`make docs` writes it, a
test compares), and the file of a check is loaded when its rule or its page is first asked for. What the index does not know is
loaded at once, so a new check needs no line in it.
"""

import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from bot.checks.engine.check import Check
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Layer

# Folders of checks: a family is a code prefix.
FAMILIES = ("dns", "routing", "policy", "ingress", "application")
INDEX = Path(__file__).parents[1] / "index.json"


class Indexed(Struct, frozen=True, omit_defaults=True):
    """What a check's decorator says, as `Check` has it; `when`: that there is one."""

    module: str
    code: str
    name: str
    hop: Hop
    layer: Layer
    needs: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    shows: Effect | None = None
    causes: tuple[Effect, ...] = ()
    fits: tuple[Symptom, ...] = ()
    when: bool = False
    by_probes: bool = False
    of_cluster: bool = False
    silent_when_plain: bool = False
    may_be_meant: bool = False
    only: tuple[Occasion, ...] = ()


@cache
def all_checks() -> tuple[Check, ...]:
    """Every check of all families, by code. A module without exactly one Check is a mistake and raises, once it is loaded."""
    known = {each.module: each for each in msgspec.json.decode(INDEX.read_bytes(), type=tuple[Indexed, ...])}
    found = [_unloaded(known[name]) if name in known else loaded(name) for name in _modules()]
    return tuple(sorted(found, key=lambda each: each.code))


def load_checks() -> tuple[Check, ...]:
    """Every check by code, its file loaded: for what asks most of them, while it waits for something else."""
    return tuple(loaded(each.module) for each in all_checks())


def index() -> bytes:
    """Return what `index.json` has to be: a line a check."""
    found = sorted((_indexed(loaded(name)) for name in _modules()), key=lambda each: each.code)
    return b"[\n" + b",\n".join(map(msgspec.json.encode, found)) + b"\n]\n"


@cache
def checks_by_code() -> dict[str, Check]:
    return {each.code: each for each in all_checks()}


def check_named(word: str) -> Check | None:
    """Find a check by code or name, in any case."""
    wanted = word.strip().lower()
    return next((each for each in all_checks() if wanted in (each.code.lower(), each.name)), None)


@cache
def loaded(name: str) -> Check:
    """Return the check that a module holds. Raises ImportError where that is not exactly one."""
    module = importlib.import_module(name)
    held = [each for each in vars(module).values() if isinstance(each, Check) and each.module == name]
    if len(held) != 1:
        raise ImportError(f"{name} must hold exactly one check, and holds {len(held)}")
    return held[0]


def _modules() -> Iterator[str]:
    """Yield the modules of every family; `_name.py` is private to its family and holds no check."""
    checks = Path(__file__).parents[1]
    package = (__package__ or "").rpartition(".")[0]
    for family in FAMILIES:
        for each in sorted((checks / family).iterdir()):
            if each.suffix == ".py" and not each.stem.startswith("_"):
                yield f"{package}.{family}.{each.stem}"


def _unloaded(known: Indexed) -> Check:
    def rule(case: Case) -> Iterator[Detection]:
        return loaded(known.module).rule(case)

    def when(case: Case) -> bool:
        own = loaded(known.module).when
        return own is None or own(case)

    said = {field: getattr(known, field) for field in Indexed.__struct_fields__}
    return Check(**{**said, "rule": rule, "when": when if known.when else None})


def _indexed(check: Check) -> Indexed:
    said = {field: getattr(check, field) for field in Indexed.__struct_fields__}
    return Indexed(**{**said, "when": check.when is not None})
