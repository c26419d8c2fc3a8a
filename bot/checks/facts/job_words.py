"""What a Job says of the pods that it has no more, or never had: Jobs themselves are not read, and their Events are.

https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/controller/job/job_controller.go: at its deadline its pods are
deleted, so that a selector finds none; where it may not try again, or was refused, its last pods are left, or there are none.
"""

from bot.model.case import Case
from bot.model.kube.workloads import Event
from bot.model.refs import Ref
from bot.model.text import one_line

_REASONS = ("FailedCreate", "BackoffLimitExceeded", "DeadlineExceeded")
_HEAD = "Error creating: "
_TEXT = 400


def job_words(case: Case) -> str:
    """Return e.g. `; Job shop/migrate says "Job has reached the specified backoff limit"`; empty where none is known.

    It is the Job that made the finished pods of the Service, else one that is called like the Service or a label it selects.
    """
    told = [each for each in _events(case) if case.snapshot.is_recent(each.last_seen)]
    if not told:
        return ""
    newest = max(told, key=lambda each: each.last_seen or case.snapshot.taken_at)
    said = one_line(newest.text.removeprefix(_HEAD), limit=_TEXT).rstrip(".")
    return f'; Job {newest.involved_object.namespace}/{newest.involved_object.name} says "{said}"'


def _events(case: Case) -> tuple[Event, ...]:
    service = case.service
    if service is None:
        return ()
    makers = {each.workload.name for each in case.backends.selected if each.workload and each.workload.kind == "Job"}
    names = makers or {service.name, *service.selector.pairs.values()}
    about = (Ref("Job", each, service.namespace) for each in sorted(names))
    return tuple(event for each in about for reason in _REASONS for event in case.snapshot.events_about(each, reason))
