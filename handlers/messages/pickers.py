"""What is offered in the pickers of forms: Services, callers and namespaces by name, with how old the names are. Pure."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from bot.errors import UsageError
from bot.model.names import Names, matching
from bot.model.question.durations import told as span
from bot.model.question.target import read_namespace, read_source, read_target
from bot.model.text import shorten
from handlers.blockkit import limits
from handlers.messages.markup import Element, option, plain_text

SERVICE, CALLER, NAMESPACE = "k8snet.pick.service", "k8snet.pick.caller", "k8snet.pick.namespace"
_MOST = 100  # options that Slack shows of one answer
_AS_TYPED = "Take it as it is typed"


def picker(action: str, placeholder: str, *, several: bool = False, chosen: Sequence[str] = ()) -> Element:
    """Return a field whose names are asked for while somebody types; `chosen` are those of several that stand in it."""
    element: Element = {
        "type": "multi_external_select" if several else "external_select",
        "action_id": action,
        "min_query_length": 1,
        "placeholder": plain_text(placeholder, 150),
    }
    return {**element, **({"initial_options": [option(each, each) for each in chosen]} if chosen else {})}


def service_groups(typed: str, known: Iterable[Names], now: datetime) -> list[Element]:
    """Return the Services that may be meant, a group a cluster."""
    return _groups(typed, [(each, each.services) for each in known], now, _service)


def caller_groups(typed: str, known: Iterable[Names], now: datetime) -> list[Element]:
    """Return the workloads that may be meant; else what was typed, which may be a pod."""
    return _groups(typed, [(each, each.workloads) for each in known], now, _caller)


def namespace_groups(typed: str, known: Iterable[Names], now: datetime) -> list[Element]:
    """Return the namespaces that may be meant."""
    return _groups(typed, [(each, each.namespaces) for each in known], now, read_namespace)


def picked(value: str) -> tuple[str, str]:
    """Return the name that an option stands for, and its cluster, which is empty where it was taken as typed."""
    cluster, _, name = value.rpartition(" ")
    return name, cluster


def _groups(
    typed: str, known: Sequence[tuple[Names, tuple[str, ...]]], now: datetime, read: Callable[[str], str]
) -> list[Element]:
    found, room = [], _MOST
    for names, listed in known:
        several = len(known) > 1
        options = [each for name in matching(typed, listed, room) if (each := _option(names, name, several=several))]
        room -= len(options)
        if options:
            found.append(_group(_told(names, now, several=several), options))
    if found:
        return found
    try:
        name = read(typed.strip())
    except UsageError:
        return []
    return [_group(_AS_TYPED, [option(name, name)])] if len(name) <= limits.OPTION_VALUE else []


def _option(names: Names, name: str, *, several: bool) -> Element | None:
    """Return one name as an option; None for one whose value Slack would not take."""
    value = f"{names.cluster} {name}" if several else name
    return option(value, shorten(name, limits.OPTION_LABEL)) if len(value) <= limits.OPTION_VALUE else None


def _group(label: str, options: list[Element]) -> Element:
    return {"label": plain_text(label, limits.OPTION_LABEL), "options": options}


def _told(names: Names, now: datetime, *, several: bool) -> str:
    """Return from when a group's names are, and of which cluster."""
    age = f"names of {span(names.age(now))} ago"
    return f"{names.cluster}, {age}" if several else age.capitalize()


def _service(typed: str) -> str:
    target = read_target(typed)
    if not target.service:
        raise UsageError
    return f"{target.namespace}/{target.service}" if target.namespace else target.service


def _caller(typed: str) -> str:
    source = read_source(typed)
    return str(source) if source.namespace else source.pod or source.workload
