"""The answer of `path` (`k8snet.path/v1`): may this source reach that target, by routing and policy alone, and why."""

from msgspec import Struct

from bot.model.call.hop import HopState
from bot.model.policy.decisions import Answer
from bot.model.refs import Ref
from bot.model.result.diagnosis import OpenGap
from bot.model.result.status import Status, worst

PATH_SCHEMA = "k8snet.path/v1"
DECISION_STATUS = {"allow": Status.OK, "deny": Status.FAIL, "unknown": Status.UNKNOWN}


class Reasoned(Struct, frozen=True):
    """What policies say of one way, with their reasons."""

    decision: Answer
    because: tuple[str, ...]


class Side(Struct, frozen=True):
    """What the policies at one end say, over all endpoints in question (docs/json.md, "Path")."""

    decision: Answer
    isolated: bool = False
    allowed_by: tuple[Ref, ...] = ()
    denied_by: tuple[Ref, ...] = ()


class EndpointDecision(Struct, frozen=True):
    """The last step of the way: one endpoint, at the port of the pod itself."""

    name: str
    address: str
    port: int
    node: str
    decision: Answer
    egress: Side
    ingress: Side
    because: tuple[str, ...]


class PathStep(Struct, frozen=True):
    """One decision on the way, in order."""

    decision: Answer
    said: str


class PathAnswer(Struct, frozen=True, tag_field="schema", tag=PATH_SCHEMA):
    """`k8snet.path/v1`. `dns` is null where the cluster's DNS is not seen, or is not on the way (an IP was asked for).

    `gaps` are what could not be read of what decides, whether or not it left this decision open.
    """

    source: str
    target: str
    port: int | str | None
    protocol: str
    decision: Answer
    egress: Side
    ingress: Side
    because: tuple[str, ...]
    steps: tuple[PathStep, ...] = ()
    endpoints: tuple[EndpointDecision, ...] = ()
    dns: Side | None = None
    hops: tuple[HopState, ...] = ()
    assumed: tuple[str, ...] = ()
    gaps: tuple[OpenGap, ...] = ()

    @property
    def outcome(self) -> Status:
        """Return the worst of what policies decide and of the hops: a way that breaks elsewhere is not ok by being allowed."""
        return worst((DECISION_STATUS[self.decision], *(each.status for each in self.hops)))
