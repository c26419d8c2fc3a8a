"""Manifests: a dump of workloads that nobody ran, such as the output of Helm. What they can show is judged on the pods that
their workloads would make: selectors, ports, policies, names. Whether anything runs, nobody knows.
"""

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address
from itertools import count
from typing import Any

import msgspec
from msgspec.structs import replace

from bot.cluster.documents import Document, without_nulls
from bot.model.gaps import LIVE_STATE, Gap
from bot.model.kube.kinds import Kind, row
from bot.model.kube.objects import Condition, Meta, Owner
from bot.model.kube.pods import Pod, PodStatus
from bot.model.kube.workloads import PodTemplate
from bot.model.snapshot import Snapshot

# Set aside for tests of networks (RFC 2544): no pod has one of them.
_FIRST_ADDRESS = int(ip_address("198.18.0.1"))
_LIVE = ("uid", "resourceVersion", "creationTimestamp", "deletionTimestamp")
_MANIFESTS = "these are manifests"
_WHY = f"{_MANIFESTS}: pods are taken as their workloads would make them, and nothing says whether they run"

Objects = Iterable[tuple[Kind | str, Document]]


def are_manifests(objects: Objects) -> bool:
    """Return whether workloads are here and no object has lived: none has a status, nor what the API server writes."""
    known = tuple(objects)
    made = any(kind is row(Pod) or _template(each) for kind, each in known)
    return made and not any(_has_lived(each) for _, each in known)


def _has_lived(document: Document) -> bool:
    metadata = document.get("metadata")
    written = isinstance(metadata, Mapping) and any(metadata.get(key) for key in _LIVE)
    return written or _holds(document.get("status"))


def _holds(value: Any) -> bool:
    """Tools write empty statuses (`status: {loadBalancer: {}}`)."""
    return any(map(_holds, value.values())) if isinstance(value, Mapping) else value not in (None, [], "")


def expected_pods(snapshot: Snapshot, objects: Objects) -> tuple[Pod, ...]:
    """Return the pods of the manifests, and one for each workload that makes any, all ready.

    Kinds of foreign groups (Rollout, CloneSet) have templates, too.
    """
    numbers = count(_FIRST_ADDRESS)
    pods = {
        (each.namespace, each.name): replace(each, status=_running(str(ip_address(next(numbers)))))
        for each in snapshot.pods
    }
    for kind, document in objects:
        spec = document.get("spec")
        found = _template(document)
        if found is None or (isinstance(spec, Mapping) and spec.get("replicas") == 0):
            continue
        try:
            template = msgspec.convert(without_nulls(found), PodTemplate)
            meta = msgspec.convert(without_nulls(document.get("metadata") or {}), Meta)
        except (msgspec.ValidationError, RecursionError):
            continue  # named as an object that cannot be read, if its kind is ours
        name = str(kind.kind if isinstance(kind, Kind) else kind)
        pod = _pod(template, meta, name, str(ip_address(next(numbers))))
        pods[pod.namespace, pod.name] = pod
    return tuple(pods[key] for key in sorted(pods))


def _pod(template: PodTemplate, meta: Meta, kind: str, address: str) -> Pod:
    return Pod(
        metadata=Meta(
            name=meta.name,
            namespace=meta.namespace or "default",
            labels=template.metadata.labels,
            owner_references=(Owner(kind, meta.name, controller=True),),
        ),
        spec=template.spec,
        status=_running(address),
    )


def _running(address: str) -> PodStatus:
    return PodStatus(phase="Running", pod_ip=address, conditions=(Condition("Ready", "True"),))


def _template(document: Document) -> Any:
    """The pod template of a workload; a CronJob has it in the Job that it makes."""
    spec = document.get("spec")
    job = spec.get("jobTemplate") if isinstance(spec, Mapping) else None
    spec = job.get("spec") if isinstance(job, Mapping) else spec
    template = spec.get("template") if isinstance(spec, Mapping) else None
    inside = template.get("spec") if isinstance(template, Mapping) else None
    return template if isinstance(inside, Mapping) and inside.get("containers") else None


def manifest_gaps(snapshot: Snapshot) -> Iterator[Gap]:
    """Yield what manifests leave open: whether pods run, and whose pods a Service means where none is made beside it."""
    yield Gap(LIVE_STATE, "", "live state", _WHY)
    yield Gap("dns", "", "the cluster's DNS", f"{_MANIFESTS}, of no cluster that runs")
    yield Gap("workloads", "", "workloads", f"{_MANIFESTS}: there may be others")
    spaces = {each.namespace for each in snapshot.services if each.selector.pairs}
    for space in sorted(spaces - {each.namespace for each in (*snapshot.pods, *snapshot.workloads)}):
        yield Gap("pods", space, f"pods in {space}", f"the manifests have Services of {space}, and no workload")
