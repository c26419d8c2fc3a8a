"""Lost nodes whose pods others stand in for: no Service is broken by them, but a triage tells them.

The pods of a node that does not report are taken for unready, so every call goes elsewhere
(https://kubernetes.io/docs/concepts/architecture/nodes/#node-controller), and `why` tells the node as context. Whoever asks
what is broken means it, too.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from bot.checks.engine.judge import judge
from bot.model.case import Case
from bot.model.kube.services import Service
from bot.model.question.question import Question
from bot.model.refs import Ref
from bot.model.result.finding import Finding, Severity
from bot.model.snapshot import Snapshot


def lost_nodes(snapshot: Snapshot, namespaces: tuple[str, ...]) -> Iterator[tuple[Finding, tuple[Service, ...]]]:
    """Yield what is said of each lost node, as a warning, with the Services that have unready pods on it.

    `namespaces`: of these alone; none given: of all.
    """
    for name in sorted(snapshot.lost_nodes):
        services = _services_on(snapshot, name, namespaces)
        if found := next(filter(None, (_said(snapshot, each, Ref("Node", name)) for each in services)), None):
            yield found, services


def _services_on(snapshot: Snapshot, node: str, namespaces: tuple[str, ...]) -> tuple[Service, ...]:
    pods = (
        each for each in snapshot.pods if each.spec.node_name == node and not each.is_ready and not each.is_terminal
    )
    own = (each for each in pods if not namespaces or each.namespace in namespaces)
    return tuple({each.ref: each for pod in own for each in snapshot.services_selecting(pod)}.values())


def _said(snapshot: Snapshot, service: Service, node: Ref) -> Finding | None:
    """Return what a Service's judgement has about the node as context: what is graver is told of the Service."""
    question = Question(service=service.name, namespace=service.namespace, cluster=snapshot.cluster, name=service.name)
    found = (each for each in judge(Case(question, snapshot)).findings if each.about == node)
    return next((replace(each, severity=Severity.WARN) for each in found if each.severity is Severity.INFO), None)
