"""From plan to verdict with real servers: what a port speaks is measured, and told only where it is not what callers use."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bot.checks.engine.judge import Judgement, judge
from bot.model.case import Case
from bot.model.planning.plan import plan
from bot.model.probe import Vantage, VantageKind
from bot.probes import run
from bot.usecases.measure import measure
from tests.probes.certificates import DAY, blocking_server, certificate, server_context, tls_server
from tests.probes.listeners import HERE, Talk, hanging, resetting, saying, status, tcp
from tests.probes.manifests import case, pod, service
from tests.probes.test_http2 import NOT_SERVING, SERVING, grpc_server

WORKER = Vantage(kind=VantageKind.WORKER, namespace="shop", pod="worker", node="node-1")
OK = saying(status(200))
NO_ADDRESS: dict[str, Any] = {"clusterIP": "", "selector": None, "ports": []}
SHOWN = ("api", "api.shop", "api.shop.svc", "api.shop.svc.cluster.local")


async def judged(number: int, port: dict[str, Any], **asked: Any) -> Judgement:
    """Ask about a Service whose only pod listens on `number` of loopback."""
    container = {"ports": [{"containerPort": number}], **asked.pop("container", {})}
    offered = {"name": "http", "port": 80, "targetPort": number, **port}
    alias = service("users", type="ExternalName", externalName="api.shop.svc.cluster.local", **NO_ADDRESS)
    known = case(service(ports=[offered]), alias, pod("api-1", HERE, **container), **asked)
    now = replace(known.snapshot, taken_at=datetime.now(UTC))
    whole = Case(known.question, now, vantage=WORKER)
    door = partial(run, may_call=lambda _: True)

    async def within(probes: Any, seconds: float) -> Any:
        return await door(probes, deadline=seconds)

    seen = await measure(whole, tuple(each for each in plan(whole) if _is_here(each)), within, lambda: 5.0)
    return judge(Case(whole.question, now, seen, WORKER), strict=True)


def _is_here(probe: object) -> bool:
    """The cluster's DNS and the virtual IP are nowhere."""
    return getattr(probe, "address", "") == HERE


def told(judgement: Judgement) -> str:
    application = judgement.verdicts["application"]
    found = sorted({each.code for each in judgement.findings if each.severity != "info"})
    return f"{application.status} {' '.join(found)}".strip()


@asynccontextmanager
async def shown(talk: Talk, folder: Path, *names: str, **more: Any) -> AsyncIterator[int]:
    async with tls_server(talk, server_context(folder, certificate(*names, **more))) as port:
        yield port


async def test_plain_http_that_is_plain_http() -> None:
    async with tcp(OK) as port:
        assert told(await judged(port, {})) == "ok"


@pytest.mark.parametrize("question", [{}, {"scheme": "https"}])
async def test_plain_http_on_a_port_of_tls(question: dict[str, str]) -> None:
    """By the port's name, and by the caller's URL."""
    async with tcp(OK) as port:
        found = await judged(port, {} if question else {"name": "https"}, **question)

    assert told(found) == "fail APP-018"
    assert "speaks no TLS" in found.findings[0].message


async def test_tls_on_a_port_of_plain_http(tmp_path: Path) -> None:
    """And on one that is rightly called https."""
    async with shown(OK, tmp_path, *SHOWN) as port:
        wrong = await judged(port, {})
        right = await judged(port, {"name": "https"})

    assert told(wrong) == "fail APP-018"
    assert "speaks TLS" in wrong.findings[0].message
    assert told(right) == "ok"


async def test_a_server_that_resets_everything() -> None:
    """No protocol is made of a reset: what it speaks nobody knows."""
    async with tcp(resetting) as port:
        plain = await judged(port, {})
        tls = await judged(port, {"name": "https"})

    assert "APP-018" not in told(plain) + told(tls)


async def test_a_server_that_never_answers() -> None:
    """Silence in plain text and in TLS stays a backend that hangs."""
    async with tcp(hanging) as port:
        assert told(await judged(port, {})) == "fail APP-011"


async def test_grpc_that_serves() -> None:
    """With and without the health service; by name and by its readiness probe."""
    async with grpc_server({"": SERVING}) as port:
        assert told(await judged(port, {"name": "grpc"})) == "ok"
        assert told(await judged(port, {"name": "http2"})) == "ok"
        assert (
            told(await judged(port, {"name": "http"}, container={"readinessProbe": {"grpc": {"port": port}}})) == "ok"
        )
    async with grpc_server(None) as port:
        assert told(await judged(port, {"name": "grpc"})) == "ok"


async def test_grpc_that_does_not_serve() -> None:
    async with grpc_server({"": NOT_SERVING}) as port:
        found = await judged(port, {"name": "grpc"})

    assert told(found) == "fail APP-014"
    assert "NOT_SERVING" in found.findings[0].message


async def test_grpc_on_a_port_of_http() -> None:
    async with grpc_server({"": SERVING}) as port:
        found = await judged(port, {})

    assert told(found) == "fail APP-018"
    assert "HTTP/2 alone" in found.findings[0].message


async def test_http_on_a_port_of_grpc() -> None:
    """A failure by that name; a name like http2 is a hint to meshes alone."""
    async with tcp(OK) as port:
        assert told(await judged(port, {"name": "grpc"})) == "fail APP-018"
        assert told(await judged(port, {"name": "http2"})) == "warn APP-018"


async def test_certificates(tmp_path: Path) -> None:
    """Ended, of another name, and in force."""
    called = {"scheme": "https"}
    async with shown(OK, tmp_path / "old", *SHOWN, left=-2 * DAY) as port:
        old = await judged(port, {"name": "https"})
    async with shown(OK, tmp_path / "other", "shop.example.com") as port:
        other = await judged(port, {"name": "https"}, **called)
        unasked = await judged(port, {"name": "https"})
    async with shown(OK, tmp_path / "own", "api", self_signed=True) as port:
        own = await judged(port, {"name": "https"}, **called)

    assert [told(each) for each in (old, other, unasked, own)] == ["fail APP-020", "fail APP-020", "ok", "ok"]


async def test_an_alias_is_called_by_its_own_name(tmp_path: Path) -> None:
    """Backends see it as SNI and Host, and a certificate has to be for it: one of the Service alone is none for its callers."""
    called = {"name": "users", "scheme": "https"}
    async with shown(OK, tmp_path / "own", *SHOWN) as port:
        service_only = await judged(port, {"name": "https"}, **called)
        unasked = await judged(port, {"name": "https"}, name="users")
    async with shown(OK, tmp_path / "both", *SHOWN, "users") as port:
        both = await judged(port, {"name": "https"}, **called)
    async with tcp(OK) as port:
        mistaken = await judged(port, {}, **called)

    assert [told(each) for each in (service_only, unasked, both, mistaken)] == [
        "fail APP-020",
        "ok",
        "ok",
        "fail APP-018",
    ]
    assert "not for users" in service_only.findings[0].message
    assert both.verdicts["application"].basis == "probed"


async def test_mutual_tls(tmp_path: Path) -> None:
    """Who wants a client's certificate is sound, in either version of TLS."""
    import ssl

    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = server_context(tmp_path, certificate(*SHOWN))
        context.verify_mode = ssl.CERT_REQUIRED
        context.maximum_version = version
        with blocking_server(context) as port:
            assert told(await judged(port, {"name": "https"})) == "ok"
