"""What checks of Ingresses share: the one of a case, whether anybody serves it, and since when it is as it is."""

from collections.abc import Iterable
from datetime import timedelta

from bot.model.case import Case
from bot.model.kube.objects import KubeObject
from bot.model.kube.workloads import Ingress, IngressClass
from bot.model.memo import memo
from bot.model.pattern import pattern
from bot.model.question.suggest import is_slip
from bot.model.result.changes import writer_of
from bot.model.result.finding import Written
from bot.model.snapshot import Snapshot

_WORD = pattern(r"[-._]")
_MADE = timedelta(minutes=10)  # what a tool that makes an object may still write into it
_TAKEN = timedelta(minutes=2)  # a controller takes an Ingress of its class well before
# Controllers that leave Ingresses without a class alone, unless they are told otherwise:
# https://kubernetes.github.io/ingress-nginx/user-guide/k8s-122-migration/ ·
# https://docs.nginx.com/nginx-ingress-controller/installation/running-multiple-ingress-controllers/
_WANT_A_CLASS = ("k8s.io/ingress-nginx", "nginx.org/ingress-controller")


def ingress_of(case: Case) -> Ingress | None:
    """Return the Ingress by which the call comes in; None where it comes in otherwise, or the Ingress is being deleted."""
    known = case.snapshot.object(case.route) if case.route else None
    return known if isinstance(known, Ingress) and not known.metadata.deletion_timestamp else None


def comes_by_ingress(case: Case) -> bool:
    """Return whether the call comes in by an Ingress."""
    return case.route is not None and case.route.kind == "Ingress"


def unknown_class(snapshot: Snapshot, ingress: Ingress) -> tuple[str, ...] | None:
    """Return the classes that may be meant where an Ingress names one that is not there; None where nothing is known of it.

    Where the cluster has no class at all, or a controller wrote an address into an Ingress of this one, nobody has to ask.
    An address of before its class was written is that of the class before.
    """
    classes, named = _classes(snapshot), ingress.class_name
    if not named or not classes or named in classes or not snapshot.was_listed(IngressClass):
        return None
    if named in _taken_classes(snapshot):
        return None
    return tuple(sorted(each for each in classes if is_slip(named, each)))


@memo
def _classes(snapshot: Snapshot) -> set[str]:
    return {each.name for each in snapshot.all(IngressClass)}


@memo
def _taken_classes(snapshot: Snapshot) -> set[str]:
    return {each.class_name for each in snapshot.all(Ingress) if _is_taken(each)}


@memo
def _served_classes(snapshot: Snapshot) -> set[str]:
    return {each.class_name for each in snapshot.all(Ingress) if each.is_served}


def left_alone(snapshot: Snapshot, ingress: Ingress) -> tuple[str, ...]:
    """Return the classes of the cluster where an Ingress names none, none is the default, and no controller took it so far.

    None are returned where a controller of another kind is there, which may take it, or nothing can be said yet.
    """
    classes, made = snapshot.all(IngressClass), ingress.metadata.creation_timestamp
    if ingress.class_name or ingress.is_served or not classes or not snapshot.was_listed(IngressClass):
        return ()
    if made is None or snapshot.taken_at - made < _MADE or any(each.is_default for each in classes):
        return ()
    return tuple(sorted(each.name for each in classes)) if all(map(_wants_a_class, classes)) else ()


def _wants_a_class(known: IngressClass) -> bool:
    return known.spec.controller in _WANT_A_CLASS


def _is_taken(ingress: Ingress) -> bool:
    classed, served = writer_of(ingress, "spec", "ingressClassName"), writer_of(ingress, "status", "loadBalancer")
    is_left = classed and served and classed.time and served.time and served.time < classed.time
    return ingress.is_served and not is_left


def is_for_this_cluster(snapshot: Snapshot, ingress: Ingress) -> bool:
    """Return whether an Ingress of a class that is not there is meant for a controller that this cluster runs.

    By its class, which begins as one of the cluster's does (`nginx-internal` beside `nginx`), or since somebody wrote that
    into the Ingress after it was made. Else a chart may have brought it.
    """
    first = _WORD.split(ingress.class_name)[0]
    if any(_WORD.split(each.name)[0] == first for each in snapshot.all(IngressClass)):
        return True
    writer, made = writer_of(ingress, "spec", "ingressClassName"), ingress.metadata.creation_timestamp
    return bool(writer and writer.time and made and writer.time - made > _MADE)


def is_waited_for(snapshot: Snapshot, ingress: Ingress) -> bool:
    """Return whether an Ingress of a class that is not there is the only way to one of its hosts, and was for a while.

    A chart may bring an Ingress for each of several controllers: then another one there, which is served, has the same
    hosts. The annotation of before 1.18 some controllers take by a name of their own, without an IngressClass.
    """
    made = ingress.metadata.creation_timestamp
    if not ingress.spec.ingress_class_name or made is None or snapshot.taken_at - made < _TAKEN:
        return False
    return not {(ingress.namespace, each) for each in _hosts(ingress)} <= _served_hosts(snapshot)


@memo
def _served_hosts(snapshot: Snapshot) -> set[tuple[str, str]]:
    known = (each for each in snapshot.all(Ingress) if is_served(snapshot, each))
    return {(each.namespace, host) for each in known for host in _hosts(each)}


def _hosts(ingress: Ingress) -> set[str]:
    return {rule.host for rule in ingress.spec.rules or ()} | ({""} if ingress.spec.default_backend else set())


def is_served(snapshot: Snapshot, ingress: Ingress) -> bool:
    """Return whether a controller may serve an Ingress, by all that is known.

    Not where its class is not there, nor where it has no address and only Ingresses of other classes have one.
    """
    if unknown_class(snapshot, ingress) is not None:
        return False
    if ingress.is_served:
        return True
    served = _served_classes(snapshot)
    is_known = ingress.class_name in _classes(snapshot)
    return is_known or not ingress.class_name or not served or ingress.class_name in served


def written(known: KubeObject, field: str, *, begins: bool = True, beside: Written | None = None) -> Written:
    """Return what a field of `spec` is dated by: its writer, else the object's creation, where its spec is still the first."""
    return Written(known.ref, ("spec", field), begins, made=True, beside=beside)


def words_of(names: Iterable[str]) -> str:
    """Return `; did you mean A or B?`; a full stop where there is nothing to offer."""
    found = " or ".join(names)
    return f"; did you mean {found}?" if found else "."
