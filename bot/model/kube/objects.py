"""Roots of the Kubernetes objects. They decode the API's own bytes: unknown fields are dropped.

Two traps hold for all of them: a Go nil slice arrives as `null`, so every list may be None; and a field the API
leaves out has the meaning that its type's comment gives it, which the methods of the words apply.
"""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Struct, field

from bot.model.kube.annotations import Annotation
from bot.model.refs import Ref

# The API writes RFC 3339 times with a zone; one without could not be compared with the others, so it is no time.
Time = Annotated[datetime, msgspec.Meta(tz=True)]


class ApiObject(Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """Root of every decoded word: camelCase on the wire, defaults left out when written."""


class Owner(ApiObject, frozen=True):
    kind: str
    name: str
    uid: str = ""
    controller: bool | None = None


class ManagedFields(ApiObject, frozen=True):
    """Who wrote last, and when; `fields_v1` names the fields as nested `f:` keys."""

    manager: str = ""
    operation: str = ""
    time: Time | None = None
    fields_v1: dict[str, Any] | None = field(name="fieldsV1", default=None)


class Meta(ApiObject, frozen=True):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    creation_timestamp: Time | None = None
    deletion_timestamp: Time | None = None
    resource_version: str = ""
    generation: int = 0
    owner_references: tuple[Owner, ...] | None = None
    finalizers: tuple[str, ...] | None = None
    managed_fields: tuple[ManagedFields, ...] | None = None


class Condition(ApiObject, frozen=True):
    type: str
    status: str = "Unknown"
    reason: str | None = None
    message: str | None = None
    last_transition_time: Time | None = None


class KubeObject(ApiObject, frozen=True):
    """What every object has: metadata. `kind` comes from the class, since items of a list do not carry it."""

    metadata: Meta = field(default_factory=Meta)

    @property
    def kind(self) -> str:
        return type(self).__name__

    @property
    def group(self) -> str:
        """Return the API group where another kind has the same name; else nothing."""
        return ""

    @property
    def name(self) -> str:
        return self.metadata.name

    @property
    def namespace(self) -> str:
        return self.metadata.namespace

    @property
    def labels(self) -> dict[str, str]:
        return self.metadata.labels or {}

    def annotation(self, key: Annotation) -> str:
        """Return the value of an annotation; empty where there is none."""
        return (self.metadata.annotations or {}).get(key.value, "")

    @property
    def ref(self) -> Ref:
        return Ref(self.kind, self.metadata.name, self.metadata.namespace, self.group)
