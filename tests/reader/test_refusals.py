"""Every request of a question, refused or broken in every way, on a sound cluster: never a fault, and never a false `ok`."""

import asyncio
import time
from pathlib import Path

import pytest

from bot.checks.engine.judge import Judgement, judge
from bot.cluster.live import COLD, ClusterWide, read
from bot.cluster.namespaced import read_scope
from bot.cluster.transport import Cluster
from bot.errors import ClusterUnreachableError
from bot.model.case import Case
from bot.model.question.question import Question, Source
from bot.model.result.status import Status
from bot.model.snapshot import Snapshot
from bot.usecases.digest import digest
from tests.reader.healthy import (
    AGGREGATED,
    BROKEN,
    CALLER,
    PLAIN,
    REFUSALS,
    Api,
    Break,
    absent,
    forbidden,
    healthy,
    kubeconfig,
    login_page,
    reset,
    silent,
)

ALONE = Question(service="user-service", namespace="shop")
CALLED = Question(service="user-service", namespace="shop", source=Source(namespace="web", pod=CALLER))
UNPLACED = Question(service="user-service")
QUESTIONS = pytest.mark.parametrize("question", [ALONE, CALLED, UNPLACED], ids=["alone", "called", "unplaced"])
ANSWERED = (forbidden, *(each for each in BROKEN if each is not reset), silent)  # of all requests
# Seconds. A deadline that is the subject, where nothing at all is answered, and where all but one request is: a machine with
# much else to do needs some. A deadline that is not. And within which all ends; a silent server answers after ten minutes.
SILENCE, ALMOST, PATIENT, ENDED = 5.0, 15.0, 60.0, 120.0


def _seconds(breaks: Break) -> float:
    return SILENCE if breaks is silent else PATIENT


async def asked(api: Api, folder: Path, question: Question, seconds: float = 0.0) -> tuple[Judgement, Snapshot]:
    """Read and judge one question."""
    async with Cluster(kubeconfig=_file(api, folder)) as cluster:
        resolved, snapshot = await read(cluster, question, seconds=seconds)
    return judge(Case(resolved, snapshot), strict=True), snapshot


def _file(api: Api, folder: Path, namespace: str = "web") -> str:
    """With another namespace than the Service's, so that a question without one must find it."""
    path = folder / f"kubeconfig-{api.url.rpartition(':')[2]}"
    path.write_text(kubeconfig(api, namespace))
    return str(path)


async def requests(folder: Path, question: Question) -> list[str]:
    """Return what a question asks the sound cluster for."""
    async with healthy() as api:
        await asked(api, folder, question)
        return list(dict.fromkeys(api.asked))


@QUESTIONS
async def test_sound_cluster_is_sound(tmp_path: Path, question: Question) -> None:
    """With everything read it is ok, without a gap, within the requests of a question."""
    async with healthy() as api:
        found, snapshot = await asked(api, tmp_path, question)

    assert [(each.hop, each.because) for each in found.hops if each.status is Status.UNKNOWN] == []
    assert found.outcome is Status.OK
    assert snapshot.gaps == ()
    assert snapshot.requests <= COLD


@QUESTIONS
@pytest.mark.parametrize("breaks", REFUSALS, ids=lambda each: each.__name__)
async def test_one_request_that_is_refused(tmp_path: Path, breaks: Break, question: Question) -> None:
    """It is a gap at most: nothing sound is called broken, the rest is still judged, and no answer is lost."""

    async def one(request: str) -> None:
        async with healthy(breaks, lambda each: each == request) as api:
            found, _ = await asked(api, tmp_path, question)
        assert found.outcome in (Status.OK, Status.UNKNOWN), (request, found.root_cause)
        assert found.outcome is Status.UNKNOWN or not _decides(request, breaks, question), request
        assert all(each.severity == "info" for each in found.findings), request

    wanted = await requests(tmp_path, question)
    if breaks is absent:  # that is how an API server says that there is no such caller
        wanted = [each for each in wanted if not each.endswith(f"/pods/{CALLER}")]
    await asyncio.gather(*map(one, wanted))


def _decides(request: str, breaks: Break, question: Question) -> bool:
    """Whether an answer is never ok without what this request reads. 404 of an optional kind says that there is none of it."""
    if question.source is None and ("kube-system/networkpolicies" in request or "kube-proxy" in request):
        return False
    return breaks in BROKEN and any(each in request for each in ("/endpointslices", "/pods app=", "networkpolicies"))


@QUESTIONS
@pytest.mark.parametrize("breaks", BROKEN, ids=lambda each: each.__name__)
async def test_request_that_breaks_once(tmp_path: Path, breaks: Break, question: Question) -> None:
    """It is asked once more: the answer is whole."""

    async def one(request: str) -> None:
        seen: list[str] = []

        def first(each: str) -> bool:
            seen.append(each)
            return each == request and seen.count(request) == 1

        async with healthy(breaks, first) as api:
            found, snapshot = await asked(api, tmp_path, question)
        assert (found.outcome, snapshot.gaps) == (Status.OK, ()), request
        assert api.asked.count(request) == 2, request

    await asyncio.gather(*map(one, await requests(tmp_path, question)))


@pytest.mark.parametrize("breaks", ANSWERED, ids=lambda each: each.__name__)
@QUESTIONS
async def test_everything_is_refused(tmp_path: Path, breaks: Break, question: Question) -> None:
    """Unknown with its gaps, never `no such Service`, and within the deadline."""
    began = time.monotonic()
    async with healthy(breaks) as api:
        found, snapshot = await asked(api, tmp_path, question, _seconds(breaks))

    assert time.monotonic() - began < ENDED
    assert found.outcome is Status.UNKNOWN
    assert found.root_cause is None
    assert {"services", "endpointslices", "dns"} <= {each.need for each in snapshot.gaps}


async def test_no_connection_at_all(tmp_path: Path) -> None:
    """A server that resets whatever it is asked is none: that is told, instead of a gap for each list."""
    async with healthy(reset) as api:
        with pytest.raises(ClusterUnreachableError, match="cannot be reached"):
            await asked(api, tmp_path, ALONE, PATIENT)
        with pytest.raises(ClusterUnreachableError, match="cannot be reached"):
            await scope(api, tmp_path)


@pytest.mark.parametrize(
    "question", [CALLED, UNPLACED], ids=["called", "unplaced"]
)  # these make all requests of the third
async def test_one_request_without_answer(tmp_path: Path, question: Question) -> None:
    """What was read stays; what was not is a gap that says so, at the deadline and not later."""

    async def one(request: str) -> None:
        async with healthy(silent, lambda each: each == request) as api:
            found, snapshot = await asked(api, tmp_path, question, ALMOST)
        assert found.outcome in (Status.OK, Status.UNKNOWN), (request, found.root_cause)
        assert "not answered in time" in {each.why for each in snapshot.gaps}, request
        assert snapshot.nodes or snapshot.namespaces, request

    wanted = await requests(tmp_path, question)
    began = time.monotonic()
    await asyncio.gather(*map(one, wanted))

    assert time.monotonic() - began < ENDED


async def test_web_page_is_told_in_plain_words(tmp_path: Path) -> None:
    """A proxy's login page says nothing of the cluster."""
    async with healthy(login_page) as api:
        _, snapshot = await asked(api, tmp_path, ALONE)

    told = [each for each in snapshot.gaps if not each.why.startswith("left out")]
    assert told
    assert all("a proxy or login page" in each.why for each in told)
    assert {each.grant for each in snapshot.gaps} == {""}


# --- optional APIs


@pytest.mark.parametrize("served", [AGGREGATED, PLAIN], ids=["aggregated", "plain"])
async def test_served_kinds_are_listed(tmp_path: Path, served: dict) -> None:  # type: ignore[type-arg]
    """One list a kind that is served, and none of the others; a group that is served without a kind has none of it."""
    async with healthy() as api:
        api.served = served
        found, snapshot = await asked(api, tmp_path, CALLED)

    assert found.outcome is Status.OK
    assert [each for each in api.asked if "/cilium" in each] == [
        "/apis/cilium.io/v2/ciliumnetworkpolicies",
        "/apis/cilium.io/v2/ciliumclusterwidenetworkpolicies",
    ]
    assert snapshot.others.keys() == {"CiliumNetworkPolicy.cilium.io"}


async def test_version_that_is_not_known(tmp_path: Path) -> None:
    """A kind that is served in another version only may hold anything: its policies are not known."""
    async with healthy() as api:
        version = {"version": "v3", "resources": [{"resource": "ciliumnetworkpolicies"}]}
        api.served = {"items": [{"metadata": {"name": "cilium.io"}, "versions": [version]}]}
        found, snapshot = await asked(api, tmp_path, ALONE)

    assert found.outcome is Status.UNKNOWN
    assert "cilium.io/v3" in snapshot.gaps[0].why


async def test_kind_that_may_be_listed_in_its_namespaces_only(tmp_path: Path) -> None:
    """Then those of the call are asked for."""
    async with healthy(forbidden, lambda each: each.endswith("v2/ciliumnetworkpolicies")) as api:
        found, snapshot = await asked(api, tmp_path, CALLED)

    assert found.outcome is Status.OK
    assert {each.split("/")[5] for each in api.asked if "/ciliumnetworkpolicies" in each and "namespaces" in each} == {
        "shop",
        "web",
        "kube-system",
    }
    assert snapshot.others.keys() == {"CiliumNetworkPolicy.cilium.io"}


async def test_discovery_is_asked_once(tmp_path: Path) -> None:
    """A worker keeps it for its next question."""
    async with healthy() as api, Cluster(kubeconfig=_file(api, tmp_path)) as cluster:
        cache = ClusterWide()
        await read(cluster, ALONE, cache=cache)
        await read(cluster, ALONE, cache=cache)

    assert api.asked.count("/apis") == 1


# --- scopes


async def scope(api: Api, folder: Path, *namespaces: str, seconds: float = PATIENT) -> Snapshot:
    async with Cluster(kubeconfig=_file(api, folder, "shop")) as cluster:
        return await read_scope(cluster, namespaces or None, seconds=seconds)


@pytest.mark.parametrize("breaks", ANSWERED, ids=lambda each: each.__name__)
@pytest.mark.parametrize("namespaces", [(), ("shop",)])
async def test_scope_that_cannot_be_read(tmp_path: Path, breaks: Break, namespaces: tuple[str, ...]) -> None:
    """No Service is unknown, and never nothing; it ends when nothing has come for a while."""
    began = time.monotonic()
    async with healthy(breaks) as api:
        snapshot = await scope(api, tmp_path, *namespaces, seconds=_seconds(breaks))
    found = digest(snapshot, at=snapshot.taken_at, namespaces=namespaces)

    assert time.monotonic() - began < ENDED
    assert found.outcome is Status.UNKNOWN
    assert found.gaps
    assert found.unread


async def test_silent_scope_ends_once(tmp_path: Path) -> None:
    """More lists than there are connections: those that wait for one do not begin to count anew."""
    began = time.monotonic()
    async with healthy(silent) as api, Cluster(kubeconfig=_file(api, tmp_path)) as cluster:
        snapshot = await read_scope(cluster, ("shop", "web", "kube-system"), seconds=2 * SILENCE)

    assert len(snapshot.gaps) > 16
    assert time.monotonic() - began < 4 * SILENCE


@pytest.mark.parametrize("breaks", REFUSALS, ids=lambda each: each.__name__)
async def test_one_list_of_a_scope_that_is_refused(tmp_path: Path, breaks: Break) -> None:
    """As of a question: no Service of a sound cluster is called broken."""
    async with healthy() as api:
        await scope(api, tmp_path)
        wanted = list(dict.fromkeys(api.asked))

    async def one(request: str) -> None:
        async with healthy(breaks, lambda each: each == request) as api:
            snapshot = await scope(api, tmp_path)
        found = digest(snapshot, at=snapshot.taken_at)
        assert found.outcome in (Status.OK, Status.UNKNOWN), (request, found.new)
        assert (found.totals.warn, found.totals.fail) == (0, 0), request

    await asyncio.gather(*map(one, wanted))


@pytest.mark.parametrize("may_list_namespaces", [True, False])
async def test_rights_in_one_namespace(tmp_path: Path, *, may_list_namespaces: bool) -> None:
    """It is read, and judged; that the rest was not stands beside it, and nothing is all green."""

    def is_forbidden(each: str) -> bool:
        is_listed = each.startswith("/api/v1/namespaces") and each.count("/") == 3
        return not (each == "/apis" or "/namespaces/shop/" in each or (is_listed and may_list_namespaces))

    async with healthy(forbidden, is_forbidden) as api:
        snapshot = await scope(api, tmp_path)
    found = digest(snapshot, at=snapshot.taken_at)

    assert [each.name for each in found.services] == ["user-service"]
    assert found.outcome is Status.UNKNOWN
    assert found.totals.fail == 0
    assert "" in found.unread
    assert snapshot.has("pods", "shop")
    assert snapshot.has("ciliumnetworkpolicies", "shop")
    assert {each.grant for each in snapshot.gaps if each.need == "scope"} != {""}
