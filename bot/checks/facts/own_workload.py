"""The workload that has the name of a Service which is not there, and whom its pods are called by."""

from bot.model.case import Case
from bot.model.kube.services import Service
from bot.model.kube.workloads import Workload


def own_workload(case: Case) -> Workload | None:
    """Return the workload of the asked name in the asked namespace; None for the caller's own, which says its own name."""
    caller = case.caller.pod.workload if case.caller.pod else None
    known = case.snapshot.workloads_in(case.question.namespace)
    return next((each for each in known if each.name == case.question.service and each.ref != caller), None)


def services_of(case: Case, workload: Workload) -> tuple[Service, ...]:
    """Return the Services with an address of their own that select what a workload makes, in order of name."""
    known = case.snapshot.services_in(workload.namespace)
    found = (each for each in known if not each.is_headless and workload.makes(each.selector))
    return tuple(sorted(found, key=lambda each: each.name))
