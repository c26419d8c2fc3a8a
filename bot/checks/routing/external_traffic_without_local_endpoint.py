"""The node whose port is called has no endpoint, and the Service sends what enters there nowhere else

## Meaning
`externalTrafficPolicy: Local` hands what enters by a node's port to endpoints on that node only, so that they see the client's
own address. The node that is called has none. A load balancer knows by its health check which nodes to leave out; who calls a
node's port directly does not.

## Impact
Connections to that node's port are dropped: callers see a time-out, while other nodes' ports, the load balancer and the
Service's name work.

## How it is detected
A node's address and a Service's node port were asked for, the policy is Local, and no endpoint on that node is ready (or
serving while it terminates), while the Service has endpoints elsewhere. It is certain for callers outside of the cluster
where kube-proxy runs, likely for pods of other nodes, whose address is mostly masqueraded. Another service proxy may hand
on what comes from inside: then it is a warning.

## When it stays silent
For the Service's name, its ClusterIP and its load balancer's address: calls from inside are handed to all endpoints there.
For a pod that calls its own node's port, which kube-proxy treats alike. If the Service has no endpoint at all (RTE-004). If
a connection to that port was made.

## Fix
Inside of the cluster call the Service by its name. From outside call a node that has an endpoint, or the load balancer. Run an
endpoint on every node that is called (a DaemonSet), or let traffic cross nodes: the printed patch sets the policy to Cluster.

## Known limits
Whether a pod's address is masqueraded on its way to a node is the network plugin's choice, and not in the API.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints_whole, get_field
from bot.checks.facts.ownership import managed_by
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.call.service_proxies import proxies
from bot.model.call.sight import unplaced_caller
from bot.model.case import Case
from bot.model.kube.endpoints import local_to
from bot.model.kube.services import Service, ServicePort
from bot.model.kubectl import kubectl
from bot.model.probe import Outcome, Purpose
from bot.model.question.entry import Entry, EntryKind
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity, Written
from bot.model.text import listing


def enters_where_only_local_counts(case: Case) -> bool:
    """Return whether a node's port was asked for and only endpoints on that node take what enters there."""
    entry = case.question.entry
    return entry is not None and entry.kind is EntryKind.NODE_PORT and case.backends.only_local


@check(
    "RTE-022",
    "external-traffic-without-local-endpoint",
    hop=Hop.ENDPOINTS,
    needs=("services", "endpointslices"),
    uses=("nodes", "pods"),
    causes=(Effect.NO_LOCAL_ENDPOINT,),
    fits=(Symptom.TIMEOUT, Symptom.INTERMITTENT),
    when=enters_where_only_local_counts,
    silent_when_plain=True,
    only=(Occasion.SAID,),
)
def external_traffic_without_local_endpoint(case: Case) -> Iterator[Detection]:
    service, entry = case.service, case.question.entry
    if service is None or entry is None or _reached(case, entry) or unplaced_caller(case):
        return  # a caller who was named and not found may be on that very node
    for port in case.ports:
        if case.backends.usable_anywhere(port) and not local_to(case.backends.endpoints(port), entry.node):
            yield _found(case, service, port, entry)
            return


def _reached(case: Case, entry: Entry) -> bool:
    """A connection was made from another machine; from the node itself it would prove nothing, since that is let through."""
    elsewhere = case.vantage.node != entry.node
    made = (each for each in case.measured.tcp(Purpose.ENTRY) if each.outcome is Outcome.ANSWERED)
    return elsewhere and any("own" not in each.detail for each in made)


def _found(case: Case, service: Service, port: ServicePort, entry: Entry) -> Detection:
    where = sorted({each.node for each in case.backends.usable_anywhere(port) if each.node})
    severity, confidence = _weight(case)
    rest = f"; endpoints are on {listing(where, 3)}" if where else ""
    doubt = "" if severity is Severity.FAIL else "; kube-proxy would drop the call, and no kube-proxy was found here"
    return Detection(
        about=service.ref,
        message=f"Service {service.namespace}/{service.name} keeps what enters by a node's port on that node "
        f"(externalTrafficPolicy: Local), and {entry.node}, whose port {entry.port} is called, has no endpoint of "
        f"it{rest}{doubt}.",
        severity=severity,
        confidence=confidence,
        evidence=(
            Evidence(service.ref, "spec.externalTrafficPolicy", "Local", "never falls back to other nodes"),
            Evidence(Ref("Node", entry.node), "status.addresses", entry.address, f"called at node port {entry.port}"),
        ),
        check=(
            get_field(service.ref, "externalTrafficPolicy"),
            at_endpoints_whole(service.ref),
            kubectl("get", "nodes", "-o", "wide"),
        ),
        fix=(_fix(service),),
        key=(entry.node, str(port)),
        written=Written(service.ref, ("spec", "externalTrafficPolicy"), begins=False),
    )


def _weight(case: Case) -> tuple[Severity, Confidence]:
    """How bad and how sure: kube-proxy drops what comes from outside; a pod may be seen with its own address."""
    if not proxies(case.snapshot):
        return Severity.WARN, Confidence.POSSIBLE
    return Severity.FAIL, Confidence.LIKELY if case.caller.is_known else Confidence.CERTAIN


def _fix(service: Service) -> Fix:
    risk = (
        "callers from outside are then seen with a node's address, and traffic crosses nodes; for callers inside of the "
        f"cluster nothing has to change, they call {service.name}.{service.namespace}{managed_by(service)}"
    )
    return Fix(about=service.ref, merge={"spec": {"externalTrafficPolicy": "Cluster"}}, risk=risk)
