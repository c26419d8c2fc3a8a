"""What the program in a sample pod does with a connection. Rule: each is a few bytes on a real socket, no more."""

import asyncio
from enum import StrEnum

from bot.model.kube.pods import Pod
from bot.model.kube.services import ServicePort
from bot.model.planning.http import declared_readiness, speaks_http

ANNOTATION = "playground.k8snet/behaviour"


class Behaviour(StrEnum):
    """Declared by a pod's annotation; without one a pod is well."""

    WELL = "well"  # 200 on its readiness path and on `/`, 404 elsewhere
    REFUSE = "refuse"  # nothing listens
    SERVER_ERROR = "500"  # 500 on everything
    HANG = "hang"  # accepts, reads, never answers
    NOT_FOUND_ON_READY = "404-on-ready"  # 404 on its readiness path, 200 on `/`


class Program:
    """One pod's program on one of its ports."""

    def __init__(self, pod: Pod, port: int, name: str, behaviour: Behaviour = Behaviour.WELL) -> None:
        declared = declared_readiness(pod, port)
        self.pod = pod
        self.ready_path = declared.path if declared and declared.port == port else "/"
        self.behaviour = behaviour
        self.is_http = speaks_http(ServicePort(port=port, name=name), port, pod)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hold one connection to its end."""
        if self.behaviour is Behaviour.HANG or not self.is_http:
            await reader.read()
            return
        head = await reader.readuntil(b"\r\n\r\n")
        words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        status = self.status(words[1].partition("?")[0] if len(words) > 1 else "/")
        body = f"{self.pod.name}: {status}\n"
        head_line = f"HTTP/1.1 {status} {'OK' if status < 400 else 'Failed'}"  # noqa: PLR2004 (HTTP status)
        writer.write(f"{head_line}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
        await writer.drain()

    def status(self, path: str) -> int:
        """The HTTP status for a path."""
        if self.behaviour is Behaviour.SERVER_ERROR:
            return 500
        if self.behaviour is Behaviour.NOT_FOUND_ON_READY and path == self.ready_path:
            return 404
        return 200 if path in (self.ready_path, "/") else 404
