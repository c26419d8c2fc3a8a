"""The name asked about: what looking it up gave, and whether its namespace exists."""

from bot.model.case import Case
from bot.model.kube.services import Service
from bot.model.probe import Outcome, Purpose


def has_caller(case: Case) -> bool:
    """Return whether somebody said who calls: `when` of checks that judge the caller."""
    return case.caller.is_known


def lacks_namespace(case: Case) -> bool:
    """The namespace itself does not exist; known only where Namespaces were read."""
    known = case.snapshot.namespaces
    return bool(known) and case.snapshot.has("namespaces") and case.snapshot.namespace(case.question.namespace) is None


def resolved_to(case: Case, name: str = "") -> tuple[str, ...]:
    """Return the addresses that the Service's name (or another one) gave when it was asked all the same."""
    wanted = f"{(name or case.fqdn).rstrip('.')}."
    return tuple(
        address
        for each in case.measured.queries(Purpose.SERVICE)
        if each.outcome is Outcome.ANSWERED and each.query.name == wanted
        for address in each.answers
    )


def is_listed(case: Case, namespace: str) -> bool:
    """All Services of a namespace were read, so that one that is not among them does not exist.

    A targeted reading knows the asked name everywhere and the DNS Service; any other one there shows a whole list.
    """
    if case.snapshot.namespace(namespace) and case.snapshot.was_listed(Service, namespace):
        return True
    own = {case.question.service, case.dns.service.name if case.dns.service else ""}
    others = [each for each in case.snapshot.services_in(namespace) if each.name not in own]
    return bool(others) and case.snapshot.has("services", namespace)
