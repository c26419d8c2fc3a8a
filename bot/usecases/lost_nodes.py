"""Lost nodes whose pods others stand in for: no Service is broken by them, but a triage tells them.

The pods of a node that does not report are taken for unready, so every call goes elsewhere
(https://kubernetes.io/docs/concepts/architecture/nodes/#node-controller), and `why` tells the node as context. Whoever asks
what is broken means it, too.
"""

from collections.abc import Iterator
from functools import partial

from bot.model.kube.services import Service
from bot.model.refs import Ref
from bot.model.result.finding import Finding
from bot.model.snapshot import Snapshot
from bot.usecases.context import context_as_warning


def lost_nodes(snapshot: Snapshot, namespaces: tuple[str, ...]) -> Iterator[tuple[Finding, tuple[Service, ...]]]:
    """Yield what is said of each lost node, as a warning, with the Services that have unready pods on it.

    `namespaces`: of these alone; none given: of all.
    """
    for name in sorted(snapshot.lost_nodes):
        services = _services_on(snapshot, name, namespaces)
        is_meant = partial(_is_about, Ref("Node", name))
        told = (context_as_warning(snapshot, each, is_meant) for each in services)
        if found := next(filter(None, told), None):
            yield found, services


def _services_on(snapshot: Snapshot, node: str, namespaces: tuple[str, ...]) -> tuple[Service, ...]:
    pods = (
        each for each in snapshot.pods if each.spec.node_name == node and not each.is_ready and not each.is_terminal
    )
    own = (each for each in pods if not namespaces or each.namespace in namespaces)
    return tuple({each.ref: each for pod in own for each in snapshot.services_selecting(pod)}.values())


def _is_about(node: Ref, found: Finding) -> bool:
    return found.about == node
