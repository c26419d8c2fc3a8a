"""Pods in rotation that are not the Service's own, by what made them, by their release, and by their ports.

Two workloads behind one Service are everyday life (a canary beside the stable version, blue beside green), so that they
are two says nothing. Told apart is only what contradicts itself: a Job's pod beside servers, the pods of two releases whose
Services have the same selector, pods that declare ports and not the one that is called while the others do declare it, pods
of another part of the program that declare none, and another program beside the one that the Service is called after, where
that program has a Service of its own name; of the same image, where both Services have the same selector.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

from msgspec import Struct

from bot.model.call.copied_selector import declares, is_variant
from bot.model.call.hops.endpoints import behind
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.memo import memo
from bot.model.refs import Ref

RELEASE_LABELS = ("app.kubernetes.io/instance", "release")
_PARTS = ("app.kubernetes.io/component", "component")
_WORKERS = frozenset(("worker", "workers", "consumer", "scheduler", "beat", "celery", "sidekiq", "cron", "queue"))


class Why(StrEnum):
    """Why pods are taken for somebody else's."""

    JOB = "job"
    RELEASE = "release"
    PORTS = "ports"
    SILENT = "silent"
    SERVICE = "service"


class Mixture(Struct, frozen=True):
    """The pods in rotation that are the Service's own, and those that are not; `twins` are Services of the same selector."""

    why: Why
    own: tuple[Pod, ...]
    others: tuple[Pod, ...]
    twins: tuple[str, ...] = ()

    @property
    def makers(self) -> tuple[Ref, ...]:
        """Return what made the others, each once."""
        return tuple(sorted({each.workload or each.ref for each in self.others}))


@memo
def is_mixed(case: Case) -> bool:
    """Return whether the usable endpoints are pods of more than one kind: cheap, since a digest asks it of every Service.

    Equal owners and labels are one object in a large snapshot, so replicas of one template are told at a glance.
    """
    service = case.service
    if service is None or not service.selector.pairs:
        return False
    first: Pod | None = None
    for _, pod in behind(case):
        if pod is None or first is None:
            first = first or pod
        elif (
            pod.metadata.owner_references is not first.metadata.owner_references
            and pod.metadata.owner_references != first.metadata.owner_references
        ):
            return True
    return False


@memo
def mixture(case: Case) -> Mixture | None:
    """Return whose pods are in rotation beside the Service's own; None where all may be its own."""
    service = case.service
    if service is None or not is_mixed(case):
        return None
    pods = tuple(
        {pod.name: pod for _, pod in behind(case) if pod is not None and service.selector.matches(pod.labels)}.values()
    )
    return (
        _of_jobs(case, pods)
        or _of_releases(case, service, pods)
        or _without_port(case, pods)
        or _silent(case, pods)
        or _of_others(case, service, pods)
    )


def _of_jobs(case: Case, pods: Sequence[Pod]) -> Mixture | None:
    """A Job runs to its end: its pod is no server, unless it declares the very port that is called."""
    jobs = tuple(each for each in pods if _is_of_job(each))
    own = tuple(each for each in pods if not _is_of_job(each))
    others = tuple(each for each in jobs if not _declares(case, each))
    return Mixture(Why.JOB, own, others) if own and others else None


def _is_of_job(pod: Pod) -> bool:
    return any(each.kind == "Job" for each in pod.metadata.owner_references or ())


def _of_releases(case: Case, service: Service, pods: Sequence[Pod]) -> Mixture | None:
    """Two releases of one chart whose Services select the pods of both: each takes the other's calls."""
    own = release_of(service.labels)
    by_release: dict[str, list[Pod]] = {}
    for pod in pods:
        by_release.setdefault(release_of(pod.labels), []).append(pod)
    if len(by_release) < 2 or not own or own not in by_release or "" in by_release:  # noqa: PLR2004 (two of them)
        return None
    twins = tuple(
        each.name
        for each in case.snapshot.services_in(service.namespace)
        if each.name != service.name
        and each.selector.pairs == service.selector.pairs
        and release_of(each.labels) in by_release
        and release_of(each.labels) != own
    )
    others = tuple(pod for name, those in by_release.items() if name != own for pod in those)
    return Mixture(Why.RELEASE, tuple(by_release[own]), others, twins) if twins else None


def _without_port(case: Case, pods: Sequence[Pod]) -> Mixture | None:
    """Pods of another workload that declare ports, and not the one that is called, which all the others declare."""
    others = tuple(each for each in pods if _declared(each) and not _declares(case, each))
    own = tuple(each for each in pods if _declares(case, each))
    makers = {each.workload for each in own}
    if not own or len(own) + len(others) < len(pods) or makers & {each.workload for each in others}:
        return None
    return Mixture(Why.PORTS, own, others) if others else None


def _silent(case: Case, pods: Sequence[Pod]) -> Mixture | None:
    """Pods of another workload that declare no port and are probed at none, and say that they are another part of the program.

    That is a component label of another value, or the name of a workload that takes work from a queue. Declared ports alone
    are no evidence, since nobody has to declare any.
    """
    own = tuple(each for each in pods if _declares(case, each))
    others = tuple(each for each in pods if not _declared(each) and not _is_probed(each))
    makers = {each.workload for each in own}
    if not own or not others or len(own) + len(others) < len(pods) or makers & {each.workload for each in others}:
        return None
    is_other = all(_part(each) and _part(each) not in map(_part, own) for each in others) and all(map(_part, own))
    is_named = all(map(_takes_work, others)) and not any(map(_takes_work, own))
    return Mixture(Why.SILENT, own, others) if is_other or is_named else None


def _is_probed(pod: Pod) -> bool:
    probes = (each.readiness_probe or each.liveness_probe or each.startup_probe for each in pod.serving_containers)
    return any(probe is not None and probe.exec is None for probe in probes)


def _part(pod: Pod) -> str:
    return next((pod.labels[each] for each in _PARTS if pod.labels.get(each)), "")


def _takes_work(pod: Pod) -> bool:
    return pod.workload is not None and bool(_WORKERS & set(pod.workload.name.split("-")))


def _of_others(case: Case, service: Service, pods: Sequence[Pod]) -> Mixture | None:
    """Programs of other images, each with a Service of its own name, beside the one that this Service is called after.

    Of the same image those whose Services have the very selector of this one. Not so where one name begins with the other
    (`web`, `web-canary`): such workloads share a Service on purpose.
    """
    own = tuple(each for each in pods if each.workload and is_variant(each.workload.name, service.name))
    images = {image for each in own for image in _programs(each)}
    others = tuple(
        each
        for each in pods
        if each.workload
        and not is_variant(each.workload.name, service.name)
        and (
            _has_twin(case, service, each.workload.name)
            or (images.isdisjoint(_programs(each)) and _has_service(case, each, each.workload.name))
        )
    )
    is_whole = others and len(own) + len(others) == len(pods)
    twins = {each.workload.name for each in others if each.workload and _has_twin(case, service, each.workload.name)}
    return Mixture(Why.SERVICE, own, others, tuple(sorted(twins))) if is_whole and _is_namesake(own, service) else None


def _programs(pod: Pod) -> frozenset[str]:
    """Return the repositories of a pod's images, without their tags and digests."""
    return frozenset(re.sub(r"(@.*|:[^/]*)$", "", each.image) for each in pod.serving_containers)


def _is_namesake(pods: Iterable[Pod], service: Service) -> bool:
    return any(each.workload and each.workload.name == service.name for each in pods)


def _has_service(case: Case, pod: Pod, name: str) -> bool:
    found = case.snapshot.service(pod.namespace, name)
    return found is not None and found.selector.matches(pod.labels)


def _has_twin(case: Case, service: Service, name: str) -> bool:
    found = case.snapshot.service(service.namespace, name)
    return found is not None and found.selector.pairs == service.selector.pairs


def _declares(case: Case, pod: Pod) -> bool:
    """Some port asked about leads to a port that the pod declares, by its number and protocol."""
    return any(declares((pod,), port) for port in case.ports)


def _declared(pod: Pod) -> frozenset[tuple[int | None, str]]:
    return frozenset(
        (port.container_port, port.protocol) for each in pod.serving_containers for port in each.ports or ()
    )


def release_of(labels: dict[str, str]) -> str:
    """Return the release that a chart's object is of, by its labels; empty where it has none."""
    for key in RELEASE_LABELS:  # a loop, since a digest asks it of every pod
        if labels.get(key):
            return labels[key]
    return ""


def telling_pairs(own: Iterable[Pod], others: Iterable[Pod]) -> dict[str, str]:
    """Return the label pairs that all of some pods carry and none of the others does."""
    mine, theirs = list(own), list(others)
    if not mine:
        return {}
    shared = set(mine[0].labels.items()).intersection(*(set(each.labels.items()) for each in mine))
    return {key: value for key, value in sorted(shared) if all(each.labels.get(key) != value for each in theirs)}
