"""The proof of a fix: the same patch that its command makes is applied to the snapshot, and the judge asked again.

What the API's own rules settle is proved: a Service's selector or ports, a policy, a label, a new object. Of what needs the
kubelet to act (a new pod template, more replicas) nobody knows whether the pods will be fine: there the proof says what there
is still if they are (`new_pods`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from bot.checks.engine.judge import Judgement, judge
from bot.model.case import Case
from bot.model.kube.admin_policies import AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy
from bot.model.kube.autoscaling import HorizontalPodAutoscaler
from bot.model.kube.kinds import Kind, kind_of
from bot.model.kube.networkpolicies import NetworkPolicy
from bot.model.kube.objects import KubeObject, Meta
from bot.model.kube.pods import Pod
from bot.model.kube.services import EndpointSlice, Service, SlicePort
from bot.model.kube.workloads import ConfigMap, Namespace, Workload
from bot.model.pattern import pattern
from bot.model.question.question import Question
from bot.model.question.target import read_target
from bot.model.refs import Ref, is_ip
from bot.model.result.finding import Finding, Fix, Variable
from bot.model.result.status import Status
from bot.model.snapshot import Snapshot
from bot.usecases import endpoints_after
from bot.usecases.flows import other_flows
from bot.usecases.new_pods import risen, with_new_pods
from bot.usecases.released_pods import released

# Kinds whose change the API's own rules settle.
_ADMIN = (AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy)
_SETTLED = (Service, EndpointSlice, NetworkPolicy, Namespace, HorizontalPodAutoscaler, ConfigMap, *_ADMIN)
_MAKES_PODS = {"template", "strategy", "replicas"}  # fields of a workload's spec
_DEPTH = 4  # spec.template.spec and the field there
_TOKEN = pattern("~1|~0")


class After(Struct, frozen=True):
    """A case once a fix is made, and what the judge says of it."""

    case: Case
    judgement: Judgement
    is_released: bool = False  # pods that waited have gone on by then

    @property
    def cause(self) -> Finding | None:
        """Return what stops the call then, if anything does."""
        return self.judgement.root if self.judgement.outcome is Status.FAIL else None


def after(case: Case, fix: Fix) -> After | None:
    """Return what is so once a fix is made, or None where that cannot be known."""
    changed = apply(case.snapshot, fix)
    if changed is None:
        return None
    gone_on = released(case.snapshot, changed)
    then = Case(_asked_then(case, fix), gone_on)
    return After(then, judge(then), is_released=gone_on is not changed)


def _asked_then(case: Case, fix: Fix) -> Question:
    """Return the question, which is about the name that the caller calls by then where the one it called has no Service."""
    if not fix.calls or case.service is not None:
        return case.question
    target = read_target(fix.calls)
    return replace(
        case.question,
        name=target.name,
        service=target.service,
        namespace=target.namespace,
        port=target.port if case.question.port is None else case.question.port,
    )


def proof(case: Case, fix: Fix) -> str | None:
    """Return in words what the diagnosis is with this fix applied, or None where that cannot be known."""
    return proof_words(case, fix, after(case, fix))


def proof_words(case: Case, fix: Fix, then: After | None) -> str | None:
    """Return the proof of a fix of which it is known what is so `then`; None where it is not known."""
    if then is None:
        return None
    others = other_flows(case, then.case.snapshot, (fix,)) if _is_policy(fix) else ""
    also = f"; {others}" if others else ""
    judgement = then.judgement
    begin = f"with this change{_then(fix)}{_and_those_that_waited(fix, then)}"
    if judgement.root_cause is None:
        return f"{begin}: {verdict_words(judgement)}{also}"
    left = "is still" if judgement.outcome is Status.FAIL else "remains"
    return f"{begin} there {left}: {judgement.root_cause.message.rstrip('.')}{also}"


def verdict_words(judgement: Judgement) -> str:
    """Return the three verdicts in words, e.g. `dns ok, routing ok, application ok (on configuration)`."""
    words = [f"{layer} {verdict.status}" for layer, verdict in judgement.verdicts.items()]
    return f"{', '.join(words)} (on configuration)"


def _then(fix: Fix) -> str:
    """Return what has to follow a change before it counts, in words."""
    known = kind_of(fix.about.kind, fix.about.group or None)
    if known is None or not issubclass(known.struct, Workload | ConfigMap):
        return ""
    return " read by new pods" if known.struct is ConfigMap else " and its new pods ready"


def _and_those_that_waited(fix: Fix, then: After) -> str:
    if not then.is_released:
        return ""
    return ", and those that waited for them" if _then(fix) else " and the pods that waited for it ready"


def _is_policy(fix: Fix) -> bool:
    """Return whether a fix may open or close connections of others: a policy's, or a label that policies ask for."""
    known = kind_of(fix.about.kind, fix.about.group or None)
    return known is not None and known.struct in (NetworkPolicy, Namespace, *_ADMIN)


def apply(snapshot: Snapshot, fix: Fix) -> Snapshot | None:
    """Return the snapshot as it would be after the fix, EndpointSlices included, or None if it cannot be computed."""
    if fix.about.kind == "Endpoints" and fix.operations:
        return _mirrored(snapshot, fix.about, fix.operations)
    kind = kind_of(fix.about.kind, fix.about.group or None)
    if kind is None or fix.command:
        return None
    if issubclass(kind.struct, Workload):
        return _of_workload(snapshot, kind, fix)
    if not _is_settled(kind.struct, fix) or fix.replicas is not None:
        return None
    others = tuple(each for each in snapshot.all(kind.struct) if each.ref != fix.about)
    known = next((each for each in snapshot.all(kind.struct) if each.ref == fix.about), None)
    if fix.removed:
        return _holding(snapshot, kind, others) if known else None
    written = _written(known, fix)
    if written is None:
        return None
    changed = _allocated(snapshot, msgspec.convert(written, kind.struct, strict=False))
    if changed is None:
        return None
    if _selects_anew(known, changed) and not snapshot.knows_pods(changed.namespace):
        return None  # nobody knows what the new selector finds
    return _followed(_holding(snapshot, kind, (*others, changed)), changed)


def _of_workload(snapshot: Snapshot, kind: Kind, fix: Fix) -> Snapshot | None:
    """Return the snapshot with a changed workload and its new pods; None where the change makes no pods."""
    paths = _changed_paths(fix)
    if not {each[1] for each in paths if each[:1] == ("spec",) and each[1:]} & _MAKES_PODS:
        return None
    # Of a caller the pods are read, and its workload not always.
    known = snapshot.workload(fix.about) or kind.struct(metadata=Meta(fix.about.name, fix.about.namespace))
    written = merge(msgspec.to_builtins(known), fix.merge) if fix.merge is not None else _written(known, fix)
    if fix.replicas is not None:
        written = merge(msgspec.to_builtins(known), {"spec": {"replicas": fix.replicas}})
    if written is None:
        return None
    after = msgspec.convert(written, kind.struct, strict=False)
    if not isinstance(after, Workload):
        return None
    others = tuple(each for each in snapshot.all(kind.struct) if each.ref != fix.about)
    fields = {each[3] for each in paths if each[:3] == ("spec", "template", "spec") and each[3:]}
    return with_new_pods(_holding(snapshot, kind, (*others, risen(after))), after, fields or None)


def _changed_paths(fix: Fix) -> tuple[tuple[str, ...], ...]:
    """Return which fields a fix changes, to the fourth level."""
    if fix.replicas is not None:
        return (("spec", "replicas"),)
    if fix.variable is not None:
        return (("spec", "template", "spec", "containers"),)
    if fix.merge is not None:
        return tuple(_paths(fix.merge, _DEPTH))
    return tuple(tuple(_parts(each["path"])[:_DEPTH]) for each in fix.operations or ())


def _paths(change: Any, depth: int) -> Iterator[tuple[str, ...]]:
    if not isinstance(change, Mapping) or not depth:
        yield ()
        return
    for key, value in change.items():
        yield from ((key, *rest) for rest in _paths(value, depth - 1))


def _holding(snapshot: Snapshot, kind: Kind, objects: tuple[KubeObject, ...]) -> Snapshot:
    """Return the snapshot with these objects of a kind and no others."""
    if kind.field:
        return replace(snapshot, **{kind.field: objects})
    return replace(snapshot, others={**snapshot.others, kind.key: objects})


def _is_settled(kind: type[KubeObject], fix: Fix) -> bool:
    """The API's own rules settle it: of a pod only its labels, by which Services and policies take it in or leave it out."""
    if kind is Pod:
        return fix.merge is not None and set(fix.merge) == {"metadata"} and set(fix.merge["metadata"]) == {"labels"}
    return kind in _SETTLED


def _selects_anew(known: KubeObject | None, changed: KubeObject) -> bool:
    return isinstance(changed, Service) and (not isinstance(known, Service) or changed.selector != known.selector)


def _written(known: KubeObject | None, fix: Fix) -> Any:
    if fix.manifest is not None:
        return fix.manifest
    if known is None:
        return None
    now = msgspec.to_builtins(known)
    if fix.variable is not None:
        return _with_variable(now, fix.variable)
    if fix.merge is not None:
        return merge(now, fix.merge)
    return patch(now, fix.operations or ())


def _with_variable(workload: dict[str, Any], variable: Variable) -> Any:
    """Return a workload whose container has the variable, as `kubectl set env` writes it; None where that is not there."""
    containers = workload["spec"]["template"]["spec"].get("containers") or ()
    own = next((each for each in containers if each["name"] == variable.container), None)
    if own is None:
        return None
    others = [each for each in own.get("env") or () if each["name"] != variable.name]
    changed = {**own, "env": [*others, {"name": variable.name, "value": variable.value}]}
    template = {"spec": {"containers": [changed if each is own else each for each in containers]}}
    return merge(workload, {"spec": {"template": template}})


def _allocated(snapshot: Snapshot, changed: KubeObject) -> KubeObject | None:
    """Return a Service that is made anew with a ClusterIP of each of its families, as the API server gives it.

    The next one after those in use stands for it: which one it will be nobody knows. None where no Service has an address
    of a family, since then the cluster may have no range of it.
    """
    if not isinstance(changed, Service) or changed.cluster_ips or changed.is_headless or changed.is_external_name:
        return changed
    given = {ip_address(each) for service in snapshot.services for each in service.cluster_ips if is_ip(each)}
    known = [[each for each in given if family == f"IPv{each.version}"] for family in changed.families]
    if not known or not all(known):
        return None
    addresses = tuple(str(max(each, key=int) + 1) for each in known)
    return replace(changed, spec=replace(changed.spec, cluster_ip=addresses[0], cluster_ips=addresses))


def _followed(snapshot: Snapshot, changed: KubeObject) -> Snapshot:
    """Return the snapshot with what the EndpointSlice controller writes next."""
    if isinstance(changed, Service):
        return endpoints_after.of_service(snapshot, changed)
    return endpoints_after.of_pods(snapshot, (changed,)) if isinstance(changed, Pod) else snapshot


def _mirrored(snapshot: Snapshot, about: Ref, operations: Sequence[Mapping[str, Any]]) -> Snapshot | None:
    """Return what follows from a patch of Endpoints, which are not read: their ports are those of the slices that copy them.

    None where they have several subsets: which one a slice is a copy of stands in neither of them.
    https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/controller/endpointslicemirroring/reconciler.go
    """
    copies = [
        each
        for each in snapshot.slices_in(about.namespace)
        if each.is_mirrored and each.service_name == about.name and each.endpoints
    ]
    subsets = {each.ports for each in copies}
    if len(subsets) != 1:
        return None
    written = patch({"subsets": [{"ports": msgspec.to_builtins(subsets.pop())}]}, operations)
    if written is None:
        return None
    ports = msgspec.convert(written["subsets"][0]["ports"], tuple[SlicePort, ...], strict=False)
    others = tuple(each for each in snapshot.slices if each not in copies)
    return replace(snapshot, slices=(*others, *(replace(each, ports=ports) for each in copies)))


def merge(target: Any, change: Any) -> Any:
    """Apply a JSON merge patch (RFC 7396)."""
    if not isinstance(change, Mapping):
        return change
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


def patch(target: Any, operations: Sequence[Mapping[str, Any]]) -> Any:
    """Apply add, copy, replace and remove of a JSON patch (RFC 6902); another one, or a path that is not there, gives None."""
    for each in operations:
        try:
            copied = {"op": "add", "value": _at(target, _parts(each["from"]))} if each["op"] == "copy" else {}
            target = _patched(target, _parts(each["path"]), {**each, **copied})
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return target


def _parts(path: str) -> list[str]:
    return [_TOKEN.sub(_unescaped, part) for part in path.split("/")[1:]]


def _at(target: Any, parts: list[str]) -> Any:
    for part in parts:
        target = target[int(part)] if isinstance(target, list | tuple) else target[part]
    return target


def _patched(target: Any, parts: list[str], operation: Mapping[str, Any]) -> Any:
    head, *rest = parts
    if isinstance(target, list | tuple):
        at = len(target) if head == "-" else int(head)
        return _patched_list(list(target), at, rest, operation)
    result = dict(target)
    if rest:
        result[head] = _patched(result.get(head, {}), rest, operation)
    elif operation["op"] == "remove":
        del result[head]
    elif operation["op"] in ("add", "replace"):
        result[head] = operation["value"]
    else:
        raise ValueError(operation["op"])
    return result


def _patched_list(items: list[Any], at: int, rest: list[str], operation: Mapping[str, Any]) -> list[Any]:
    if rest:
        items[at] = _patched(items[at], rest, operation)
    elif operation["op"] == "remove":
        del items[at]
    elif operation["op"] == "add":
        items.insert(at, operation["value"])
    elif operation["op"] == "replace":
        items[at] = operation["value"]
    else:
        raise ValueError(operation["op"])
    return items


def _unescaped(found: re.Match[str]) -> str:
    return "/" if found[0] == "~1" else "~"
