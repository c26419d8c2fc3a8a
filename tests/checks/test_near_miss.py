"""Which pods a selector was meant for: better none than a wrong one."""

import pytest

from bot.checks.routing._selector_suggestions import claimed_by, nearest, only_reaches
from bot.model.kube.objects import Meta, Owner
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServiceSpec
from bot.model.snapshot import Snapshot
from tests.checks.manifests import NOW


def _pod(name: str, labels: dict[str, str], workload: str = "") -> Pod:
    owners = (Owner(kind="StatefulSet", name=workload, controller=True),) if workload else None
    return Pod(metadata=Meta(name=name, namespace="shop", labels=labels, owner_references=owners))


def _service(name: str, selector: dict[str, str]) -> Service:
    return Service(metadata=Meta(name=name, namespace="shop"), spec=ServiceSpec(selector=selector))


@pytest.mark.parametrize(
    ("selector", "labels", "patch"),
    [
        ({"app": "user-servce"}, {"app": "user-service"}, {"app": "user-service"}),
        ({"App": "user-service"}, {"app": "user-service"}, {"App": None, "app": "user-service"}),
        ({"app": "user-service"}, {"k8s-app": "user-service"}, {"app": None, "k8s-app": "user-service"}),
        ({"ap": "user-service"}, {"app": "user-service"}, {"ap": None, "app": "user-service"}),
        ({"app": "user-service", "version": "v2"}, {"app": "user-service", "version": "v1"}, {"version": "v1"}),
        ({"app": "user-service", "tier": "backend"}, {"app": "user-service"}, {"tier": None}),
    ],
)
def test_near(selector: dict[str, str], labels: dict[str, str], patch: dict[str, str | None]) -> None:
    """The label that differs is named, and the patch makes the selector match."""
    service = _service("user-service", selector)
    snapshot = Snapshot(taken_at=NOW, services=(service,), pods=(_pod("a", labels, "users"),))

    (miss,) = nearest(service, snapshot)

    assert miss.patch == patch
    assert only_reaches(miss, service, snapshot)


@pytest.mark.parametrize(
    ("selector", "labels"),
    [
        ({"app": "user-service"}, {"app": "user-service-db"}),
        ({"app": "user-service"}, {"app": "postgres", "app.kubernetes.io/instance": "user-service"}),
        ({"app": "shop", "component": "users"}, {"app": "shop", "component": "cart"}),
        ({"app": "user-service", "tier": "backend"}, {"app": "checkout", "tier": "backend"}),
        ({"app": "shard-1"}, {"app": "shard-2"}),
        ({"az": "eu"}, {"ax": "eu"}),
        ({"app": "user-service"}, {}),
    ],
)
def test_another_application(selector: dict[str, str], labels: dict[str, str]) -> None:
    """A different value of what tells applications apart is never near, however many pairs agree."""
    service = _service("user-service", selector)

    assert nearest(service, Snapshot(taken_at=NOW, services=(service,), pods=(_pod("a", labels),))) == ()


def test_nearer_wins() -> None:
    """Of two misses the one with fewer edits is given alone; equals are both given."""
    service = _service("user-service", {"app": "user-servce"})
    near = _pod("a", {"app": "user-service"}, "users")
    farther = _pod("b", {"app": "user-service2"}, "users2")
    twin = _pod("c", {"app": "user-servces"}, "other")

    assert [miss.about.name for miss in nearest(service, Snapshot(NOW, pods=(near, farther)))] == ["users"]
    assert [miss.about.name for miss in nearest(service, Snapshot(NOW, pods=(near, twin)))] == ["other", "users"]


def test_pods_of_another_service_are_claimed() -> None:
    """`payments` is not `payment` mistyped where a Service of that very name selects those pods."""
    service = _service("payment", {"app": "payment"})
    other = _service("payments", {"app": "payments"})
    snapshot = Snapshot(NOW, services=(service, other), pods=(_pod("a", {"app": "payments"}, "payments"),))

    (miss,) = nearest(service, snapshot)

    assert claimed_by(miss, service, snapshot) == other


def test_a_wider_selector_is_not_offered() -> None:
    """Without the pair that differs the selector would take the canary of another workload along."""
    service = _service("user-service", {"app": "user-service", "tier": "backend"})
    canary = _pod("b", {"app": "user-service", "tier": "canary"}, "canary")
    snapshot = Snapshot(NOW, services=(service,), pods=(_pod("a", {"app": "user-service"}, "users"), canary))

    (miss,) = nearest(service, snapshot)

    assert miss.about.name == "users"
    assert not only_reaches(miss, service, snapshot)
