"""Whether pods use all the cpu that their limits allow: the kernel then holds them back until the next tenth of a second.

What they use is read of a HorizontalPodAutoscaler, which has it from metrics-server, as a share of what they request. Where
there is none a limit is only a possibility. https://docs.kernel.org/scheduler/sched-bwc.html
"""

from collections.abc import Sequence

from msgspec import Struct

from bot.model.case import Case
from bot.model.kube.autoscaling import HorizontalPodAutoscaler
from bot.model.kube.pods import Pod
from bot.model.kube.quantities import cpu_cores
from bot.model.text import listing

_NEARLY = 0.9  # of the limit: usage is an average over pods and a minute, and throttling begins before it


class Saturated(Struct, frozen=True):
    """What a pod uses on average and may use, in cores, and who measured it."""

    used: float
    allowed: float
    by: HorizontalPodAutoscaler

    @property
    def words(self) -> str:
        """Return e.g. `use 480m of the 500m cpu that their limits allow, by HorizontalPodAutoscaler shop/api`."""
        return f"use {_milli(self.used)} of the {_milli(self.allowed)} cpu that their limits allow, by {self.by.ref}"


def saturated(case: Case, pods: Sequence[Pod]) -> Saturated | None:
    """Return that the pods of a workload use nearly all that they may; None where nobody measured it, or they have no limit."""
    if not pods:
        return None
    requested, allowed = _sum(pods[0], "requests"), _sum(pods[0], "limits")
    if not requested or not allowed:
        return None
    for each in case.snapshot.all(HorizontalPodAutoscaler):
        if each.scaled != pods[0].workload:
            continue
        for known in each.utilizations:
            used = known.used / 100 * requested
            if known.resource == "cpu" and used >= _NEARLY * allowed:
                return Saturated(used, allowed, each)
    return None


def limit_words(case: Case, pods: Sequence[Pod]) -> str:
    """Return the end of a sentence about the cpu limits of pods that are slow: measured, else possible; empty without any."""
    if found := saturated(case, pods):
        return f"; its pods {found.words}: they are held back"
    limits = [
        f"container {each.name} has a cpu limit of {limit}"
        for each in (pods[0].spec.containers or () if pods else ())
        if each.resources and (limit := (each.resources.limits or {}).get("cpu"))
    ]
    return f"; {listing(limits, 2)}, which may hold it back" if limits else ""


def _sum(pod: Pod, kind: str) -> float | None:
    """Return what all containers of a pod request, or may use; None where one says nothing."""
    total = 0.0
    for each in pod.serving_containers:
        given = getattr(each.resources, kind) if each.resources else None
        cores = cpu_cores((given or {}).get("cpu"))
        if cores is None:
            return None
        total += cores
    return total


def _milli(cores: float) -> str:
    return f"{cores * 1000:.0f}m"
