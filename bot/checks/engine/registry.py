"""What a check is, and how checks are found: every module of a family holds exactly one, but for `_name.py`."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from msgspec import Struct

from bot.model.case import Case
from bot.model.result.finding import Found, Layer

# What a check may need, in words. A need that is missing (a Gap of this name) leaves the check's layer unknown.
NEEDS = {
    "services": "Services",
    "endpointslices": "EndpointSlices",
    "pods": "Pods",
    "workloads": "Deployments, StatefulSets, DaemonSets and ReplicaSets",
    "networkpolicies": "NetworkPolicies",
    "nodes": "Nodes",
    "namespaces": "Namespaces",
    "events": "Kubernetes Events",
    "dns": "the cluster's DNS Service, its EndpointSlices and pods",
    "corefile": "the Corefile of the cluster's DNS",
    "logs": "the last log lines of crashed containers",
    "source": "the calling pod or workload",
}

# Folders of checks: a family is a code prefix.
FAMILIES = ("dns", "routing", "policy", "application")

Rule = Callable[[Case], Iterator[Found]]


class Check(Struct, frozen=True):
    """A rule with its code and name. `shows_in` is the layer where its effect is seen, `layer` that of the cause."""

    code: str
    name: str
    layer: Layer
    shows_in: Layer
    needs: tuple[str, ...]
    uses: tuple[str, ...]
    leads_to: frozenset[str]
    by_probes: bool
    rule: Rule
    page: str
    module: str

    @property
    def title(self) -> str:
        """The page's first line."""
        return self.page.split("\n", 1)[0].strip()

    def sections(self) -> dict[str, str]:
        """The page's sections by heading, in order."""
        found: dict[str, list[str]] = {}
        lines: list[str] = []
        for line in self.page.splitlines()[1:]:
            if line.startswith("## "):
                lines = found.setdefault(line[3:].strip(), [])
            else:
                lines.append(line)
        return {heading: "\n".join(body).strip() for heading, body in found.items()}


def check(
    code: str,
    name: str,
    layer: Layer,
    *,
    needs: tuple[str, ...] = (),
    uses: tuple[str, ...] = (),
    leads_to: tuple[str, ...] = (),
    by_probes: bool = False,
    shows_in: Layer | None = None,
) -> Callable[[Rule], Check]:
    """Make a rule a Check.

    `needs` must be readable for the check to judge at all, `uses` only improves its evidence; both become rules of the
    chart's ClusterRole. `leads_to` are the codes that are consequences of this one where they are about the same pods.
    `by_probes`: it judges what probes saw and nothing else, so where nothing was measured it is not asked.
    """

    def wrap(rule: Rule) -> Check:
        module = importlib.import_module(rule.__module__)
        return Check(
            code=code,
            name=name,
            layer=layer,
            shows_in=shows_in or layer,
            needs=needs,
            uses=uses,
            leads_to=frozenset(leads_to),
            by_probes=by_probes,
            rule=rule,
            page=(module.__doc__ or "").strip(),
            module=rule.__module__,
        )

    return wrap


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
        for each in pkgutil.iter_modules([str(checks / family)]):
            if not each.name.startswith("_"):
                yield f"{package}.{family}.{each.name}"


def _check_in(name: str) -> Check:
    module = importlib.import_module(name)
    held = [each for each in vars(module).values() if isinstance(each, Check) and each.module == name]
    if len(held) != 1:
        raise ImportError(f"{name} must hold exactly one check, and holds {len(held)}")
    return held[0]
