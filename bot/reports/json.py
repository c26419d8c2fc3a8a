"""Every answer as JSON for scripts: `k8snet.diagnosis/v1`, check, digest, dns and path. Keys are never left out.

Same input, same bytes, `id`, times and `took_ms` aside: keys stand in the order of docs/json.md. `watch_age_seconds`
stands only where watches held something.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from bot.errors import DumpUnreadableError
from bot.model.call.hop import HopState
from bot.model.dns.search.answers import Answer
from bot.model.dns.search.conclusion import Conclusion
from bot.model.pattern import pattern
from bot.model.probe import Call, DnsQuery, GrpcHealth, HttpGet, Observation, TlsHandshake, Vantage
from bot.model.question.question import Question, Source
from bot.model.refs import Ref
from bot.model.result.answer import Answered
from bot.model.result.diagnosis import DIAGNOSIS_SCHEMA, Change, Diagnosis, OpenGap, RootCause, Verdict
from bot.model.result.digest import CHECK_SCHEMA, DIGEST_SCHEMA, Digest, DigestLine, Scope, Table
from bot.model.result.finding import Evidence, Finding
from bot.model.result.path import PATH_SCHEMA, PathAnswer
from bot.model.result.resolution import DNS_SCHEMA, Resolution
from bot.model.result.triage import TRIAGE_SCHEMA, Triage
from bot.reports.words import held_fields, vantage_fields

# JSON escapes C0 by itself; C1 controls and direction marks are escaped too, since a terminal would obey them.
_OBEYED = pattern("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def answer_json(found: Answered) -> str:
    """Return an answer in its own schema, ending in a newline."""
    return written(answer_object(found))


def answer_object(found: Answered) -> dict[str, Any]:
    """Return an answer as plain data (docs/json.md)."""
    match found:
        case Diagnosis():
            return diagnosis_object(found)
        case Table():
            return {"schema": CHECK_SCHEMA, **_measured(found), **_services(found)}
        case Digest():
            return _digest(found)
        case Triage():
            return _triage(found)
        case PathAnswer():
            return _path(found)
        case Resolution():
            return _resolution(found)


def read_digest(raw: bytes) -> Digest:
    """Read a digest that was written as JSON. Raises DumpUnreadableError for anything else."""
    try:
        return msgspec.json.decode(raw, type=Digest)  # whose `schema` has to be DIGEST_SCHEMA
    except (msgspec.DecodeError, ValueError) as error:
        raise DumpUnreadableError(f"That is no digest written by k8snet ({DIGEST_SCHEMA}): {error}.") from error


def written(data: Any) -> str:
    """Return JSON text, indented by two, in which nothing can speak to a terminal; ends in a newline."""
    raw = msgspec.json.format(msgspec.json.encode(_whole(data)), indent=2).decode()
    return _escaped(raw) + "\n"


def written_line(data: Any) -> str:
    """Return the same on one line, for JSON lines; ends in a newline."""
    return _escaped(msgspec.json.encode(_whole(data)).decode()) + "\n"


def _escaped(raw: str) -> str:
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", raw)


def _whole(data: Any) -> Any:
    """Replace lone surrogates, which YAML can smuggle in and UTF-8 cannot hold."""
    if isinstance(data, str):
        return data if data.isascii() else data.encode("utf-8", "replace").decode()
    if isinstance(data, Mapping):
        return {_whole(str(key)): _whole(value) for key, value in data.items()}
    if isinstance(data, (list, tuple, frozenset, set)):
        return [_whole(each) for each in data]
    if isinstance(data, msgspec.Struct):
        return _whole(msgspec.to_builtins(data))
    return _moment(data) if isinstance(data, datetime) else data


def diagnosis_object(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return a diagnosis as plain data (docs/json.md, "Diagnosis")."""
    return {
        "schema": DIAGNOSIS_SCHEMA,
        "id": diagnosis.id,
        "question": _question(diagnosis.question),
        "asked_at": _moment(diagnosis.asked_at),
        "took_ms": diagnosis.took_ms,
        "api_requests": diagnosis.api_requests,
        "vantage": vantage_fields(diagnosis.vantage),
        "outcome": str(diagnosis.outcome),
        "verdicts": {layer: _verdict(each) for layer, each in diagnosis.verdicts.items()},
        "root_cause": _root_cause(diagnosis.root_cause) if diagnosis.root_cause else None,
        "findings": [finding_object(each) for each in diagnosis.findings],
        "hops": [hop_object(each) for each in diagnosis.hops],
        "observations": [_observation(each, diagnosis.vantage) for each in diagnosis.observations],
        "gaps": [_gap(each) for each in diagnosis.gaps],
        "changes": [_change(each) for each in diagnosis.changes],
        "taken_at": _moment(diagnosis.told_at),
        **held_fields(diagnosis.watch_age),
    }


def hop_object(state: HopState) -> dict[str, Any]:
    """Return a hop as plain data (docs/json.md, "Hops")."""
    return {
        "hop": str(state.hop),
        "layer": str(state.layer),
        "status": str(state.status),
        "basis": str(state.basis),
        "because": state.because,
        "findings": list(state.findings),
    }


def _digest(digest: Digest) -> dict[str, Any]:
    """Return a digest as plain data: the table, with what is new, fixed and ongoing."""
    return {
        "schema": DIGEST_SCHEMA,
        **_measured(digest),
        "new": [finding_object(each) for each in digest.new],
        "fixed": [finding_object(each) for each in digest.fixed],
        "ongoing": [finding_object(each) for each in digest.ongoing],
        "muted": digest.muted,
        **_services(digest),
    }


def _triage(found: Triage) -> dict[str, Any]:
    """Return a triage as plain data: its causes, then the table that they were found in (docs/json.md, "Triage")."""
    return {
        "schema": TRIAGE_SCHEMA,
        **_measured(found),
        "causes": [
            {
                "finding": finding_object(each.finding),
                "services": msgspec.to_builtins(each.services),
                "since": _moment(each.since) if each.since else None,
                "share": each.share,
                "is_old": each.is_old,
                "callers": [_ref(caller) for caller in each.callers],
                "depends_on": msgspec.to_builtins(each.depends_on),
            }
            for each in found.causes
        ],
        **_services(found),
    }


def _measured(scope: Scope) -> dict[str, Any]:
    return {
        "scope": dict(scope.scope),
        "at": _moment(scope.at),
        "took_ms": scope.took_ms,
        "api_requests": scope.api_requests,
        "totals": msgspec.to_builtins(scope.totals),
        **held_fields(scope.watch_age),
    }


def _services(scope: Scope) -> dict[str, Any]:
    return {
        "gaps": [_gap(each) for each in scope.gaps],
        "services": [_service_line(each) for each in scope.services],
        "unread": list(scope.unread),
        "taken_at": _moment(scope.told_at),
    }


def _path(found: PathAnswer) -> dict[str, Any]:
    """Return a path as plain data (docs/json.md, "Path")."""
    told = msgspec.to_builtins(found)
    del told["schema"]
    hops = [hop_object(each) for each in found.hops]
    told |= {"hops": hops, "gaps": [_gap(each) for each in found.gaps]}
    return {"schema": PATH_SCHEMA, "assumed": told.pop("assumed"), **told}


def _resolution(found: Resolution) -> dict[str, Any]:
    """Return a lookup as plain data (docs/json.md, "DNS")."""
    conf = found.conf
    return {
        "schema": DNS_SCHEMA,
        "name": found.name,
        "outcome": str(found.outcome),
        "basis": "probed" if found.is_probed else "config",
        "vantage": vantage_fields(found.vantage),
        "namespace": found.namespace,
        "source": _source(found.source) if found.source else None,
        "resolv_conf": {
            "nameservers": list(conf.nameservers),
            "searches": list(conf.searches),
            "ndots": conf.ndots,
            "why": conf.why,
        },
        "steps": [{"name": each.name, "a": _lookup(each.a), "aaaa": _lookup(each.aaaa)} for each in found.steps],
        "conclusions": [
            {"libc": each.libc, "hit": each.hit, "addresses": list(each.addresses), "error": each.error}
            for each in found.conclusions
        ],
        "resolver": _resolver(found),
        "resolvers": [_conclusion(each) for each in found.all_conclusions],
        "differences": [
            {"resolvers": [one.name for one in each.resolvers], "why": each.why, "advice": each.advice}
            for each in found.differences
        ],
        "notes": list(found.notes),
        "pointers": list(found.pointers),
        "findings": [finding_object(each) for each in found.findings],
        "doubt": found.doubt,
        "gaps": [_gap(each) for each in found.gaps],
    }


def _resolver(found: Resolution) -> dict[str, Any] | None:
    subject = found.subject
    if subject is None:
        return None
    return {"name": subject.name, "version": subject.version, "guessed_by": found.guessed_by or None}


def _conclusion(told: Conclusion) -> dict[str, Any]:
    return {
        "name": told.resolver.name,
        "hit": told.hit,
        "addresses": list(told.addresses),
        "error": told.error,
        "seconds": round(told.seconds, 3),
        "reason": str(told.reason) if told.reason else None,
        "at": told.at,
    }


def _lookup(answer: Answer) -> dict[str, Any]:
    return {"outcome": str(answer.outcome), "addresses": list(answer.addresses), "ms": round(answer.ms, 3)}


def finding_object(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain data (docs/json.md, "Finding"); the patches behind `fix` stay inside."""
    return {
        "id": finding.id,
        "fingerprint": finding.fingerprint,
        "code": finding.code,
        "name": finding.name,
        "layer": str(finding.layer),
        "severity": str(finding.severity),
        "confidence": str(finding.confidence),
        "about": _ref(finding.about),
        "message": finding.message,
        "evidence": [_evidence(each) for each in finding.evidence],
        "caused_by": list(finding.caused_by),
        "affected": msgspec.to_builtins(finding.affected) if finding.affected else None,
        "check": list(finding.check),
        "fix": [{"command": each.command, "risk": each.risk, "proof": each.proof} for each in finding.fix],
        "since": _moment(finding.since) if finding.since else None,
        "changed_by": finding.changed_by,
        **({"since_earliest": _moment(finding.since_earliest)} if finding.since_earliest else {}),
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "cluster": question.cluster,
        "service": question.service,
        "namespace": question.namespace,
        "port": question.port,
        "protocol": question.protocol,
        "source": _source(question.source) if question.source else None,
        "symptom": str(question.symptom) if question.symptom else None,
        "assumed": list(question.assumed),
        "name": question.name,
        "address": question.address,
        "scheme": question.scheme,
        "path": question.path,
    }


def _source(source: Source) -> dict[str, str]:
    return {"namespace": source.namespace, "pod": source.pod, "workload": source.workload}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "status": str(verdict.status),
        "basis": str(verdict.basis),
        "consequence_of": str(verdict.consequence_of) if verdict.consequence_of else None,
        "summary": verdict.summary,
    }


def _root_cause(root: RootCause) -> dict[str, Any]:
    return {
        "finding": root.finding,
        "code": root.code,
        "name": root.name,
        "layer": str(root.layer),
        "confidence": str(root.confidence),
        "about": _ref(root.about),
        "message": root.message,
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "object": _ref(evidence.object),
        "field": evidence.field,
        "value": evidence.value,
        "note": evidence.note,
    }


def _observation(seen: Observation, vantage: Vantage) -> dict[str, Any]:
    """`detail` also holds what is of one kind of probe only: answers, status, each try's outcome, the purpose."""
    probe = seen.probe
    place = "/".join(filter(None, (vantage.namespace, vantage.pod)))
    detail = {
        "purpose": probe.purpose,
        "pod": probe.pod,
        "outcomes": [str(each) for each in seen.outcomes or (seen.outcome,)],
        **({"answers": list(seen.answers)} if isinstance(probe, DnsQuery) else {}),
        **({"status": seen.status} if isinstance(probe, Call) else {}),
        **seen.detail,
    }
    return {
        "probe": _probe_word(seen),
        "target": probe_target(seen),
        "from": place or str(vantage.kind),
        "outcome": str(seen.outcome),
        "ms": round(seen.ms, 3),
        "detail": dict(sorted(detail.items())),
    }


def _probe_word(seen: Observation) -> str:
    """Return the tag that the kind of probe has as JSON."""
    return str(seen.probe.__struct_config__.tag)


def probe_target(seen: Observation) -> str:
    """What was measured, e.g. `user-service.shop.svc.cluster.local. A @10.96.0.10:53/udp`, `10.244.1.7:8080`."""
    probe = seen.probe
    if isinstance(probe, DnsQuery):
        return f"{probe.name} {probe.type} @{_place(probe.server, probe.port)}/{probe.transport}"
    if isinstance(probe, HttpGet):
        return f"{probe.scheme}://{_place(probe.address, probe.port)}{probe.path}"
    if isinstance(probe, GrpcHealth):
        within = " within TLS" if probe.scheme == "https" else ""
        return f"grpc.health.v1.Health/Check({probe.service}) @{_place(probe.address, probe.port)}{within}"
    if isinstance(probe, TlsHandshake):
        return f"{probe.name or 'no name'} @{_place(probe.address, probe.port)}"
    return _place(probe.address, probe.port)


def _place(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _gap(gap: OpenGap) -> dict[str, Any]:
    return {"what": gap.what, "why": gap.why, "codes": list(gap.codes), "grant": gap.grant}


def _change(change: Change) -> dict[str, Any]:
    return {
        "at": _moment(change.at),
        "object": _ref(change.object),
        "field": change.field,
        "manager": change.manager,
        "note": change.note,
    }


def _service_line(line: DigestLine) -> dict[str, Any]:
    root = line.root_cause
    return {
        "namespace": line.namespace,
        "name": line.name,
        "outcome": str(line.outcome),
        "why": line.why,
        "root_cause": {"code": root.code, "message": root.message} if root else None,
    }


def _ref(ref: Ref) -> dict[str, str]:
    return {"kind": ref.kind, "namespace": ref.namespace, "name": ref.name}


def _moment(moment: datetime) -> str:
    """RFC 3339 in UTC with a Z, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
