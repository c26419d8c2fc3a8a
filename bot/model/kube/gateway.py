"""Gateway API (gateway.networking.k8s.io/v1). https://gateway-api.sigs.k8s.io/reference/spec/"""

from msgspec import field

from bot.model.kube.objects import ApiObject, Condition, KubeObject
from bot.model.refs import Ref


class ObservedCondition(Condition, frozen=True):
    """A condition with the generation of the object that its controller had seen."""

    observed_generation: int | None = None


class ParentRef(ApiObject, frozen=True):
    """Which Gateway, or in a mesh which Service, a route is attached to."""

    name: str = ""
    namespace: str | None = None
    group: str = "gateway.networking.k8s.io"
    kind: str = "Gateway"
    section_name: str | None = None
    port: int | None = None


class BackendRef(ApiObject, frozen=True):
    """Where a rule of a route sends its calls."""

    name: str = ""
    namespace: str | None = None
    group: str = ""
    kind: str = "Service"
    port: int | None = None
    weight: int = 1


class RouteRule(ApiObject, frozen=True):
    """One rule, as far as its backends go."""

    backend_refs: tuple[BackendRef, ...] | None = None


class RouteSpec(ApiObject, frozen=True):
    """Hosts, parents and rules of a route."""

    hostnames: tuple[str, ...] | None = None
    parent_refs: tuple[ParentRef, ...] | None = None
    rules: tuple[RouteRule, ...] | None = None


class RouteParentStatus(ApiObject, frozen=True):
    """What the controller of one parent says of a route: Accepted, ResolvedRefs."""

    controller_name: str = ""
    parent_ref: ParentRef = field(default_factory=ParentRef)
    conditions: tuple[ObservedCondition, ...] | None = None

    def condition(self, kind: str) -> ObservedCondition | None:
        """Return what it says of one kind of condition."""
        return next((each for each in self.conditions or () if each.type == kind), None)


class RouteStatus(ApiObject, frozen=True):
    """What controllers say of a route; empty where none looks after it."""

    parents: tuple[RouteParentStatus, ...] | None = None


class Route(KubeObject, frozen=True):
    """What all kinds of routes have: the Gateways that serve it, and the Services that its rules send calls to."""

    spec: RouteSpec = field(default_factory=RouteSpec)
    status: RouteStatus = field(default_factory=RouteStatus)

    @property
    def backend_refs(self) -> tuple[BackendRef, ...]:
        """Return where all of its rules send calls, in their order."""
        return tuple(each for rule in self.spec.rules or () for each in rule.backend_refs or ())

    @property
    def gateways(self) -> tuple[Ref, ...]:
        """Return the Gateways that it is attached to, or would be."""
        parents = (each for each in self.spec.parent_refs or () if each.kind == "Gateway")
        return tuple(Ref("Gateway", each.name, each.namespace or self.namespace) for each in parents)

    def conditions(self, kind: str) -> tuple[Condition, ...]:
        """Return what each parent's controller says of one kind of condition."""
        said = (each for parent in self.status.parents or () for each in parent.conditions or ())
        return tuple(each for each in said if each.type == kind)


class HTTPRoute(Route, frozen=True):
    """Sends calls for hosts and paths to Services."""


class GRPCRoute(Route, frozen=True):
    """Sends calls for hosts and methods of gRPC to Services."""


class TLSRoute(Route, frozen=True):
    """Sends connections for the names that TLS asks for to Services, without ending TLS."""


GATEWAY_ROUTES = (HTTPRoute, GRPCRoute, TLSRoute)


class Listener(ApiObject, frozen=True):
    """A port of a Gateway."""

    name: str = ""
    port: int = 0
    protocol: str = ""
    hostname: str | None = None


class GatewaySpec(ApiObject, frozen=True):
    """Class and listeners."""

    gateway_class_name: str = ""
    listeners: tuple[Listener, ...] | None = None


class ListenerStatus(ApiObject, frozen=True):
    """What the controller says of one listener: Accepted, Programmed, ResolvedRefs, Conflicted."""

    name: str = ""
    conditions: tuple[ObservedCondition, ...] | None = None


class GatewayStatus(ApiObject, frozen=True):
    """What the controller says of a Gateway: Accepted, Programmed; and of each listener."""

    conditions: tuple[ObservedCondition, ...] | None = None
    listeners: tuple[ListenerStatus, ...] | None = None


class Gateway(KubeObject, frozen=True):
    """Where calls from outside come in, or, in an ambient mesh, those to the Services of a namespace (a waypoint)."""

    spec: GatewaySpec = field(default_factory=GatewaySpec)
    status: GatewayStatus = field(default_factory=GatewayStatus)

    def condition(self, kind: str) -> Condition | None:
        """Return a condition of the status; None where nobody said it."""
        return next((each for each in self.status.conditions or () if each.type == kind), None)

    def listeners_of(self, parent: ParentRef) -> tuple[Listener, ...]:
        """Return the listeners that a route with this reference is attached to: those of its name or port, else all."""
        return tuple(
            each
            for each in self.spec.listeners or ()
            if parent.section_name in (None, "", each.name) and parent.port in (None, each.port)
        )


class ReferenceGrantPeer(ApiObject, frozen=True):
    """One side of a grant."""

    group: str = ""
    kind: str = ""
    namespace: str = ""
    name: str | None = None


class ReferenceGrantSpec(ApiObject, frozen=True):
    """Who may refer to what of this namespace."""

    from_: tuple[ReferenceGrantPeer, ...] | None = field(name="from", default=None)
    to: tuple[ReferenceGrantPeer, ...] | None = None


class ReferenceGrant(KubeObject, frozen=True):
    """Lets routes of other namespaces refer to this one's Services."""

    spec: ReferenceGrantSpec = field(default_factory=ReferenceGrantSpec)
