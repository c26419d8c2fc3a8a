"""Every case of tests/checks, read from an API server that refuses a kind, or all but one namespace: no answer is surer.

`tests.judge.hiding` takes needs out of whole snapshots; here what is refused is what a reader asked for, and what it reads
instead. `make test` tries one case of sixteen, `make fuzz` all.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from bot.checks.engine.judge import Judgement
from bot.model.case import Case
from tests.checks.manifests import Written, case_of
from tests.judge.hiding import made_surer
from tests.reader.healthy import forbidden
from tests.reader.test_live_cases import EVERY, FILES, Served, asked, can_be_served, sample

Refuses = Callable[[str], bool]

# The namespace and the plural of a request for objects; a log is one of its pod.
_PATH = re.compile(
    r"/apis?/(?:[^/]+/)?v[^/ ]+/(?:namespaces/(?P<namespace>[^/ ]+)/)?(?P<plural>[^/ ]+)(?:/[^/ ]+(?P<log>/log))?"
)
_DISCOVERY = "/apis"
# What a caller's own ConfigMaps tell it is a hint beside what is known of the Service: without them its pods are as sound.
_OF_CALLER = "APP-024"


def _kind(request: str) -> str:
    found = _PATH.match(request)
    return (found["log"] or found["plural"]) if found else request.partition(" ")[0]


def _namespace(request: str) -> str | None:
    found = _PATH.match(request)
    return found["namespace"] if found else None


def _rights(case: Case, requests: Sequence[str]) -> Iterator[tuple[str, Refuses]]:
    """Yield who may read what: all but one kind of those that are asked for, or nothing but one namespace."""
    for kind in sorted({_kind(each) for each in requests}):
        yield f"no {kind}", lambda request, kind=kind: _kind(request) == kind
    for place in sorted({case.question.namespace or "shop", case.caller.namespace or "shop"}):
        yield f"{place} alone", lambda request, place=place: request != _DISCOVERY and _namespace(request) != place
    yield "nothing of the cluster", lambda request: request != _DISCOVERY and _namespace(request) is None


def _surer(before: Judgement, after: Judgement) -> list[str]:
    is_of_caller = before.root is not None and before.root.code == _OF_CALLER
    return [each for each in made_surer(before, after) if not (is_of_caller and each.startswith("application: "))]


async def _made_surer(written: Written, case: Case, folder: Path) -> list[str]:
    api = Served(written, case)
    before = await asked(api, case, folder)
    found = []
    for what, refuses in _rights(case, api.asked):
        restricted = Served(written, case)
        restricted.breaks, restricted.broken = forbidden, refuses
        after = await asked(restricted, case, folder)
        found += [f"{written.title}: {what}: {each}" for each in _surer(before, after)]
    return found


def _sample(path: Path) -> list[tuple[Written, Case]]:
    cases = ((each, case_of(each)) for each in sample(path, EVERY * EVERY))
    return [(written, case) for written, case in cases if can_be_served(written, case)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_rights_that_are_missing_make_nothing_surer(path: Path, tmp_path: Path) -> None:
    """`fail`, `warn` and `unknown` never turn to `ok`, and `ok` never to `fail` or `warn`."""
    found = [each for written, case in _sample(path) for each in await _made_surer(written, case, tmp_path)]

    assert found == []
