"""Questions that cannot be answered, refused in the same words wherever they are asked (command line, Slack)."""

from collections.abc import Iterable
from ipaddress import ip_address

from msgspec.structs import replace

from bot.errors import AmbiguousNameError, Slot, UnknownNameError, UsageError
from bot.model.gaps import SCOPE
from bot.model.question.places import is_missing
from bot.model.question.question import Source
from bot.model.question.suggest import suggest
from bot.model.snapshot import Snapshot
from bot.model.text import listing


def expect_services(snapshot: Snapshot, namespaces: tuple[str, ...], *, or_pods: bool = False) -> None:
    """Raise UsageError for a scope without any Service, if its Services could be listed.

    A mistyped namespace, most likely; or with no namespace given, a dump of something else. With `or_pods` it need not have
    one where something runs or should: consumers of a queue are asked about, too.
    """
    asked = (*snapshot.services, *snapshot.pods, *snapshot.workloads) if or_pods else snapshot.services
    if any(not namespaces or each.namespace in namespaces for each in asked):
        return
    if not snapshot.has(SCOPE) or not all(snapshot.has("services", each) for each in namespaces or ("",)):
        return
    known = {each.namespace for each in snapshot.services} | {each.name for each in snapshot.namespaces}
    known = {each for each in known if snapshot.may_name(each)}
    near = dict.fromkeys(name for each in namespaces for name in suggest(each, known))
    listed = [*near, *sorted(known - near.keys())]
    raise UsageError(
        f"There is no Service in {', '.join(namespaces) or 'all that was read'}.",
        hint=f"Namespaces: {listing(listed, most=10)}." if listed else "",
    )


def expect_place_of_caller(source: Source | None, snapshot: Snapshot) -> None:
    """Raise UnknownNameError for a caller in a namespace that surely is not there: a mistyped one, most likely."""
    if source is None or not source.namespace or not is_missing(source.namespace, snapshot):
        return
    near = suggest(source.namespace, snapshot.namespace_names)
    raise UnknownNameError(
        f"There is no namespace {source.namespace} to call from.",
        suggestions=tuple(str(replace(source, namespace=each)) for each in near),
        hint="" if near else f"Namespaces: {listing(sorted(snapshot.namespace_names), most=10)}.",
        slot=Slot.CALLER,
    )


def no_caller(source: Source, names: Iterable[str]) -> UnknownNameError:
    """Return the refusal of a caller that does not exist; `names` are the pods and workloads of its namespace."""
    asked = source.pod or source.workload.rpartition("/")[2]
    return UnknownNameError(
        f"There is no {asked} in {source.namespace} to call from.", suggestions=suggest(asked, names), slot=Slot.CALLER
    )


def both_exist(named: Source, other: Source) -> AmbiguousNameError:
    """Return the refusal of KIND/NAME that also names a pod of a namespace which is called like the kind."""
    first = f"{named.namespace}/{named.workload or f'pod/{named.pod}'}"
    spellings = (first, f"{other.namespace}/pod/{other.pod}")
    return AmbiguousNameError(
        f"{other} may be {spellings[0]} or {spellings[1]}: say which.", suggestions=spellings, slot=Slot.CALLER
    )


def no_name(address: str) -> UsageError:
    """Return the refusal of a lookup without a name."""
    if address:
        return UsageError(
            f"{address} is an IP: there is nothing to resolve.",
            hint=f"Give a name, e.g. user-service.shop; whose address it is: dns {ip_address(address).reverse_pointer}",
        )
    return UsageError("There is no name to resolve.", hint="Give a name, e.g. user-service.shop")


def no_caller_to_measure() -> UsageError:
    """Return the refusal to measure from a caller where no pod or workload is named that calls."""
    return UsageError(
        "Nobody is named who calls a Service, so there is no pod to measure from.",
        hint="For example: why user-service in shop from deploy/checkout",
    )


def two_ends() -> UsageError:
    """Return the refusal of a path that lacks an end."""
    return UsageError("A path has two ends.", hint="For example: path shop/checkout to user-service port 80")


def two_namespaces(name: str, namespace: str, place: str) -> UsageError:
    """Return the refusal of a name that lies in one namespace beside another one that was said."""
    return UsageError(
        f'Two namespaces are said, "{namespace}" and "{place}": which one?',
        hint=f"{name} lies in {namespace}; for a caller in {place} say: from {place}/ (of a host outside of the cluster, "
        "name the Service that it leads to)",
    )
