"""The caller's own configuration names another place than the Service

## Meaning
What a program calls stands in its variables, its arguments, or a ConfigMap that it reads. There stands a host that almost
is the Service's: mistyped, in another namespace, with a port that the Service does not have, the pod itself, or an address
of former times.

## Impact
The Service is sound and the caller fails all the same: "no such host", a timeout, "connection refused", or answers of
something else. Whoever tests by hand uses the right name and finds nothing.

## How it is detected
The calling pod's variables, arguments and ConfigMaps are read for hosts that concern the Service: they have its name as a
label, are a slip of it, are cut off within a word, have all of its words and more (or the other way round; of one word alone
with what charts add, as `redis-master`; a warning, since another may be meant), or stand in a variable that is called after
it (`USER_SERVICE_URL`). `$(USERS_SERVICE_HOST)` is the variable that Kubernetes sets as a container starts: one that began
before the Service was made lacks it. Each is resolved as that pod resolves it, by the cluster's objects; where the cluster's
DNS was not read, names of the pod's own namespace alone: there a port that the Service does not have, and a slip of its name,
show all the same. A port that was not written with the host is the one beside it, of a name that pairs: `USERS_HOST` and
`USERS_PORT`, or `addr` and `port` in one mapping of a file of JSON, YAML, TOML or properties (`redis.host`, `redis.port`);
else the default of `http` or `https`.

## When it stays silent
Without a known caller. If one of these hosts leads to the Service, at one of its ports: then the others are for something
else. If a host exists and is another thing of another name, or may be known outside of the cluster. For a short name of the
Service in another namespace (DNS-011). For `localhost` where another container of the pod may listen there. A port apart
from its host says nothing where it may be where a program itself listens (`host` and `port` of a whole file, or of
`server`; a pod of the Service is told the same by the same name), where two may be meant, or where a file is broken or says
a key twice.

## Fix
Write the right host, or port, into the place that is named. Where it is a whole value, the command is printed; pods read
variables when they start.

## Known limits
Secrets are never read, and no file of an image is seen. A program may not use what its configuration says. Values are told
as host and port; what else stands in them is not kept.
"""

from collections.abc import Iterator

from msgspec import Struct

from bot.checks.engine.check import check
from bot.checks.facts.caller_hosts import Leads, about_hosts, host_evidence, hosts, leads, set_host
from bot.checks.facts.commands import describe
from bot.model.call.hop import Hop
from bot.model.call.named_hosts import is_kin, is_named_after, link_of
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.gaps import CALLER_SETTINGS
from bot.model.kube.cluster_ips import is_near
from bot.model.kube.services import Service
from bot.model.kubectl import kubectl
from bot.model.memo import memo
from bot.model.question.question import Source, Symptom
from bot.model.refs import is_ip
from bot.model.result.finding import Confidence, Detection, Severity
from bot.model.text import listing
from bot.model.views.caller import Caller
from bot.model.views.configuration import ConfiguredHost

_LOOPBACK = ("localhost", "127.0.0.1")
_ANY = "0.0.0.0"  # noqa: S104 (where a server listens, and no host that is called)


class _Judged(Struct, frozen=True):
    """A host that leads to the Service, or why it does not; neither where it says nothing of this Service."""

    host: ConfiguredHost
    leads_to_it: bool = False
    why: str = ""
    severity: Severity = Severity.FAIL
    right: str = ""
    port: int | None = None
    common: str = ""  # what all who call the same port have in common


def _names_other_hosts(case: Case) -> bool:
    """Return whether hosts in the caller's configuration concern the Service, and none leads to it for sure."""
    return case.caller.is_known and case.service is not None and bool(_astray(case))


@memo
def _astray(case: Case) -> tuple[_Judged, ...]:
    """Return the hosts that do not lead to the Service, or may not, where none does."""
    service = case.service
    judged = [_judge(case, service, each) for each in hosts(case)] if service else []
    return () if any(each.leads_to_it for each in judged) else tuple(judged)


@check(
    "APP-024",
    "caller-misconfigured",
    hop=Hop.CALLER,
    needs=("services", "source"),
    clears=("namespaces", "dns", "corefile", "pods"),
    fits=(Symptom.NXDOMAIN, Symptom.TIMEOUT, Symptom.REFUSED),
    when=_names_other_hosts,
    silent_when_plain=True,
    only=(Occasion.CALLER,),
)
def caller_misconfigured(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    told: set[str] = set()
    for each in _astray(case):
        if each.why and str(each.host.named) not in told:
            told.add(str(each.host.named))
            yield _told(case, service, each)


def _told(case: Case, service: Service, one: _Judged) -> Detection:
    about, found = about_hosts(case), one.host
    return Detection(
        about=about,
        message=f"{about} calls {found.named} ({found.place}): {one.why}.",
        severity=one.severity,
        confidence=Confidence.LIKELY,
        evidence=(host_evidence(case, found, f"asked about: {service.ref}"),),
        check=(_look(case, found), kubectl("get", "svc", service.name, namespace=service.namespace)),
        fix=tuple(set_host(case, found, one.right or found.named.host, one.port)) if one.right or one.port else (),
        key=(str(found.named),),
        common=one.common,
    )


def _look(case: Case, found: ConfiguredHost) -> str:
    if found.config is None:
        return describe(about_hosts(case))
    return kubectl("get", "configmap", found.config.name, "-o", "yaml", namespace=found.config.namespace)


def _judge(case: Case, service: Service, found: ConfiguredHost) -> _Judged:
    """Judge one host."""
    host, namespace = found.named.host.rstrip("."), case.caller.namespace
    if found.named.link:
        return _link(case, service, found)
    if host == _ANY:
        return _Judged(found)
    if host in _LOOPBACK:
        return _loopback(case, service, found)
    if is_ip(host):
        return _address(case, service, found)
    if host == service.name and namespace != service.namespace:
        return _Judged(found)  # DNS-011
    led, full = leads(case, host)
    right = service.name if namespace == service.namespace else f"{service.name}.{service.namespace}"
    match led:
        case Leads.TO_IT:
            return _port(case, service, found)
        case Leads.NOWHERE if is_kin(found.named, service.name):
            return _kin(service, found)
        case Leads.NOWHERE:
            right, named = _member_of(case, service, host, right)
            why = f"there is no such name; {named} is {right}"
            return _Judged(found, why=why, right=right, port=_port(case, service, found).port)
        case Leads.ELSEWHERE if full.split(".")[0] == service.name:
            other = ".".join(full.split(".")[:2])
            why = f"that is the Service {other}, not {service.name}.{service.namespace}"
            return _Judged(found, why=why, severity=Severity.WARN)
    return _Judged(found)


def _kin(service: Service, found: ConfiguredHost) -> _Judged:
    """A name that nobody has, with words of the Service: charts within a chart are named so, and another may be meant."""
    port = found.named.called_port
    if port is not None and all(each.port != port for each in service.ports):
        return _Judged(found)
    why = f"there is no such name; {service.name}, which was asked about, has words of it"
    return _Judged(found, why=why, severity=Severity.WARN)


def _member_of(case: Case, service: Service, host: str, right: str) -> tuple[str, str]:
    """Return what was meant, as a name that exists, and in words: a pod of a headless Service keeps its own label.

    Rule: a pod's name under its headless Service is `hostname.subdomain`.
    https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-hostname-and-subdomain-fields
    """
    label, _, rest = host.partition(".")
    members = {each.spec.hostname for each in case.backends.pods if each.spec.subdomain == service.name}
    if service.is_headless and rest.partition(".")[0] == service.name and label in members:
        return f"{label}.{right}", "that pod of the Service asked about"
    return right, "the Service asked about"


def _port(case: Case, service: Service, found: ConfiguredHost) -> _Judged:
    """A Service without a ClusterIP maps no ports: what its pods, or its target, listen on counts."""
    called = found.named.called_port
    if called is None or service.is_headless or service.is_external_name or not service.ports:
        return _Judged(found, leads_to_it=True)
    if any(each.port == called for each in service.ports):
        return _Judged(found, leads_to_it=True)
    if found.named.beside and _may_listen_there(case, service, found):
        return _Judged(found, leads_to_it=True)
    if found.named.beside and not all(case.snapshot.has(each, service.namespace) for each in ("pods", CALLER_SETTINGS)):
        return _Judged(found)
    own = listing([str(each.port) for each in service.ports])
    said = f"the Service has no port {called}, only {own}"
    if any(each.target_port == called for each in service.ports):
        said = f"{called} is a port of its pods, and the Service's is {own}"
    only = service.ports[0].port if len(service.ports) == 1 else None
    return _Judged(found, why=said, port=only, common=f"{service.ref} {called}")


def _may_listen_there(case: Case, service: Service, found: ConfiguredHost) -> bool:
    """Return whether a port apart from the Service's name may be where its pods listen: they are told it by the same name."""
    if service.selector.matches(case.caller.labels):
        return True
    members = (Source(namespace=each.namespace, pod=each.name) for each in case.backends.pods)
    told = (each for one in members for each in Caller(case.snapshot, one).hosts(service.name))
    return any((each.named.port, each.named.beside) == (found.named.port, found.named.beside) for each in told)


def _link(case: Case, service: Service, found: ConfiguredHost) -> _Judged:
    """The variable that Kubernetes sets for the Service, unless the container has one of its own of that name."""
    pod, made = case.caller.pod, service.metadata.creation_timestamp
    if (
        pod is None
        or not made
        or case.caller.namespace != service.namespace
        or found.named.link != link_of(service.name)
    ):
        return _Judged(found)
    own = next((each for each in pod.spec.serving_containers if each.name == found.container), None)
    if own is None or own.env_from or any(each.name == found.named.link for each in own.env or ()):
        return _Judged(found)
    if not service.cluster_ips:
        return _Judged(
            found, why=f"Kubernetes sets no such variable for a Service without a ClusterIP; write {service.name}"
        )
    states = (each.state.running for each in pod.container_statuses if each.name == found.container)
    began = next((each.started_at for each in states if each), None)
    if began is None or began >= made:
        return _Judged(found, leads_to_it=began is not None)
    why = f"container {found.container} began before {service.name} was made, and lacks that variable or has a former address"
    return _Judged(found, why=f"{why}; restart the pods, or write {service.name}")


def _loopback(case: Case, service: Service, found: ConfiguredHost) -> _Judged:
    """The pod itself, where it has one container and is called by a variable of the Service's name.

    Without a scheme it may be where the program listens; and a pod of the Service may well call itself.
    """
    spec = case.caller.spec
    is_alone = spec is not None and len(spec.serving_containers) == 1 and not spec.host_network
    is_url = bool(found.named.scheme) and is_named_after(found.named.key, service.name)
    if not is_alone or not is_url or service.selector.matches(case.caller.labels):
        return _Judged(found)
    right = service.name if case.caller.namespace == service.namespace else f"{service.name}.{service.namespace}"
    why = f"that is the pod itself, which has no other container; the Service is {right}"
    return _Judged(found, why=why, severity=Severity.WARN, right=right, port=_port(case, service, found).port)


def _address(case: Case, service: Service, found: ConfiguredHost) -> _Judged:
    """An address: the Service's own, another's, or one that ClusterIPs, or its pods, are near and that nobody there has."""
    address = found.named.host
    if address in service.cluster_ips:
        return _port(case, service, found)
    own = {*service.balancer_addresses, *(service.spec.external_ips or ())}
    if address in own or address in {each.address for each in case.backends.all_usable}:
        return _Judged(found, leads_to_it=True)
    if not service.cluster_ips:
        return _Judged(found)
    right = service.name if case.caller.namespace == service.namespace else f"{service.name}.{service.namespace}"
    now = f"{service.name} has {listing(service.cluster_ips)}; write its name, {right}"
    if other := case.snapshot.service_by_ip(address):
        why = f"that is the ClusterIP of {other.namespace}/{other.name}, and {now}"
        return _Judged(found, why=why, right=right)
    if is_near(address, service.cluster_ips) and not case.snapshot.pod_by_ip(address):
        why = f"nobody is known to have this address, and {now}"
        return _Judged(found, why=why, severity=Severity.WARN, right=right)
    slices = case.snapshot.slices_of(service)
    behind = {each for one in slices for own in one.endpoints or () for each in own.addresses or ()}
    if address not in behind and is_near(address, behind):
        why = f"no pod behind {service.name} has this address, which pods lose when they are made again; {now}"
        return _Judged(found, why=why, severity=Severity.WARN, right=right)
    return _Judged(found)
