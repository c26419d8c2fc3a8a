"""A list in one answer is decoded while it comes, wherever its bytes are divided; what breaks is read page by page."""

import gzip
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.cluster.errors import ApiError, BrokenError
from bot.cluster.resources import PODS
from bot.cluster.streaming import PART, parts
from bot.cluster.transport import Cluster
from bot.model.kube.pods import Pod
from bot.model.kube.workloads import StatefulSet
from tests.reader.objects import pod
from tests.reader.serving import serving
from tests.reader.test_transport import kubeconfig

LARGE = 1 << 20
TRICKY = 'a "name": },{"metadata":{ \\ ü'


def listed(*objects: dict[str, Any], **metadata: str) -> bytes:
    """A list as the API server writes it: no spaces, no kinds of items."""
    head = {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "7", **metadata}}
    return json.dumps({**head, "items": list(objects)}, separators=(",", ":"), ensure_ascii=False).encode()


def named(name: str) -> dict[str, Any]:
    """A pod with an annotation that looks like the place between two objects."""
    return {"metadata": {"name": name, "annotations": {"said": TRICKY}}, "spec": {"containers": [{"name": "app"}]}}


async def names(body: bytes, *, word: type = Pod, pieces: int = 7, at_once: int = 50, most: int = LARGE) -> list[str]:
    async def stream() -> AsyncGenerator[bytes, None]:
        for start in range(0, len(body), pieces):
            yield body[start : start + pieces]

    return [each.name async for page in parts(stream, word, most, at_once=at_once) for each in page.items or ()]


@given(st.integers(0, 9), st.integers(1, 300), st.integers(1, 2000))
async def test_the_same_objects_come_however_the_bytes_are_divided(count: int, pieces: int, at_once: int) -> None:
    expected = [f"p-{number}" for number in range(count)]
    assert await names(listed(*map(named, expected)), pieces=pieces, at_once=at_once) == expected


@given(st.integers(1, 300))
async def test_what_looks_like_the_end_of_an_object_within_one_is_none(at_once: int) -> None:
    """Claims of a StatefulSet are objects that may begin as the StatefulSet itself does."""
    claims = [{"metadata": {"name": f"c-{number}"}, "spec": {}} for number in range(3)]
    sets = [{"metadata": {"name": f"s-{number}"}, "spec": {"volumeClaimTemplates": claims}} for number in range(4)]
    assert await names(listed(*sets), word=StatefulSet, at_once=at_once) == ["s-0", "s-1", "s-2", "s-3"]


@pytest.mark.parametrize("spaces", [None, 2])
async def test_a_list_that_is_written_otherwise_is_read_when_all_of_it_is_here(spaces: int | None) -> None:
    objects = [{"apiVersion": "v1", "kind": "Pod", **named(f"p-{number}")} for number in range(3)]
    body = json.dumps({"metadata": {}, "items": objects}, indent=spaces).encode()
    assert await names(body) == ["p-0", "p-1", "p-2"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (listed(*map(named, "abc"))[:-30], "do not understand"),
        (listed(*map(named, "abc"), **{"continue": "more"}), "a page"),
        (b'{"kind":"Status"}', "no list"),
        (b"<html>", "web page"),
    ],
)
async def test_what_is_no_whole_list_is_told(body: bytes, said: str) -> None:
    with pytest.raises(BrokenError, match=said):
        await names(body)


async def test_memory_has_a_limit() -> None:
    with pytest.raises(ApiError, match="over 0 MiB"):
        await names(listed({"metadata": {"name": "x" * 5000}}), most=1000)


# --- against a server

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


async def read(folder: Path, answer: Answer, *, minor: str = "34+", **selected: Any) -> tuple[list[str], list[str]]:
    """Return the names of all pods, and what was asked for."""
    asked: list[str] = []

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request.path_qs)
        if request.path == "/version":
            return web.json_response({"major": "1", "minor": minor})
        return await answer(request)

    found: list[str] = []
    async with serving(handle) as url, Cluster(kubeconfig=kubeconfig(folder, url)) as cluster:
        await cluster.learn_version()
        try:
            async for page in cluster.pages(PODS, **selected):
                found.extend(each.name for each in page.items or ())
        except ApiError as error:
            found.append(str(error))
        assert cluster.awaited == ()
    return found, asked


async def two(_: web.BaseRequest) -> web.StreamResponse:
    return web.Response(body=listed(pod("a"), pod("b")), content_type="application/json")


async def test_a_list_is_one_request_where_the_server_can_write_it_as_a_stream(tmp_path: Path) -> None:
    assert await read(tmp_path, two) == (["a", "b"], ["/version", "/api/v1/pods"])


@pytest.mark.parametrize("minor", ["33", "9", "", "x"])
async def test_an_older_server_is_asked_page_by_page(tmp_path: Path, minor: str) -> None:
    """It would make the whole list in memory."""
    assert await read(tmp_path, two, minor=minor) == (["a", "b"], ["/version", "/api/v1/pods?limit=500"])


async def test_what_is_bounded_or_selected_is_asked_page_by_page(tmp_path: Path) -> None:
    _, asked = await read(tmp_path, two, most=1)
    assert asked[-1] == "/api/v1/pods?limit=500"
    _, asked = await read(tmp_path, two, labels="app=a")
    assert asked[-1] == "/api/v1/pods?limit=500&labelSelector=app%3Da"


async def test_a_list_that_breaks_off_comes_page_by_page(tmp_path: Path) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if "limit" in request.query:
            return await two(request)
        response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "9999"})
        await response.prepare(request)
        await response.write(listed(pod("a"), pod("b"))[:80])
        response.force_close()
        return response

    assert await read(tmp_path, answer) == (["a", "b"], ["/version", "/api/v1/pods", "/api/v1/pods?limit=500"])


async def test_a_refusal_is_a_refusal_and_is_not_asked_again(tmp_path: Path) -> None:
    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        return web.json_response({"kind": "Status", "message": "pods is forbidden"}, status=403)

    assert await read(tmp_path, answer) == (["pods is forbidden"], ["/version", "/api/v1/pods"])


async def test_a_busy_server_is_asked_page_by_page(tmp_path: Path) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return await two(request) if "limit" in request.query else web.Response(status=429)

    assert (await read(tmp_path, answer))[0] == ["a", "b"]


def compressed(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json", headers={"Content-Encoding": "gzip"})


async def test_a_compressed_list_is_decompressed_as_it_comes(tmp_path: Path) -> None:
    """One whose bytes become thousands of times as many, too."""

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        return compressed(gzip.compress(listed(pod("a"), pod("b", note="x" * (3 * PART)), pod("c"))))

    assert await read(tmp_path, answer) == (["a", "b", "c"], ["/version", "/api/v1/pods"])


async def test_what_comes_after_a_compressed_list_is_nothing(tmp_path: Path) -> None:
    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        return compressed(CUT + b"and more")

    assert (await read(tmp_path, answer))[0] == ["a", "b"]


CUT = gzip.compress(listed(pod("a"), pod("b")))


@pytest.mark.parametrize("body", [CUT[:-9], CUT[:40], b"no gzip", b""], ids=["no end", "half", "other", "nothing"])
async def test_a_compressed_list_that_is_broken_comes_page_by_page(tmp_path: Path, body: bytes) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return await two(request) if "limit" in request.query else compressed(body)

    assert await read(tmp_path, answer) == (["a", "b"], ["/version", "/api/v1/pods", "/api/v1/pods?limit=500"])


async def test_an_encoding_that_nobody_asked_for_is_not_read(tmp_path: Path) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if "limit" in request.query:
            return await two(request)
        return web.Response(body=b"?", content_type="application/json", headers={"Content-Encoding": "br"})

    assert await read(tmp_path, answer) == (["a", "b"], ["/version", "/api/v1/pods", "/api/v1/pods?limit=500"])


async def test_a_compressed_refusal_is_read(tmp_path: Path) -> None:
    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        refusal = compressed(gzip.compress(b'{"kind":"Status","message":"pods is forbidden"}'))
        refusal.set_status(403)
        return refusal

    assert await read(tmp_path, answer) == (["pods is forbidden"], ["/version", "/api/v1/pods"])
