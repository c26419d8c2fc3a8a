"""The one way: read → plan → run → judge. Every surface (Slack, command line, digest) goes through here.

What reads and what measures is given as functions, so this file knows neither Kubernetes nor sockets.
"""

from datetime import UTC, datetime

from msgspec.structs import replace

from bot.checks.engine.judge import Judgement, judge
from bot.model.call.onward import at_service, onward
from bot.model.case import Case
from bot.model.kube.kinds import SHORT
from bot.model.kube.objects import KubeObject
from bot.model.probe import Vantage
from bot.model.question.question import Question, Source
from bot.model.result.changes import Onset, recent_changes
from bot.model.result.diagnosis import Change, Diagnosis, OpenGap
from bot.model.result.finding import Finding
from bot.usecases.given import Again, Beside, Clock, Read, Run

DEADLINE = 5.0  # seconds of a question, if nothing else is said
# The part of them that probes have at least: a slow API server must not leave everything unmeasured.
_FOR_PROBES = 0.3
LONGEST_SILENCE = 10.0  # seconds of the API server, where whole namespaces are read, however long that takes


def now() -> datetime:
    """The clock of the shell: UTC."""
    return datetime.now(UTC)


def reading_seconds(deadline: float, *, probes: bool) -> float:
    """Return how many seconds of a question's reading may take."""
    return deadline * (1 - _FOR_PROBES) if probes else deadline


async def diagnose(
    question: Question,
    *,
    read: Read,
    run: Run | None,
    vantage: Vantage,
    beside: Beside | None = None,
    again: Again | None = None,
    clock: Clock = now,
    run_id: str = "",
    deadline: float = DEADLINE,
) -> Diagnosis:
    """Return the answer to one question. Without `run` nothing is measured and verdicts rest on configuration.

    Reading and measuring share the `deadline`, in seconds: what reading has left of it is for the probes. Raises what
    `read` raises: UsageError for a question that cannot be asked, ClusterUnreachableError. With `beside` the caller's own pod
    measures, too, and its word counts; where it cannot, that is told and the word of `run` does. With `again` what fails in a
    probe is read once more before it is accused.
    """
    began = clock()

    def left() -> float:
        return deadline - (clock() - began).total_seconds()

    resolved, snapshot = await read(question)
    case = Case(resolved, snapshot, vantage=vantage if run else Vantage())
    told: tuple[OpenGap, ...] = ()
    if run and left() > 0:
        from bot.usecases.measure import left_out, measured  # noqa: PLC0415 (only where something can be)
        from bot.usecases.read_again import read_again  # noqa: PLC0415 (as above)

        case, told = await measured(case, run, left, beside)
        case = await read_again(case, question, again, run, left) if again else case
        told += left_out(case.observations)
    took = clock() - began
    diagnosis = conclude(case, run_id=run_id, asked_at=began, took_ms=round(took.total_seconds() * 1000))
    return replace(diagnosis, gaps=(*diagnosis.gaps, *told)) if told else diagnosis


def conclude(case: Case, *, run_id: str = "", asked_at: datetime, took_ms: int = 0) -> Diagnosis:
    """Judge a case and put it into its final form. Pure: the same case gives the same diagnosis."""
    judgement = judge(case)
    return Diagnosis(
        id=run_id,
        question=_told(case),
        asked_at=asked_at,
        took_ms=took_ms,
        api_requests=case.snapshot.requests,
        vantage=_vantage(case),
        outcome=judgement.outcome,
        verdicts=judgement.verdicts,
        root_cause=judgement.root_cause,
        findings=tuple(_mended(case, each, judgement) for each in judgement.findings),
        observations=case.observations,
        gaps=judgement.gaps,
        hops=judgement.hops,
        taken_at=case.snapshot.taken_at,
        watch_age=case.snapshot.watch_age,
        changes=_changes(case, judgement),
    )


def proved(case: Case, finding: Finding) -> Finding:
    """Return each fix its proof; consequences need none, since the fix of their cause mends them."""
    if finding.caused_by or not finding.fixes:
        return finding
    from bot.usecases.whatif import proof  # noqa: PLC0415 (only where something is to be mended)

    lines = tuple(replace(line, proof=proof(case, fix)) for line, fix in zip(finding.fix, finding.fixes, strict=True))
    return replace(finding, fix=lines)


def _mended(case: Case, finding: Finding, judgement: Judgement) -> Finding:
    """Return each fix its proof; the first of the root cause's together with those that are needed beside it, or after it."""
    root = judgement.root_cause
    if root is None or finding.id != root.finding or finding.caused_by or not finding.fixes:
        return proved(case, finding)
    from bot.usecases.together import following, joint_line  # noqa: PLC0415 (as above)
    from bot.usecases.whatif import after, proof, proof_words  # noqa: PLC0415 (as above)

    first, *others = finding.fixes
    then = after(case, first)
    joint = joint_line(case, finding, then)
    line = joint or replace(finding.fix[0], proof=proof_words(case, first, then))
    rest = (replace(known, proof=proof(case, fix)) for known, fix in zip(finding.fix[1:], others, strict=True))
    return replace(finding, fix=(line, *rest, *(() if joint else following(finding, then))))


def _told(case: Case) -> Question:
    """The question as it was understood: a lone port by its number, a calling workload with the pod that stands for it."""
    question = case.question
    if (further := onward(case)) and further.route:
        said = f"{further.route} sends {question.name} to {further.service_ref}"
        question = replace(question, assumed=(*question.assumed, said))
    ports = case.ports
    if len(ports) == 1:
        question = replace(question, port=ports[0].port, protocol=ports[0].protocol)
    source, pod = question.source, case.caller.pod
    if source and pod:
        workload = source.workload or (
            f"{SHORT.get(pod.workload.kind, pod.workload.kind.lower())}/{pod.workload.name}" if pod.workload else ""
        )
        question = replace(question, source=Source(namespace=source.namespace, pod=pod.name, workload=workload))
    return question


def _vantage(case: Case) -> Vantage:
    """Return the vantage as it is told: `none` where nothing was measured, or nothing that counts."""
    measured = case.observations and not at_service(case).measured.network_unreachable
    return replace(case.vantage, labels={}) if measured else Vantage()


def _changes(case: Case, judgement: Judgement) -> tuple[Change, ...]:
    """Return what changed before the root began, on its objects and on those of the call."""
    root = judgement.root
    if root is None:
        return recent_changes(_on_the_way(case), case.snapshot.taken_at)
    shown = tuple(dict.fromkeys(each.object for each in root.evidence if each.object != root.about))
    fault = (case.snapshot.object(each) for each in (root.about, *shown))
    objects = (*(each for each in fault if each), *_on_the_way(case))
    return recent_changes(objects, case.snapshot.taken_at, Onset(root.about, shown, root.since))


def _on_the_way(case: Case) -> tuple[KubeObject, ...]:
    """The objects whose change could be the reason: the Service, its workloads, policies of both namespaces, the Corefile."""
    places = {case.question.namespace, case.caller.namespace}
    service = (case.service,) if case.service else ()
    workloads = case.snapshot.workloads_behind(case.service) if case.service else ()
    policies = tuple(each for each in case.snapshot.policies if each.namespace in places)
    corefile = (case.dns.config,) if case.dns.config else ()
    return (*service, *workloads, *policies, *corefile)
