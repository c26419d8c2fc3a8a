"""Every case of tests/checks, read from an API server: the answer is what the whole of its objects gives.

A question reads a few lists of a cluster, so what it leaves out must be nothing that decides. `DIFFERS` has what it cannot
know, or what is too rare to be worth a request in every cluster. `make test` tries one case of four, `make fuzz` all.
"""

import json
import os
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from bot.checks.engine.judge import Judgement, judge
from bot.checks.engine.registry import FAMILIES
from bot.cluster.live import ClusterWide, read
from bot.cluster.transport import Cluster
from bot.model.case import Case
from bot.model.kube.kinds import KINDS
from tests.checks.manifests import NOW, Written, _merged, case_of, written_cases
from tests.judge.hiding import HERE
from tests.reader.healthy import Api, kubeconfig
from tests.reader.objects import Json
from tests.reader.serving import serving
from tests.reader.test_watch import until
from tests.reader.test_watches import held

# One case of so many is tried.
EVERY = int(os.environ.get("K8SNET_LIVE_CASES", "4"))
_KINDS_HELD = 12  # of every cluster; those of optional APIs come on top
FILES = [path for family in FAMILIES for path in sorted((HERE / family).glob("*.yaml"))]
_MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_LOG = re.compile(r"/api/v1/namespaces/(?P<namespace>[^/]+)/pods/(?P<pod>[^/]+)/log")

_BUDGET = "two faults at once use up the requests of one question; what is left out is a gap"
_MOUNTS = "the DNS pods of these cases mount nothing, so what they would mount is not looked for"
_NO_CONTAINER = "the DNS pods of these cases have no container whose log could be read"
_AGENTS = "the case has an agent's DaemonSet alone; of a cluster its pod on the caller's node tells, or the nodes do"
_ELSEWHERE = "it would take objects of other namespaces, or of the whole cluster"
_NEIGHBOURS = "it would take the other pods of the namespace, which only say more exactly what the policy means"
_ENOUGH = "all pods that there are are ready and serve, and nobody complains: what else is wanted is not asked"
DIFFERS = {
    "what users add to k3s answers the name": _MOUNTS,
    "kube-dns, and a stub domain that is the cluster's own zone: dnsmasq has two ways for it": _MOUNTS,
    "the Service by which the node-local caches ask selects no pod": _MOUNTS,
    "its account has lost its ClusterRoleBinding, so that it may read nothing at all": _NO_CONTAINER,
    "it logs no cause, as CoreDNS since 1.14.2 does where the API server refuses": _NO_CONTAINER,
    "it logs why it could not read, with what client-go adds to the line": _NO_CONTAINER,
    "its account may not read EndpointSlices after an upgrade": _NO_CONTAINER,
    "kubelets write an address into pods that no Service has, since the DNS Service was made anew with another one": "the "
    "DNS Service has the usual address there, so kubelets are not suspected",
    "a Service and a namespace that are numbers, asked by both": _BUDGET,
    "a broken Service and no DNS: both are told, the cluster-wide one first": _BUDGET,
    "no node fits what a DaemonSet asks for": _BUDGET,
    "a block of Cilium's pool has a node's own address": _AGENTS,
    "the network agent of an endpoint's node is not ready": _ELSEWHERE,
    "flannel has no code for policies": _AGENTS,
    "flannel alone does not enforce what denies the caller": _AGENTS,
    "Cilium that is told not to": _AGENTS,
    "Cilium does not see the hash of a template": _AGENTS,
    "Cilium does not hold ipBlocks against pods": _AGENTS,
    "Calico does": _AGENTS,
    "the name of a native sidecar's port, which Calico knows": _AGENTS,
    "the name of a native sidecar's port, which Cilium does not know": _AGENTS,
    "the ClusterIP as ipBlock where Calico runs, which holds the pods' addresses against it": _AGENTS,
    "a pod elsewhere has the address of one of three": _ELSEWHERE,
    "an address in the range of a node's pods, which no pod has": _ELSEWHERE,
    "Knative's Service of a revision at zero, whose mirrored slice names the activator's pod in its own namespace": _ELSEWHERE,
    "the slice lacks the label": _ELSEWHERE,
    "the Service is misspelt, and the slice has the name that was meant": _ELSEWHERE,
    "another Service has the same ClusterIP": _ELSEWHERE,
    "the second ClusterIP of a dual-stack Service is another one's first": _ELSEWHERE,
    "exit code 137 while the node ran out of memory": _ELSEWHERE,
    "the caller's init container waits for another Service, whose Deployment is scaled to 0: that is the root": _ELSEWHERE,
    "a caller of another namespace with the same labels is not the one that is meant": _NEIGHBOURS,
    "the caller fits the namespaceSelector alone: named, and no namespace is opened": _NEIGHBOURS,
    "pods of the own namespace carry it too, and may have been meant": _NEIGHBOURS,
    "two selectors in one item, and the caller fits the podSelector alone": _NEIGHBOURS,
    "one of three published endpoints is not ready": "its pod left ten minutes ago to the second, and time goes on",
    "the second pod of a StatefulSet is refused while its first is ready": _ENOUGH,
    "one of three pods runs, the others are refused, and the Deployment says that this is too few": _ENOUGH,
    "just scaled down, the last pods terminate and still serve": _ENOUGH,
    "NO_PROXY comes from a ConfigMap and knows another namespace": "ConfigMaps are read where no variable or argument names "
    "a host of the Service",
}


class Served(Api):
    """The API server of one case, with its logs."""

    def __init__(self, written: Written, case: Case) -> None:
        super().__init__()
        self.objects, self.served = _objects(written, case, datetime.now(UTC) - NOW)
        self._logs = {(each.namespace, each.pod): "\n".join(each.lines) for each in case.snapshot.logs}

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if asked := _LOG.fullmatch(request.path):
            return web.Response(text=self._logs.get((asked["namespace"], asked["pod"]), ""))
        return await super().handle(request)


def _objects(written: Written, case: Case, later: timedelta) -> tuple[dict[str, list[Json]], Json]:
    """Return the objects of a case by plural, all times so much later, and which optional APIs are served."""
    documents = [each for each in _merged(written) if each["kind"] != "EndpointSlice"]
    for number, each in enumerate(case.snapshot.slices):
        found = json.loads(msgspec.json.encode(each))
        name = f"{each.name}-{number}" if each.name.endswith("-expected") else each.name
        kind = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice"}
        documents.append({**found, **kind, "metadata": {**found["metadata"], "name": name}})
    text = _MOMENT.sub(lambda found: _moved(found[0], later), json.dumps(documents, default=_as_text))
    objects: dict[str, list[Json]] = {}
    served: dict[str, dict[str, set[str]]] = {}
    for each in json.loads(text):
        group, _, version = each["apiVersion"].rpartition("/")
        names = ((known, known.name or known.struct.__name__) for known in KINDS if group in known.groups)
        for kind in (known for known, name in names if name == each["kind"]):
            each["metadata"] = {"uid": f"u-{each['metadata']['name']}", "resourceVersion": "1", **each["metadata"]}
            objects.setdefault(kind.plural, []).append(each)
            if kind.optional:
                served.setdefault(group, {}).setdefault(version, set()).add(kind.plural)
    return objects, {"kind": "APIGroupDiscoveryList", "items": [_group(*each) for each in served.items()]}


def _group(name: str, versions: dict[str, set[str]]) -> Json:
    found = [
        {"version": version, "resources": [{"resource": each} for each in sorted(plurals)]}
        for version, plurals in versions.items()
    ]
    return {"metadata": {"name": name}, "versions": found}


def _moved(moment: str, later: timedelta) -> str:
    return _as_text(datetime.fromisoformat(moment) + later)


def _as_text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _told(judgement: Judgement) -> tuple[object, ...]:
    """Return what an answer says: outcome, verdicts, and which root."""
    verdicts = {layer: each.status for layer, each in judgement.verdicts.items()}
    return judgement.outcome, verdicts, judgement.root and (judgement.root.code, judgement.root.about)


def can_be_served(written: Written, case: Case) -> bool:
    """Return whether a case is one of objects alone, all of which may be read."""
    asked = case.question
    return not (case.observations or case.route or written.words("gap") or asked.address or asked.entry)


@asynccontextmanager
async def reached(api: Served, namespace: str, folder: Path) -> AsyncIterator[Cluster]:
    """Serve a case, and yield its cluster as a kubeconfig with this namespace reaches it."""
    async with serving(api.handle) as api.url:
        (folder / "kubeconfig").write_text(kubeconfig(api, namespace))
        async with Cluster(kubeconfig=str(folder / "kubeconfig")) as cluster:
            yield cluster
        api.end_watches()


async def asked(api: Served, case: Case, folder: Path) -> Judgement:
    """Return what is judged of a case that is read from its API server."""
    async with reached(api, case.question.namespace or "shop", folder) as cluster:
        question, snapshot = await read(cluster, case.question, cache=ClusterWide())
    return judge(Case(question, snapshot), strict=True)


async def _held(written: Written, case: Case, folder: Path) -> tuple[Judgement, Judgement]:
    """Return what is judged of what a worker's watches hold, and of what is read; both of one cluster."""
    api = Served(written, case)
    async with serving(api.handle) as api.url, held(api, folder, is_whole=False) as (cluster, watches):
        await until(
            lambda: len(watches.told) >= _KINDS_HELD and all("objects" in each for each in watches.told.values())
        )
        warm = await read(cluster, case.question, watches=watches)
        cold = await read(cluster, case.question, cache=ClusterWide())
        api.end_watches()
    return judge(Case(*warm), strict=True), judge(Case(*cold), strict=True)


async def _differing(cases: Iterable[Written], folder: Path) -> set[str]:
    found = set()
    for written in cases:
        case = case_of(written)
        if can_be_served(written, case) and _told(judge(case)) != _told(
            await asked(Served(written, case), case, folder)
        ):
            found.add(written.title)
    return found


def sample(path: Path, one_of: int = EVERY) -> Sequence[Written]:
    """Return one case of so many of a file, of each file another one."""
    number = FILES.index(path)
    return [each for at, each in enumerate(written_cases(path)) if (at + number) % one_of == 0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_what_is_read_decides_as_the_whole_does(path: Path, tmp_path: Path) -> None:
    """No case is surer, or less sure, for what a question leaves out, but for those that are listed."""
    cases = sample(path)

    assert await _differing(cases, tmp_path) == {each.title for each in cases} & DIFFERS.keys()


@pytest.mark.parametrize("path", FILES[::EVERY], ids=lambda path: path.stem)
async def test_what_is_held_decides_as_what_is_read(path: Path, tmp_path: Path) -> None:
    """A warm worker says what a cold one does, of one case of a file; where a cold one has no request left, it knows more."""
    cases = [(each, case_of(each)) for each in written_cases(path) if DIFFERS.get(each.title) != _BUDGET]
    fit = [(written, case) for written, case in cases if can_be_served(written, case)]
    for written, case in fit[:: max(len(fit), 1)] if EVERY > 1 else fit:
        warm, cold = await _held(written, case, tmp_path)

        assert _told(warm) == _told(cold), written.title
