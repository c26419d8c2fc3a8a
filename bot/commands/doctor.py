"""`doctor`: our own settings, Slack, the queue, and what may be read in the cluster; each with what to do about it.

Each kind of process has its own part: what belongs to the other kind is told with a dash and is no fault.
"""

import asyncio
import os
from collections.abc import Sequence

from bot.cluster.ephemeral.measure import may_add
from bot.cluster.ephemeral.refusals import GRANT
from bot.cluster.errors import ApiError
from bot.cluster.reading.rows import RESOURCES
from bot.cluster.transport import Cluster
from bot.commands.output import say
from bot.commands.parse import Place
from bot.commands.processes import slack_checkup
from bot.config import Config, describe, read_config, require_slack
from bot.errors import K8snetError, NoAccountError, SettingError, StoreUnreachableError
from bot.jobs.client import JobClient
from bot.jobs.messages import QueueState
from bot.model.held import HeldKinds
from bot.model.text import one_line

Line = tuple[str, str]  # `ok`, `no` or `-`, and what was found
OK, NO, NOT_HERE = "ok", "no", "-"
# Of the store: its limit, a second, is meant for who waits in Slack, and a machine that is busy takes longer at first.
_TRIES = 3


def doctor(where: Place) -> int:
    """Print what was checked, and give 0 if nothing is wrong that this process needs, else 1."""
    config = read_config(os.environ)
    lines = [one_line(f"{variable}={value}") + f"  ({meaning})" for variable, value, meaning in describe(config)]
    say("\n".join(["Settings", *lines, "", "Bot", ""]))
    faults = _told(_slack(config)) + _told(asyncio.run(_store(config)))
    say("\nCluster\n")
    faults += _told(asyncio.run(_cluster(config, where)))
    return 1 if faults else 0


def _told(lines: Sequence[Line]) -> int:
    """Print lines and count the faults among them."""
    say("".join(f"  {mark:<5} {text}\n" for mark, text in lines))
    return sum(mark == NO for mark, _ in lines)


def _slack(config: Config) -> list[Line]:
    if not (config.slack_bot_token or config.slack_app_token or config.slack_signing_secret):
        return [(NOT_HERE, "Slack: no tokens here: only the Slack process has them, and its doctor tries them")]
    try:
        require_slack(config)
    except SettingError as error:
        return [(NO, f"Slack: {error}")]
    return slack_checkup(config)


async def _store(config: Config) -> list[Line]:
    """The store and the queues in it. Where nobody has named one, as on a laptop, none is needed."""
    bad = NO if os.environ.get("REDIS_URL") else NOT_HERE
    jobs = await JobClient.open(config)
    try:
        queues, held = await _in_store(jobs, _TRIES)
    except K8snetError as error:
        return [(bad, f"Redis: {error} ({error.hint})" if error.hint else f"Redis: {error}")]
    finally:
        await jobs.close()
    told = [_held(cluster, worker, each) for cluster, workers in held for worker, each in workers.items()]
    return [(OK, "Redis answers"), *((OK if each.workers else bad, _queue(each)) for each in queues), *told]


async def _in_store(jobs: JobClient, tries: int) -> tuple[Sequence[QueueState], list[tuple[str, dict[str, HeldKinds]]]]:
    """Return the queues, and what the workers of each cluster hold. Raises K8snetError when no try is answered in time."""
    try:
        await jobs.ping()
        queues = await jobs.queues()
        return queues, [(each.cluster, await jobs.held(each.cluster)) for each in queues]
    except StoreUnreachableError:
        if tries == 1:
            raise
    return await _in_store(jobs, tries - 1)


def _held(cluster: str, worker: str, held: HeldKinds) -> Line:
    """Return what a worker holds by watches; that it reads is no fault, that it had to let go of everything is one."""
    told = f"watches of {cluster}, {worker}"
    if held.ended:
        return (
            NO,
            f"{told}: it reads everything, since {held.ended}: raise worker.watchMegabytes and the memory of its pod",
        )
    rest = "".join(f"; it reads {plural}: {why}" for plural, why in held.read.items())
    return OK, f"{told}: {held.objects:,} objects of {held.kinds} kinds{rest}"


def _queue(state: QueueState) -> str:
    counted = f"{state.waiting} waiting, {state.running} running"
    if state.workers:
        return f"queue of {state.cluster}: {counted}, {state.workers} worker{'s' if state.workers > 1 else ''}"
    fix = f"install the chart there with cluster={state.cluster} and this store"
    return f"queue of {state.cluster}: nobody takes its questions ({counted}); {fix}"


async def _cluster(config: Config, where: Place) -> list[Line]:
    try:
        async with Cluster(kubeconfig=where.kubeconfig, context=where.context) as cluster:
            return [(OK, one_line(cluster.name)), *await _permissions(cluster), await _caller_probe(config, cluster)]
    except NoAccountError as error:
        if config.slack_bot_token:
            return [
                (NOT_HERE, "no service account here: only workers read the cluster, and a worker's doctor tries it")
            ]
        return [(NO, f"{error} {error.hint}")]
    except K8snetError as error:
        return [(NO, f"{error} {error.hint}")]


async def _caller_probe(config: Config, cluster: Cluster) -> Line:
    """Whether containers may be added to callers' pods, where that is switched on."""
    if not config.caller_probe:
        return (
            NOT_HERE,
            "pods/ephemeralcontainers: not tried, K8SNET_CALLER_PROBE is off: nothing is measured from callers' pods",
        )
    try:
        is_allowed = await may_add(cluster)
    except K8snetError as error:
        return NO, f"pods/ephemeralcontainers: {error}"
    if is_allowed:
        return OK, f"pods/ephemeralcontainers: containers of {config.caller_probe_image} may be added to callers' pods"
    return NO, f"pods/ephemeralcontainers: may not be patched; grant {GRANT}"


async def _permissions(cluster: Cluster) -> list[Line]:
    """Try a list of one object of each kind that is read; what is read by name only is not tried."""
    found: list[Line] = []
    for each in RESOURCES:
        if "list" not in each.verbs:
            found.append((NOT_HERE, f"{each.plural}: read by name, not tried"))
            continue
        try:
            await cluster.read(each.path(), {"limit": "1"})
            found.append((OK, each.plural))
        except ApiError as error:
            found.append((NO, f"{each.plural}: {error}; grant {each.rule}"))
    return found
