"""The name asked about: what looking it up gave, and whether its namespace exists."""

from bot.model.case import Case
from bot.model.probe import Outcome


def lacks_namespace(case: Case) -> bool:
    """The namespace itself does not exist; known only where Namespaces were read."""
    known = case.snapshot.namespaces
    return bool(known) and case.snapshot.has("namespaces") and case.snapshot.namespace(case.question.namespace) is None


def resolved_to(case: Case) -> tuple[str, ...]:
    """The addresses that the name gave when it was asked all the same."""
    return tuple(
        address
        for each in case.queries("service")
        if each.outcome is Outcome.ANSWERED and each.probe.name == case.fqdn  # type: ignore[union-attr]
        for address in each.answers
    )
