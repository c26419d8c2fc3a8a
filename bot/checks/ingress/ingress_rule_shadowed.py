"""An older Ingress has the same host and path

## Meaning
Two Ingresses of one class have a rule for the same host, path and `pathType`, and send it to different backends. ingress-nginx
keeps the rule of the older Ingress, and leaves the other one out.

## Impact
Calls for that host and path never come to the backend of the newer Ingress: they are answered by the older one's. Its
other rules, and calls of the Service by its own name, are fine.

## How it is detected
By the rules of all Ingresses whose class is served by ingress-nginx (`spec.controller` of the IngressClass), and when they were
made (https://kubernetes.github.io/ingress-nginx/how-it-works/#building-the-nginx-model). A triage asks it of each Ingress that
it reads.

## When it stays silent
For other controllers, which have other rules (priorities, merging), and where the class cannot be told. For the same backend
twice, for another `pathType`, and where one of the two is a canary (`nginx.ingress.kubernetes.io/canary`), which shares the
other's rules on purpose. Where another rule of the Ingress still leads to the Service.

## Fix
Delete the older rule, or give the newer one another host or path. Which is meant only its owners know.

## Known limits
What the controller's admission webhook refuses never comes to be; it refuses such rules, unless it is switched off or the
older Ingress was of another class. Hosts with wildcards are compared as they are written.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe
from bot.checks.ingress._ingresses import comes_by_ingress, ingress_of, is_served
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.annotations import Annotation
from bot.model.kube.workloads import Ingress, IngressBackend, IngressClass
from bot.model.memo import memo
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Evidence, Severity
from bot.model.snapshot import Snapshot
from bot.model.text import plain

_CONTROLLER = "k8s.io/ingress-nginx"


class _Place(NamedTuple):
    """What a rule is for. `kind` is its pathType."""

    of_class: str
    host: str
    path: str
    kind: str

    @property
    def words(self) -> str:
        return plain(f"{self.host or '*'}{self.path}")


class _Claim(NamedTuple):
    """An Ingress that has a rule for a place, and since when."""

    made: datetime
    ingress: Ingress
    backend: IngressBackend


@check(
    "ING-005",
    "ingress-rule-shadowed",
    hop=Hop.INGRESS,
    needs=("ingresses",),
    fits=(Symptom.SERVER_ERROR,),
    when=comes_by_ingress,
    silent_when_plain=True,
    only=(Occasion.ROUTE,),
)
def ingress_rule_shadowed(case: Case) -> Iterator[Detection]:
    ingress = ingress_of(case)
    if ingress is None or not is_served(case.snapshot, ingress):
        return
    own = [(place, backend) for place, backend in _rules(ingress) if _is_asked(backend, case)]
    older = [(place, found) for place, backend in own if (found := _older(case.snapshot, ingress, place, backend))]
    if not older or len(older) < len(own):
        return
    place, first = older[0]
    to = first.backend.service.name if first.backend.service else "another backend"
    yield Detection(
        about=ingress.ref,
        message=f"{ingress.ref} sends {place.words} to Service {plain(case.question.service)}, and {first.ingress.ref}, which "
        f"is older, sends it to {plain(to)}: ingress-nginx keeps the oldest rule.",
        severity=Severity.WARN,
        confidence=Confidence.LIKELY,
        evidence=(
            Evidence(ingress.ref, "spec.rules[].http.paths[].path", place.path, f"host {place.host or '(any)'}"),
            Evidence(first.ingress.ref, "metadata.creationTimestamp", f"{first.made:%Y-%m-%dT%H:%M:%SZ}"),
        ),
        check=(describe(ingress.ref), describe(first.ingress.ref)),
        key=(place.host, place.path, first.ingress.namespace, first.ingress.name),
        since=ingress.metadata.creation_timestamp if ingress.metadata.generation == 1 else None,
    )


def _is_asked(backend: IngressBackend, case: Case) -> bool:
    return backend.service is not None and backend.service.name == case.question.service


def _rules(ingress: Ingress) -> Iterator[tuple[_Place, IngressBackend]]:
    for _, host, each in ingress.paths:
        yield _Place(ingress.class_name, host, each.path or "/", each.path_type), each.backend


def _older(snapshot: Snapshot, ingress: Ingress, place: _Place, backend: IngressBackend) -> _Claim | None:
    """Return the oldest claim to a place, if it is another Ingress's, made before, and for another backend."""
    made = ingress.metadata.creation_timestamp
    claims = [each for each in _claims(snapshot).get(place, ()) if each.ingress.ref != ingress.ref]
    first = min(claims, key=lambda each: each.made, default=None)
    is_other = first is not None and first.backend != backend and not first.ingress.annotation(Annotation.CANARY)
    is_before = first is not None and made is not None and first.made < made
    return first if is_other and is_before and not ingress.annotation(Annotation.CANARY) else None


@memo
def _claims(snapshot: Snapshot) -> dict[_Place, list[_Claim]]:
    """Return who claims which place, among the Ingresses of ingress-nginx."""
    classes = {each.name for each in snapshot.all(IngressClass) if each.spec.controller == _CONTROLLER}
    found: dict[_Place, list[_Claim]] = defaultdict(list)
    for each in snapshot.all(Ingress):
        made = each.metadata.creation_timestamp
        if made and each.class_name in classes and not each.metadata.deletion_timestamp:
            for place, backend in _rules(each):
                found[place].append(_Claim(made, each, backend))
    return found
