"""The hops of a `path`: those of routing as a diagnosis judges them, and what policies say of them.

A policy that denies makes its hop fail whatever the checks say of it, so that the hops never contradict the decision.
"""

from msgspec.structs import replace

from bot.checks.engine.judge import judge
from bot.errors import UnknownNameError
from bot.model.call.hop import Hop, HopState
from bot.model.call.resolve_target import Target
from bot.model.case import Case
from bot.model.question.address import by_address
from bot.model.question.question import Question, Source
from bot.model.refs import Ref
from bot.model.result.finding import Layer
from bot.model.result.path import DECISION_STATUS, Reasoned
from bot.model.result.status import Basis, Status
from bot.model.snapshot import Snapshot


def path_hops(
    snapshot: Snapshot,
    ends: tuple[Source | str, Target],
    port: int | str | None,
    protocol: str,
    *,
    policy: Reasoned,
    dns: Reasoned | None,
) -> tuple[HopState, ...]:
    """Return the hops in order; between ends that are no pod and Service that is the one at which policies decide.

    `policy` is what they say of the call, `dns` what they say of the caller's lookups where the call begins with one.
    """
    question = question_of(snapshot, ends, port, protocol)
    if question is None:
        return (HopState(Hop.POLICY, DECISION_STATUS[policy.decision], _basis(policy), _words(policy)),)
    decided = {Hop.POLICY: policy} if dns is None else {Hop.DNS_ACCESS: dns, Hop.POLICY: policy}
    return tuple(
        _held_against(HopState(each.hop, each.status, each.basis, each.because), decided.get(each.hop))
        for each in judge(Case(question, snapshot)).hops
        if each.layer is Layer.ROUTING or each.hop in decided
    )


def question_of(
    snapshot: Snapshot, ends: tuple[Source | str, Target], port: int | str | None, protocol: str
) -> Question | None:
    """Return what `why` would be asked of these ends: a Service, by its name or an address of it; None for other ends."""
    source, target = ends
    if isinstance(source, str):
        return None
    asked = Question(port=port, protocol=protocol, source=source)
    if isinstance(target, Ref):
        named = replace(asked, service=target.name, namespace=target.namespace, name=target.name)
        return named if target.kind == "Service" else None
    try:
        found = by_address(replace(asked, address=target, name=target), snapshot)
    except UnknownNameError:  # a pod's own address, a node's, one outside
        return None
    return found if found.service else None


def entered_open(
    snapshot: Snapshot,
    ends: tuple[Source | str, Target],
    port: int | str | None,
    protocol: str,
    hops: tuple[HopState, ...],
) -> str:
    """Return why a call of a node's port, a load balancer's or an external IP is open: the pods behind it have policies.

    That no policy keeps the caller from the address itself is no answer then.
    """
    question = question_of(snapshot, ends, port, protocol)
    if question is None or question.entry is None:
        return ""
    return next((each.because for each in hops if each.hop is Hop.POLICY and each.status is Status.UNKNOWN), "")


def _held_against(state: HopState, decided: Reasoned | None) -> HopState:
    """Return a hop whose policies deny as failed; where a check found that, its words stay."""
    if decided is None or decided.decision != "deny" or state.status is Status.FAIL:
        return state
    return HopState(state.hop, Status.FAIL, Basis.CONFIG, _words(decided))


def _basis(policy: Reasoned) -> Basis:
    return Basis.NONE if policy.decision == "unknown" else Basis.CONFIG


def _words(policy: Reasoned) -> str:
    return "; ".join(policy.because[:2])
