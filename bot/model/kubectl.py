"""Commands to paste. Every word that comes from a cluster is quoted for a POSIX shell; a patch is rendered from its data."""

import shlex
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from bot.model.kube.kinds import SHORT, kind_of
from bot.model.pattern import pattern
from bot.model.refs import Ref

_CONTROL = pattern(r"[\x00-\x1f\x7f-\x9f]")


@lru_cache(maxsize=1024)
def kubectl(*words: str, namespace: str = "") -> str:
    """Join words into one kubectl command, each quoted; control characters, which no name may hold, are dropped."""
    place = ("-n", namespace) if namespace else ()
    return shlex.join(["kubectl", *(_CONTROL.sub("", word) for word in (*place, *words))])


def show_config(config: Ref, key: str) -> str:
    """Return the command that prints one key of a ConfigMap."""
    path = key.replace(".", "\\.")
    return kubectl("get", "cm", config.name, "-o", f"jsonpath={{.data.{path}}}", namespace=config.namespace)


def resource(ref: Ref) -> str:
    """Return kubectl's short word for a kind, e.g. `svc`; where two kinds share a name, the plural with its group."""
    known = kind_of(ref.kind, ref.group or None)
    if known and ref.group:
        return f"{known.plural}.{ref.group}"
    return SHORT.get(ref.kind, ref.kind.lower())


def merge_patch(ref: Ref, patch: Mapping[str, Any], *more: str) -> str:
    """Render a JSON merge patch (RFC 7396) of one object."""
    return kubectl("patch", resource(ref), ref.name, "--type=merge", "-p", _json(patch), *more, namespace=ref.namespace)


def json_patch(ref: Ref, operations: tuple[Mapping[str, Any], ...]) -> str:
    """Render a JSON patch (RFC 6902) of one object."""
    return kubectl("patch", resource(ref), ref.name, "--type=json", "-p", _json(operations), namespace=ref.namespace)


def set_variable(ref: Ref, container: str, name: str, value: str) -> str:
    """Render the change of one container's environment variable in a workload's template."""
    words = ("set", "env", f"{resource(ref)}/{ref.name}", "-c", container, f"{name}={value}")
    return kubectl(*words, namespace=ref.namespace)


def delete(ref: Ref) -> str:
    """Render the deletion of one object."""
    return kubectl("delete", resource(ref), ref.name, namespace=ref.namespace)


def apply(manifest: Mapping[str, Any]) -> str:
    """Render the creation of an object as one line that a shell reads as it stands."""
    return f"printf %s {shlex.quote(_CONTROL.sub('', _json(manifest)))} | kubectl apply -f -"


def replace(ref: Ref, patch: Mapping[str, Any]) -> str:
    """Render the deletion of an object and its creation anew with a merge patch, for fields that cannot be changed.

    The patch is made on the whole object as the API has it, so that annotations and what is not read here are kept.
    """
    return f"{merge_patch(ref, patch, '--dry-run=client', '-o', 'json')} | kubectl replace --force -f -"


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
