"""What is behind a Service: the endpoints that take its traffic, the pods behind them, and how policies see these."""

from msgspec import Struct
from msgspec.structs import replace

from bot.model.kube.endpoints import Endpoint, called, endpoints_of, local_to, near, usable
from bot.model.kube.pods import Pod
from bot.model.kube.services import EndpointSlice, Service, ServicePort
from bot.model.kube.workloads import ZONE_LABEL
from bot.model.memo import derived
from bot.model.policy.index import policy_index
from bot.model.policy.parties import Party
from bot.model.snapshot import Snapshot


class Backends(Struct, frozen=True, dict=True):
    """The endpoints and pods of a Service, for calls translated on this node. A Service that does not exist has none."""

    snapshot: Snapshot
    service: Service | None
    ports: tuple[ServicePort, ...] = ()  # those asked about
    node: str = ""  # whose service proxy translates the call: mostly the caller's; empty where it is not known
    family: str = ""  # of the address that is called (`IPv6`); empty: the Service's first one
    entered_local: bool | None = None  # entered by another address than the ClusterIP: whether only this node's count
    host: str = ""  # the label of the one endpoint whose own name was asked; empty: the Service's

    # --- endpoints

    @derived
    def one(self) -> tuple[EndpointSlice, ...]:
        """The slices with the ready endpoint whose own name was asked: no other takes the call. Empty where there is none."""
        return called(self.snapshot.slices_of(self.service), self.host) if self.service and self.host else ()

    @property
    def only_local(self) -> bool:
        """Only endpoints on `node` count, without any fall-back: by the traffic policy of the address that is called."""
        if self.entered_local is not None:
            return self.entered_local
        return self.service is not None and self.service.local_only

    @derived
    def slices(self) -> tuple[EndpointSlice, ...]:
        """The slices of the address that is called: a ClusterIP is translated within its own family only.

        So a pod with an address of each family counts once. Where the first family has no endpoint it is the next one's;
        what a headless Service lists is its own business.
        """
        service = self.service
        known = self.snapshot.slices_of(service) if service else ()
        if self.host and self.one:
            return self.one
        if service is None or not service.families:
            return known
        for family in (self.family,) if self.family else service.families:
            own = tuple(each for each in known if each.address_type == family)
            if any(each.endpoints for each in own):
                return own
        return () if service.cluster_ips else known

    def endpoints(self, port: ServicePort) -> tuple[Endpoint, ...]:
        """Every endpoint of a port, ready or not."""
        key = (port.name, port.protocol)
        known = self._endpoints.get(key)
        if known is None:
            found = endpoints_of(self.slices, port)
            known = self._endpoints[key] = found
        return known

    @derived
    def _endpoints(self) -> dict[tuple[str, str], tuple[Endpoint, ...]]:
        """What `endpoints` gave by the port's name and protocol, which tell it in slices: a dozen checks ask for it."""
        return {}

    def usable(self, port: ServicePort) -> tuple[Endpoint, ...]:
        """Endpoints that take the caller's traffic, as kube-proxy on `node` has them, if that is known.

        With a Local policy only those on it; with topology hints those that are meant for it, or for its zone.
        """
        if self.service is None or not self.node:
            return self.usable_anywhere(port)
        if self.only_local:
            return local_to(self.endpoints(port), self.node)
        found = self.usable_anywhere(port)
        if found and self.service.cluster_ips and (found[0].for_zones or found[0].for_nodes):
            node = self.snapshot.node(self.node)
            return near(found, self.node, node.labels.get(ZONE_LABEL, "") if node else "")
        return found

    def usable_anywhere(self, port: ServicePort) -> tuple[Endpoint, ...]:
        """Endpoints that take traffic from somewhere: as `usable`, without regard to the caller's node."""
        key = (port.name, port.protocol)
        known = self._usable.get(key)
        if known is None:
            known = self._usable[key] = usable(self.endpoints(port))
        return known

    @derived
    def _usable(self) -> dict[tuple[str, str], tuple[Endpoint, ...]]:
        """What `usable_anywhere` gave, as `_endpoints`."""
        return {}

    @derived
    def all_usable(self) -> tuple[Endpoint, ...]:
        """`usable` over the ports asked about, each address and port once."""
        if len(self.ports) == 1:  # as with most: in order, and each once
            return self.usable(self.ports[0])
        return tuple(sorted({each for port in self.ports for each in self.usable(port)}))

    @derived
    def has_no_endpoint(self) -> bool:
        """Some port asked about has nothing that takes traffic."""
        return bool(self.ports) and any(not self.usable_anywhere(port) for port in self.ports)

    # --- pods

    @derived
    def selected(self) -> tuple[Pod, ...]:
        """Pods that the Service selects, finished ones included."""
        return self.snapshot.pods_selected(self.service.namespace, self.service.selector) if self.service else ()

    @derived
    def pods(self) -> tuple[Pod, ...]:
        """Pods that the Service selects and that may be endpoints; only the one whose own name was asked, if it has one."""
        known = (each for each in self.selected if not each.is_terminal)
        if not (self.host and self.one):
            return tuple(known)
        own = {ip for each in self.one for found in each.endpoints or () for ip in found.addresses or ()}
        return tuple(each for each in known if own & set(each.ips))

    @derived
    def unready_pods(self) -> tuple[Pod, ...]:
        return tuple(each for each in self.pods if not each.is_ready and not each.is_terminating)

    def behind(self, port: ServicePort) -> tuple[tuple[Endpoint, Pod | None], ...]:
        """Return the `usable` endpoints of a port, each with the pod behind it, as far as that was read."""
        key = (port.name, port.protocol)
        known = self._behind.get(key)
        if known is None:
            known = self._behind[key] = tuple((each, self.pod_of(each)) for each in self.usable(port))
        return known

    @derived
    def _behind(self) -> dict[tuple[str, str], tuple[tuple[Endpoint, Pod | None], ...]]:
        """What `behind` gave, as `_endpoints`."""
        return {}

    def pod_of(self, endpoint: Endpoint) -> Pod | None:
        """The pod behind an endpoint: by its targetRef, else by its IP."""
        if self.service and endpoint.pod:
            return self.snapshot.pod(self.service.namespace, endpoint.pod)
        return self.snapshot.pod_by_ip(endpoint.address)

    def party(self, endpoint: Endpoint, port: ServicePort | None = None) -> Party:
        """An endpoint as policies see it: its pod, reached by this address; else the address itself.

        With `port` it is reached through the Service's ClusterIP, which a policy's ipBlock may have in place of the pod.
        """
        pod = self.pod_of(endpoint)
        policies = policy_index(self.snapshot)
        party = policies.pod(pod) if pod else policies.address(endpoint.address)
        if pod is None and self.service and self.service.is_api_server:
            party = policies.parties.api_server(party)
        virtual = self.service.cluster_ips if self.service and port else ()
        return replace(party, ips=(endpoint.address,), virtual_ips=virtual, virtual_port=port.port if port else 0)
