"""JSON Schemas of what `-o json` writes (docs/json.md): the shapes of bot/reports/json.py, dns_text.py, usecases/path.py.

Words of closed sets come from the types themselves. Objects may gain fields, so further ones are allowed.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.model.call.hop import Hop
from bot.model.dns.search.conclusion import Reason
from bot.model.dns.search.table import LIBCS, RESOLVERS
from bot.model.probe import Outcome, VantageKind
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Layer, Severity
from bot.model.result.status import Basis, Status

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
TIME: Schema = {"type": "string", "format": "date-time", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$"}
MILLISECONDS: Schema = {"type": "number", "minimum": 0}
ANYTHING: Schema = {}


def _object(fields: Mapping[str, Schema], *, also: Mapping[str, Schema] | None = None) -> Schema:
    """Return an object whose `fields` are never left out; those of `also` may be."""
    return {"type": "object", "properties": {**fields, **(also or {})}, "required": list(fields)}


def _words(values: Iterable[str]) -> Schema:
    return {"enum": [str(value) for value in values]}


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _def(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


_LAYER, _BASIS = _words(Layer), _words(Basis)
_VERDICT_STATUS = _words(status for status in Status if status is not Status.OFF_PATH)
_PORT: Schema = {"type": ["integer", "string", "null"]}
_SOURCE = _object({"namespace": TEXT, "pod": TEXT, "workload": TEXT})
_VANTAGE = _object({"kind": _words(VantageKind), "namespace": TEXT, "pod": TEXT, "node": TEXT})
_RESOLVER = _words([each.name for each in RESOLVERS])
_DECISION = _words(("allow", "deny", "unknown"))

# What several schemas have in common; each takes along what it names.
DEFINITIONS: dict[str, Schema] = {
    "ref": _object({"kind": TEXT, "namespace": TEXT, "name": TEXT}, also={"group": TEXT}),
    "gap": _object({"what": TEXT, "why": TEXT, "codes": _list(TEXT), "grant": TEXT}),
    "finding": _object(
        {
            "id": TEXT,
            "fingerprint": TEXT,
            "code": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{3}$"},
            "name": TEXT,
            "layer": _LAYER,
            "severity": _words(Severity),
            "confidence": _words(Confidence),
            "about": _def("ref"),
            "message": TEXT,
            "evidence": _list(_object({"object": _def("ref"), "field": TEXT, "value": ANYTHING, "note": TEXT})),
            "caused_by": _list(TEXT),
            "affected": _or_null(_object({"endpoints": COUNT, "of": COUNT, "share": {"type": "number"}})),
            "check": _list(TEXT),
            "fix": _list(_object({"command": TEXT, "risk": TEXT, "proof": _or_null(TEXT)})),
            "since": _or_null(TIME),
            "changed_by": _or_null(TEXT),
        },
        also={"since_earliest": TIME},
    ),
    "verdict": _object(
        {"status": _VERDICT_STATUS, "basis": _BASIS, "consequence_of": _or_null(_LAYER), "summary": TEXT}
    ),
    "side": _object(
        {
            "decision": _DECISION,
            "isolated": {"type": "boolean"},
            "allowed_by": _list(_def("ref")),
            "denied_by": _list(_def("ref")),
        }
    ),
    "answer": _object({"outcome": _words(Outcome), "addresses": _list(TEXT), "ms": MILLISECONDS}),
}

_QUESTION = _object(
    {
        "cluster": TEXT,
        "service": TEXT,
        "namespace": TEXT,
        "port": _PORT,
        "protocol": TEXT,
        "source": _or_null(_SOURCE),
        "symptom": _or_null(_words(Symptom)),
        "assumed": _list(TEXT),
        "name": TEXT,
        "address": TEXT,
        "scheme": TEXT,
        "path": TEXT,
    }
)
_ROOT_CAUSE = _object(
    {
        "finding": TEXT,
        "code": TEXT,
        "name": TEXT,
        "layer": _LAYER,
        "confidence": _words(Confidence),
        "about": _def("ref"),
        "message": TEXT,
    }
)
_HOP = _object(
    {
        "hop": _words(Hop),
        "layer": _LAYER,
        "status": _words(Status),
        "basis": _BASIS,
        "because": TEXT,
        "findings": _list(TEXT),
    }
)
_OBSERVATION = _object(
    {
        "probe": _words(("dns", "tcp", "http", "tls", "grpc")),
        "target": TEXT,
        "from": TEXT,
        "outcome": _words(Outcome),
        "ms": MILLISECONDS,
        "detail": {"type": "object"},
    }
)
_CHANGE = _object({"at": TIME, "object": _def("ref"), "field": TEXT, "manager": TEXT, "note": TEXT})

# A digest and a table of `check` are one thing, seen with and without what was before.
_MEASURED = {"took_ms": COUNT, "api_requests": COUNT}
# Only of what a worker held by watches, in the place of reading it.
_HELD = {"watch_age_seconds": {"type": "number", "minimum": 0}}
_MANY = {
    "scope": _object({"cluster": TEXT, "namespaces": _list(TEXT)}),
    "at": TIME,
    **_MEASURED,
    "totals": _object({"services": COUNT, "ok": COUNT, "warn": COUNT, "fail": COUNT, "unknown": COUNT}),
}
_LINES = {
    "gaps": _list(_def("gap")),
    "services": _list(
        _object(
            {
                "namespace": TEXT,
                "name": TEXT,
                "outcome": _VERDICT_STATUS,
                "why": TEXT,
                "root_cause": _or_null(_object({"code": TEXT, "message": TEXT})),
            }
        )
    ),
    "unread": _list(TEXT),
    "taken_at": TIME,
}
_SIDES = {"decision": _DECISION, "egress": _def("side"), "ingress": _def("side"), "because": _list(TEXT)}

OUTPUTS: dict[str, dict[str, Schema]] = {
    "diagnosis": {
        "id": TEXT,
        "question": _QUESTION,
        "asked_at": TIME,
        **_MEASURED,
        "vantage": _VANTAGE,
        "outcome": _VERDICT_STATUS,
        "verdicts": _object({str(layer): _def("verdict") for layer in Layer}),
        "root_cause": _or_null(_ROOT_CAUSE),
        "findings": _list(_def("finding")),
        "hops": _list(_HOP),
        "observations": _list(_OBSERVATION),
        "gaps": _list(_def("gap")),
        "changes": _list(_CHANGE),
        "taken_at": TIME,
    },
    "digest": {
        **_MANY,
        **{part: _list(_def("finding")) for part in ("new", "fixed", "ongoing")},
        "muted": COUNT,
        **_LINES,
    },
    "check": {**_MANY, **_LINES},
    "triage": {
        **_MANY,
        "causes": _list(
            _object(
                {
                    "finding": _def("finding"),
                    "services": _list(_object({"namespace": TEXT, "name": TEXT})),
                    "since": _or_null(TIME),
                    "share": {"type": "number", "minimum": 0, "maximum": 1},
                    "is_old": {"type": "boolean"},
                    "callers": _list(_def("ref")),
                    "depends_on": _list(_object({"namespace": TEXT, "name": TEXT})),
                }
            )
        ),
        **_LINES,
    },
    "dns": {
        "name": TEXT,
        "outcome": _VERDICT_STATUS,
        "basis": _BASIS,
        "vantage": _VANTAGE,
        "namespace": TEXT,
        "source": _or_null(_SOURCE),
        "resolv_conf": _object({"nameservers": _list(TEXT), "searches": _list(TEXT), "ndots": COUNT, "why": TEXT}),
        "steps": _list(_object({"name": TEXT, "a": _def("answer"), "aaaa": _def("answer")})),
        "conclusions": _list(
            _object(
                {"libc": _words([each.name for each in LIBCS]), "hit": TEXT, "addresses": _list(TEXT), "error": TEXT}
            )
        ),
        "resolver": _or_null(_object({"name": _RESOLVER, "version": TEXT, "guessed_by": _or_null(TEXT)})),
        "resolvers": _list(
            _object(
                {
                    "name": _RESOLVER,
                    "hit": TEXT,
                    "addresses": _list(TEXT),
                    "error": TEXT,
                    "seconds": MILLISECONDS,
                    "reason": _or_null(_words(Reason)),
                    "at": TEXT,
                }
            )
        ),
        "differences": _list(_object({"resolvers": _list(_RESOLVER), "why": TEXT, "advice": TEXT})),
        "notes": _list(TEXT),
        "pointers": _list(TEXT),
        "findings": _list(_def("finding")),
        "doubt": TEXT,
        "gaps": _list(_def("gap")),
    },
    "path": {
        "assumed": _list(TEXT),
        "source": TEXT,
        "target": TEXT,
        "port": _PORT,
        "protocol": TEXT,
        **_SIDES,
        "steps": _list(_object({"decision": _DECISION, "said": TEXT})),
        "endpoints": _list(_object({"name": TEXT, "address": TEXT, "port": COUNT, "node": TEXT, **_SIDES})),
        "dns": _or_null(_def("side")),
        "hops": _list(_HOP),
        "gaps": _list(_def("gap")),
    },
}


def output_schemas() -> dict[str, Schema]:
    """Return the schema of each output by name, `batch` being one line of a batch's answer."""
    found = {
        name: _published(
            name, {"schema": {"const": f"k8snet.{name}/v1"}, **fields}, also=_HELD if "api_requests" in fields else None
        )
        for name, fields in OUTPUTS.items()
    }
    return {**found, "batch": _published("batch", {"id": ANYTHING, **_SIDES})}


def _published(name: str, fields: Mapping[str, Schema], *, also: Mapping[str, Schema] | None = None) -> Schema:
    written = _object(fields, also=also)
    return {"$schema": DIALECT, "title": f"k8snet.{name}/v1", **written, "$defs": _named_in(fields)}


def _named_in(schema: Any) -> dict[str, Schema]:
    """Return the definitions that a schema names, and those that they name."""
    text = str(schema)
    names = [name for name in DEFINITIONS if f"#/$defs/{name}'" in text]
    deeper = [other for name in names for other in _named_in(DEFINITIONS[name])]
    return {name: DEFINITIONS[name] for name in dict.fromkeys((*names, *deeper))}
