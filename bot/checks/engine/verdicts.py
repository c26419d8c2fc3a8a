"""The three verdicts (failure-modes A.1, step 6). Law of this file: `ok` needs something that was looked at.

A layer is what its findings say; without findings it is unknown where something could not be read, else ok on what was
measured, else ok on configuration, which the sentence then says. A layer behind a broken one is not tested.
"""

from collections.abc import Mapping

from bot.checks.engine.registry import Check
from bot.checks.engine.summaries import application_ok, dns_ok, routing_ok
from bot.model.case import Case
from bot.model.result.diagnosis import Verdict
from bot.model.result.finding import Finding, Layer, Severity
from bot.model.result.status import Basis, Status

_STATUS = {Severity.FAIL: Status.FAIL, Severity.WARN: Status.WARN}


def verdicts(
    case: Case, findings: tuple[Finding, ...], checks: Mapping[str, Check], unknown: Mapping[Layer, str]
) -> dict[str, Verdict]:
    """Give the verdict of each layer, in order. `unknown` holds the layers that some check could not judge, and why."""
    told: dict[Layer, Verdict] = {}
    for layer in Layer:
        told[layer] = (
            _by_findings(case, layer, findings, checks)
            or _not_reached(layer, told, case)
            or _by_looking(case, layer, unknown.get(layer, ""))
        )
    return {str(layer): verdict for layer, verdict in told.items()}


def _by_findings(
    case: Case, layer: Layer, findings: tuple[Finding, ...], checks: Mapping[str, Check]
) -> Verdict | None:
    """The worst finding of this layer's own, else the worst one whose effect shows here."""
    if not findings:
        return None
    by_id = {each.id: each for each in findings}
    own = [each for each in findings if each.layer is layer and not each.caused_by]
    if worst := _worst(own):
        return Verdict(_STATUS[worst.severity], _basis(case, layer), worst.message)
    shown = [
        each for each in findings if checks[each.code].shows_in is layer and (each.caused_by or each.layer is not layer)
    ]
    for each in shown:
        root = _origin(each, by_id)
        if root.severity is not Severity.INFO and root.layer is not layer:
            return Verdict(_STATUS[root.severity], _basis(case, layer), each.message, consequence_of=root.layer)
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


def _basis(case: Case, layer: Layer) -> Basis:
    looked = {
        Layer.DNS: (*case.queries("service"), *case.queries("replica")),
        Layer.ROUTING: (*case.tcp("service"), *case.tcp()),
        Layer.APPLICATION: (*case.http(), *case.tcp()),
    }
    return Basis.PROBED if looked[layer] else Basis.CONFIG


def _not_reached(layer: Layer, told: Mapping[Layer, Verdict], case: Case) -> Verdict | None:
    """A layer that nothing was found in, behind one that fails: not tested, and why."""
    if case.service is None or case.service.is_external_name:
        return _no_address(layer, told)
    routing = told.get(Layer.ROUTING)
    if layer is Layer.APPLICATION and routing and routing.status is Status.FAIL and not case.all_usable:
        lacks_port = case.question.port is not None and not case.ports
        why = "the Service has no such port" if lacks_port else "there is no endpoint to call"
        return Verdict(Status.UNKNOWN, Basis.NONE, f"not tested: {why}", consequence_of=Layer.ROUTING)
    return None


def _no_address(layer: Layer, told: Mapping[Layer, Verdict]) -> Verdict | None:
    dns = told.get(Layer.DNS)
    if layer is Layer.DNS or dns is None or dns.status is not Status.FAIL:
        return None
    if layer is Layer.ROUTING:
        return Verdict(Status.UNKNOWN, Basis.NONE, "not tested: no address to route to", consequence_of=Layer.DNS)
    return Verdict(Status.UNKNOWN, Basis.NONE, "not tested: no address to call", consequence_of=Layer.DNS)


def _by_looking(case: Case, layer: Layer, unknown: str) -> Verdict:
    """Nothing was found: say what was looked at, or that nothing could be."""
    if case.service is None:
        return Verdict(Status.UNKNOWN, Basis.NONE, f"the Service could not be read{f': {unknown}' if unknown else ''}")
    seen = {Layer.DNS: dns_ok, Layer.ROUTING: routing_ok, Layer.APPLICATION: application_ok}[layer](case)
    if unknown:
        return Verdict(Status.UNKNOWN, seen.basis, f"{unknown}; {seen.summary}")
    return seen
