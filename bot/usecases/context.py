"""What `why` tells of a Service as context, since calls succeed for now, and a triage as a warning."""

from collections.abc import Callable

from msgspec.structs import replace

from bot.checks.engine.judge import judge
from bot.model.case import Case
from bot.model.kube.services import Service
from bot.model.question.question import Question
from bot.model.result.finding import Finding, Severity
from bot.model.snapshot import Snapshot


def context_as_warning(
    snapshot: Snapshot, service: Service, is_meant: Callable[[Finding], bool], *, in_table: bool = False
) -> Finding | None:
    """Return the first context of a Service that is meant, as a warning; None where there is none. `in_table`: see Case."""
    question = Question(service=service.name, namespace=service.namespace, cluster=snapshot.cluster, name=service.name)
    for each in judge(Case(question, snapshot, in_table=in_table)).findings:
        if each.severity is Severity.INFO and is_meant(each):
            return replace(each, severity=Severity.WARN)
    return None
