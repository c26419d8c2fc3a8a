"""Stands in for what needs a machine of its own: scheduler, kubelet and kube-proxy, on addresses of one network namespace.

Deployments, ReplicaSets, Services and EndpointSlices are made by the real controllers; this program only gives pods a node,
an IP and a status, and makes them real listeners: `args: [netexec, --http-port=8080]` answers HTTP there, `[pause]` listens
nowhere, `[exit]` crashes, an image named `missing…` cannot be pulled. Readiness probes are really made. A Service's
ClusterIP forwards to its ready endpoints in turn and refuses when there are none, as kube-proxy's rules do.

    python tests/live_cluster/fake_kubelet.py KUBECONFIG
"""

import asyncio
import contextlib
import itertools
import json
import ssl
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from bot.model.refs import plain_address

NODES = ("node-1", "node-2")
KNOWN_PATHS = ("/", "/healthz", "/readyz", "/hostname")
ROUND = 0.15
Json = dict[str, Any]


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Api:
    """The few requests that are made of the API server."""

    def __init__(self, kubeconfig: Path) -> None:
        config = json.loads(kubeconfig.read_text())
        cluster = config["clusters"][0]["cluster"]
        self.server = cluster["server"]
        self.ssl = ssl.create_default_context(cafile=cluster["certificate-authority"])
        self.headers = {"Authorization": f"Bearer {config['users'][0]['user']['token']}"}
        self.session: aiohttp.ClientSession

    async def call(self, method: str, path: str, body: Json | None = None, kind: str = "application/json") -> Json:
        """Make a request; a conflict or a missing object is news of the next round, and gives an empty answer."""
        data = json.dumps(body) if body is not None else None
        headers = {**self.headers, "Content-Type": kind}
        async with self.session.request(method, self.server + path, data=data, headers=headers, ssl=self.ssl) as reply:
            return await reply.json() if reply.status < 300 else {}

    async def items(self, path: str) -> list[Json]:
        return list((await self.call("GET", path)).get("items", ()))


class Listener:
    """One TCP listener: HTTP answers, or a relay."""

    def __init__(self, server: asyncio.Server) -> None:
        self.server = server

    async def close(self) -> None:
        self.server.close()
        await self.server.wait_closed()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A small HTTP server: 200 on the known paths, else 404."""
    with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ")[1].decode("latin-1").split("?")[0]
        status = "200 OK" if path in KNOWN_PATHS else "404 Not Found"
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n".encode())
        await writer.drain()
    writer.close()


async def relay(targets: list[tuple[str, int]], turn: itertools.count, reader, writer) -> None:  # type: ignore[no-untyped-def,type-arg]
    """Forward one connection to the next target."""
    address, port = targets[next(turn) % len(targets)]
    try:
        far_reader, far_writer = await asyncio.open_connection(address, port)
    except OSError:
        writer.transport.abort()
        return
    await asyncio.gather(pipe(reader, far_writer), pipe(far_reader, writer))


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


class FakeKubelet:
    def __init__(self, api: Api) -> None:
        self.api = api
        self.addresses = (f"10.244.{third}.{fourth}" for third in range(1, 250) for fourth in range(1, 255))
        self.pods: dict[str, list[Listener]] = {}
        self.proxies: dict[tuple[str, int], tuple[tuple[tuple[str, int], ...], Listener]] = {}

    async def round(self) -> None:
        pods = await self.api.items("/api/v1/pods")
        await asyncio.gather(*(self.pod(each) for each in pods))
        await self.services()

    async def pod(self, pod: Json) -> None:
        meta, spec, status = pod["metadata"], pod["spec"], pod.get("status", {})
        path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"
        if (meta.get("annotations") or {}).get("stand-in/left-alone"):  # its test writes its status
            return
        if meta.get("deletionTimestamp"):
            await self.end(meta["uid"], path)
        elif (meta.get("annotations") or {}).get("stand-in/unschedulable"):
            await self.leave_pending(path, status, meta["annotations"]["stand-in/unschedulable"])
        elif not spec.get("nodeName"):
            node = NODES[sum(map(ord, meta["name"])) % len(NODES)]
            await self.api.call(
                "POST",
                f"{path}/binding",
                {"metadata": {"name": meta["name"]}, "target": {"kind": "Node", "name": node}},
            )
        elif meta["uid"] not in self.pods:
            self.pods[meta["uid"]] = []
            await self.begin(pod, path)
        elif status.get("podIP"):
            await self.judge(pod, path)

    async def end(self, uid: str, path: str) -> None:
        for listener in self.pods.pop(uid, ()):
            await listener.close()
        await self.api.call("DELETE", path, {"gracePeriodSeconds": 0})

    async def leave_pending(self, path: str, status: Json, message: str) -> None:
        if not status.get("conditions"):
            condition = {
                "type": "PodScheduled",
                "status": "False",
                "reason": "Unschedulable",
                "message": message,
                "lastTransitionTime": now(),
            }
            await self.patch(path, {"phase": "Pending", "conditions": [condition]})

    async def begin(self, pod: Json, path: str) -> None:
        """Return the pod an IP, start what its containers would run, and report it."""
        wanted = (pod["metadata"].get("annotations") or {}).get("stand-in/ip")
        address = wanted or next(self.addresses)
        statuses = [await self.container(pod["metadata"]["uid"], each, address) for each in pod["spec"]["containers"]]
        conditions = [{"type": "PodScheduled", "status": "True", "lastTransitionTime": now()}]
        conditions += [
            {"type": "Ready", "status": "False", "reason": "ContainersNotReady", "lastTransitionTime": now()}
        ]
        phase = "Running" if any("running" in each["state"] for each in statuses) else "Pending"
        if any("lastState" in each for each in statuses):
            phase = "Running"
        body = {
            "phase": phase,
            "podIP": address,
            "podIPs": [{"ip": address}],
            "hostIP": "192.168.77.11",
            "startTime": now(),
        }
        await self.patch(path, {**body, "conditions": conditions, "containerStatuses": statuses})

    async def container(self, uid: str, container: Json, address: str) -> Json:
        args = container.get("args") or []
        status: Json = {
            "name": container["name"],
            "image": container["image"],
            "imageID": "",
            "ready": False,
            "restartCount": 0,
        }
        if container["image"].startswith("missing"):
            message = f'Back-off pulling image "{container["image"]}": not found'
            return {
                **status,
                "started": False,
                "state": {"waiting": {"reason": "ImagePullBackOff", "message": message}},
            }
        if args[:1] == ["exit"]:
            ended = {"exitCode": 1, "reason": "Error", "startedAt": now(), "finishedAt": now()}
            waiting = {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}
            return {
                **status,
                "started": False,
                "restartCount": 6,
                "state": {"waiting": waiting},
                "lastState": {"terminated": ended},
            }
        for argument in args:
            if argument.startswith("--http-port="):
                server = await asyncio.start_server(answer, address, int(argument.partition("=")[2]))
                self.pods[uid].append(Listener(server))
        return {**status, "started": True, "state": {"running": {"startedAt": now()}}}

    async def judge(self, pod: Json, path: str) -> None:
        """Make the readiness probes, and report the pod ready or not where that changed."""
        status = pod["status"]
        running = [each for each in status.get("containerStatuses", ()) if "running" in each["state"]]
        failures = [await self.failure(each, status["podIP"]) for each in pod["spec"]["containers"]]
        ready = len(running) == len(pod["spec"]["containers"]) and not any(failures)
        condition = next(each for each in status["conditions"] if each["type"] == "Ready")
        for failure in filter(None, failures):
            if running:
                await self.event(pod, failure)
        if (condition["status"] == "True") != ready:
            conditions = [
                {"type": kind, "status": str(ready), "lastTransitionTime": now()}
                for kind in ("ContainersReady", "Ready")
            ]
            conditions.append({"type": "PodScheduled", "status": "True", "lastTransitionTime": now()})
            statuses = [{**each, "ready": ready} for each in status["containerStatuses"]]
            await self.patch(path, {"conditions": conditions, "containerStatuses": statuses})

    async def failure(self, container: Json, address: str) -> str:
        """The kubelet's words for a failing readiness probe, or nothing."""
        action = (container.get("readinessProbe") or {}).get("httpGet")
        if not action:
            return ""
        port = action["port"]
        if isinstance(port, str):
            port = next(each["containerPort"] for each in container["ports"] if each["name"] == port)
        url = f"http://{address}:{port}{action.get('path', '/')}"
        try:
            async with self.api.session.get(url, timeout=aiohttp.ClientTimeout(1)) as reply:
                return (
                    ""
                    if reply.status < 400
                    else f"Readiness probe failed: HTTP probe failed with statuscode: {reply.status}"
                )
        except (OSError, aiohttp.ClientError):
            return f'Readiness probe failed: Get "{url}": dial tcp {address}:{port}: connect: connection refused'

    async def event(self, pod: Json, message: str) -> None:
        """One Kubernetes Event a pod and message; the API server refuses its second creation, which is fine."""
        meta = pod["metadata"]
        name = f"{meta['name']}.unhealthy.{abs(hash(message)) % 10**8}"
        body = {
            "metadata": {"name": name, "namespace": meta["namespace"]},
            "involvedObject": {"kind": "Pod", "name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"]},
            "reason": "Unhealthy",
            "message": message,
            "type": "Warning",
            "count": 3,
            "firstTimestamp": now(),
            "lastTimestamp": now(),
            "source": {"component": "kubelet"},
        }
        await self.api.call("POST", f"/api/v1/namespaces/{meta['namespace']}/events", body)

    async def patch(self, path: str, status: Json) -> None:
        await self.api.call("PATCH", f"{path}/status", {"status": status}, "application/merge-patch+json")

    async def services(self) -> None:
        """Keep one listener a ClusterIP and port that has ready endpoints."""
        wanted = await self.wanted()
        for key in [key for key, (targets, _) in self.proxies.items() if wanted.get(key) != targets]:
            await self.proxies.pop(key)[1].close()
        for key, targets in wanted.items():
            if key not in self.proxies:
                turn = itertools.count()
                handler = lambda r, w, t=list(targets), n=turn: relay(t, n, r, w)  # noqa: E731 (asyncio wants a callable)
                self.proxies[key] = (targets, Listener(await asyncio.start_server(handler, *key)))

    async def wanted(self) -> dict[tuple[str, int], tuple[tuple[str, int], ...]]:
        services = {
            (each["metadata"]["namespace"], each["metadata"]["name"]): each
            for each in await self.api.items("/api/v1/services")
        }
        found: dict[tuple[str, int], set[tuple[str, int]]] = {}
        for each in await self.api.items("/apis/discovery.k8s.io/v1/endpointslices"):
            meta = each["metadata"]
            service = services.get(
                (meta["namespace"], (meta.get("labels") or {}).get("kubernetes.io/service-name", ""))
            )
            address = plain_address((service or {}).get("spec", {}).get("clusterIP") or "None")
            if not service or address == "None" or ":" in address or meta["namespace"] == "kube-system":
                continue  # nothing routes IPv6 here
            names = {
                port.get("name", ""): port["port"] for port in service["spec"]["ports"] if port["protocol"] == "TCP"
            }
            for port in each.get("ports") or ():
                if port.get("name", "") in names:
                    key = (address, names[port.get("name", "")])
                    found.setdefault(key, set()).update(
                        (endpoint["addresses"][0], port["port"])
                        for endpoint in each.get("endpoints") or ()
                        if endpoint["conditions"].get("ready")
                    )
        return {key: tuple(sorted(targets)) for key, targets in found.items() if targets}


async def main(kubeconfig: str) -> None:
    api = Api(Path(kubeconfig))
    async with aiohttp.ClientSession() as api.session:
        for node in NODES:
            await api.call("POST", "/api/v1/nodes", {"metadata": {"name": node}})
            body = {
                "status": {
                    "conditions": [
                        {"type": "Ready", "status": "True", "reason": "KubeletReady", "lastTransitionTime": now()}
                    ]
                }
            }
            await api.call("PATCH", f"/api/v1/nodes/{node}/status", body, "application/merge-patch+json")
            # The API server taints every new node as not ready; the controller that would take it off does not run here.
            await api.call("PATCH", f"/api/v1/nodes/{node}", {"spec": {"taints": None}}, "application/merge-patch+json")
        kubelet = FakeKubelet(api)
        while True:
            await kubelet.round()
            await asyncio.sleep(ROUND)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(sys.argv[1]))
