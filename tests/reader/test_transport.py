"""The transport against a real HTTP server on loopback that behaves as API servers do on bad days."""

import asyncio
import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import connector, web

from bot.cluster import answers, credentials, deadline
from bot.cluster.collector import SnapshotBuilder
from bot.cluster.errors import ApiError
from bot.cluster.resources import NODES, PODS, SERVICES, SLICES
from bot.cluster.shared_cache import ClusterWide
from bot.cluster.transport import Cluster
from bot.errors import ClusterUnreachableError, NoAccountError, SettingError, UnknownNameError
from tests.reader.objects import pod, service
from tests.reader.serving import serving

ROOT = Path(__file__).parents[2]
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """An HTTP server; `answer` may be replaced, `asked` are the requests so far."""

    def __init__(self) -> None:
        self.asked: list[web.Request] = []
        self.answer: Answer = self.nothing
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        return await self.answer(request)

    async def nothing(self, _: web.Request) -> web.StreamResponse:
        return web.json_response({"kind": "PodList", "items": None})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A server on a free port."""
    known = Server()
    async with serving(known.handle) as known.url:
        yield known


def kubeconfig(folder: Path, url: str, **user: Any) -> str:
    """Write a kubeconfig with one context and give its path."""
    path = folder / "kubeconfig"
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "eu",
        "clusters": [{"name": "eu", "cluster": {"server": url}}],
        "users": [{"name": "me", "user": user or {"token": "t-1"}}],
        "contexts": [{"name": "eu", "context": {"cluster": "eu", "user": "me", "namespace": "shop"}}],
    }
    path.write_text(json.dumps(content))
    return str(path)


@pytest.fixture
async def cluster(server: Server, tmp_path: Path) -> AsyncIterator[Cluster]:
    async with Cluster(kubeconfig=kubeconfig(tmp_path, server.url)) as opened:
        yield opened


def plugin(folder: Path, body: str) -> dict[str, Any]:
    """A credential plugin in shell; `body` runs first, $N is how often it was run."""
    path = folder / "plugin"
    path.write_text(f"#!/bin/sh\ncd {folder}\necho x >>runs\nN=$(wc -l <runs | tr -d ' ')\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return {"apiVersion": "client.authentication.k8s.io/v1", "command": str(path), "interactiveMode": "Never"}


def credential(**status: str) -> str:
    """The shell line with which a plugin gives its answer; `$N` in it is filled in by the shell."""
    known = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    return "cat <<END\n" + json.dumps(known) + "\nEND"


async def pods(cluster: Cluster) -> list[str]:
    return [each.name async for page in cluster.pages(PODS, "shop") for each in page.items or ()]


def refusal(status: int, message: str = "", **metadata: str) -> web.Response:
    """A Status as the API server sends it."""
    return web.json_response({"kind": "Status", "message": message, "metadata": metadata}, status=status)


# --- lists


async def test_list_goes_over_all_pages(server: Server, cluster: Cluster) -> None:
    """Pages follow their `continue` token, with the same limit and selectors, and never a resourceVersion."""

    async def answer(request: web.Request) -> web.Response:
        number = int(request.query.get("continue", "0"))
        metadata = {"continue": str(number + 1)} if number < 2 else {}
        return web.json_response({"metadata": metadata, "items": [pod(f"p-{number}")]})

    server.answer = answer

    assert await pods(cluster) == ["p-0", "p-1", "p-2"]
    assert [dict(each.query) for each in server.asked] == [
        {"limit": "500"},
        {"limit": "500", "continue": "1"},
        {"limit": "500", "continue": "2"},
    ]
    assert cluster.requests == 3


@pytest.mark.parametrize(("seconds", "connections"), [(60.0, 1), (85.0, 2)])
async def test_a_question_a_minute_takes_the_connection_of_the_last_one(
    server: Server, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, seconds: float, connections: int
) -> None:
    """And none that the API server is about to end, after 90 s without a request."""
    found = set[Any]()

    async def answer(request: web.Request) -> web.StreamResponse:
        found.add(request.transport)
        return await server.nothing(request)

    server.answer = answer
    await pods(cluster)
    monkeypatch.setattr(connector, "monotonic", lambda: time.monotonic() + seconds)
    await pods(cluster)
    assert len(found) == connections


async def test_a_request_counts_when_it_is_begun(cluster: Cluster) -> None:
    """What a question may still ask for is reckoned before a task that reads was given its first turn."""
    run = deadline.Run()
    with deadline.running(run):
        begun = [asyncio.ensure_future(cluster.read(f"/apis/{name}")) for name in ("a", "b")]
        assert (cluster.requests, run.requests) == (2, 2)
        await asyncio.gather(*begun)
    assert (cluster.requests, run.requests) == (2, 2)


@pytest.mark.parametrize("most", [0, 2])
async def test_nothing_is_asked_for_that_is_not_read(server: Server, cluster: Cluster, most: int) -> None:
    """The token stands at the head of what the API server writes, and is not followed beyond the last page wanted."""

    async def answer(request: web.Request) -> web.Response:
        number = int(request.query.get("continue", "0"))
        return web.Response(body=page(number, more=number < 3), content_type="application/json")

    server.answer = answer
    pages = [page async for page in cluster.pages(PODS, most=most)]

    assert [each.name for page in pages for each in page.items] == ["p-0", "p-1", "p-2", "p-3"][: most or 4]
    assert len(server.asked) == (most or 4)


async def test_next_page_is_asked_for_at_the_head_of_one(server: Server, cluster: Cluster) -> None:
    """The end of a page is held back until the next one is asked for, and no third is before the first is here."""
    opened: list[int] = []
    asked = [asyncio.Event() for _ in range(5)]
    open_now: set[int] = set()

    async def answer(request: web.Request) -> web.StreamResponse:
        number = int(request.query.get("continue", "0"))
        open_now.add(number)
        opened.append(len(open_now))
        asked[number].set()
        response = web.StreamResponse()
        await response.prepare(request)
        body = page(number, more=number < 3, padding=3000)
        await response.write(body[:2000])
        if number < 3:
            await asyncio.wait_for(asked[number + 1].wait(), 5)
        await asyncio.sleep(0.02)  # in which a third page could be asked for
        open_now.discard(number)
        await response.write(body[2000:])
        return response

    server.answer = answer

    assert await pods(cluster) == ["p-0", "p-1", "p-2", "p-3"]
    assert max(opened) == 2


async def test_page_that_breaks_off_takes_back_the_next(server: Server, cluster: Cluster) -> None:
    """What follows a page that never came whole is not waited for, and nothing of it is left running."""
    later = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        if "continue" in request.query:
            later.set()
            await asyncio.sleep(30)
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(page(0, more=True, padding=3000)[:2000])
        await later.wait()
        assert request.transport
        request.transport.close()
        return response

    server.answer = answer
    before = asyncio.all_tasks()

    with pytest.raises(ApiError, match="broke off"):
        await asyncio.wait_for(pods(cluster), 5)
    assert {each for each in asyncio.all_tasks() - before if "read" in repr(each.get_coro())} == set()


def page(number: int, *, more: bool, padding: int = 0) -> bytes:
    """A page of one pod as the API server writes it: the token of the next one at its head."""
    metadata = {"resourceVersion": "7", **({"continue": str(number + 1)} if more else {})}
    items = [pod(f"p-{number}", padding="x" * padding)]
    return msgspec.json.encode({"kind": "PodList", "apiVersion": "v1", "metadata": metadata, "items": items})


async def test_a_thousand_nodes_are_one_request(server: Server, cluster: Cluster) -> None:
    """Every question reads them, and may make sixteen requests."""
    await SnapshotBuilder(cluster).list("nodes", NODES)

    assert [dict(each.query) for each in server.asked] == [{"limit": "1000"}]


async def test_list_stops_at_the_pages_it_may_read(server: Server, cluster: Cluster) -> None:
    """A list cut short asks for no page in advance, and leaves a Gap that says so."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"metadata": {"continue": "x"}, "items": [pod()]})

    server.answer = answer
    reading = SnapshotBuilder(cluster)

    await reading.list("pods", PODS, "shop", most=2)

    assert len(server.asked) == 2
    assert [(each.need, each.namespace, each.grant) for each in reading.gaps] == [("pods", "shop", "")]
    assert "more than 1000" in reading.gaps[0].why


async def test_expired_list_goes_on(server: Server, cluster: Cluster) -> None:
    """410 Gone in the middle of a list comes with a token to go on with."""

    async def answer(request: web.Request) -> web.Response:
        match request.query.get("continue"):
            case None:
                return web.json_response({"metadata": {"continue": "old"}, "items": [pod("a")]})
            case "old":
                return refusal(410, "too old", **{"continue": "new"})
        return web.json_response({"items": [pod("b")]})

    server.answer = answer

    assert await pods(cluster) == ["a", "b"]


async def test_null_items_are_none(cluster: Cluster) -> None:
    """A Go nil slice arrives as `null`."""
    assert await pods(cluster) == []


# --- refusals


async def test_forbidden_list_is_a_gap_with_its_rule(server: Server, cluster: Cluster) -> None:
    """The gap holds the rule to paste; it is not asked again."""

    async def answer(_: web.Request) -> web.Response:
        return refusal(403, 'endpointslices is forbidden: User "x" cannot list')

    server.answer = answer
    reading = SnapshotBuilder(cluster)

    assert await reading.list("endpointslices", SLICES, "shop") == ()

    (gap,) = reading.gaps
    assert (gap.need, gap.namespace, gap.what, gap.why) == (
        "endpointslices",
        "shop",
        "endpointslices in shop",
        "forbidden",
    )
    assert gap.grant == '- {apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["get", "list"]}'
    assert len(server.asked) == 1


async def _busy(_: web.Request) -> web.StreamResponse:
    return web.json_response({}, status=429, headers={"Retry-After": "1"})


async def _broken(_: web.Request) -> web.StreamResponse:
    return refusal(500, "etcd leader changed")


async def _cut(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "5000"})
    await response.prepare(request)
    await response.write(b'{"items": [')
    return await _reset(request, response)


async def _reset(request: web.Request, response: web.StreamResponse | None = None) -> web.StreamResponse:
    assert request.transport
    request.transport.abort() if response is None else request.transport.close()
    return response or web.Response()


async def _web_page(_: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>Sign in</html>", content_type="text/html")


async def _half(_: web.Request) -> web.StreamResponse:
    return web.Response(body=b'{"items": [{"metadata"', content_type="application/json")


@pytest.mark.parametrize("breaks", [_busy, _broken, _cut, _reset, _web_page, _half])
async def test_broken_request_is_asked_again(server: Server, cluster: Cluster, breaks: Answer) -> None:
    """What breaks, whatever the way, is asked once more: 429 after its Retry-After, a cut, a reset, a page that is none."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return await breaks(request) if len(server.asked) < 2 else web.json_response({"items": [pod("a")]})

    server.answer = answer

    assert await pods(cluster) == ["a"]
    assert len(server.asked) == 2


async def test_long_pause_is_not_waited_for(server: Server, cluster: Cluster) -> None:
    """Retry-After of half a minute is an answer: nobody is kept waiting for it."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"message": "too many requests"}, status=429, headers={"Retry-After": "30"})

    server.answer = answer

    with pytest.raises(ApiError, match="too many requests"):
        await asyncio.wait_for(pods(cluster), 5)
    assert len(server.asked) == 1


async def test_server_that_stays_busy_is_a_gap(server: Server, cluster: Cluster) -> None:
    """After the second try it is told, without a rule, since no permission is missing."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return refusal(503, "etcd\x1b[2J is slow")

    server.answer = answer
    reading = SnapshotBuilder(cluster)

    await reading.list("pods", PODS, "shop")

    assert [(each.why, each.grant) for each in reading.gaps] == [("etcd is slow", "")]
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"error": "log in first"}',
        b'{"items": 3}',
        b'{"items": [{"metadata": {"name": 1}}]}',
        b"",
        b"[" * 100_000,
        b"\xff",
    ],
)
async def test_answer_that_is_none_is_a_gap(server: Server, cluster: Cluster, body: bytes) -> None:
    """A proxy's page, or an object of another shape, is told as a gap."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body)

    server.answer = answer
    reading = SnapshotBuilder(cluster)

    await reading.list("pods", PODS, "shop")

    assert "do not understand" in reading.gaps[0].why


@pytest.mark.parametrize("status", [200, 403, 404, 407, 503])
@pytest.mark.parametrize("kind", ["text/html", "application/json"])
async def test_web_page_is_told_for_what_it_is(server: Server, cluster: Cluster, status: int, kind: str) -> None:
    """A proxy's refusal is no missing right and no missing object, whatever its status; no rule would mend it."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text="\n<!DOCTYPE html><p>Sign in", content_type=kind, status=status)

    server.answer = answer
    reading = SnapshotBuilder(cluster)

    await reading.list("services", SERVICES, "shop")
    await reading.get("source", PODS, "shop", "caller")

    assert [each.need for each in reading.gaps] == ["services", "source"]
    assert all("a proxy or login page" in each.why and not each.grant for each in reading.gaps)


async def test_repeated_token_ends_the_list(server: Server, cluster: Cluster) -> None:
    """A proxy's cache may give one page for ever: what was read stays, and a gap says that it is not all."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"metadata": {"continue": "same"}, "items": [pod("a")]})

    server.answer = answer
    reading = SnapshotBuilder(cluster)

    assert [each.name for each in await reading.list("pods", PODS, "shop")] == ["a", "a"]
    assert len(server.asked) == 2
    assert "does not end" in reading.gaps[0].why


async def test_list_of_empty_pages_ends(server: Server, cluster: Cluster) -> None:
    """New tokens without end that lead to nothing."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"metadata": {"continue": str(len(server.asked))}, "items": []})

    server.answer = answer
    reading = SnapshotBuilder(cluster)

    await reading.list("pods", PODS, "shop")

    assert len(server.asked) < 10
    assert "does not end" in reading.gaps[0].why


async def test_another_object_than_asked_is_a_gap(server: Server, cluster: Cluster) -> None:
    """An answer without the name that was asked for is no object of ours."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"error": "log in first"})

    server.answer = answer
    reading = SnapshotBuilder(cluster)

    assert await reading.get("source", PODS, "shop", "caller") is None
    assert [each.need for each in reading.gaps] == ["source"]


async def test_redirect_is_not_followed(server: Server, cluster: Cluster) -> None:
    """It would send our token to a login page."""

    async def answer(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(f"{server.url}/login")

    server.answer = answer

    with pytest.raises(ApiError, match="HTTP 302"):
        await pods(cluster)
    assert len(server.asked) == 1


async def test_answer_without_end_is_cut(server: Server, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer may not fill the memory."""
    monkeypatch.setattr(answers, "LARGEST", 1 << 20)

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=b" " * (1 << 21))

    server.answer = answer

    with pytest.raises(ApiError, match="over 1 MiB"):
        await pods(cluster)


async def test_slow_answer_is_a_refusal(server: Server, cluster: Cluster) -> None:
    """A server that is there and does not answer leaves a gap, no more."""

    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    server.answer = answer

    with pytest.raises(ApiError, match="no answer within") as raised:
        await cluster.read("/api", seconds=0.1)
    assert raised.value.status == 0


async def test_no_server_is_told_with_its_address(tmp_path: Path) -> None:
    """What to check is said in the hint."""
    async with Cluster(kubeconfig=kubeconfig(tmp_path, "http://127.0.0.1:9")) as cluster:
        with pytest.raises(ClusterUnreachableError, match=r"http://127\.0\.0\.1:9 cannot be reached") as raised:
            await pods(cluster)
    assert "readyz" in raised.value.hint


@pytest.mark.parametrize(
    "name", ["../secrets/x", "a/b", "a,metadata.namespace=kube-system", "..", "a..b", "", "a b", "ä", "a%2fb"]
)
async def test_name_cannot_leave_its_place(server: Server, cluster: Cluster, name: str) -> None:
    """A name from a question ends neither in another path nor in another selector."""
    with pytest.raises(UnknownNameError):
        await cluster.get(PODS, "shop", name)
    assert server.asked == []


async def test_one_object_that_is_not_there(server: Server, cluster: Cluster) -> None:
    """404 for a name is an answer, no gap."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return refusal(404)

    server.answer = answer
    reading = SnapshotBuilder(cluster)

    assert await reading.get("source", PODS, "shop", "nope") is None
    assert reading.gaps == []


# --- credentials


async def test_context_gives_name_and_namespace(cluster: Cluster, server: Server) -> None:
    """As kubectl has them; the token goes along."""
    await pods(cluster)

    assert (cluster.name, cluster.default_namespace) == ("eu", "shop")
    assert server.asked[0].headers["Authorization"] == "Bearer t-1"
    assert server.asked[0].headers["User-Agent"].startswith("k8snet/")


async def test_ended_credential_is_read_again(server: Server, tmp_path: Path) -> None:
    """On 401 the plugin is run again, once, and the request repeated; requests at one time share the new credential."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response({"items": []}) if request.headers["Authorization"] == "Bearer t-2" else refusal(401)

    server.answer = answer
    user = plugin(tmp_path, credential(token="t-$N"))

    async with Cluster(kubeconfig=kubeconfig(tmp_path, server.url, exec=user)) as cluster:
        await asyncio.gather(pods(cluster), pods(cluster), pods(cluster))

    assert (tmp_path / "runs").read_text() == "x\n" * 2


async def test_refused_credential_is_told(server: Server, cluster: Cluster) -> None:
    """A token that stays refused is no gap: nothing can be read with it."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return refusal(401)

    server.answer = answer

    with pytest.raises(ClusterUnreachableError, match="does not accept my credentials"):
        await pods(cluster)


async def test_credential_is_renewed_before_it_ends(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plugin says until when; the library would go on with the old token for ever."""
    user = plugin(tmp_path, credential(token="t-$N", expirationTimestamp="2020-01-01T00:00:00Z"))
    async with Cluster(kubeconfig=kubeconfig(tmp_path, server.url, exec=user)) as cluster:
        await pods(cluster)
        assert cluster._access is not None
        assert cluster._access.renew_at is not None
        monkeypatch.setattr(
            cluster, "_access", cluster._access._replace(renew_at=cluster._access.renew_at.replace(year=2020))
        )
        await pods(cluster)

    assert [each.headers["Authorization"] for each in server.asked] == ["Bearer t-1", "Bearer t-2"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("echo login first >&2; exit 3", "login first"),
        ("echo nonsense", "failed"),
        ("exec sleep 20", "did not answer within"),
        ("exit 0", "failed"),
        (credential(), "gave no credential"),
        (credential(clientCertificateData="x"), "clientKeyData"),
        (credential(token="x", expirationTimestamp="soon"), "soon"),
    ],
)
async def test_failing_plugin_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, sentence: str
) -> None:
    """Its own words are passed on; nothing is asked as anonymous."""
    monkeypatch.setattr(credentials, "PLUGIN_SECONDS", 0.3)
    path = kubeconfig(tmp_path, "http://127.0.0.1:9", exec=plugin(tmp_path, body))

    with pytest.raises(ClusterUnreachableError, match=sentence):
        async with Cluster(kubeconfig=path):
            pass


async def test_missing_plugin_is_told(tmp_path: Path) -> None:
    """A kubeconfig from another machine names a program that is not installed here."""
    user = {"apiVersion": "client.authentication.k8s.io/v1", "command": "/nowhere/plugin"}

    with pytest.raises(ClusterUnreachableError, match="/nowhere/plugin failed"):
        async with Cluster(kubeconfig=kubeconfig(tmp_path, "http://127.0.0.1:9", exec=user)):
            pass


@pytest.mark.parametrize(
    "content", ["", "[]", "a: [", "kind: Config\n", '{"clusters": 3, "contexts": [], "users": []}', "\x00"]
)
async def test_broken_kubeconfig_is_told(tmp_path: Path, content: str) -> None:
    """One sentence that names the file."""
    path = tmp_path / "config"
    path.write_text(content)

    with pytest.raises(SettingError, match=str(path)):
        async with Cluster(kubeconfig=str(path)):
            pass


async def test_missing_kubeconfig_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """KUBECONFIG is read as kubectl reads it, and --dump is offered."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))

    with pytest.raises(SettingError, match="no kubeconfig at") as raised:
        async with Cluster():
            pass
    assert "--dump" in raised.value.hint


async def test_a_pod_without_a_service_account_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the Slack process' pod is: inside of a cluster, with no token."""
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")

    with pytest.raises(NoAccountError, match=r"no service account's token, so it cannot read the cluster\.$"):
        async with Cluster():
            pass


async def test_unknown_context_is_told(server: Server, tmp_path: Path) -> None:
    """--context names one of the kubeconfig's."""
    with pytest.raises(SettingError, match="us"):
        async with Cluster(kubeconfig=kubeconfig(tmp_path, server.url), context="us"):
            pass


# --- the shared part


async def test_shared_part_is_read_once(server: Server, cluster: Cluster) -> None:
    """Questions at one time wait for one reading; after half a minute it is read anew."""
    now = 0.0
    wide = ClusterWide(clock=lambda: now)

    async def answer(request: web.Request) -> web.StreamResponse:
        if "/configmaps/" in request.path:
            return refusal(404)
        dns = {**service("kube-dns", "kube-system"), "metadata": {"name": "kube-dns", "namespace": "kube-system"}}
        return web.json_response({"items": [dns] if request.path.endswith(SERVICES.plural) else []})

    server.answer = answer
    first, second = await asyncio.gather(wide.read(cluster), wide.read(cluster))
    once = len(server.asked)
    now = 29.9
    assert await wide.read(cluster) is first is second
    assert len(server.asked) == once
    now = 30.1
    assert not wide.is_fresh
    await wide.read(cluster)
    assert len(server.asked) == 2 * once


async def test_shared_part_with_gaps_is_not_kept(server: Server, cluster: Cluster) -> None:
    """A refusal may be over at the next question."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return refusal(403)

    server.answer = answer
    wide = ClusterWide()

    shared = await wide.read(cluster)

    needs = {"nodes", "namespaces", "dns", "corefile", "networkpolicies", "node agents"}
    assert {each.need for each in shared.gaps} == needs
    assert not wide.is_fresh


# --- cost


def test_the_synchronous_client_is_not_imported(tmp_path: Path) -> None:
    """Opening a cluster imports `kubernetes.aio`, and neither the other half of the library nor what only that needs."""
    (tmp_path / "config").write_text(
        "{apiVersion: v1, kind: Config, current-context: c, clusters: [{name: c, cluster: {server: 'http://127.0.0.1:9'}}],"
        " contexts: [{name: c, context: {cluster: c, user: u}}], users: [{name: u, user: {}}]}"
    )
    code = (
        "import asyncio, sys; from bot.cluster.transport import _read_access;"
        f"asyncio.run(_read_access({str(tmp_path / 'config')!r}, '')); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    imported = set(done.stdout.split())

    assert "kubernetes.aio.config.kube_config" in imported
    assert not imported & {"kubernetes.client", "requests", "oauthlib", "urllib3"}
    assert not imported & {"kubernetes.aio.client.api_client", "pydantic", "dateutil"}


def test_the_library_is_whole_after_its_configuration_was_imported() -> None:
    """What stands in the place of its ApiClient is seen by its configuration alone."""
    code = (
        "from bot.cluster.client_library import without_api_client\n"
        "with without_api_client(): import kubernetes.aio.config.kube_config\n"
        "from kubernetes.aio.client import ApiClient; print(ApiClient.__module__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout.strip() == "kubernetes.aio.client.api_client"


def test_kubernetes_is_not_loaded_where_no_cluster_can_be_read() -> None:
    """`k8snet doctor` in a pod of the Slack process says so without it: both programs together have to fit there."""
    code = (
        "import asyncio, sys; from bot.cluster.transport import _read_access\n"
        "try: asyncio.run(_read_access('', ''))\n"
        "except Exception as error: print(type(error).__name__, *sys.modules)"
    )
    environ = {"PATH": os.environ["PATH"], "KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env=environ
    )

    assert done.stdout.split()[0] == "NoAccountError"
    assert "kubernetes" not in done.stdout.split()


def test_kubernetes_is_loaded_when_a_cluster_is_opened() -> None:
    """Importing the room costs nothing of it."""
    code = "import bot.cluster.live, sys; print(*(each.split('.')[0] for each in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert "kubernetes" not in done.stdout.split()
