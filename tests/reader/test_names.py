"""The names of a live cluster: five lists of metadata, and a gap for each that may not be read."""

import pytest
from aiohttp import web

from bot.cluster.names import read_names
from bot.cluster.transport import Cluster
from bot.errors import ClusterUnreachableError
from tests.reader.healthy import OBJECTS, Api, refused
from tests.reader.objects import meta
from tests.reader.serving import serving
from tests.reader.test_transport import kubeconfig


async def names_of(api: Api, folder) -> object:
    async with serving(api.handle) as url, Cluster(kubeconfig=kubeconfig(folder, url), name="prod") as cluster:
        return await read_names(cluster)


async def test_names(tmp_path) -> None:
    """Namespaces, Services and callers in order; each list is asked for once, as metadata only."""
    api, accepted = Api(), []
    api.objects = {
        **OBJECTS,
        "deployments": [{"metadata": meta("web", "shop")}],
        "statefulsets": [{"metadata": meta("db", "shop")}],
    }

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        accepted.append(request.headers["Accept"])
        return await api.handle(request)

    async with serving(handle) as url, Cluster(kubeconfig=kubeconfig(tmp_path, url), name="prod") as cluster:
        found = await read_names(cluster)

    assert found.cluster == "prod"
    assert {"kube-system", "shop", "web"} <= set(found.namespaces)
    assert "kube-system/kube-dns" in found.services
    assert found.workloads == ("shop/deploy/web", "shop/sts/db")
    assert found.gaps == ()
    assert len(api.asked) == 5
    assert all("as=PartialObjectMetadataList" in each for each in accepted)


async def test_refused_list_is_a_gap(tmp_path) -> None:
    """Without the right to list namespaces they are those of the Services, and nothing is said not to exist."""
    api = Api()
    api.broken = lambda asked: asked.endswith(("/namespaces", "/deployments"))

    async def refuse(_request: web.BaseRequest) -> web.StreamResponse:
        return refused(403)

    api.breaks = refuse
    found = await names_of(api, tmp_path)

    assert set(found.gaps) == {"namespaces", "workloads"}
    assert "kube-system" in found.namespaces


async def test_cluster_that_does_not_answer(tmp_path) -> None:
    async with Cluster(kubeconfig=kubeconfig(tmp_path, "http://127.0.0.1:9"), name="prod") as cluster:
        with pytest.raises(ClusterUnreachableError):
            await read_names(cluster)
