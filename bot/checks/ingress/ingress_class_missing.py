"""An Ingress names a class that the cluster does not have

## Meaning
`spec.ingressClassName` (before 1.18 an annotation) says which controller serves an Ingress. No IngressClass of that name is
there, so no controller takes it.

## Impact
The Ingress gets no address, and its hosts and paths are answered by nobody, or with the 404 of a controller that does not know
them. Calls of its Services by their own names are fine.

## How it is detected
By the IngressClasses of the cluster. Where one has nearly that name, the name is mistyped: that is a failure. So is one that
begins as another does (`nginx-internal` beside `nginx`), or that was written into the Ingress after it was made. Else the
Ingress is for a controller that this cluster does not run: context, since charts bring such.

## When it stays silent
If a controller wrote an address into the Ingress, or into another one of that class, and not before that class was written: it
is served, whatever the class. If the cluster has no IngressClass at all: then nobody serves Ingresses here, or by annotations
alone. For an Ingress that names no class, and for a class that is there.

## Fix
Write the class that is meant; the patch is printed.

## Known limits
Whether the controller of a class runs is not judged: it may lie outside of the cluster.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe
from bot.checks.facts.ownership import managed_by
from bot.checks.ingress._ingresses import (
    comes_by_ingress,
    ingress_of,
    is_for_this_cluster,
    unknown_class,
    words_of,
    written,
)
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.workloads import IngressClass
from bot.model.kubectl import json_patch, kubectl
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity
from bot.model.text import listing, plain


@check(
    "ING-001",
    "ingress-class-missing",
    hop=Hop.INGRESS,
    needs=("ingresses",),
    when=comes_by_ingress,
    silent_when_plain=True,
    only=(Occasion.ROUTE,),
)
def ingress_class_missing(case: Case) -> Iterator[Detection]:
    ingress = ingress_of(case)
    meant = unknown_class(case.snapshot, ingress) if ingress else None
    if ingress is None or meant is None:
        return
    classes = tuple(sorted(each.name for each in case.snapshot.all(IngressClass)))
    field = {"op": "replace", "path": "/spec/ingressClassName", "value": meant[0] if meant else ""}
    is_meant = bool(meant) or is_for_this_cluster(case.snapshot, ingress)
    others = words_of(meant) if meant or not is_meant else f"; it has {listing(classes, most=3)}."
    is_field = bool(ingress.spec.ingress_class_name)
    risk = f"its controller then serves these hosts{managed_by(ingress)}"
    fix = (Fix(about=ingress.ref, command=json_patch(ingress.ref, (field,)), risk=risk),)
    yield Detection(
        about=ingress.ref,
        message=f"{ingress.ref} is of class {plain(ingress.class_name)}, which this cluster does not have{others}",
        severity=Severity.FAIL if is_meant else Severity.INFO,
        confidence=Confidence.CERTAIN if meant else Confidence.LIKELY,
        evidence=(
            Evidence(ingress.ref, "spec.ingressClassName", ingress.class_name, f"classes: {listing(classes, most=8)}"),
            Evidence(ingress.ref, "status.loadBalancer.ingress", None, "no controller wrote an address"),
        ),
        check=(kubectl("get", "ingressclasses"), describe(ingress.ref)),
        fix=fix if len(meant) == 1 and is_field else (),
        written=written(ingress, "ingressClassName"),
    )
