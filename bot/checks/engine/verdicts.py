"""The three verdicts, from the hops of the call. A verdict is earned: `ok` only where every hop of its layer that is on
the path was looked at and is in order (docs/json.md, `verdicts`).

Findings speak first: the worst of the layer's own, else one whose effect shows there. A layer behind a broken one is not
tested. Else the first hop that is unknown makes the layer unknown, with its reason.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from bot.checks.facts.aliases import inside
from bot.model.call.alias import target_of
from bot.model.call.complaint import unseen, without_beside
from bot.model.call.hop import Hop, HopState
from bot.model.call.onward import at_service, onward
from bot.model.call.path import CallPath, call_path
from bot.model.call.sight import Sight, not_probed
from bot.model.case import Case
from bot.model.result.diagnosis import Verdict
from bot.model.result.finding import Finding, Layer, Severity
from bot.model.result.status import Basis, Status

_LAYERS = tuple(Layer)
_STATUS = {Severity.FAIL: Status.FAIL, Severity.WARN: Status.WARN}
# The hops whose sight is the sentence of a sound layer, in order of preference.
_TELLING = {
    Layer.DNS: (Hop.RECORD, Hop.DNS_SERVER),
    Layer.ROUTING: (Hop.PROXY, Hop.ENDPOINTS, Hop.SERVICE),
    Layer.APPLICATION: (Hop.APPLICATION,),
}


def hop_states(
    case: Case, findings: tuple[Finding, ...], at: Mapping[str, Hop], blocked: Mapping[Hop, str]
) -> tuple[HopState, ...]:
    """Return every hop in order with its final status: findings over what was looked at over what could not be.

    `at` has the hop of each finding by its id; `blocked`, for each hop at which some check could not judge, the reason.
    """
    seen: CallPath = call_path(case)
    by_hop: dict[Hop, list[Finding]] = {}
    for each in findings:
        by_hop.setdefault(at[each.id], []).append(each)
    by_id = {each.id: each for each in findings}
    states = tuple(
        _state(hop, sight, by_hop.get(hop, []), by_id, blocked.get(hop, ""))
        if hop in by_hop or hop in blocked
        else HopState(hop, sight.status, sight.basis, sight.because)
        for hop, sight in seen.items()
    )
    if any(each.severity in _STATUS for each in findings):
        return states
    if case.question.symptom:
        told = {each.layer for each in states if each.status is Status.UNKNOWN}
        states = tuple(each if each.layer in told else _complained_of(case, each) for each in states)
    if not any(each.is_failure for each in seen.values()):
        return states
    found = {each.layer for each in by_hop}
    return tuple(
        _unexplained(each, seen[each.hop], blocked) if each.hop.layer not in found else each for each in states
    )


def _complained_of(case: Case, state: HopState) -> HopState:
    """Return a hop, as sound as it is; where somebody sees that the call fails, with what no object shows of that."""
    if state.status is not Status.OK or not (why := unseen(case, state.hop)):
        return state
    return replace(state, because=f"{state.because}{why}")


def _unexplained(state: HopState, sight: Sight, blocked: Mapping[Hop, str]) -> HopState:
    """Return a hop; where it does not work, with the words that nothing explains that, or what was not read that may."""
    if not sight.is_failure:
        return state
    near = (blocked[each] for each in (state.hop, *Hop) if each in blocked and each.layer is state.hop.layer)
    why = next(near, "")
    rest = f"what may explain it was not read: {why}" if why else "no check explains it"
    return replace(state, because=f"{sight.because}, and {rest}")


def _state(hop: Hop, sight: Sight, findings: list[Finding], by_id: Mapping[str, Finding], blocked: str) -> HopState:
    worst = min((each for each in findings), key=lambda each: _gravity(each, by_id), default=None)
    ids = tuple(each.id for each in findings)
    if worst is not None and (status := _status(worst, by_id)):
        basis = Basis.CONFIG if sight.basis is Basis.NONE else sight.basis
        return HopState(hop, status, basis, worst.message, ids)
    if blocked and sight.status is Status.OK:
        return HopState(hop, Status.UNKNOWN, sight.basis, blocked, ids)
    return HopState(hop, sight.status, sight.basis, sight.because, ids)


def _gravity(finding: Finding, by_id: Mapping[str, Finding]) -> int:
    status = _status(finding, by_id)
    return {Status.FAIL: 0, Status.WARN: 1}.get(status, 2) if status else 2


def _status(finding: Finding, by_id: Mapping[str, Finding]) -> Status | None:
    """A consequence is as bad as its cause; info is no status."""
    return _STATUS.get(_origin(finding, by_id).severity)


def verdicts(
    case: Case, findings: tuple[Finding, ...], at: Mapping[str, Hop], states: tuple[HopState, ...]
) -> dict[str, Verdict]:
    """Return the verdict of each layer, in order, from findings and hops."""
    given: dict[Layer, Verdict] = {}
    on_path: dict[Layer, list[HopState]] = {layer: [] for layer in _LAYERS}
    for each in states:
        if each.status is not Status.OFF_PATH:
            on_path[each.hop.layer].append(each)
    for layer in _LAYERS:
        given[layer] = (
            _by_findings(layer, findings, at, on_path[layer])
            or _not_reached(layer, given, case)
            or _by_hops(case, layer, on_path[layer])
        )
    return {str(layer): verdict for layer, verdict in given.items()}


def _by_findings(
    layer: Layer,
    findings: tuple[Finding, ...],
    at: Mapping[str, Hop],
    states: list[HopState],
) -> Verdict | None:
    """The worst finding of this layer's own, else the worst one whose effect shows here."""
    if not findings:
        return None
    by_id = {each.id: each for each in findings}
    own = [each for each in findings if each.layer is layer and not each.caused_by]
    basis = _basis(states)
    if worst := _worst(own):
        return Verdict(_STATUS[worst.severity], basis, worst.message)
    shown = [each for each in findings if at[each.id].layer is layer and (each.caused_by or each.layer is not layer)]
    for each in shown:
        root = _origin(each, by_id)
        if root.severity is not Severity.INFO and root.layer is not layer:
            return Verdict(_STATUS[root.severity], basis, each.message, consequence_of=root.layer)
    return None


def _worst(findings: list[Finding]) -> Finding | None:
    for severity in (Severity.FAIL, Severity.WARN):
        for each in findings:
            if each.severity is severity:
                return each
    return None


def _origin(finding: Finding, by_id: Mapping[str, Finding]) -> Finding:
    """Follow the first cause up; a cycle ends where it began."""
    seen = {finding.id}
    while finding.caused_by and finding.caused_by[0] not in seen:
        finding = by_id[finding.caused_by[0]]
        seen.add(finding.id)
    return finding


def _basis(states: list[HopState]) -> Basis:
    return Basis.PROBED if any(each.basis is Basis.PROBED for each in states) else Basis.CONFIG


def _not_reached(layer: Layer, given: Mapping[Layer, Verdict], case: Case) -> Verdict | None:
    """A layer that nothing was found in, behind one that fails: not tested, and why."""
    if case.service is None or case.service.is_external_name:
        further = onward(case)
        return _no_address(layer, given) or (_not_reached(layer, given, further) if further else None)
    routing = given.get(Layer.ROUTING)
    if layer is Layer.APPLICATION and routing and routing.status is Status.FAIL and not case.backends.all_usable:
        lacks_port = case.question.port is not None and not case.ports
        why = "the Service has no such port" if lacks_port else "there is no endpoint to call"
        return Verdict(Status.UNKNOWN, Basis.NONE, f"not tested: {why}", consequence_of=Layer.ROUTING)
    return None


def _no_address(layer: Layer, given: Mapping[Layer, Verdict]) -> Verdict | None:
    dns = given.get(Layer.DNS)
    if layer is Layer.DNS or dns is None or dns.status is not Status.FAIL:
        return None
    if layer is Layer.ROUTING:
        return Verdict(Status.UNKNOWN, Basis.NONE, "not tested: no address to route to", consequence_of=Layer.DNS)
    return Verdict(Status.UNKNOWN, Basis.NONE, "not tested: no address to call", consequence_of=Layer.DNS)


def _by_hops(case: Case, layer: Layer, own: list[HopState]) -> Verdict:
    """Nothing was found: ok if every hop on the path is, else unknown for the reason of the first that is not."""
    open_hops = [each for each in own if each.status is not Status.OK]
    basis = _basis(own)
    if open_hops:
        first = next((each for each in open_hops if each.status is Status.UNKNOWN), open_hops[0])
        return Verdict(Status.UNKNOWN, Basis.NONE if basis is Basis.CONFIG else basis, first.because)
    if not any(each.hop in _TELLING[layer] for each in own):
        return _nothing_on_path(case, layer)
    return _sound(case, layer, own, basis)


def _nothing_on_path(case: Case, layer: Layer) -> Verdict:
    if layer is Layer.APPLICATION and case.service is not None and case.service.is_external_name:
        place = inside(case, target_of(case.service))
        why = (
            f"it is an alias, ask about {place[0]}.{place[1]} itself" if place else "the host is outside of the cluster"
        )
        return Verdict(Status.UNKNOWN, Basis.NONE, f"not tested: {why}")
    return Verdict(Status.OK, Basis.CONFIG, f"no name to resolve: an address was asked for; {not_probed(case)}")


def _sound(case: Case, layer: Layer, own: list[HopState], basis: Basis) -> Verdict:
    """The sentence of a sound layer: what was measured; where nothing was, what the objects say."""
    telling = [each for hop in _TELLING[layer] for each in own if each.hop is hop]
    probed = [each for each in telling if each.basis is Basis.PROBED]
    if probed:
        return Verdict(Status.OK, Basis.PROBED, "; ".join(each.because for each in probed[:2]))
    words = [each.because for each in telling if each.hop is not Hop.PROXY and each.hop is not Hop.SERVICE]
    words = [without_beside(each) for each in words or [each.because for each in telling]]
    called = case if layer is Layer.DNS else at_service(case)
    return Verdict(Status.OK, basis, "; ".join([*words, not_probed(called)]))
