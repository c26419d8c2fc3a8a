"""The sample cluster: consistent in itself, and as broken on the wire as its manifests say."""

import os
from collections.abc import AsyncIterator
from functools import partial
from itertools import count
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from bot.model.case import Case
from bot.model.dns.cluster_dns import cluster_dns
from bot.model.dns.resolv_conf import resolv_conf
from bot.model.dns.search.simulate import conclude
from bot.model.dns.search.table import LIBCS
from bot.model.kube.endpoints import Endpoint, endpoints_of, expected_slices
from bot.model.planning.plan import plan
from bot.model.probe import Observation, Outcome, Purpose
from bot.model.question.question import Question
from bot.model.snapshot import Snapshot
from bot.probes import run, walk
from playground.behaviour import Behaviour
from playground.network import SampleNetwork
from playground.sample import copy_sample, sample_behaviours, sample_snapshot

measured = partial(run, may_call=lambda _: True)  # what is called here is on loopback

_COUNT = count()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the sample at addresses of its own, since several runs may share the machine."""
    copy_sample(tmp_path, 60 + (os.getpid() * 37 + 3 * next(_COUNT)) % 180)
    return tmp_path


@pytest.fixture
async def cluster(folder: Path) -> AsyncIterator[Snapshot]:
    """The sample with its network up."""
    snapshot = sample_snapshot(folder=folder)
    async with SampleNetwork(snapshot, sample_behaviours(folder)):
        yield snapshot


async def seen(snapshot: Snapshot, namespace: str, service: str) -> Case:
    """Plan and run for one Service."""
    case = Case(Question(service=service, namespace=namespace, name=service), snapshot)
    return Case(case.question, snapshot, await measured(plan(case)))


def outcomes(observations: tuple[Observation, ...]) -> list[str]:
    return [str(each.outcome) for each in observations]


def test_slices_are_what_the_controller_writes() -> None:
    """The manifests' EndpointSlices agree with their Services and pods."""
    snapshot = sample_snapshot()

    def meaning(endpoints: tuple[Endpoint, ...]) -> list[tuple[str, int, bool, bool, str]]:
        return [(each.address, each.port, each.ready, each.serving, each.pod) for each in endpoints]

    checked = 0
    for service in snapshot.services:
        if service.selector.pairs:
            expected = expected_slices(service, snapshot.pods_in(service.namespace))
            assert len(snapshot.slices_of(service)) == len(expected), service.ref
            for port in service.ports:
                checked += 1
                given = endpoints_of(snapshot.slices_of(service), port)
                assert meaning(given) == meaning(endpoints_of(expected, port)), service.ref
    assert checked >= 14


def test_sample_is_large_and_mostly_healthy() -> None:
    """At least twelve Services in the five namespaces; no gap; the clock stands still."""
    snapshot = sample_snapshot()

    assert len(snapshot.services) >= 12
    assert {"shop", "pay", "default", "data", "team-a"} <= {each.name for each in snapshot.namespaces}
    assert snapshot.gaps == ()
    assert msgspec.json.encode(snapshot.taken_at) == b'"2026-11-23T04:53:00Z"'
    assert set(sample_behaviours().values()) == {Behaviour.SERVER_ERROR, Behaviour.NOT_FOUND_ON_READY, Behaviour.REFUSE}


async def test_healthy_services_are_healthy(cluster: Snapshot) -> None:
    """Whatever is not one of the five stories answers every probe."""
    broken = {
        ("shop", "cart-service"),
        ("shop", "catalog"),
        ("shop", "images"),
        ("pay", "ledger"),
        ("kube-system", "kube-dns"),
    }
    for service in cluster.services:
        if (service.namespace, service.name) not in broken:
            case = await seen(cluster, service.namespace, service.name)
            # An IPv4-only target has no AAAA, and says so: that is a healthy answer.
        asked = tuple(each for each in case.observations if getattr(each.probe, "type", "A") != "AAAA")
        assert set(outcomes(asked)) == {"answered"}, service.ref


async def test_name_across_namespaces(cluster: Snapshot) -> None:
    """Story 1: from default, `user-service` does not resolve for any resolver; with its namespace it does."""
    pod = next(each for each in cluster.pods_in("default") if each.name.startswith("checkout"))
    dns = cluster_dns(cluster)
    conf = resolv_conf(pod, "default", dns)
    assert dns.port

    bare = await walk("user-service", conf, port=dns.port.port)
    full = await walk("user-service.shop", conf, port=dns.port.port)

    assert not any(conclude("user-service", conf, bare, libc).is_found for libc in LIBCS)
    assert all(conclude("user-service.shop", conf, full, libc).is_found for libc in LIBCS)
    assert {each.a.outcome for each in bare} == {Outcome.NXDOMAIN}
    case = await seen(cluster, "default", "user-service")
    (asked,) = case.measured.queries(Purpose.SERVICE)
    assert (asked.outcome, asked.detail["aa"]) == (Outcome.NXDOMAIN, True)


async def test_selector_that_matches_nothing(cluster: Snapshot) -> None:
    """Story 2: the virtual IP of cart-service refuses, though three ready pods are one letter away."""
    case = await seen(cluster, "shop", "cart-service")
    near = [each for each in cluster.pods_in("shop") if each.labels["app"] == "cart-service" and each.is_ready]

    assert outcomes(case.measured.tcp(Purpose.SERVICE)) == ["refused"]
    assert (len(case.backends.pods), len(near)) == (0, 3)


async def test_wrong_readiness_path(cluster: Snapshot) -> None:
    """Story 3: ledger's readiness path is 404, its root answers, and Kubernetes Events say so."""
    case = await seen(cluster, "pay", "ledger")

    assert outcomes(case.measured.tcp(Purpose.SERVICE)) == ["refused"]
    assert [(each.status, each.get.path) for each in case.measured.http(Purpose.ENDPOINT)] == [
        (404, "/healthz"),
        (404, "/healthz"),
    ]
    assert [each.status for each in case.measured.http(Purpose.ROOT)] == [200, 200]
    assert len(case.backends.unready_pods) == 2
    for pod in case.backends.unready_pods:
        (event,) = cluster.events_about(pod.ref, "Unhealthy")
        assert "statuscode: 404" in event.message
        assert case.snapshot.is_recent(event.last_seen)


async def test_one_of_three_backends(cluster: Snapshot) -> None:
    """Story 4: all of catalog's backends connect, one of three answers 500."""
    case = await seen(cluster, "shop", "catalog")

    assert outcomes(case.measured.tcp()) == ["answered"] * 3
    assert sorted(outcomes(case.measured.http())) == ["answered", "answered", "server-error"]


async def test_behaviours(folder: Path) -> None:
    """Refusing and hanging backends are that on the wire; `show` turns the network into another one."""
    snapshot = sample_snapshot(folder=folder)
    first, second, _ = (each for each in snapshot.pods_in("shop") if each.labels["app"] == "user-service")
    async with SampleNetwork(snapshot, {first.ref: Behaviour.REFUSE, second.ref: Behaviour.HANG}) as network:
        case = await seen(snapshot, "shop", "user-service")
        assert sorted(outcomes(case.measured.tcp())) == ["answered", "answered", "refused"]
        assert sorted(set(outcomes(case.measured.http()))) == ["answered", "refused", "timeout"]

        await network.show(snapshot, {})
        healed = await seen(snapshot, "shop", "user-service")
        assert set(outcomes(healed.observations)) == {"answered", "nodata"}  # the sample has no IPv6


async def test_fixed_selector_makes_the_virtual_ip_answer(folder: Path) -> None:
    """The network follows the Snapshot: with the selector mended and its slice written, cart-service answers."""
    broken = sample_snapshot(folder=folder)
    service = broken.service("shop", "cart-service")
    assert service
    mended = replace(service, spec=replace(service.spec, selector={"app": "cart-service"}))
    after = replace(
        broken,
        services=tuple(mended if each is service else each for each in broken.services),
        slices=tuple(each for each in broken.slices if each.service_name != "cart-service")
        + expected_slices(mended, broken.pods_in("shop")),
    )

    async with SampleNetwork(broken) as network:
        assert outcomes((await seen(broken, "shop", "cart-service")).measured.tcp(Purpose.SERVICE)) == ["refused"]
        await network.show(after)
        case = await seen(after, "shop", "cart-service")

    assert outcomes(case.measured.tcp(Purpose.SERVICE)) == ["answered"]
    assert len(case.measured.http(Purpose.ROOT)) == 3


@pytest.mark.parametrize(("address", "port"), [("10.0.0.1", 8080), ("127.0.0.1", 80), ("0.0.0.0", 8080)])
async def test_playground_stays_on_loopback(folder: Path, address: str, port: int) -> None:
    """An address that others can reach, or a port that needs rights, is refused before anything listens."""
    known = next(each.ip for each in sample_snapshot(folder=folder).pods_in("shop") if each.ip)
    text = (folder / "shop.yaml").read_text().replace(f"{known}\n", f"{address}\n")
    (folder / "shop.yaml").write_text(text.replace("containerPort: 8080", f"containerPort: {port}"))
    snapshot = sample_snapshot(folder=folder)

    with pytest.raises(ValueError, match="not for a playground"):
        async with SampleNetwork(snapshot):
            pass
