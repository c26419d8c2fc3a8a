"""What failed in a probe is read again before it is accused: a rollout goes on while a question is answered."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from msgspec.structs import replace

from bot.errors import ClusterUnreachableError
from bot.model.gaps import Gap
from bot.model.planning.moved import moved, still_true, suspects
from bot.model.probe import DnsQuery, HttpGet, Observation, Outcome, Probe, Purpose, TcpConnect, Vantage, VantageKind
from bot.model.question.question import Question
from bot.model.refs import Ref
from bot.model.result.diagnosis import Diagnosis
from bot.model.result.status import Basis, Status
from bot.model.snapshot import Snapshot
from bot.probes import run
from bot.usecases.diagnose import diagnose
from bot.usecases.given import Again
from bot.usecases.read_again import read_again
from tests.probes.listeners import status
from tests.probes.manifests import Document, case, cluster_dns, pod, service, snapshot

WORKER = Vantage(kind=VantageKind.WORKER, namespace="shop", pod="worker", node="node-1")
NET = "127.0.10."
API, DNS = Ref("Service", "api", "shop"), Ref("Service", "kube-dns", "kube-system")


class Rollout:
    """Pods of a Service that listen on addresses of this machine, and what an API server would tell of them."""

    def __init__(self, number: int, servers: dict[str, asyncio.Server]) -> None:
        self.number, self._servers = number, servers
        self.read: list[str] = []  # what was read again
        self.fails: Exception | None = None
        self.gaps: tuple[Gap, ...] = ()

    def pods(self, *numbers: int, **given: Any) -> list[Document]:
        return [pod(f"api-{each}", f"{NET}{each}", ports=[{"containerPort": self.number}], **given) for each in numbers]

    def known(self, *pods: Document) -> Snapshot:
        port = {"name": "http", "port": 80, "protocol": "TCP", "targetPort": self.number}
        return snapshot(*cluster_dns(), service(ports=[port]), *pods)

    async def ends(self, number: int) -> None:
        """A pod listens no longer."""
        server = self._servers.pop(f"{NET}{number}")
        server.close()
        await server.wait_closed()

    async def asked(self, before: Snapshot, after: Snapshot, *, goes: int = 0) -> Diagnosis:
        """Ask; between the reading and the first probe pod `goes` ends, and the cluster is as in `after`.

        Where none ends all answer: on a loaded machine a try may fail.
        """
        question, left = Question(service="api", namespace="shop", name="api"), [goes] if goes else []

        async def read(_question: Question) -> tuple[Question, Snapshot]:
            return question, before

        async def within(probes: tuple[Probe, ...], seconds: float) -> tuple[Observation, ...]:
            while left:
                await self.ends(left.pop())
            here = tuple(each for each in probes if getattr(each, "address", "").startswith(NET))
            if not goes:
                return tuple(Observation(each, Outcome.ANSWERED, status=200) for each in here)
            return await run(here, deadline=seconds, may_call=lambda _: True)

        async def backends(services: tuple[Ref, ...], _seconds: float) -> Snapshot:
            self.read.extend(map(str, services))
            return replace(after, gaps=self.gaps, requests=3)

        async def all_of(_question: Question, _seconds: float) -> tuple[Question, Snapshot]:
            self.read.append("all")
            if self.fails:
                raise self.fails
            return question, replace(after, requests=10)

        again = Again(backends, all_of)
        return await diagnose(question, read=read, run=within, again=again, vantage=WORKER, deadline=60)


@asynccontextmanager
async def rollout(*numbers: int) -> AsyncIterator[Rollout]:
    """Listen on these addresses, on one free port."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(status(200))
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    async with AsyncExitStack() as held:
        servers: dict[str, asyncio.Server] = {}
        port = 0
        for each in numbers:
            address = f"{NET}{each}"
            server = await held.enter_async_context(await asyncio.start_server(talk, address, port))
            port = server.sockets[0].getsockname()[1]
            servers[address] = server
        yield Rollout(port, servers)


def codes(found: Diagnosis) -> list[str]:
    return [each.code for each in found.findings if each.severity != "info"]


async def test_a_pod_that_went_away_is_not_accused() -> None:
    """It refuses since its rollout took it away: the others are judged, by what they answered."""
    async with rollout(1, 2, 3) as pods:
        found = await pods.asked(pods.known(*pods.pods(1, 2, 3)), pods.known(*pods.pods(1, 2)), goes=3)

    assert (found.outcome, codes(found)) == (Status.OK, [])
    assert found.verdicts["application"].basis is Basis.PROBED
    assert pods.read[:2] == [str(API), "all"]
    assert found.api_requests == 10 + 3 * pods.read.count(str(API))
    assert all(each.probe.address != f"{NET}3" for each in found.observations if isinstance(each.probe, TcpConnect))


async def test_what_is_still_there_is_accused() -> None:
    """The look-alike: nothing has changed, so the one that refuses is a bad backend, for three requests more."""
    async with rollout(1, 2, 3) as pods:
        known = pods.known(*pods.pods(1, 2, 3))
        found = await pods.asked(known, known, goes=3)

    assert (found.outcome, codes(found)) == (Status.WARN, ["APP-013"])
    assert pods.read == [str(API)]
    assert found.api_requests == 3


async def test_nothing_is_read_again_where_all_answer() -> None:
    """Who accuses nobody has nothing to ask."""
    async with rollout(1, 2, 3) as pods:
        found = await pods.asked(pods.known(*pods.pods(1, 2, 3)), pods.known(*pods.pods(1, 2)))

    assert (found.outcome, pods.read) == (Status.OK, [])


async def test_what_came_instead_is_measured() -> None:
    """A new pod takes the place of the one that went; what it answers counts."""
    async with rollout(1, 2, 4) as pods:
        after = pods.known(*pods.pods(1, 4))
        found = await pods.asked(pods.known(*pods.pods(1, 2)), after, goes=2)

    seen = {each.probe.address: each.outcome for each in found.observations if isinstance(each.probe, HttpGet)}
    assert found.outcome is Status.OK
    assert seen == {f"{NET}1": Outcome.ANSWERED, f"{NET}4": Outcome.ANSWERED}


async def test_what_came_instead_and_refuses_is_accused() -> None:
    """A rollout to a broken version is told: it stays, so it is read again once more and is what it was."""
    async with rollout(1, 2) as pods:
        after = pods.known(*pods.pods(1, 5))  # at .5 nobody listens
        found = await pods.asked(pods.known(*pods.pods(1, 2)), after, goes=2)

    assert codes(found) == ["APP-013"]
    assert found.root_cause is not None
    assert "api-5" in found.root_cause.message
    assert pods.read[:3] == [str(API), "all", str(API)]


async def test_the_only_pod_crashed_meanwhile() -> None:
    """The later state is told, not that of the earlier reading, in which all was well."""
    async with rollout(1) as pods:
        after = pods.known(*pods.pods(1, ready=False))
        found = await pods.asked(pods.known(*pods.pods(1)), after, goes=1)

    assert found.outcome is Status.FAIL
    assert found.root_cause is not None
    assert found.root_cause.code != "APP-013"
    assert found.taken_at == after.taken_at


@pytest.mark.parametrize("why", ["the API server is gone", "less may be read"])
async def test_where_it_cannot_be_read_again_it_stays(why: str) -> None:
    """What was seen is told: it is the best that is known."""
    async with rollout(1, 2, 3) as pods:
        if why == "less may be read":
            pods.gaps = (Gap("pods", "shop", "pods in shop", "forbidden"),)
        else:
            pods.fails = ClusterUnreachableError("nothing answers")
        found = await pods.asked(pods.known(*pods.pods(1, 2, 3)), pods.known(*pods.pods(1, 2)), goes=3)

    assert codes(found) == ["APP-013"]


async def test_names_stay_hidden() -> None:
    """Who may not be told of other namespaces is not told of them by the second reading."""
    async with rollout(1) as pods:
        after = pods.known(*pods.pods(1))
        asked = case(service(), *pods.pods(2), *pods.pods(1))
        seen = Observation(TcpConnect(f"{NET}2", pods.number), Outcome.REFUSED)
        known = replace(
            asked, snapshot=replace(asked.snapshot, visible=("shop",)), observations=(seen,), vantage=WORKER
        )

        async def backends(_services: tuple[Ref, ...], _seconds: float) -> Snapshot:
            return after

        async def all_of(question: Question, _seconds: float) -> tuple[Question, Snapshot]:
            return question, after

        async def nothing(_probes: tuple[Probe, ...], _seconds: float) -> tuple[Observation, ...]:
            return ()

        now = await read_again(known, known.question, Again(backends, all_of), nothing, lambda: 60.0)

    assert now.snapshot.pods == after.pods
    assert now.snapshot.visible == ("shop",)
    assert now.observations == ()


def changed(change: Callable[[Document], None]) -> frozenset[str]:
    """Return which addresses moved where one of two pods is changed."""
    before, after = [pod("api-1", "10.244.1.1"), pod("api-2", "10.244.1.2")], [pod("api-1", "10.244.1.1")]
    other = pod("api-2", "10.244.1.2")
    change(other)
    return moved(snapshot(service(), *before), snapshot(service(), *after, other), API)


def _unready(each: Document) -> None:
    each["status"]["conditions"][0]["status"] = "False"


def _restarted(each: Document) -> None:
    each["status"]["containerStatuses"] = [{"name": "app", "restartCount": 1}]


def _leaving(each: Document) -> None:
    each["metadata"]["deletionTimestamp"] = "2026-11-23T04:53:00Z"


def _made_anew(each: Document) -> None:
    each["metadata"]["uid"] = "another"


@pytest.mark.parametrize("change", [_unready, _restarted, _leaving, _made_anew])
def test_moved(change: Callable[[Document], None]) -> None:
    """Whatever tells that it may be another process, or does not take calls now."""
    assert changed(change) == {"10.244.1.2"}


def _annotated(each: Document) -> None:
    each["metadata"]["annotations"] = {"checked": "now"}


def _written(each: Document) -> None:
    each["metadata"]["resourceVersion"] = "77"


def _same(_each: Document) -> None:
    pass


@pytest.mark.parametrize("change", [_annotated, _written, _same])
def test_not_moved(change: Callable[[Document], None]) -> None:
    """What is written all the time says nothing of its process."""
    assert changed(change) == frozenset()


def test_another_address_and_none() -> None:
    """A pod with a new address has moved from one to the other; without a Service nobody is behind it."""
    before, after = snapshot(service(), pod("api-1", "10.244.1.1")), snapshot(service(), pod("api-1", "10.244.1.9"))

    assert moved(before, after, API) == {"10.244.1.1", "10.244.1.9"}
    assert moved(before, snapshot(), API) == {"10.244.1.1"}


def test_a_dns_pod_is_a_backend_of_the_dns() -> None:
    """Of a DNS pod that was replaced its own answers go; those by the DNS Service, and of others, stay."""
    asked = case(service(), pod("api-1", "10.244.1.1"))
    name, address = asked.fqdn, asked.dns.address
    lookups = (
        DnsQuery(name, address),
        DnsQuery(name, "10.244.9.1", purpose=Purpose.REPLICA),
        DnsQuery(name, "10.244.9.2", purpose=Purpose.REPLICA),
    )
    ends = (Outcome.ANSWERED, Outcome.ANSWERED, Outcome.TIMEOUT)
    seen = tuple(Observation(each, end) for each, end in zip(lookups, ends, strict=True))
    whole = replace(asked, observations=seen, vantage=WORKER)

    assert suspects(whole) == (DNS,)
    kept = still_true(whole, {DNS: frozenset({"10.244.9.2"})})
    assert kept.observations == seen[:2]


def test_a_dns_pod_is_one_of_the_service_too_that_is_asked_about() -> None:
    """Where the cluster's DNS itself is asked about, connections to a replaced pod go with its lookups."""
    asked = case()
    whole = replace(
        asked, question=replace(asked.question, service="kube-dns", namespace="kube-system", name="kube-dns")
    )
    seen = tuple(Observation(TcpConnect(each, 53), Outcome.REFUSED) for each in ("10.244.9.1", "10.244.9.2"))
    kept = still_true(replace(whole, observations=seen, vantage=WORKER), {DNS: frozenset({"10.244.9.2"})})

    assert kept.observations == seen[:1]


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.NXDOMAIN, Outcome.NO_DATA])
def test_an_answer_accuses_no_dns_pod(outcome: Outcome) -> None:
    """That a name does not exist is an answer."""
    asked = case(service(), pod("api-1", "10.244.1.1"))
    seen = Observation(DnsQuery(asked.fqdn, "10.244.9.2", purpose=Purpose.REPLICA), outcome)

    assert suspects(replace(asked, observations=(seen,), vantage=WORKER)) == ()


def test_a_virtual_ip_without_endpoints_accuses_nobody() -> None:
    """Where nobody takes the call it is refused, as the objects say: nothing is asked once more."""
    asked = case(service(), pod("other-1", "10.244.1.1", app="other"))
    seen = Observation(TcpConnect("10.96.0.7", 80, Purpose.SERVICE), Outcome.REFUSED)

    assert suspects(replace(asked, observations=(seen,), vantage=WORKER)) == ()
    one = case(service(), pod("api-1", "10.244.1.1"))
    assert suspects(replace(one, observations=(seen,), vantage=WORKER)) == (API,)


def test_what_is_only_tried_accuses_nobody() -> None:
    """Another port of the pod need not listen."""
    asked = case(service(), pod("api-1", "10.244.1.1"))
    seen = Observation(TcpConnect("10.244.1.1", 9999, Purpose.CANDIDATE), Outcome.REFUSED)

    assert suspects(replace(asked, observations=(seen,), vantage=WORKER)) == ()
    one = Observation(TcpConnect("10.244.1.1", 8080), Outcome.ANSWERED, outcomes=(Outcome.ANSWERED, Outcome.REFUSED))
    assert suspects(replace(asked, observations=(one,), vantage=WORKER)) == (API,)
