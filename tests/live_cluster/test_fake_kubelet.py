"""The fake kube-proxy serves a ClusterIP as kube-proxy reads it, however it was stored: it does not end on an odd one."""

import asyncio

import pytest

from tests.live_cluster.fake_kubelet import Api, FakeKubelet, Json, answer
from tests.ports import free_port


class Stored(Api):
    """An API server that was upgraded: one of today stores no such address any more."""

    def __init__(self, cluster_ip: str, backend: int, port: int) -> None:
        self.cluster_ip, self.backend, self.port = cluster_ip, backend, port

    async def items(self, path: str) -> list[Json]:
        if path.endswith("services"):
            spec = {"clusterIP": self.cluster_ip, "ports": [{"port": self.port, "protocol": "TCP"}]}
            return [{"metadata": {"namespace": "shop", "name": "odd"}, "spec": spec}]
        labels = {"kubernetes.io/service-name": "odd"}
        endpoint = {"addresses": ["127.0.0.1"], "conditions": {"ready": True}}
        meta = {"namespace": "shop", "name": "odd-1", "labels": labels}
        return [{"metadata": meta, "endpoints": [endpoint], "ports": [{"port": self.backend}]}]


@pytest.mark.parametrize("stored", ["127.0.0.9", "127.000.000.009", "::ffff:127.0.0.9"])
async def test_an_odd_cluster_ip_is_served(stored: str) -> None:
    """A connection to the plain address is answered by the endpoint."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = free_port("127.0.0.9")
    kubelet = FakeKubelet(Stored(stored, server.sockets[0].getsockname()[1], port))

    await kubelet.services()
    reader, writer = await asyncio.open_connection("127.0.0.9", port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    head = await reader.readline()
    writer.close()

    for _, listener in kubelet.proxies.values():
        listener.server.close()
    server.close()
    assert head == b"HTTP/1.1 200 OK\r\n"


async def test_what_nothing_routes_is_left_out() -> None:
    """An IPv6 address and a headless Service get no listener."""
    for stored in ("fd00::9", "None", ""):
        assert await FakeKubelet(Stored(stored, 1, 1)).wanted() == {}
