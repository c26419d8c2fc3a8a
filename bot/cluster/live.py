"""One question → one Snapshot of a live cluster, by targeted lists, read in parallel.

At most 20 requests, or 12 where the shared part is still fresh; up to six more where DNS must be looked for, since it is
not in kube-system, up to eight for the Service that an alias stands for or a public host leads to, up to eight where failing
pods wait for another Service, and one for each kind of an optional API that is served. Three more, by `backends`, tell whether
a backend that failed in a probe is still what it was. What is read stands in the table of `bot/cluster/reading/rows.py`; what
this question does not need is not read. A question has its seconds: what is not here by then is a gap.
"""

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime

from msgspec.structs import replace

from bot.cluster import deadline
from bot.cluster.collector import Holding, SnapshotBuilder, together
from bot.cluster.deadline import Run
from bot.cluster.errors import ApiError, NoConnectionError
from bot.cluster.namespaced import read_scope
from bot.cluster.optional import read_elsewhere, read_optional, undiscovered
from bot.cluster.reading import caller
from bot.cluster.reading.called import failing, is_behind
from bot.cluster.reading.caller import resolve_caller, tell_kind_that_is_not_read
from bot.cluster.reading.finding import require_found
from bot.cluster.reading.followed import STEPS, awaited, behind, note_whole, sent_on, unknown_addresses
from bot.cluster.reading.need import Known, Need
from bot.cluster.reading.rows import BEHIND, DNS_DOWN, FINDING, FOLLOWED, FOLLOWED_ADDRESS, QUESTION
from bot.cluster.reading.schedule import read_rows
from bot.cluster.resources import PODS
from bot.cluster.shared_cache import ClusterShared, ClusterWide
from bot.cluster.transport import Cluster
from bot.errors import AmbiguousNameError, UnknownNameError
from bot.model.dns.cluster_dns import cluster_dns
from bot.model.gaps import SIMILAR_PODS
from bot.model.kube.pods import Pod
from bot.model.question.question import Question, Source
from bot.model.question.refusals import both_exist
from bot.model.question.resolve import resolve
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot

__all__ = ["ClusterWide", "read", "read_scope"]

# Requests of a question itself, and with those for the shared part; those for optional kinds are in neither.
WARM = 12
COLD = WARM + 8
_WHOLE = 3  # requests: a Service, its slices, its pods
FOLLOW = 8  # more, for the Services that failing pods wait for
_A_MOMENT = 0.1  # seconds at least of a second reading


class BehindError(Exception):
    """What watches hold is not what the API server says of the Service, or lacks what was asked about."""


async def read(
    cluster: Cluster,
    question: Question,
    *,
    default_namespace: str = "",
    cache: ClusterWide | None = None,
    seconds: float = 0.0,
    watches: Holding | None = None,
) -> tuple[Question, Snapshot]:
    """Return the question with Service and namespace filled in, and all that its checks need, redacted.

    `default_namespace` is the worker's; empty: that of the kubeconfig context. A channel's comes with the question. A `cache`
    is kept by the caller from one question to the next. Of what `watches` hold only the Service is read, and compared; where
    it differs, or is not there, everything is read. What may not be read, or is not here after `seconds` (0: no limit of
    the whole), is a Gap. Raises AmbiguousNameError, UnknownNameError, and ClusterUnreachableError where nothing answers at
    all or the credentials are refused.
    """
    cache, began = cache or ClusterWide(), time.monotonic()
    default = question.default_namespace or default_namespace or cluster.default_namespace
    if watches:
        with suppress(BehindError, UnknownNameError, AmbiguousNameError):
            return await _read(cluster, question, default, cache, seconds=seconds, watches=watches)
        seconds = _left(seconds, began)
    return await _read(cluster, question, default, cache, seconds=seconds, watches=None)


def _left(seconds: float, began: float) -> float:
    return max(seconds - (time.monotonic() - began), _A_MOMENT) if seconds else 0.0


async def _read(
    cluster: Cluster, question: Question, default: str, cache: ClusterWide, *, seconds: float, watches: Holding | None
) -> tuple[Question, Snapshot]:
    """Read once. Raises BehindError as well, where there are watches."""
    began = time.monotonic()
    known = Known(SnapshotBuilder(cluster, watches=watches), question, default=default)
    with deadline.running(Run(seconds)) as run:
        reading = _Question(known, cache, run)
        other = await reading.all(question.source)
        run.require_answer()
        if other is None:
            return known.question, await reading.whole()
    again = replace(question, source=other)
    return await _read(cluster, again, default, cache, seconds=_left(seconds, began), watches=watches)


def _so_far(known: Known, *, requests: int = 0, host: str = "") -> Snapshot:
    return known.reading.snapshot(datetime.now(UTC), requests=requests, host=host)


class _Question:
    """The stages of reading for one question: each is a part of the table."""

    def __init__(self, known: Known, cache: ClusterWide, run: Run) -> None:
        self._known, self._cache, self._run = known, cache, run
        self._sharing: asyncio.Future[ClusterShared] | None = None

    async def all(self, typed: Source | None) -> Source | None:
        """Read; return the caller by the other reading of what was typed where only that exists, else None.

        Raises AmbiguousNameError where both exist, and UnknownNameError where neither does.
        """
        try:
            await together(self.read(), self.shared())
        except UnknownNameError:
            if other := await self._other(typed):
                return other
            raise
        known = self._known
        if (other := await self._other(typed)) and (source := known.question.source):
            raise both_exist(source, other)
        return None

    async def _other(self, typed: Source | None) -> Source | None:
        """Return the other reading of a caller that was typed, if there are such a namespace and pod."""
        other = typed.as_pod if typed else None
        if other is None or _so_far(self._known).namespace(other.namespace) is None:
            return None
        return other if await self._known.reading.get(SIMILAR_PODS, PODS, other.namespace, other.pod) else None

    async def shared(self) -> None:
        """Read, or take from the cache, what every question shares; its requests are counted apart from the question's own."""
        with deadline.apart():
            reading = self._known.reading
            self._sharing = self._sharing or asyncio.ensure_future(self._cache.read(reading.cluster, reading.watches))
        shared = await self._sharing
        reading.add(shared.parts, shared.gaps, shared.listed, shared.age)

    async def read(self) -> None:
        """Find the Service, and read what depends on its name."""
        await self._find()
        tell_kind_that_is_not_read(self._known)
        await together(
            self._optional(), self._rows(QUESTION)
        )  # discovery first: its request is one of the question's own
        if self._known.reading.is_broken or is_behind(self._known, caller.WHOLE):
            raise BehindError
        resolve_caller(self._known)
        target = await self._behind()
        if pods := failing(self._known) or (failing(target) if target else ()):
            await self.shared()  # the zone is known then
            with deadline.apart():
                await self._follow(pods)

    async def _behind(self) -> Known | None:
        """Read the Service that an alias stands for, or a host leads to, as its own question would; return its call."""
        with deadline.apart():
            limit = self._run.requests + FOLLOW
            known = await behind(self._known)
            if known is None and self._known.was_asked("ingresses of a host"):
                known = sent_on(self._known, _so_far(self._known))
            if known is None:
                return None
            if known.question.namespace not in known.places:
                with suppress(ApiError, NoConnectionError):  # then that is a gap already
                    apis = await self._cache.served.read(known.reading.cluster)
                    await read_elsewhere(known.reading, apis, known.question.namespace)
            await read_rows(BEHIND, known, lambda: limit - self._run.requests)
            note_whole(known)
            return known

    async def _follow(self, pods: tuple[Pod, ...]) -> None:
        """Read the Services that these pods wait for, and what those wait for in their turn, as long as there are requests."""
        reading, asked = self._known.reading, self._known.question
        limit = self._run.requests + FOLLOW
        through = {Ref("Service", asked.service, asked.namespace)}

        def room() -> int:
            return limit - self._run.requests

        for _ in range(STEPS):
            unknown = unknown_addresses(_so_far(self._known), pods)
            await together(*(read_rows(FOLLOWED_ADDRESS, Known(reading, each), room) for each in unknown))
            questions = awaited(_so_far(self._known), pods, through)
            ours = [Known(reading, each, places=(asked.namespace,)) for each in questions]
            for each in ours if room() >= _WHOLE else ():  # else the judge knows that it was not read
                await read_rows(FOLLOWED, each, room)
            through |= {Ref("Service", each.service, each.namespace) for each in questions}
            pods = tuple(pod for each in ours for pod in failing(each))
            if not pods:
                return

    async def whole(self) -> Snapshot:
        """Return all that was read, and why the DNS is not ready, if it is not."""
        known, found = self._known, self._found()
        known.dns = cluster_dns(found)
        await self._rows(DNS_DOWN)
        is_more = len(known.reading.gaps) > len(found.gaps) or any(known.was_asked(each.name) for each in DNS_DOWN)
        return self._found() if is_more else found

    def _found(self) -> Snapshot:
        return _so_far(self._known, requests=self._run.requests, host=self._known.question.service)

    async def _rows(self, rows: Iterable[Need]) -> None:
        await read_rows(rows, self._known, lambda: WARM - self._run.requests + self._run.apart)

    async def _find(self) -> None:
        """Find which Service is meant, and put its namespace and that of the caller into the question."""
        known = self._known
        await self._rows(FINDING)
        if known.was_asked("all Services"):  # it may be a node's address
            await self.shared()
        require_found(known)
        if known.was_asked("located"):
            self._run.require_answer()
        known.question = resolve(known.question, _so_far(known), known.default)
        source = known.question.source
        if source and not source.namespace:
            placed = replace(source, namespace=known.question.namespace)
            known.question = replace(known.question, source=placed)

    async def _optional(self) -> None:
        """Read policy, gateway and mesh objects of the APIs that are served here; these requests are counted apart."""
        reading, question = self._known.reading, self._known.question
        places = (question.namespace, question.source.namespace if question.source else question.namespace)
        try:
            apis = await self._cache.served.read(reading.cluster)
        except (ApiError, NoConnectionError) as error:
            reading.gaps.append(undiscovered(error))
            return
        with deadline.apart():
            await read_optional(reading, apis, tuple(dict.fromkeys(places)))
