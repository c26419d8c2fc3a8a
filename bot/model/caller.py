"""Who calls: the pod and the workload that a source names, as policies see them, and what their resolver is told."""

from bot.model.dns.resolv_conf import ResolvConf, resolv_conf
from bot.model.kube.kinds import workload_kind
from bot.model.kube.pods import Pod
from bot.model.kube.workloads import Workload
from bot.model.policy.parties import Party
from bot.model.question.question import Question, Source
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot


def workload_ref(source: Source | None) -> Ref | None:
    """Return the workload that a source names; None where it names none."""
    if source is None or "/" not in source.workload:
        return None
    kind, _, name = source.workload.partition("/")
    return Ref(workload_kind(kind), name, source.namespace)


def calling_workload(source: Source | None, snapshot: Snapshot) -> Workload | None:
    """Return the workload that a source names, if it was read."""
    ref = workload_ref(source)
    return snapshot.workload(ref) if ref else None


def calling_pod(source: Source | None, snapshot: Snapshot) -> Pod | None:
    """Return the calling pod: the one named, else the first live pod of the workload named."""
    if source is None:
        return None
    if source.pod:
        return snapshot.pod(source.namespace, source.pod)
    wanted = workload_ref(source)
    made = snapshot.pods_by_workload(source.namespace).get(wanted, ()) if wanted else ()
    return next((each for each in made if not each.is_terminal), None)


def calling_party(source: Source | None, snapshot: Snapshot) -> Party | None:
    """Return who calls, as policies see it; None where nobody was named, or who was named is not in the snapshot."""
    if source is None:
        return None
    policies = snapshot.policy_index
    if pod := calling_pod(source, snapshot):
        return policies.pod(pod)
    if workload := calling_workload(source, snapshot):
        return policies.anyone(source.namespace, workload.template_labels, workload.name)
    return None if source.pod or source.workload else policies.anyone(source.namespace)


def calling_namespace(question: Question) -> str:
    """Return the caller's namespace; without a caller, that of what is called."""
    return question.source.namespace if question.source else question.namespace


def caller_resolv_conf(question: Question, snapshot: Snapshot) -> ResolvConf:
    """Return the resolv.conf of the question's caller, which `why` and `dns` both go by."""
    return resolv_conf(calling_pod(question.source, snapshot), calling_namespace(question), snapshot.dns)
