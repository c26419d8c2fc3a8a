"""What a worker holds by watches of a real API server that changes, is restarted, forgets, and takes rights away.

Bars: never an older truth without its age, never `ok` from a watch that is broken.
"""

import asyncio
import json
import subprocess
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.answer import answer
from bot.cluster.live import read
from bot.cluster.resources import Resource
from bot.cluster.transport import Cluster
from bot.cluster.watching.watch import Times
from bot.cluster.watching.watches import KINDS, Watches
from bot.errors import ClusterUnreachableError
from bot.model.case import Case
from bot.model.kube.services import SERVICE_NAME_LABEL
from bot.model.question.question import Question
from bot.model.question.request import Kind, Request
from bot.model.result.digest import Digest
from bot.model.snapshot import Snapshot
from bot.runtime import live_runtime
from bot.usecases.diagnose import conclude
from bot.usecases.kept import Kept
from tests.live_cluster.binaries import build
from tests.live_cluster.control_plane import ControlPlane

pytestmark = pytest.mark.cluster

PLACE, ACCOUNT = "watched", "holder"
USERS = Question(service="users", namespace=PLACE)
QUICK = Times(open=(1.0, 2.0), pause=0.05, longest_pause=0.5, refused=(0.5, 1.0))
PATIENT = Times(pause=0.05, longest_pause=0.5)
MANIFEST = f"""
apiVersion: v1
kind: Namespace
metadata: {{name: {PLACE}}}
---
apiVersion: v1
kind: Service
metadata: {{name: users, namespace: {PLACE}}}
spec: {{selector: {{app: users}}, ports: [{{port: 80, targetPort: 8080}}]}}
---
apiVersion: v1
kind: Pod
metadata: {{name: users-1, namespace: {PLACE}, labels: {{app: users}}}}
spec: {{nodeName: node-1, containers: [{{name: app, image: k8snet/test}}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: users-1, namespace: {PLACE}, labels: {{{SERVICE_NAME_LABEL}: users}}}}
addressType: IPv4
ports: [{{name: "", port: 8080, protocol: TCP}}]
endpoints:
- addresses: [10.244.0.7]
  conditions: {{ready: true}}
  targetRef: {{kind: Pod, name: users-1, namespace: {PLACE}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {{name: {ACCOUNT}, namespace: {PLACE}}}
"""


class BarePlane(ControlPlane):
    """An etcd and an API server, and nobody who writes beside the test."""

    api_server: subprocess.Popen[bytes]

    def run(self, name: str, command: list[str | Path], env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:  # type: ignore[override]
        without = "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition"  # both count on controllers
        process = super().run(name, [*command, without] if name == "apiserver" else command, env)
        if name == "apiserver":
            self.api_server = process
        return process

    def _start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self._keys()
        self._run_etcd()
        self.begin()

    def end(self) -> None:
        """Kill the API server, as a node that is lost."""
        self.api_server.kill()
        self.api_server.wait()
        self._processes.remove(self.api_server)

    def begin(self) -> None:
        """Start the API server."""
        self._run_apiserver()
        self._wait("/readyz")

    def compact(self) -> None:
        """Let etcd forget all that was before."""
        revision = int(self._etcd_says("range", {"key": "AA=="})["header"]["revision"])
        self._etcd_says("compaction", {"revision": str(revision), "physical": True})

    def _etcd_says(self, what: str, asked: dict[str, object]) -> dict[str, dict[str, str]]:
        url = f"http://127.0.0.1:{self._etcd}/v3/kv/{what}"
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(asked).encode()), timeout=5) as reply:
            return dict(json.load(reply))


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BarePlane]:
    """One that these tests may restart."""
    with BarePlane(build(), tmp_path_factory.mktemp("watched") / "plane") as known:
        known.apply(MANIFEST)
        known.apply(_rights("most", '["", apps, networking.k8s.io, autoscaling, storage.k8s.io]'))
        known.apply(_rights("slices", "[discovery.k8s.io]"))
        ready = {"conditions": [{"type": "Ready", "status": "True"}], "phase": "Running", "podIP": "10.244.0.7"}
        patch = json.dumps({"status": ready})
        known.kubectl("-n", PLACE, "patch", "pod", "users-1", "--subresource=status", "--type=merge", "-p", patch)
        yield known


def _rights(name: str, groups: str) -> str:
    return f"""
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: {name}}}
rules: [{{apiGroups: {groups}, resources: ["*"], verbs: [get, list, watch]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: {name}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {name}}}
subjects: [{{kind: ServiceAccount, name: {ACCOUNT}, namespace: {PLACE}}}]
"""


@asynccontextmanager
async def holding(kubeconfig: str, times: Times) -> AsyncIterator[tuple[Cluster, Watches]]:
    """A cluster, and watches that hold all of it."""
    async with Cluster(kubeconfig=kubeconfig) as cluster:
        watches = Watches(cluster, times=times)
        running = asyncio.create_task(watches.run())
        try:
            await until(lambda: is_whole(watches))
            yield cluster, watches
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def is_whole(watches: Watches) -> bool:
    """Return whether every kind is held."""
    told = watches.told
    return len(told) >= len(KINDS) and all("objects" in each for each in told.values())


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - a server tells no event here
            await asyncio.sleep(0.05)


def outcome(question: Question, snapshot: Snapshot) -> str:
    return str(conclude(Case(question, snapshot), asked_at=datetime.now(UTC)).outcome)


def selected(plane: ControlPlane, label: str) -> None:
    """Make the Service select other pods."""
    patch = json.dumps({"spec": {"selector": {"app": label}}})
    plane.kubectl("-n", PLACE, "patch", "service", "users", "-p", patch)


async def test_what_changes_is_known_and_asked_of_nobody(plane: BarePlane) -> None:
    async with holding(plane.kubeconfig, PATIENT) as (cluster, watches):
        await read(cluster, USERS, watches=watches)  # the Corefile, and which APIs there are
        _, snapshot = await read(cluster, USERS, watches=watches)
        assert (snapshot.gaps, snapshot.watch_age is not None) == ((), True)
        assert snapshot.requests <= 2  # without a cache the list of APIs, too

        selected(plane, "other")  # before any event can be here: this loop has not turned
        _, at_once = await read(cluster, USERS, watches=watches)
        assert at_once.services[-1].selector.pairs == {"app": "other"}

        plane.kubectl("-n", PLACE, "label", "pod", "users-1", "app=other", "--overwrite")
        await until(lambda: bool(_pods(watches, "app=other")))
        _, later = await read(cluster, USERS, watches=watches)
        assert [each.name for each in later.pods_behind(later.services[-1])] == ["users-1"]
        assert later.watch_age is not None
        selected(plane, "users")
        plane.kubectl("-n", PLACE, "label", "pod", "users-1", "app=users", "--overwrite")


def _pods(watches: Watches, labels: str) -> tuple[object, ...]:
    resource = next(each for each in KINDS if each.plural == "pods")
    held = watches.held(resource, PLACE, labels)
    return held.objects if held else ()


async def test_kept_rows_of_a_digest_are_those_that_are_read(plane: BarePlane) -> None:
    """Before a Service comes, while it is there, and after it has gone: what is kept is told as long as it is so."""
    asked, kept = Request(kind=Kind.DIGEST, everything=True), Kept()
    async with holding(plane.kubeconfig, PATIENT) as (cluster, watches):
        warm = live_runtime(cluster, namespace="", probe=False, deadline=10.0, watches=watches)
        cold = live_runtime(cluster, namespace="", probe=False, deadline=10.0)
        lines = []
        for words in (
            "get service users",
            "create service clusterip lonely --tcp=80",
            "get pods",
            "delete service lonely",
        ):
            plane.kubectl("-n", PLACE, *words.split())
            number = len(plane.kubectl("-n", PLACE, "get", "services", "-o", "name").split())
            await until(lambda wanted=number: _services(watches) == wanted)
            told, read_anew = await answer(asked, replace(warm, kept=kept)), await answer(asked, cold)
            assert isinstance(told, Digest)
            assert isinstance(read_anew, Digest)
            assert (told.services, told.totals, told.gaps) == (read_anew.services, read_anew.totals, read_anew.gaps)
            assert told.watch_age is not None
            lines.append([each for each in told.services if each.namespace == PLACE])

        assert kept.forget()
        assert lines[0] == lines[3] != lines[1] == lines[2]


def _services(watches: Watches) -> int:
    held = watches.held(next(each for each in KINDS if each.plural == "services"), PLACE)
    return len(held.objects) if held else 0


async def test_what_never_changes_is_held_all_the_time(plane: BarePlane) -> None:
    """A server sends the first bookmark of a watch after a minute, or none at all; its end comes before it is too silent.

    Once one has come watches are long, and one that would begin at that bookmark would hear of no other.
    """
    async with holding(plane.kubeconfig, PATIENT) as (_, watches):
        policies = next(each for each in KINDS if each.plural == "networkpolicies")
        await heard(watches, policies)
        plane.kubectl("create", "configmap", "anything")
        plane.kubectl("get", "networkpolicies", "-A")  # for which the server asks etcd for its progress
        for _ in range(3):
            await heard(watches, policies)

        assert watches.breaks == 0


async def heard(watches: Watches, resource: Resource) -> None:
    """Wait until the server says something of a kind, which has to be held meanwhile, but for the moment of its renewal."""
    silent_for = 0.0
    while (held := watches.held(resource)) is None or held.age >= silent_for:
        told = watches.told[resource.plural]
        assert held or told == "its watch is being renewed", f"not held after {silent_for:.0f} s: {told}"
        silent_for = held.age if held else silent_for
        await asyncio.sleep(0.1)


async def test_a_right_that_is_taken_away_is_a_gap_and_never_ok(plane: BarePlane) -> None:
    token = plane.kubectl("-n", PLACE, "create", "token", ACCOUNT).strip()
    async with holding(plane.kubeconfig_for(ACCOUNT, token), QUICK) as (cluster, watches):
        plane.kubectl("delete", "clusterrolebinding", "slices")
        await until(lambda: "forbidden" in watches.told["endpointslices"])
        question, snapshot = await read(cluster, USERS, watches=watches)

        assert {each.why for each in snapshot.gaps} == {"forbidden"}
        assert "endpointslices" in {each.need for each in snapshot.gaps}
        assert outcome(question, snapshot) == "unknown"

        plane.apply(_rights("slices", "[discovery.k8s.io]"))
        await until(lambda: is_whole(watches))


async def test_nothing_is_told_while_the_api_server_is_away_and_all_of_it_after(plane: BarePlane) -> None:
    async with holding(plane.kubeconfig, PATIENT) as (cluster, watches):
        plane.end()
        await until(lambda: not any("objects" in each for each in watches.told.values()))
        with pytest.raises(ClusterUnreachableError):
            await read(cluster, USERS, watches=watches)

        plane.begin()
        selected(plane, "new")
        await until(lambda: is_whole(watches))
        _, snapshot = await read(cluster, USERS, watches=watches)
        assert snapshot.services[-1].selector.pairs == {"app": "new"}
        selected(plane, "users")


async def test_what_was_deleted_and_forgotten_meanwhile_is_gone(plane: BarePlane) -> None:
    """410 Gone: this loop does not turn until etcd was compacted, so every watch goes on from what nobody has any more."""
    async with holding(plane.kubeconfig, PATIENT) as (cluster, watches):
        assert _pods(watches, "app=users")
        plane.end()
        plane.begin()
        plane.kubectl("-n", PLACE, "delete", "pod", "users-1", "--force", "--grace-period=0")
        plane.kubectl("-n", PLACE, "delete", "endpointslice", "users-1")
        plane.compact()
        plane.end()
        plane.begin()
        assert _pods(watches, "app=users")  # nobody has told it yet …
        await asyncio.sleep(0)
        question, snapshot = await read(cluster, USERS, watches=watches)
        await until(lambda: is_whole(watches))
        again, later = await read(cluster, USERS, watches=watches)

        assert snapshot.watch_age is None  # … but all of them are broken, which shows while the Service is asked for
        assert not later.pods_behind(later.services[-1])
        assert outcome(question, snapshot) == outcome(again, later) == "fail"
        assert question == again
