"""A host written with underscores, as other tools name what they run: the Service with hyphens is meant, if any."""

from typing import Any

import pytest

from bot.usecases.triage import triage
from tests.checks.manifests import NOW
from tests.judge.test_new_revisions import revision
from tests.judge.test_order_of_causes import cluster, service


def codes(pod: dict[str, Any], *more: dict[str, Any]) -> list[str]:
    found = triage(cluster(service("checkout"), pod, *more), at=NOW, namespaces=("shop",))
    return [each.finding.code for each in found.causes]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        pytest.param("user_service:80", ["APP-024"], id="the Service with hyphens"),
        pytest.param("user_service.shop:80", ["APP-024"], id="with its namespace"),
        pytest.param("user-service:80", [], id="its own name"),
        pytest.param("user_servce:80", [], id="no Service of that name"),
        pytest.param("some_backend:80", [], id="a group of servers, defined anywhere"),
    ],
)
def test_a_ready_caller(host: str, expected: list[str]) -> None:
    assert codes(revision("a77", f"http://{host}", is_ready=True)) == expected


def test_in_a_file_it_may_be_a_group_of_servers() -> None:
    pod = revision("a77", "", is_ready=True)
    pod["spec"]["volumes"] = [{"name": "sites", "configMap": {"name": "sites"}}]
    data = {"default.conf": "location / { proxy_pass http://user_service; }\n"}
    sites = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "sites", "namespace": "shop"}, "data": data}

    assert codes(pod, sites) == []
