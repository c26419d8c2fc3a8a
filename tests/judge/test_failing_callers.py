"""A caller that fails itself: what keeps its own calls from a sound Service is told, before what it shows for that."""

from datetime import timedelta
from typing import Any

import pytest

from bot.model.result.triage import Triage
from bot.usecases.triage import triage
from tests.checks.manifests import NOW
from tests.judge.test_order_of_causes import cluster, crashing, when

MINUTES = timedelta(minutes=1)


def failing(
    url: str, *, born: timedelta = 9 * MINUTES, began: timedelta = 8 * MINUTES, message: str = ""
) -> list[dict[str, Any]]:
    """Return a Service whose only pod, made so long ago, has crashed since, and is told to call this."""
    service, pod = crashing("api", ("USERS_URL", url), ago=began, address="10.244.9.9")
    pod["metadata"]["creationTimestamp"] = when(NOW - born)
    if message:
        pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["message"] = message
    return [service, pod]


def only_web() -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "only-web", "namespace": "shop"},
        "spec": {
            "podSelector": {"matchLabels": {"app": "user-service"}},
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}],
        },
    }


def codes(found: Triage) -> list[str]:
    return [each.finding.code for each in found.causes]


def told(*documents: dict[str, Any]) -> Triage:
    return triage(cluster(*documents), at=NOW, namespaces=("shop",))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("http://user-servcie", "APP-024", id="a slip in the name"),
        pytest.param("http://user-service:8080", "APP-024", id="a port that the Service does not have"),
        pytest.param("http://user-service.shop.cluster.local", "APP-024", id="a name without svc"),
    ],
)
def test_a_wrong_host_comes_before_the_crash_of_whoever_was_told_it(url: str, expected: str) -> None:
    found = told(*failing(url))

    assert codes(found) == [expected, "APP-001"]
    assert [(each.name, "api" in str(found.causes[0].callers)) for each in found.causes[1].depends_on] == [
        ("user-service", True)
    ]


def test_a_policy_comes_before_the_crash_of_whoever_it_cuts_off() -> None:
    found = told(*failing("http://user-service", born=timedelta(days=30)), only_web())

    assert codes(found) == ["NPL-001", "APP-001"]


def test_what_a_pod_has_run_with_for_long_does_not_make_it_fail_now() -> None:
    found = told(*failing("http://user-servcie", born=timedelta(days=30)))

    assert codes(found) == ["APP-001", "APP-024"]
    assert found.causes[0].depends_on == ()


def test_who_gives_another_reason_fails_for_that_one() -> None:
    """The same with a reason that names what could not be reached, which is none of its own."""
    another = told(*failing("http://user-servcie", message="KeyError: 'SMTP_PASSWORD'"))
    same = told(*failing("http://user-servcie", message="dial tcp: lookup user-servcie: no such host"))

    assert codes(another) == ["APP-001", "APP-024"]
    assert codes(same)[0] == "APP-024"


@pytest.mark.parametrize("url", ["http://user-service", "http://user-service.shop:80", "https://example.com"])
def test_whose_calls_are_in_order_is_told_alone(url: str) -> None:
    assert codes(told(*failing(url))) == ["APP-001"]


def test_what_is_broken_for_all_is_told_once() -> None:
    """The failing Service that is called is no fault of the caller's way to it."""
    zdb = crashing("zdb", ago=9 * MINUTES, address="10.244.9.8")
    found = told(*failing("http://zdb"), *zdb)

    assert codes(found) == ["APP-001", "APP-001"]
    assert [each.callers for each in found.causes] == [(), ()]
