"""Label selectors. The trap of this file: an empty Service selector matches nothing, an empty LabelSelector everything."""

from collections.abc import Mapping

from msgspec import Struct

Labels = Mapping[str, str]


class Requirement(Struct, frozen=True):
    """One line of `matchExpressions`."""

    key: str
    operator: str
    values: tuple[str, ...] | None = None

    def matches(self, labels: Labels) -> bool:
        """Judge one set of labels (LabelSelectorRequirement, meta/v1).

        `NotIn` holds for labels without the key. An operator this version does not know matches nothing.
        """
        match self.operator:
            case "In":
                return labels.get(self.key) in (self.values or ())
            case "NotIn":
                return labels.get(self.key) not in (self.values or ())
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels
        return False

    def __str__(self) -> str:
        match self.operator:
            case "In" | "NotIn":
                return f"{self.key} {self.operator.lower()} ({','.join(self.values or ())})"
            case "DoesNotExist":
                return f"!{self.key}"
        return self.key


class LabelSelector(Struct, frozen=True, rename="camel", omit_defaults=True):
    """The selector of workloads and policies (meta/v1). Empty matches everything; an absent one is the caller's case."""

    match_labels: dict[str, str] | None = None
    match_expressions: tuple[Requirement, ...] | None = None

    def matches(self, labels: Labels) -> bool:
        """All pairs and all expressions hold."""
        if self.match_labels:
            for key, value in self.match_labels.items():
                if labels.get(key) != value:
                    return False
        for each in self.match_expressions or ():  # noqa: SIM110 (a loop, as `Pod.condition` is)
            if not each.matches(labels):
                return False
        return True

    @property
    def is_empty(self) -> bool:
        return not self.match_labels and not self.match_expressions

    @property
    def keys(self) -> tuple[str, ...]:
        """The label keys it asks for, in the order in which they are written."""
        asked = (*(self.match_labels or {}), *(each.key for each in self.match_expressions or ()))
        return tuple(dict.fromkeys(asked))

    def __str__(self) -> str:
        parts = [f"{key}={value}" for key, value in sorted((self.match_labels or {}).items())]
        return ",".join(parts + [str(requirement) for requirement in self.match_expressions or ()])


class ServiceSelector(Struct, frozen=True):
    """The selector of a Service: pairs only, and empty matches nothing (ServiceSpec.selector, core/v1)."""

    pairs: dict[str, str]

    def matches(self, labels: Labels) -> bool:
        for key, value in self.pairs.items():  # a loop, as `Pod.condition` is
            if labels.get(key) != value:
                return False
        return bool(self.pairs)

    def __str__(self) -> str:
        return ",".join(f"{key}={value}" for key, value in sorted(self.pairs.items()))
