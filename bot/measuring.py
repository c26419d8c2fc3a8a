"""What measures: probes from here, and from the caller's own pod. Not loaded where nothing is measured."""

import asyncio
from collections.abc import Mapping
from functools import partial

from msgspec.structs import replace

from bot.answer import Runtime, SearchBeside
from bot.cluster.ephemeral.measure import Manner, measure_in_pod
from bot.cluster.transport import Cluster
from bot.config import Config
from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.search.answers import SearchStep
from bot.model.dns.search.resolver import Resolver
from bot.model.probe import Observation, Probe
from bot.model.probe_order import Search
from bot.model.probe_result import ProbeResult
from bot.model.refs import Ref
from bot.model.result.diagnosis import Offer
from bot.probes.run import DEADLINE as PROBE_SECONDS
from bot.probes.run import run
from bot.probes.vantage import find_vantage
from bot.probes.walk import DEADLINE as SEARCH_SECONDS
from bot.probes.walk import walk
from bot.usecases.from_caller import Plans
from bot.usecases.given import Beside


def measuring(reading: Runtime, environ: Mapping[str, str]) -> Runtime:
    """Return the runtime with probes and lookups that are made from here."""

    async def measure(probes: tuple[Probe, ...], seconds: float) -> tuple[Observation, ...]:
        return await run(probes, deadline=seconds)

    async def resolve(
        name: str, conf: ResolvConf, port: int, seconds: float, resolvers: tuple[Resolver, ...]
    ) -> tuple[SearchStep, ...]:
        return await walk(name, conf, port=port, deadline=seconds, resolvers=resolvers)

    return replace(reading, measure=measure, resolve=resolve, vantage=find_vantage(environ))


def with_callers_pod(runtime: Runtime, cluster: Cluster, config: Config) -> Runtime:
    """Return the runtime with the caller's own pod, where a container measures if that is allowed and its asker agrees."""
    if not config.caller_probe or runtime.measure is None:
        return runtime
    manner = Manner(config.caller_probe_image, config.caller_probe_seconds)

    def beside(run_id: str) -> Beside:
        return partial(_both, cluster, manner, run_id=run_id)

    def search_beside(run_id: str) -> SearchBeside:
        return partial(_search, cluster, manner, run_id=run_id)

    offer = Offer(manner.image, manner.seconds)
    return replace(runtime, beside=beside, search_beside=search_beside, offer=offer)


async def _search(cluster: Cluster, manner: Manner, pod: Ref, search: Search, *, run_id: str) -> ProbeResult:
    """Resolve a name in a pod, by its own settings."""
    return await measure_in_pod(
        cluster, pod.namespace, pod.name, (), run_id=run_id, manner=manner, seconds=SEARCH_SECONDS, search=search
    )


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
