"""Questions of a worker that holds its cluster by watches: answered as if they had been read, in a request or none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from bot.answer import answer
from bot.cluster.collector import SnapshotBuilder
from bot.cluster.live import ClusterWide, read
from bot.cluster.namespaced import read_scope
from bot.cluster.shared_cache import HELD_SECONDS
from bot.cluster.transport import Cluster
from bot.cluster.watching.watch import Times
from bot.cluster.watching.watches import Watches
from bot.errors import K8snetError
from bot.model.case import Case
from bot.model.kube.kinds import row
from bot.model.kube.workloads import Node
from bot.model.question.question import Question, Source
from bot.model.question.request import Kind, Request
from bot.model.result.digest import Digest, Scope
from bot.model.snapshot import Snapshot
from bot.runtime import live_runtime
from bot.usecases.diagnose import conclude
from bot.usecases.digest import digest
from bot.usecases.kept import Kept
from bot.usecases.triage import triage
from tests.reader.healthy import OBJECTS, Api, Break, failing, forbidden, healthy, kubeconfig, login_page, reset, silent
from tests.reader.objects import Json, service
from tests.reader.test_budget import FROM_POD, FROM_WORKLOAD, WORLDS
from tests.reader.test_rows import ALONE, ASKED
from tests.reader.test_watch import until

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
QUICK = Times(silence=30.0, pause=0.01, longest_pause=0.05, refused=(0.01, 0.02))


@asynccontextmanager
async def held(
    api: Api, folder: Path, *, is_whole: bool = True, **more: object
) -> AsyncIterator[tuple[Cluster, Watches]]:
    """A cluster that is held by watches, as soon as all of them are open."""
    path = folder / "kubeconfig"
    path.write_text(kubeconfig(api))
    async with Cluster(kubeconfig=str(path)) as cluster:
        watches = Watches(cluster, times=QUICK, **more)  # type: ignore[arg-type]  # of a test
        running = asyncio.create_task(watches.run())
        try:
            if is_whole:
                await until(lambda: len(watches.told) > 14 and all("objects" in each for each in watches.told.values()))
            api.asked.clear()
            yield cluster, watches
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def judged(question: Question, snapshot: Snapshot) -> bytes:
    """Return an answer as bytes, without what differs by how it was read."""
    found = conclude(Case(question, replace(snapshot, taken_at=NOW, requests=1)), asked_at=NOW)
    return msgspec.json.format(msgspec.json.encode(replace(found, watch_age=None)), indent=1)


@pytest.mark.parametrize("number", range(len(ASKED)))
async def test_what_is_held_is_judged_as_what_is_read(tmp_path: Path, number: int) -> None:
    """For each kind of question and fault of the table of reading."""
    objects, question = ASKED[number]
    async with healthy() as api:
        api.objects = objects
        async with held(api, tmp_path) as (cluster, watches):
            with suppress(K8snetError):
                asked, warm = await read(cluster, question, watches=watches)
                made = len(api.asked)
                again, cold = await read(cluster, question)
                if made < 8:  # else it was read, since something is not there
                    assert warm.watch_age is not None
                assert cold.watch_age is None
                assert asked == again
                if not cold.gaps:
                    assert judged(asked, warm).decode() == judged(again, cold).decode()
                assert set(warm.gaps) <= set(cold.gaps)


@pytest.mark.parametrize(("source", "most"), [(None, 1), (FROM_POD, 2), (FROM_WORKLOAD, 2), (Source("web"), 1)])
async def test_a_question_asks_the_service_alone(tmp_path: Path, source: Source | None, most: int) -> None:
    """And the caller, whose configuration no worker holds. The Corefile is known for half a minute."""
    async with healthy() as api:
        api.objects = WORLDS["sound"]
        async with held(api, tmp_path) as (cluster, watches):
            cache = ClusterWide()
            await read(cluster, ALONE, watches=watches, cache=cache)
            api.asked.clear()
            _, snapshot = await read(cluster, replace(ALONE, source=source), watches=watches, cache=cache)

            assert snapshot.gaps == ()
            assert len(api.asked) <= most, api.asked
            assert snapshot.requests == len(api.asked)
            assert api.asked[0] == "/api/v1/namespaces/shop/services/user-service"


async def test_a_question_is_put_together_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once to find which Service is meant, once whole: each time costs a warm worker a tenth of the question."""
    made: list[int] = []
    whole = SnapshotBuilder.snapshot

    def counted(self: SnapshotBuilder, *args: Any, **more: Any) -> Snapshot:
        made.append(1)
        return whole(self, *args, **more)

    async with healthy() as api:
        api.objects = WORLDS["sound"]
        async with held(api, tmp_path) as (cluster, watches):
            monkeypatch.setattr(SnapshotBuilder, "snapshot", counted)
            await read(cluster, ALONE, watches=watches, cache=ClusterWide())

    assert len(made) == 2


async def test_questions_that_come_together_share_what_all_need_and_tell_its_age(tmp_path: Path) -> None:
    """Nodes, namespaces and the DNS are put together once in some seconds; not across a break of a watch."""
    seconds = 0.0
    async with healthy() as api:
        api.objects = WORLDS["sound"]
        async with held(api, tmp_path) as (cluster, watches):
            cache = ClusterWide(clock=lambda: seconds)
            first = await cache.read(cluster, watches)
            seconds = 3.0
            second = await cache.read(cluster, watches)

            assert first.age is not None
            assert (second.parts, second.age) == (first.parts, first.age + 3.0)
            assert all(second.parts[kind] is part for kind, part in first.parts.items())

            _, one = await read(cluster, ALONE, watches=watches, cache=cache)
            _, other = await read(cluster, ALONE, watches=watches, cache=cache)
            assert one.nodes is other.nodes
            assert one.watch_age is not None
            assert one.watch_age >= 3.0

            next(iter(watches._watches.values())).breaks += 1
            assert (await cache.read(cluster, watches)).parts[row(Node)] is not first.parts[row(Node)]
            seconds = 3.0 + HELD_SECONDS
            assert (await cache.read(cluster, watches)).age != second.age


async def test_a_service_that_changed_a_moment_ago_is_read(tmp_path: Path) -> None:
    """No event has told it yet: its version does, and then everything is read."""
    async with healthy() as api, held(api, tmp_path) as (cluster, watches):
        changed = service(selector={"app": "new"})
        changed["metadata"] |= {"resourceVersion": "2"}
        api.objects = {**OBJECTS, "services": [changed, *OBJECTS["services"][1:]]}
        _, snapshot = await read(cluster, ALONE, watches=watches)

        assert snapshot.services[-1].selector.pairs == {"app": "new"}
        assert (snapshot.watch_age, len(api.asked) > 8) == (None, True)


@pytest.mark.parametrize("services", [OBJECTS["services"][1:], [*OBJECTS["services"], service("new")]])
async def test_a_service_that_came_or_went_a_moment_ago_is_read(tmp_path: Path, services: list[Json]) -> None:
    async with healthy() as api, held(api, tmp_path) as (cluster, watches):
        api.objects = {**OBJECTS, "services": services}
        name = "new" if len(services) > 2 else "user-service"
        _, snapshot = await read(cluster, Question(service=name, namespace="shop"), watches=watches)

        assert (snapshot.service("shop", name) is None) is (name == "user-service")
        assert snapshot.watch_age is None


async def test_a_service_that_may_be_listed_and_not_got_is_read(tmp_path: Path) -> None:
    """Getting it only proves that watches are up to date: then everything is read, and nothing is a gap."""
    service_itself = "/api/v1/namespaces/shop/services/user-service"
    async with (
        healthy(forbidden, lambda each: each == service_itself) as api,
        held(api, tmp_path) as (cluster, watches),
    ):
        _, snapshot = await read(cluster, ALONE, watches=watches)

        assert (snapshot.gaps, snapshot.watch_age) == ((), None)
        assert snapshot.service("shop", "user-service")


BREAKS = {"forbidden": forbidden, "failing": failing, "reset": reset, "login page": login_page, "silent": silent}


@pytest.mark.parametrize("breaks", BREAKS.values(), ids=BREAKS)
async def test_a_kind_whose_watch_is_broken_is_read(tmp_path: Path, breaks: Break) -> None:
    """The others are held; nothing is missing, and nothing is taken from a watch that nobody hears."""
    broken = healthy(breaks, lambda each: each.startswith("watch /api/v1/pods"))
    async with broken as api, held(api, tmp_path, is_whole=False) as (cluster, watches):
        await until(lambda: sum("objects" in each for each in watches.told.values()) > 13 and "pods" in watches.told)
        api.asked.clear()
        _, snapshot = await read(cluster, ALONE, watches=watches)

        assert "objects" not in watches.told["pods"]
        assert snapshot.gaps == ()
        assert any(each.startswith("/api/v1/namespaces/shop/pods") for each in api.asked)
        assert not any("endpointslices" in each for each in api.asked)


async def test_what_may_not_be_read_any_more_is_a_gap(tmp_path: Path) -> None:
    """Its watch is renewed, then it is unread like any list that is refused."""
    async with healthy() as api, held(api, tmp_path) as (cluster, watches):
        api.breaks, api.broken = forbidden, lambda each: "/endpointslices" in each
        api.end_watches()
        await until(lambda: "objects" not in watches.told["endpointslices"])
        question, snapshot = await read(cluster, ALONE, watches=watches)

        assert {each.why for each in snapshot.gaps if each.need == "endpointslices"} == {"forbidden"}
        assert conclude(Case(question, snapshot), asked_at=NOW).outcome != "ok"


async def test_one_namespace_is_held_where_no_more_may_be(tmp_path: Path) -> None:
    def is_wide(asked: str) -> bool:
        return "/namespaces/" not in asked.rsplit(maxsplit=1)[-1] and "/pods" in asked

    async with (
        healthy(forbidden, is_wide) as api,
        held(api, tmp_path, is_whole=False, namespace="shop") as (_, watches),
    ):
        await until(lambda: "objects" in watches.told.get("pods", ""))


async def test_a_digest_of_what_is_held_reads_next_to_nothing(tmp_path: Path) -> None:
    async with healthy() as api, held(api, tmp_path) as (cluster, watches):
        warm = await read_scope(cluster, None, watches=watches)
        made = len(api.asked)
        cold = await read_scope(cluster, None)

        assert made <= 5, api.asked
        assert warm.requests == made
        assert warm.gaps == cold.gaps == ()
        assert _digest(warm) == _digest(cold)
        assert warm.watch_age is not None


async def test_rows_are_kept_of_what_is_held(tmp_path: Path) -> None:
    """Of objects that were read for a digest alone they would be all that is left of them, for an hour."""
    asked = Request(kind=Kind.DIGEST, everything=True)
    async with healthy() as api, held(api, tmp_path) as (cluster, watches):
        for holding in (watches, None):
            kept = Kept()
            reading = live_runtime(cluster, namespace="", probe=False, deadline=5.0, watches=holding)
            first, again = [await answer(asked, replace(reading, kept=kept)) for _ in range(2)]
            assert isinstance(first, Digest)
            assert isinstance(again, Digest)
            assert again.services == first.services
            assert kept.forget() is (holding is watches)


@pytest.mark.parametrize("breaks", BREAKS.values(), ids=BREAKS)
async def test_a_digest_tells_nothing_of_a_watch_that_broke_while_it_was_warm(tmp_path: Path, breaks: Break) -> None:
    """All pods go when nobody hears of them: neither what was held nor a kept row says that they are there."""
    asked = Request(kind=Kind.DIGEST, everything=True)
    async with healthy() as api, held(api, tmp_path) as (cluster, watches):
        cold = live_runtime(cluster, namespace="", probe=False, deadline=5.0)
        warm = replace(live_runtime(cluster, namespace="", probe=False, deadline=5.0, watches=watches), kept=Kept())
        before = await answer(asked, warm)
        api.objects = {**OBJECTS, "pods": []}
        api.breaks, api.broken = breaks, lambda each: each.startswith("watch /api/v1/pods")
        api.end_watches()
        await until(lambda: "objects" not in watches.told["pods"])
        told, anew = [await answer(asked, each) for each in (warm, cold)]

        assert isinstance(before, Digest)
        assert isinstance(told, Digest)
        assert isinstance(anew, Digest)
        assert (told.services, told.totals, told.gaps) == (anew.services, anew.totals, anew.gaps)
        assert told.totals.ok < before.totals.ok


async def test_a_digest_without_a_right_that_it_had_has_no_kept_ok(tmp_path: Path) -> None:
    asked = Request(kind=Kind.DIGEST, everything=True)
    async with healthy() as api, held(api, tmp_path) as (cluster, watches):
        warm = replace(live_runtime(cluster, namespace="", probe=False, deadline=5.0, watches=watches), kept=Kept())
        before = await answer(asked, warm)
        api.breaks, api.broken = forbidden, lambda each: "/endpointslices" in each
        api.end_watches()
        await until(lambda: "objects" not in watches.told["endpointslices"])
        told = await answer(asked, warm)

        assert isinstance(before, Digest)
        assert isinstance(told, Digest)
        assert before.totals.ok > 0
        assert told.totals.ok == 0
        assert {each.why for each in told.gaps} == {"forbidden"}


def _digest(snapshot: Snapshot) -> Scope:
    return replace(digest(snapshot, at=NOW), api_requests=0, watch_age=None, taken_at=None)


async def test_a_triage_is_read_anew_and_says_the_same_as_without_watches(tmp_path: Path) -> None:
    """Whom containers are told to call no watch holds, and half of a cluster that is older than the rest would be a guess."""
    async with healthy() as api, held(api, tmp_path) as (cluster, watches):
        warm = await read_scope(cluster, None, calls=True, watches=watches)
        made = list(api.asked)
        cold = await read_scope(cluster, None, calls=True)

        assert (warm.watch_age, warm.gaps) == (None, ())
        assert warm.requests == len(made) == cold.requests
        assert "/api/v1/pods" in made
        told, anew = (replace(triage(each, at=NOW), api_requests=0, taken_at=None) for each in (warm, cold))
        assert told == anew


async def test_what_else_is_kept_goes_before_what_is_held(tmp_path: Path) -> None:
    used, kept = [100.0], [True]

    def relieve() -> bool:
        had, used[0] = bool(kept), 399.0
        kept.clear()
        return had

    async with (
        healthy() as api,
        held(api, tmp_path, most_mb=400, memory=lambda: used[0], relieve=relieve) as (_, watches),
    ):
        used[0] = 401.0
        api.end_watches()
        await until(lambda: not kept)
        await until(lambda: all("objects" in each for each in watches.told.values()))

        assert not watches.why


async def test_over_the_limit_of_memory_everything_is_read(tmp_path: Path) -> None:
    used = [100.0]
    async with healthy() as api, held(api, tmp_path, most_mb=400, memory=lambda: used[0]) as (cluster, watches):
        used[0] = 401.0
        api.end_watches()
        await until(lambda: bool(watches.why))
        _, snapshot = await read(cluster, ALONE, watches=watches)

        assert "401 MB" in watches.why
        assert (snapshot.watch_age, snapshot.gaps) == (None, ())
