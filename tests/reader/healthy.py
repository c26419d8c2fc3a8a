"""A sound cluster behind an API server on loopback, whose every request can be refused, broken, or left without answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.reader.objects import Json, corefile, dns_service, meta, node, pod, service
from tests.reader.serving import serving

Break = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
CALLER = "checkout-1"


def _slice(namespace: str, of: str, address: str, target: str, **port: Any) -> Json:
    endpoint = {
        "addresses": [address],
        "conditions": {"ready": True},
        "nodeName": "node-1",
        "targetRef": {"kind": "Pod", "name": target, "namespace": namespace},
    }
    labels = {"kubernetes.io/service-name": of}
    return {
        "kind": "EndpointSlice",
        "metadata": {**meta(f"{of}-1", namespace), "labels": labels},
        "addressType": "IPv4",
        "ports": [port],
        "endpoints": [endpoint],
    }


def _pod(name: str, namespace: str, address: str, **labels: str) -> Json:
    known = pod(name, namespace, **labels)
    known["status"]["podIP"] = address
    known["status"]["containerStatuses"] = [{"name": "app", "ready": True, "state": {"running": {}}}]
    return known


def _agent(name: str) -> Json:
    return _pod(name, "kube-system", "10.0.0.1", **{"k8s-app": "kube-proxy"})


def _policy(kind: str, version: str, spec: Json) -> Json:
    return {"apiVersion": version, "kind": kind, "metadata": meta("of-others", "shop"), "spec": spec}


_ELSEWHERE = {"matchLabels": {"app": "none"}}
OBJECTS: dict[str, list[Json]] = {
    "services": [service(), dns_service()],
    "endpointslices": [
        _slice("shop", "user-service", "10.244.0.11", "user-service-1", port=8080, protocol="TCP"),
        _slice("kube-system", "kube-dns", "10.244.0.2", "coredns-1", name="dns", port=53, protocol="UDP"),
    ],
    "pods": [
        _pod("user-service-1", "shop", "10.244.0.11", app="user-service"),
        _pod(CALLER, "web", "10.244.0.12", app="checkout"),
        _pod("coredns-1", "kube-system", "10.244.0.2", **{"k8s-app": "kube-dns"}),
        _agent("kube-proxy-1"),
    ],
    "nodes": [node()],
    "namespaces": [{"metadata": meta(each)} for each in ("shop", "web", "kube-system")],
    "configmaps": [corefile(".:53 {\n  kubernetes cluster.local in-addr.arpa ip6.arpa\n  forward . 1.1.1.1\n}\n")],
    "networkpolicies": [_policy("NetworkPolicy", "networking.k8s.io/v1", {"podSelector": _ELSEWHERE})],
    "ciliumnetworkpolicies": [_policy("CiliumNetworkPolicy", "cilium.io/v2", {"endpointSelector": _ELSEWHERE})],
}
_CILIUM = [{"resource": "ciliumnetworkpolicies"}, {"resource": "ciliumclusterwidenetworkpolicies"}]
AGGREGATED = {
    "kind": "APIGroupDiscoveryList",
    "items": [{"metadata": {"name": "cilium.io"}, "versions": [{"version": "v2", "resources": _CILIUM}]}],
}
PLAIN = {"kind": "APIGroupList", "groups": [{"name": "cilium.io", "versions": [{"version": "v2"}]}]}


class Api:
    """The API server. `broken` says how a request is answered instead, by what `asked_for` makes of it."""

    def __init__(self) -> None:
        self.objects = OBJECTS
        self.served: Json = AGGREGATED
        self.asked: list[str] = []
        self.breaks: Break | None = None
        self.broken: Callable[[str], bool] = lambda _: False
        self.url = ""
        self._ended = asyncio.Event()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = asked_for(request)
        if "watch" in request.query:
            return await self._watched(request, asked)
        self.asked.append(asked)
        if self.breaks and self.broken(asked):
            return await self.breaks(request)
        if request.path == "/apis":
            return web.json_response(self.served)
        if request.path == "/version":
            return refused(404)  # then long lists are read page by page
        return self._found(request)

    async def _watched(self, request: web.BaseRequest, asked: str) -> web.StreamResponse:
        """Say nothing but one bookmark: nothing changes here."""
        if self.breaks and self.broken(f"watch {asked}"):
            return await self.breaks(request)
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "1"}}}\n')
        await self._ended.wait()
        return response

    def end_watches(self) -> None:
        """End all watches that are open, as a server does when their time is over."""
        self._ended.set()
        self._ended = asyncio.Event()

    def _found(self, request: web.BaseRequest) -> web.Response:
        namespace, plural, name = _place(request.path)
        known = self.objects.get(plural, [])
        fitting = [each for each in known if namespace in ("", each["metadata"].get("namespace", ""))]
        if name:
            named = [each for each in fitting if each["metadata"]["name"] == name]
            return web.json_response(named[0]) if named else refused(404)
        if plural == "ciliumclusterwidenetworkpolicies" and self.served is PLAIN:
            return refused(404)  # a group that is served without this kind
        found = [each for each in fitting if _fits(each, request)]
        return web.json_response({"kind": "List", "metadata": {"resourceVersion": "1"}, "items": found})


def asked_for(request: web.BaseRequest) -> str:
    """Return a request in words: path and selectors."""
    selectors = (request.query.get(each, "") for each in ("labelSelector", "fieldSelector"))
    return " ".join([request.path, *filter(None, selectors)])


def _place(path: str) -> tuple[str, str, str]:
    """Return namespace, plural and name."""
    parts = path.strip("/").split("/")
    parts = parts[3:] if parts[0] == "apis" else parts[2:]
    namespace, rest = (parts[1], parts[2:]) if parts[0] == "namespaces" and len(parts) > 2 else ("", parts)
    return namespace, rest[0], rest[1] if len(rest) > 1 else ""


def _fits(known: Json, request: web.BaseRequest) -> bool:
    labels = known["metadata"].get("labels", {})
    return all(_holds(labels, term) for term in _terms(request.query.get("labelSelector", ""))) and all(
        _field(known, *term.split("=")) for term in filter(None, request.query.get("fieldSelector", "").split(","))
    )


def _terms(selector: str) -> list[str]:
    return [selector] if " in " in selector else [each for each in selector.split(",") if each]


def _holds(labels: dict[str, str], term: str) -> bool:
    key, is_set, values = term.partition(" in ")
    if is_set:
        return labels.get(key) in values.strip("()").split(",")
    key, _, value = term.partition("=")
    return labels.get(key) == value


def _field(known: Json, path: str, value: str) -> bool:
    if path.endswith("!"):
        return True
    found: Any = known
    for part in path.split("."):
        found = found.get(part, {})
    return bool(found == value)


def refused(status: int) -> web.Response:
    """Return a Status as the API server sends it."""
    return web.json_response({"kind": "Status", "status": "Failure", "message": "no"}, status=status)


# --- how a request can go wrong


async def forbidden(_: web.BaseRequest) -> web.StreamResponse:
    return refused(403)


async def absent(_: web.BaseRequest) -> web.StreamResponse:
    return refused(404)


async def failing(_: web.BaseRequest) -> web.StreamResponse:
    return refused(500)


async def throttled(_: web.BaseRequest) -> web.StreamResponse:
    return web.json_response({"kind": "Status"}, status=429, headers={"Retry-After": "1"})


async def cut(request: web.BaseRequest) -> web.StreamResponse:
    """Half of a body, and its end."""
    response = web.StreamResponse(headers={"Content-Length": "5000", "Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"kind": "List", "items": [')
    assert request.transport
    request.transport.close()
    return response


async def reset(request: web.BaseRequest) -> web.StreamResponse:
    assert request.transport
    request.transport.abort()
    return web.Response()


async def half(_: web.BaseRequest) -> web.StreamResponse:
    """A page that is whole for HTTP, and broken as JSON."""
    return web.Response(body=b'{"kind": "List", "items": [{"meta', content_type="application/json")


async def login_page(_: web.BaseRequest) -> web.StreamResponse:
    return web.Response(text="<!DOCTYPE html><title>Sign in</title>", content_type="text/html")


async def portal(_: web.BaseRequest) -> web.StreamResponse:
    """A proxy's own JSON."""
    return web.json_response({"error": "log in first"})


async def silent(_: web.BaseRequest) -> web.StreamResponse:
    await asyncio.sleep(600)
    return web.Response()


BROKEN = (failing, throttled, cut, reset, half, login_page, portal)
REFUSALS = (forbidden, absent, *BROKEN)


@asynccontextmanager
async def healthy(breaks: Break | None = None, broken: Callable[[str], bool] = lambda _: True) -> AsyncIterator[Api]:
    """Serve the sound cluster; requests that are `broken` are answered as `breaks` does."""
    api = Api()
    api.breaks, api.broken = breaks, broken
    async with serving(api.handle) as api.url:
        yield api
        api.end_watches()


def kubeconfig(api: Api, namespace: str = "shop") -> str:
    """Return the text of a kubeconfig for it."""
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "eu",
            "clusters": [{"name": "eu", "cluster": {"server": api.url}}],
            "users": [{"name": "me", "user": {"token": "t-1"}}],
            "contexts": [{"name": "eu", "context": {"cluster": "eu", "user": "me", "namespace": namespace}}],
        }
    )
