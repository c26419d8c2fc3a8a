"""The Services that failing pods wait for, as a check tells them (`Detection.waits_for`)."""

from msgspec.structs import replace

from bot.checks.facts.pod_groups import TroubledGroup, groups
from bot.checks.facts.pod_state import Trouble
from bot.model.case import Case
from bot.model.dependencies.dependencies import dependencies_of
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.memo import memo
from bot.model.result.finding import Because, Dependency, Evidence
from bot.model.text import listing

_MOST = 3


def awaited_by(case: Case, group: TroubledGroup) -> tuple[Dependency, ...]:
    """Return the Services that the group's container waits for, or says it cannot reach; what it only calls is left out."""
    named = _of_pods(case, group.pods)
    return tuple(each for each in named if each.container == group.container and each.because is not Because.CALLS)


def missed_by_unready(case: Case) -> tuple[Dependency, ...]:
    """Return the Services that the running, unready pods say they cannot reach; other troubles are told with these."""
    pods = (pod for group in groups(case, Trouble.UNREADY) for pod in group.pods)
    return tuple(each for each in _of_pods(case, tuple(pods)) if each.because is Because.SAID)


def wait_words(case: Case, dependencies: tuple[Dependency, ...]) -> str:
    """Return the end of a sentence, e.g. `, waiting for Service shop/db, port 5432`; empty where there is none."""
    return f", waiting for {_places(case, dependencies)}" if dependencies else ""


def miss_words(case: Case, dependencies: tuple[Dependency, ...]) -> str:
    """Return the end of a sentence, e.g. `; it cannot reach Service data/db`; empty where there is none."""
    return f"; it cannot reach {_places(case, dependencies)}" if dependencies else ""


def _places(case: Case, dependencies: tuple[Dependency, ...]) -> str:
    return listing(tuple(dict.fromkeys(_place(case, each) for each in dependencies[:_MOST])))


def _place(case: Case, each: Dependency) -> str:
    """Name it, and say that it does not exist where the Services of its namespace were read."""
    return f"{each.service}, which does not exist" if _is_missing(case, each) else each.place


def _is_missing(case: Case, each: Dependency) -> bool:
    return not each.exists and case.snapshot.was_listed(Service, each.service.namespace)


def missing_of(case: Case, dependencies: tuple[Dependency, ...]) -> str:
    """Return the one Service that does not exist and that is waited for, or whose lookup failed; empty where none is."""
    first = next(iter(dependencies), None)
    if first is None or not (first.because is Because.WAITS or first.lookup) or not _is_missing(case, first):
        return ""
    return str(first.service)


def named_by(dependencies: tuple[Dependency, ...]) -> tuple[Evidence, ...]:
    """Return what names the Services."""
    return tuple(replace(each.evidence, note=f"names {each.place}") for each in dependencies[:_MOST])


def _of_pods(case: Case, pods: tuple[Pod, ...]) -> tuple[Dependency, ...]:
    known = _known(case)
    key = tuple(each.name for each in pods)
    if key not in known:
        known[key] = dependencies_of(case.snapshot, pods)
    return known[key]


@memo
def _known(_: Case) -> dict[tuple[str, ...], tuple[Dependency, ...]]:
    """What was found by the names of the pods: several checks ask for the same."""
    return {}
