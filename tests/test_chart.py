"""The chart grants what is read, and sets what can be set; `make test-cluster` renders it with Helm."""

import re
from pathlib import Path
from typing import Any

import yaml

from bot.cluster.reading.rows import RESOURCES
from bot.config import SETTINGS
from bot.model.kube.kinds import KINDS

CHART = Path(__file__).parents[1] / "charts" / "k8snet"
Granted = set[tuple[str, str, str]]


def granted(rules: list[dict[str, Any]]) -> Granted:
    """Return group, resource and verb of everything that RBAC rules allow."""
    return {
        (group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def wanted() -> Granted:
    """Return what a worker reads: the rows of the table of reading, and the kinds of APIs that may not be served."""
    optional = {
        (group, each.plural, verb)
        for each in KINDS
        if each.optional
        for group in each.groups
        for verb in _held(each.verbs)
    }
    return optional | {(each.group, each.plural, verb) for each in RESOURCES for verb in _held(each.verbs)}


def _held(verbs: tuple[str, ...]) -> tuple[str, ...]:
    """Return the verbs with `watch`, where a worker holds what it may list."""
    return (*verbs, "watch") if "list" in verbs else verbs


def written_rules() -> list[dict[str, Any]]:
    """Return the rules of the worker's ClusterRole as they stand in its template; they are the same in every release."""
    text = (CHART / "templates/worker-clusterrole.yaml").read_text()
    return yaml.safe_load(text.partition("\nrules:\n")[2].partition("{{-")[0])


def test_cluster_role_is_what_is_read() -> None:
    """The worker may read what it asks for, and nothing else; nothing may be written, no Secret read."""
    allowed = granted(written_rules())

    assert allowed == wanted()
    assert {verb for _, _, verb in allowed} <= {"get", "list", "watch"}
    assert "secrets" not in {resource for _, resource, _ in allowed}


def test_chart_sets_only_settings_there_are() -> None:
    """Every variable that the chart gives a process is one of bot/config.py."""
    templates = (CHART / "templates").glob("*-deployment.yaml")
    set_there = {name for path in templates for name in re.findall(r"name: (K8SNET_[A-Z_]+)", path.read_text())}

    assert set_there
    assert set_there <= {setting.variable for _, setting in SETTINGS.values()}
