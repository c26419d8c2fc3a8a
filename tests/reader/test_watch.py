"""One kind by list and watch, against a server that cuts, refuses, forgets and says nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.cluster.resources import PODS
from bot.cluster.transport import Cluster
from bot.cluster.watching.watch import Times, Watch
from tests.reader.objects import pod
from tests.reader.serving import serving
from tests.reader.test_transport import kubeconfig
from tests.reader.watched_server import WatchedServer

QUICK = Times(silence=5.0, pause=0.01, longest_pause=0.05, refused=(0.01, 0.02))


@asynccontextmanager
async def watching(server: WatchedServer, folder: Path, times: Times = QUICK, **more: Any) -> AsyncIterator[Watch]:
    """A watch of pods that runs."""
    async with serving(server.handle) as url, Cluster(kubeconfig=kubeconfig(folder, url)) as cluster:
        watch = Watch(cluster, PODS, lambda: lambda known: known, times=times, **more)
        running = asyncio.create_task(watch.run())
        try:
            yield watch
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            server.end()


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - what it waits for has no event
            await asyncio.sleep(0.005)


def names(watch: Watch) -> set[str]:
    return {name for _, name in watch.store}


async def test_what_is_added_changed_and_deleted_is_known(tmp_path: Path) -> None:
    server = WatchedServer(pod("a"), pod("b"))
    async with watching(server, tmp_path) as watch:
        await until(lambda: watch.age is not None)
        assert names(watch) == {"a", "b"}
        assert server.watches[0]["resourceVersion"] == "10"
        assert server.watches[0]["allowWatchBookmarks"] == "true"

        server.say("ADDED", pod("c"))
        server.say("MODIFIED", pod("a", app="other"))
        server.say("DELETED", pod("b"))
        await until(lambda: names(watch) == {"a", "c"})

        changed = watch.store.get("shop", "a")
        assert changed.labels == {"app": "other"}
        assert len(server.asked) == 2


async def test_a_watch_that_ends_in_time_goes_on_where_it_was(tmp_path: Path) -> None:
    server = WatchedServer(pod("a"))
    async with watching(server, tmp_path) as watch:
        await until(lambda: watch.age is not None)
        server.say("MODIFIED", pod("a", app="other"))
        server.end()
        await until(lambda: len(server.watches) == 2 and watch.age is not None)

        assert server.watches[1]["resourceVersion"] == "11"
        assert (server.lists, names(watch)) == (1, {"a"})


async def test_after_a_bookmark_a_watch_begins_before_it(tmp_path: Path) -> None:
    """Servers send a bookmark only if it is newer than that: a kind that does not change would be silent, and be read."""
    server = WatchedServer(pod("a"), pod("b"))
    async with watching(server, tmp_path) as watch:
        await until(lambda: watch.age is not None)
        server.bookmark()
        server.end()
        await until(lambda: len(server.watches) == 2 and watch.age is not None)
        server.say("DELETED", pod("a"))
        server.end()
        await until(lambda: len(server.watches) == 3)
        server.repeat("DELETED", pod("a"))
        server.say("ADDED", pod("c"))
        await until(lambda: names(watch) == {"b", "c"})

        assert [each["resourceVersion"] for each in server.watches] == ["10", "10", "11"]
        assert (server.lists, watch.breaks) == (1, 0)


async def test_what_is_forgotten_from_before_a_bookmark_is_not_listed(tmp_path: Path) -> None:
    """A server that was started meanwhile may know what is after the bookmark alone."""
    server = WatchedServer(pod("a"))
    async with watching(server, tmp_path) as watch:
        await until(lambda: watch.age is not None)
        server.bookmark()
        server.end()
        await until(lambda: len(server.watches) == 2)
        server.error(410)
        await until(lambda: len(server.watches) == 3 and watch.age is not None)

        assert [each["resourceVersion"] for each in server.watches] == ["10", "10", "11"]
        assert server.lists == 1

        server.error(410)
        await until(lambda: server.lists == 2)


@pytest.mark.parametrize("breaks", ["cut", "gone", "error", "server away"])
async def test_nothing_counts_from_a_watch_that_broke_until_it_is_open_again(tmp_path: Path, breaks: str) -> None:
    server = WatchedServer(pod("a"))
    async with watching(server, tmp_path) as watch:
        await until(lambda: watch.age is not None)
        server.refuses = 500
        if breaks == "cut":
            server.cut()
        elif breaks == "server away":
            server.end()
        else:
            server.error(410 if breaks == "gone" else 500)
        await until(lambda: len(server.asked) > 4)
        assert watch.age is None
        assert watch.why

        server.objects, server.refuses = [pod("a"), pod("b")], 0
        if breaks != "gone":
            server.say("ADDED", pod("b"))
        await until(lambda: watch.age is not None and names(watch) == {"a", "b"})
        assert watch.lists == (2 if breaks == "gone" else 1)


async def test_what_a_list_lacks_after_410_is_gone(tmp_path: Path) -> None:
    """The deletion itself was never heard of."""
    server = WatchedServer(pod("a"), pod("b"))
    async with watching(server, tmp_path) as watch:
        await until(lambda: watch.age is not None)
        server.objects = [pod("b")]
        server.error(410)
        await until(lambda: watch.lists == 2 and watch.age is not None)
        assert names(watch) == {"b"}


async def test_a_right_that_is_taken_away_empties_it(tmp_path: Path) -> None:
    """A server lets an open watch run; when it is renewed the right is gone, and with it what was known."""
    server = WatchedServer(pod("a"))
    async with watching(server, tmp_path) as watch:
        await until(lambda: watch.age is not None)
        server.refuses = 403
        server.end()
        await until(lambda: not names(watch))
        assert watch.age is None
        assert "refused 403" in watch.why

        server.refuses = 0
        await until(lambda: watch.age is not None)
        assert names(watch) == {"a"}


async def test_silence_is_a_broken_watch(tmp_path: Path) -> None:
    """A half-open connection says nothing for ever; the watch is asked for again, and does not count meanwhile."""
    server = WatchedServer(pod("a"))
    async with watching(server, tmp_path, Times(silence=0.3, pause=0.01, longest_pause=0.05)) as watch:
        await until(lambda: watch.age is not None)
        await until(lambda: watch.age is None)
        await until(lambda: len(server.watches) > 1)


async def test_a_watch_without_bookmarks_is_heard_of_by_its_end(tmp_path: Path) -> None:
    """Servers send none of Events, and none of any kind after their start until something of it changes."""
    server = WatchedServer(pod("a"))
    server.ends_in_time = True
    async with watching(server, tmp_path, Times(silence=1.5, pause=0.01)) as watch:
        await until(lambda: watch.age is not None)
        for number in range(2, 4):
            await until(lambda least=number: len(server.watches) >= least and watch.age is not None)
        assert (watch.lists, watch.failures) == (1, 0)
        assert {each["timeoutSeconds"] for each in server.watches} == {"1"}


async def test_a_watch_is_kept_short_until_a_bookmark_comes(tmp_path: Path) -> None:
    """Else one of a kind that never changes is silent for longer than it may be, and what it keeps is read meanwhile."""
    server = WatchedServer(pod("a"))
    async with watching(server, tmp_path) as watch:
        await until(lambda: watch.age is not None)
        server.say("MODIFIED", pod("a"))
        server.end()
        await until(lambda: len(server.watches) == 2)
        server.bookmark()
        server.end()
        await until(lambda: len(server.watches) == 3)
        server.cut()
        await until(lambda: len(server.watches) == 4)

        assert [float(each["timeoutSeconds"]) < QUICK.silence for each in server.watches] == [True, True, False, True]


async def test_age_is_that_of_the_last_sign(tmp_path: Path) -> None:
    now = [100.0]
    server = WatchedServer(pod("a"))
    async with watching(server, tmp_path, Times(silence=75.0), clock=lambda: now[0]) as watch:
        await until(lambda: watch.age is not None)
        now[0] += 40
        assert watch.age == 40
        server.bookmark()
        await until(lambda: watch.age == 0)
        now[0] += 76
        assert watch.age is None


async def test_more_than_is_kept_is_read(tmp_path: Path) -> None:
    server = WatchedServer(pod("a"), pod("b"))
    async with watching(server, tmp_path, most=2) as watch:
        await until(lambda: watch.age is not None)
        for number in range(4):
            server.say("ADDED", pod(f"c-{number}"))
        server.bookmark()
        await until(lambda: "more than 2" in watch.why)
        assert watch.age is None


async def test_what_is_old_goes_with_a_bookmark(tmp_path: Path) -> None:
    server = WatchedServer(pod("a"), pod("old"))
    async with watching(server, tmp_path, is_old=lambda known: known.name == "old") as watch:
        await until(lambda: watch.age is not None)
        server.bookmark()
        await until(lambda: names(watch) == {"a"})


async def test_all_is_listed_again_some_day(tmp_path: Path) -> None:
    """Whatever a watch has missed, and what equal parts have become too many, ends then."""
    server = WatchedServer(pod("a"))
    async with watching(server, tmp_path, Times(anew=(0.0, 0.0), pause=0.01)) as watch:
        await until(lambda: watch.age is not None)
        server.objects = [pod("b")]
        server.bookmark()
        await until(lambda: names(watch) == {"b"} and watch.age is not None)
        assert watch.lists == 2


async def test_long_lines_come_whole(tmp_path: Path) -> None:
    server = WatchedServer()
    async with watching(server, tmp_path) as watch:
        await until(lambda: watch.age is not None)
        server.say("ADDED", pod("a", note="x" * 300_000))
        await until(lambda: names(watch) == {"a"})
        assert len(watch.store.get("shop", "a").labels["note"]) == 300_000
