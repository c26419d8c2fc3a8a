"""An Ingress names a class that the cluster does not have, or none where one is needed

## Meaning
`spec.ingressClassName` (before 1.18 an annotation) says which controller serves an Ingress. No IngressClass of that
name is there, so no controller takes it. Or the Ingress names none, no class is the default one, and the controllers of
this cluster leave such Ingresses alone.

## Impact
The Ingress gets no address, and its hosts and paths are answered by nobody, or with the 404 of a controller that does
not know them. Calls of its Services by their own names are fine.

## How it is detected
By the IngressClasses of the cluster. Where one has nearly that name, the name is mistyped: that is a failure. So is one
that begins as another does (`nginx-internal` beside `nginx`), or that was written into the Ingress after it was made.
Else the Ingress is for a controller that this cluster does not run: a warning, where no other Ingress of its namespace
that is served has its hosts. Where one has (charts bring an Ingress for each of several controllers), where the class
is that of the old annotation, which some controllers take by a name of their own, and in the first two minutes, it is
context.

An Ingress without a class is told where all classes are of controllers that want one (ingress-nginx since 1.0, NGINX's
own since 1.12), none is the default, and for ten minutes no controller wrote an address into it: a failure where
Ingresses of these classes have one, else a warning.

## When it stays silent
If a controller wrote an address into the Ingress, or into another one of that class, and not before that class was
written: it is served, whatever the class. If the cluster has no IngressClass at all: then nobody serves Ingresses here,
or by annotations alone. For a class that is there. For an Ingress that names no class where a controller of another
kind is there: many take such.

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
    is_waited_for,
    left_alone,
    unknown_class,
    words_of,
    written,
)
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.workloads import Ingress, IngressClass
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
    if ingress is None:
        return
    if classes := left_alone(case.snapshot, ingress):
        yield _without_class(case, ingress, classes)
    elif (meant := unknown_class(case.snapshot, ingress)) is not None:
        yield _unknown_class(case, ingress, meant)


def _without_class(case: Case, ingress: Ingress, classes: tuple[str, ...]) -> Detection:
    """The Ingress names no class."""
    others = [each for each in case.snapshot.all(Ingress) if each.class_name in classes and each.is_served]
    field = {"op": "add", "path": "/spec/ingressClassName", "value": classes[0]}
    risk = f"its controller then serves these hosts{managed_by(ingress)}"
    return Detection(
        about=ingress.ref,
        message=f"{ingress.ref} names no class, and no class is the default one: the controllers of this cluster leave it "
        f"alone; it has {listing(classes, most=3)}.",
        severity=Severity.FAIL if others else Severity.WARN,
        confidence=Confidence.LIKELY,
        evidence=(
            Evidence(ingress.ref, "spec.ingressClassName", None, f"classes: {listing(classes, most=8)}"),
            Evidence(ingress.ref, "status.loadBalancer.ingress", None, "no controller wrote an address"),
        ),
        check=(kubectl("get", "ingressclasses"), describe(ingress.ref)),
        fix=(Fix(about=ingress.ref, command=json_patch(ingress.ref, (field,)), risk=risk),)
        if len(classes) == 1
        else (),
        written=written(ingress, "ingressClassName"),
    )


def _unknown_class(case: Case, ingress: Ingress, meant: tuple[str, ...]) -> Detection:
    """The Ingress names a class that is not there; `meant`: those of nearly that name."""
    classes = tuple(sorted(each.name for each in case.snapshot.all(IngressClass)))
    field = {"op": "replace", "path": "/spec/ingressClassName", "value": meant[0] if meant else ""}
    is_meant = bool(meant) or is_for_this_cluster(case.snapshot, ingress)
    others = words_of(meant) if meant else f"; it has {listing(classes, most=3)}."
    else_ = Severity.WARN if is_waited_for(case.snapshot, ingress) else Severity.INFO
    is_field = bool(ingress.spec.ingress_class_name)
    risk = f"its controller then serves these hosts{managed_by(ingress)}"
    fix = (Fix(about=ingress.ref, command=json_patch(ingress.ref, (field,)), risk=risk),)
    return Detection(
        about=ingress.ref,
        message=f"{ingress.ref} is of class {plain(ingress.class_name)}, which this cluster does not have{others}",
        severity=Severity.FAIL if is_meant else else_,
        confidence=Confidence.CERTAIN if meant else Confidence.LIKELY,
        evidence=(
            Evidence(ingress.ref, "spec.ingressClassName", ingress.class_name, f"classes: {listing(classes, most=8)}"),
            Evidence(ingress.ref, "status.loadBalancer.ingress", None, "no controller wrote an address"),
        ),
        check=(kubectl("get", "ingressclasses"), describe(ingress.ref)),
        fix=fix if len(meant) == 1 and is_field else (),
        written=written(ingress, "ingressClassName"),
    )
