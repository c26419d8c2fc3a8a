"""A live cluster as the Runtime of answers, for workers and the command line alike: reads Kubernetes, measures from here."""

import asyncio
import os
from collections.abc import Mapping
from functools import partial

from msgspec.structs import replace

from bot.answer import Runtime
from bot.cluster.ephemeral.measure import Manner, measure_in_pod
from bot.cluster.live import ClusterWide, read, read_scope
from bot.cluster.names import held_names, read_names
from bot.cluster.transport import Cluster
from bot.cluster.watching.watches import Watches
from bot.config import Config
from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.search.answers import SearchStep
from bot.model.dns.search.resolver import Resolver
from bot.model.names import Names
from bot.model.probe import Observation, Probe
from bot.model.probe_result import ProbeResult
from bot.model.question.question import Question
from bot.model.refs import Ref
from bot.model.result.diagnosis import Offer
from bot.model.snapshot import Snapshot
from bot.probes.run import DEADLINE as PROBE_SECONDS
from bot.probes.run import run
from bot.probes.vantage import find_vantage
from bot.probes.walk import walk
from bot.usecases.diagnose import LONGEST_SILENCE, Beside, reading_seconds
from bot.usecases.from_caller import Plans


def live_runtime(
    cluster: Cluster,
    *,
    namespace: str,
    probe: bool,
    deadline: float,
    cache: ClusterWide | None = None,
    watches: Watches | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Runtime:
    """Return the runtime of an open cluster. `namespace` is where Services are looked for first; `probe`: also measure.

    A `cache` (nodes, namespaces, DNS, for half a minute) is shared by the questions of a worker, and so is what `watches` hold.
    """

    async def read_for(question: Question) -> tuple[Question, Snapshot]:
        seconds = reading_seconds(deadline, probes=probe)
        return await read(cluster, question, default_namespace=namespace, cache=cache, seconds=seconds, watches=watches)

    async def read_all(namespaces: tuple[str, ...]) -> Snapshot:
        return await read_scope(cluster, namespaces or None, seconds=LONGEST_SILENCE, watches=watches)

    async def read_calls(namespaces: tuple[str, ...]) -> Snapshot:
        return await read_scope(cluster, namespaces or None, seconds=LONGEST_SILENCE, calls=True)

    async def measure(probes: tuple[Probe, ...], seconds: float) -> tuple[Observation, ...]:
        return await run(probes, deadline=seconds)

    async def resolve(
        name: str, conf: ResolvConf, port: int, seconds: float, resolvers: tuple[Resolver, ...]
    ) -> tuple[SearchStep, ...]:
        return await walk(name, conf, port=port, deadline=seconds, resolvers=resolvers)

    async def names() -> Names:
        return (watches and held_names(cluster.name, watches)) or await read_names(cluster)

    reading = Runtime(
        read_for,
        read_all,
        deadline=deadline,
        names=names,
        read_triage=read_calls,
        held=(lambda: watches.state) if watches else None,
    )
    return replace(reading, measure=measure, resolve=resolve, vantage=find_vantage(environ)) if probe else reading


def with_callers_pod(runtime: Runtime, cluster: Cluster, config: Config) -> Runtime:
    """Return the runtime with the caller's own pod, where a container measures if that is allowed and its asker agrees."""
    if not config.caller_probe or runtime.measure is None:
        return runtime
    manner = Manner(config.caller_probe_image, config.caller_probe_seconds)

    def beside(run_id: str) -> Beside:
        return partial(_both, cluster, manner, run_id=run_id)

    return replace(runtime, beside=beside, offer=Offer(manner.image, manner.seconds))


async def _both(
    cluster: Cluster, manner: Manner, pod: Ref, plans: Plans, seconds: float, *, run_id: str
) -> tuple[ProbeResult, tuple[Observation, ...]]:
    """Measure from here and from a pod at the same time; the container takes longer."""
    return await asyncio.gather(
        measure_in_pod(
            cluster, pod.namespace, pod.name, plans.caller, run_id=run_id, manner=manner, seconds=PROBE_SECONDS
        ),
        run(plans.worker, deadline=seconds),
    )
