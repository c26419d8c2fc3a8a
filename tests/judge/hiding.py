"""What was read is marked as not read: hiding never makes an answer surer.

Each need alone, as a gap (a refusal) of the whole cluster and one of each namespace in question, and as lists that came empty
or cut. `fail`, `warn` and `unknown` never turn to `ok`, and `ok` never to `fail` or `warn`: neither the outcome nor the verdict
of a layer. The tests are a file for each family of checks, since one process after the other would take a quarter of an hour.
"""

from pathlib import Path

from msgspec.structs import replace

from bot.checks.engine.check import NEEDS
from bot.checks.engine.judge import Judgement, judge
from bot.checks.engine.registry import FAMILIES, checks_by_code
from bot.model.case import Case
from bot.model.gaps import NODE_AGENTS, Gap
from bot.model.kube.kinds import KINDS
from bot.model.policy.opaque import DISCOVERY
from bot.model.result.status import Status
from tests.checks.manifests import Written, written_cases

HERE = Path(__file__).parents[1] / "checks"
STATES = sorted((HERE.parent / "incidents" / "states").glob("*.yaml"))
HIDDEN = (*NEEDS, NODE_AGENTS, DISCOVERY)


def cases_of(*families: str) -> list[Written]:
    """Return every case of the checks of some families."""
    files = (path for family in families for path in sorted((HERE / family).glob("*.yaml")))
    return [each for path in files for each in written_cases(path)]


CASES = cases_of(*FAMILIES)


def hidden(case: Case, need: str, namespace: str) -> Case:
    """The same case, of which a need was refused."""
    gap = Gap(need, namespace, need, "forbidden")
    snapshot = replace(case.snapshot, gaps=(*case.snapshot.gaps, gap))
    return replace(case, snapshot=snapshot)


def refused(case: Case, need: str, keep: int = 0) -> Case:
    """The same case as a reader leaves it whose lists were refused, or cut after `keep` objects: the rest is not there."""
    snapshot = hidden(case, need, "").snapshot
    kinds = [each for each in KINDS if each.gap == need]
    fields = {each.field: getattr(snapshot, each.field)[:keep] for each in kinds if each.field}
    others = {
        key: found[:keep] if key in {each.key for each in kinds} else found for key, found in snapshot.others.items()
    }
    if need == "corefile":  # ConfigMaps that callers read are a hint of their own
        fields["config_maps"] = tuple(each for each in snapshot.config_maps if "Corefile" not in (each.data or {}))
    if need == "source" and (pod := case.caller.pod):
        own = {each.ref for each in snapshot.pods if each.workload == pod.workload is not None} | {pod.ref}
        fields["pods"] = tuple(each for each in snapshot.pods if each.ref not in own)
    if need == "logs":
        fields["logs"] = ()
    # Who reads these lists has the DNS from them (`bot.cluster.dump_scope`), or was refused it as well.
    also = (Gap("dns", "", need, "forbidden"),) if need in ("services", "endpointslices", "pods") else ()
    return replace(case, snapshot=replace(snapshot, **fields, others=others, gaps=(*snapshot.gaps, *also)))


def worse(before: Status, after: Status) -> bool:
    """Hiding made the answer surer than it may be."""
    if before is Status.OK:
        return after in (Status.FAIL, Status.WARN)
    return after is Status.OK


def made_surer(before: Judgement, after: Judgement) -> list[str]:
    """Return outcome and layers that were made surer, in words.

    A layer that could not be tested behind another says nothing of itself; and a cause that is seen at a hop of another
    layer leaves open that hop (NPL-003: a policy at the way to the DNS), not the layer in which it lies.
    """
    found = [f"{before.outcome} to {after.outcome}"] if worse(before.outcome, after.outcome) else []
    told = (*before.findings, *after.findings)
    elsewhere = {each.message for each in told if checks_by_code()[each.code].hop.layer is not each.layer}
    for layer, was in before.verdicts.items():
        now = after.verdicts[layer]
        is_elsewhere = {was.summary, now.summary} & elsewhere
        if was.consequence_of is None and not is_elsewhere and worse(was.status, now.status):
            found.append(f"{layer}: {was.status} ({was.summary}) to {now.status} ({now.summary})")
    return found


def check_hiding(case: Case) -> list[str]:
    """Return what was made surer by hiding something, in words."""
    before = judge(case)
    found = []
    places = ("", *sorted({case.question.namespace, case.caller.namespace}))
    for need in HIDDEN:
        for place in places:
            after = judge(hidden(case, need, place))
            found += [f"{need} in {place or 'the cluster'}: {each}" for each in made_surer(before, after)]
        for keep in (0, 1):
            after = judge(refused(case, need, keep))
            found += [f"{need} refused, {keep} left: {each}" for each in made_surer(before, after)]
    return found
