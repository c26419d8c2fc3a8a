"""The question: which Service, asked by whom, with what complaint."""

from enum import StrEnum

from msgspec import Struct

from bot.model.question.entry import Entry


class Symptom(StrEnum):
    """What the asker saw. It ranks causes; it never overrides a contradicting measurement (failure-modes A.4)."""

    NXDOMAIN = "nxdomain"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    RESET = "reset"
    TLS = "tls"  # a handshake that fails, a certificate that is refused
    SERVER_ERROR = "5xx"
    INTERMITTENT = "intermittent"
    SLOW = "slow"


class Source(Struct, frozen=True, omit_defaults=True):
    """Who calls. All three empty but the namespace: a pod of that namespace without special labels.

    `word` is KIND/NAME as it was typed, which may also mean NAMESPACE/POD where a namespace is called like a kind.
    """

    namespace: str = ""
    pod: str = ""
    workload: str = ""  # kind/name with kubectl's short kind, e.g. deploy/checkout
    word: str = ""

    @property
    def as_pod(self) -> "Source | None":
        """The other reading of `word`, a pod of the namespace that is called like a kind; None where there is none."""
        namespace, _, pod = self.word.partition("/")
        return Source(namespace=namespace, pod=pod) if pod else None

    def __str__(self) -> str:
        return f"{self.namespace}/{self.pod or self.workload}"


class Question(Struct, frozen=True):
    """What was asked, after parsing and before reading.

    `namespace` is empty where none was said: the reader then finds the one namespace that has the Service, or asks.
    `name` is the host as it was written; `address` is set instead of `service` when an IP was asked for.
    """

    service: str = ""
    namespace: str = ""
    port: int | str | None = None
    protocol: str = "TCP"
    source: Source | None = None
    symptom: Symptom | None = None
    cluster: str = ""
    name: str = ""
    address: str = ""
    scheme: str = ""
    path: str = ""
    resolver: str = ""  # a word of the table of resolvers; empty: not said
    entry: Entry | None = (
        None  # the address that was asked for, where the Service is entered by another than its ClusterIP
    )
    assumed: tuple[str, ...] = ()
    default_namespace: str = ""  # where the Service is looked for first, if no namespace was said
    protocol_said: bool = False  # else `protocol` gives way to the one in which the port is offered

    @property
    def is_bare(self) -> bool:
        """The host was written as a single label, which a resolver tries in the caller's namespace first."""
        return "." not in self.name.rstrip(".")
