"""What was read is marked as not read: hiding never makes an answer surer.

Each need alone, as a gap (a refusal) of the whole cluster and one of each namespace in question, and as lists that came empty
or cut. `fail`, `warn` and `unknown` never turn to `ok`, and `ok` never to `fail` or `warn`: neither the outcome nor the verdict
of a layer. The tests are a file for each family of checks, since one process after the other would take a quarter of an hour.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from msgspec import Struct
from msgspec.structs import replace

from bot.checks.engine.check import NEEDS
from bot.checks.engine.judge import Judgement, judge
from bot.checks.engine.registry import FAMILIES, checks_by_code
from bot.model.case import Case
from bot.model.gaps import DISCOVERY, KUBELET_SETTINGS, NODE_AGENTS, Gap
from bot.model.kube.kinds import KINDS
from bot.model.result.status import Status
from bot.model.snapshot import Snapshot
from tests.checks.manifests import Written, written_cases

HERE = Path(__file__).parents[1] / "checks"
STATES = sorted((HERE.parent / "incidents" / "states").glob("*.yaml"))
HIDDEN = (*NEEDS, NODE_AGENTS, KUBELET_SETTINGS, DISCOVERY)


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
    kinds = [each for each in KINDS if each.gap == need or (need == DISCOVERY and each.optional)]
    fields = {each.field: getattr(snapshot, each.field)[:keep] for each in kinds if each.field}
    lists = {each.key for each in kinds}
    others = {
        key: tuple(each for at, each in enumerate(found) if at < keep or each.ref == case.route)
        if key in lists
        else found
        for key, found in snapshot.others.items()
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


@contextmanager
def asked() -> Iterator[set[tuple[str, str]]]:
    """Note of what needs the gaps are asked for, and in which namespace; empty: wherever they are."""
    found: set[tuple[str, str]] = set()
    real = Snapshot.gaps_for

    def noting(snapshot: Snapshot, need: str, namespace: str = "") -> tuple[Gap, ...]:
        found.add((need, namespace))
        return real(snapshot, need, namespace)

    with patch.object(Snapshot, "gaps_for", noting):
        yield found


class Hidden(Struct, frozen=True):
    """A case of which something was hidden, in words what, and what is judged of it.

    `is_anothers`: the judgement is that of another case, since of this one it cannot differ.
    """

    what: str
    case: Case
    judged: Judgement
    is_anothers: bool = False


def judged_with(case: Case) -> tuple[Judgement, set[tuple[str, str]]]:
    """Return what is judged of a case, and what gaps it was asked for."""
    with asked() as asks:
        return judge(case), asks


def hidden_cases(case: Case) -> Iterator[Hidden]:
    """Yield a case with each need hidden in each way.

    Judging is a matter of what it asks: where nobody asks for the gaps of a need, or only so that the gap of one namespace is
    found like that of the cluster, or where a refused list held nothing, the judgement is that of another, and spared.
    """
    other = hidden(case, "what nobody needs", "")
    of_other, asked_of_other = judged_with(other)
    yield Hidden("what nobody needs", other, of_other)
    there = {each.gap for each in KINDS if each.optional and case.snapshot.others.get(each.key)}
    for need in dict.fromkeys((*HIDDEN, *sorted(there))):
        whole = hidden(case, need, "")
        if need not in {each for each, _ in asked_of_other}:
            of_whole, asks = of_other, asked_of_other
        else:
            of_whole, asks = judged_with(whole)
        yield Hidden(need, whole, of_whole, of_whole is of_other)
        for place in sorted({case.question.namespace, case.caller.namespace}):
            each = hidden(case, need, place)
            is_same = all(where in ("", place) for one, where in asks if one == need)
            yield Hidden(f"{need} in {place}", each, of_whole if is_same else judge(each), is_same)
        known = [(whole.snapshot, of_whole)]
        for keep in (0,) if need == DISCOVERY else (0, 1):  # without it no list is asked for
            each = refused(case, need, keep)
            same = next((judged for snapshot, judged in known if snapshot == each.snapshot), None)
            known.append((each.snapshot, same or judge(each)))
            yield Hidden(f"{need} refused, {keep} left", each, known[-1][1], same is not None)


def check_hiding(case: Case) -> list[str]:
    """Return what was made surer by hiding something, in words."""
    before = judge(case)
    return [f"{each.what}: {found}" for each in hidden_cases(case) for found in made_surer(before, each.judged)]
