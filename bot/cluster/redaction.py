"""What may leave the cluster, and what may not. Pure. Rule: what is not on a list here is dropped.

Never Secrets (no word exists for them). Of a container's environment, its arguments and the ConfigMaps that it reads only
hosts that concern the asked Service, with the ports beside them, and where its proxy variables lead; of its command, besides,
the words that name hosts which it calls; of addresses to listen on those that not everybody can reach; of the ConfigMaps that
DNS servers mount the texts, without comments; of the kubelets' configuration the nameservers that they write into pods; of
DNS servers' arguments where these lie; of annotations only those that are read, which bot/model/kube/annotations names; of
managedFields only names of fields; of logs and messages the text without credentials.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec.structs import replace

from bot.cluster.settings_text import scalars
from bot.model.call.flannel_network import FLANNEL_CONFIGS, kept_flannel_config
from bot.model.call.named_hosts import ANY_SERVICE, concerns, hosts_in, is_link, kept_hosts
from bot.model.call.port_beside import names_of_ends, port_number
from bot.model.call.proxies import kept_proxy
from bot.model.dependencies.places import called_in
from bot.model.dns.cluster_dns import cluster_dns
from bot.model.dns.kubelet_config import KEY as KUBELET_KEY
from bot.model.dns.kubelet_config import KUBELET_CONFIG, kept_kubelet_config
from bot.model.dns.mounted import (
    COREFILE,
    USUAL_CONFIGS,
    dns_containers,
    is_dns_server,
    kept_dns_arguments,
    mounted_configs,
)
from bot.model.dns.node_local import node_local_caches
from bot.model.dns.search.guess import program_of
from bot.model.dns.stub_domains import KEPT_KEYS
from bot.model.kube.annotations import kept_annotations
from bot.model.kube.bound_addresses import kept_address, kept_arguments
from bot.model.kube.kinds import KINDS
from bot.model.kube.kube_proxy_config import KUBE_PROXY_CONFIG, kept_kube_proxy_config
from bot.model.kube.objects import Condition, KubeObject, ManagedFields, Meta
from bot.model.kube.opaque import OpaqueObject
from bot.model.kube.pods import (
    PROXY_VARIABLES,
    Container,
    ContainerProbe,
    ContainerState,
    ContainerStatus,
    EnvVar,
    Pod,
    PodSpec,
    PodStatus,
    Volume,
)
from bot.model.kube.workloads import ConfigMap, Event, Node, Workload
from bot.model.pattern import pattern
from bot.model.policy.enforcement import CILIUM_CONFIG, CILIUM_KEPT
from bot.model.redact_text import scrub, scrub_corefile, scrub_lines
from bot.model.snapshot import Snapshot

# The variables as which containers take single keys, by ConfigMap and key: their names say what a value is.
Variables = Mapping[tuple[str, str], Collection[str]]
Redact = Callable[[Container], Container]

_FIELDS = tuple(kind.field for kind in KINDS if kind.field)
# What k3s and AKS let users add, and k3s' hosts file: https://docs.k3s.io/networking/networking-services
_IMPORTED, _NODE_HOSTS = (".override", ".server"), "NodeHosts"
_QUERY = pattern(r"[?#]\S*")
# Characters of a line: no Event has more (core/v1, NoteLengthLimit), and its end may name the cause.
_LONGEST_MESSAGE = 1024
# Conditions that say in the controller's own words that all is well: most of them.
_ROUTINE = ("MinimumReplicasAvailable", "NewReplicaSetAvailable", "KubeletReady")
_SEPARATORS = pattern(r"[\s,;|\"'`{}\[\]()<>]+")


def redacted(snapshot: Snapshot, host: str = "") -> Snapshot:
    """Return the snapshot without what must not be kept. `host`: the asked Service's name; without it no value stays."""
    configs, variables = _of_dns(snapshot), _variables(snapshot) if host and snapshot.config_maps else {}
    once = _each_once(partial(_container, host=host))
    kept = {
        field: tuple(
            known
            for known in (_redacted(each, host, configs, variables, once) for each in getattr(snapshot, field))
            if is_kept(known)
        )
        for field in _FIELDS
    }
    others = {key: tuple(redacted_object(each, host) for each in found) for key, found in snapshot.others.items()}
    return replace(
        snapshot,
        **kept,
        others=others,
        logs=tuple(replace(each, lines=scrub_lines(each.lines)) for each in snapshot.logs),
    )


def _of_dns(snapshot: Snapshot) -> frozenset[tuple[str, str]]:
    """Return namespace and name of the ConfigMaps that the DNS pods and the node-local caches mount."""
    pods = (*cluster_dns(snapshot).pods, *(node_local_caches(snapshot) or ()))
    return frozenset((pod.namespace, name) for pod in pods for name in mounted_configs(pod.spec))


def _variables(snapshot: Snapshot) -> Variables:
    """Return the variables as which the containers of pods and templates take single keys of ConfigMaps."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    specs = (*(each.spec for each in snapshot.pods), *(each.spec.template.spec for each in snapshot.workloads))
    for spec in specs:
        note_variables(spec.containers or (), found)
    return found


def note_variables(containers: Iterable[Container], found: dict[tuple[str, str], dict[str, None]]) -> None:
    """Add the variables that containers take from single keys of ConfigMaps, by ConfigMap and key."""
    for each in (one for container in containers for one in container.env or ()):
        if key := each.value_from.config_map_key_ref if each.value_from else None:
            found.setdefault((key.name, key.key), {})[each.name] = None


def _each_once(redact: Redact) -> Redact:
    """Return what redacts equal containers once: those of replicas, of which a dump may have thousands."""
    known: dict[bytes, Container] = {}

    def once(container: Container) -> Container:
        key = msgspec.msgpack.encode(container)
        found = known.get(key)
        if found is None:
            found = known[key] = redact(container)
        return found

    return once


def _redacted(
    known: Any, host: str, configs: frozenset[tuple[str, str]], variables: Variables, container: Redact
) -> Any:
    is_of_dns = isinstance(known, ConfigMap) and (known.namespace, known.name) in configs
    return redacted_of_dns(known) if is_of_dns else redacted_object(known, host, variables, container)


def redacted_of_dns(known: Any) -> Any:
    """Return one object that was read for the cluster's DNS: of a ConfigMap the texts, without comments and credentials."""
    if not isinstance(known, ConfigMap) or known.ref in (CILIUM_CONFIG, KUBELET_CONFIG):
        return redacted_object(known)
    texts = {key: scrub_corefile(text) for key, text in (known.data or {}).items()}
    return replace(known, metadata=_meta(known.metadata), data=texts or None)


def is_kept(known: KubeObject) -> bool:
    """Of redacted ConfigMaps those of which something is left."""
    return not isinstance(known, ConfigMap) or known.data is not None or known.ref == CILIUM_CONFIG


def _is_of_dns(known: ConfigMap) -> bool:
    """Return whether it is the DNS's by its name: a usual one, or of a Helm release that ends in `coredns`."""
    return known.name in USUAL_CONFIGS or (known.name.endswith("coredns") and COREFILE in (known.data or {}))


def redacted_object(
    known: Any, host: str = "", variables: Variables = MappingProxyType({}), container: Redact | None = None
) -> Any:
    """Return one object as `redacted` does. `variables`: those as which containers take a key of a ConfigMap.

    `container` redacts a container; none given: each by itself.
    """
    container = container or partial(_container, host=host)
    if isinstance(known, ConfigMap):
        return _config(known, host, variables)
    known = replace(known, metadata=_meta(known.metadata))
    match known:
        case Pod():
            return replace(known, spec=_spec(known.spec, host, container), status=_status(known.status))
        case Workload():
            template = known.spec.template
            kept = replace(template, metadata=_meta(template.metadata), spec=_spec(template.spec, host, container))
            status = replace(known.status, conditions=kept_conditions(known.status.conditions))
            return replace(known, spec=replace(known.spec, template=kept), status=status)
        case Node():
            return replace(known, status=replace(known.status, conditions=kept_conditions(known.status.conditions)))
        case Event():
            return replace(known, message=_message(known.message) or "", series=None)
        case OpaqueObject():
            specs = known.specs and tuple(_only(known.selecting, each) for each in known.specs)
            return replace(known, spec=_only(known.selecting, known.spec), specs=specs)
    return known


def _config(known: ConfigMap, host: str, variables: Variables) -> ConfigMap:
    """Return a ConfigMap with what is read of it, by whose it is; of any other the hosts that concern the asked one."""
    return replace(known, metadata=_meta(known.metadata), data=_kept_data(known, host, variables))


def _kept_data(known: ConfigMap, host: str, variables: Variables) -> dict[str, str] | None:
    data = known.data or {}
    if known.ref == CILIUM_CONFIG:
        return {key: value for key, value in data.items() if key in CILIUM_KEPT}
    if known.ref == KUBELET_CONFIG:
        return kept_kubelet_config(scalars(data.get(KUBELET_KEY, ""), KUBELET_KEY))
    if known.ref in FLANNEL_CONFIGS:
        return kept_flannel_config(known)
    if known.ref == KUBE_PROXY_CONFIG:
        return kept_kube_proxy_config(known)
    if _is_of_dns(known):
        return {key: scrub_corefile(text) for key, text in data.items() if _is_read(key)} or None
    names = {key: variables.get((known.name, key), ()) for key in data}
    return _data(data, host, names) if host else None


def _is_read(key: str) -> bool:
    """Return whether a key of a ConfigMap with a usual name is read: Corefile, imports, k3s' hosts file, stub domains."""
    return key in (COREFILE, _NODE_HOSTS, *KEPT_KEYS) or key.endswith(_IMPORTED)


def _only(fields: frozenset[str], rules: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in rules.items() if key in fields}


def kept_value(value: str | None, host: str) -> str | None:
    """Return what may be kept of an environment variable: its words that name the host as a DNS label, scrubbed.

    Nobody asks for what follows a `?`. A value that is one such word keeps its white space, a fault worth seeing in the
    name of a host.
    """
    if not value or not host or host == ANY_SERVICE:
        return None
    label = re.compile(rf"(?<![a-z0-9-]){re.escape(host)}(?![a-z0-9-])", re.IGNORECASE)
    words = [word for word in _SEPARATORS.split(value) if label.search(word)]
    if not words:
        return None
    kept = scrub(_QUERY.sub("", value if [value.strip()] == words else " ".join(words)))
    return kept if label.search(kept) else None


def _data(data: dict[str, str], host: str, names: Mapping[str, Collection[str]]) -> dict[str, str] | None:
    """Return the hosts of a ConfigMap; and where there are any, ports that are keys of their own, and that these have hosts.

    `names`: the variables as which containers take a key. They say what a value is where the key does not.
    """
    hosts = {
        key: kept
        for key, text in data.items()
        if (kept := next(filter(None, (_hosts(name, text, host) for name in (key, *names.get(key, ())))), None))
    }
    ends = names_of_ends(data) if hosts else ()
    return {key: hosts.get(key) or _port(text) for key, text in data.items() if key in hosts or key in ends} or None


def _hosts(name: str, text: str, host: str) -> str | None:
    """Return the hosts that concern the asked one, and of a proxy variable where it leads."""
    return kept_proxy(name, text) if name.upper() in PROXY_VARIABLES else kept_hosts(text, host, name, read=scalars)


def _port(value: str | None) -> str:
    """Return what may be kept of a variable that has a host of its own: the number of a port."""
    return (value or "").strip() if port_number(value) else ""


def _variable(each: EnvVar, host: str, ends: frozenset[str]) -> EnvVar | None:
    """Return what may be kept of a variable; None where that is nothing. `ends`: names that are kept without a value, too."""
    if each.name.upper() in PROXY_VARIABLES:
        return replace(each, value=kept_proxy(each.name, each.value) if host else None)
    value = kept_value(each.value, host) or kept_hosts(each.value, host, each.name) or kept_address(each)
    source = each.value_from if host and each.value_from and each.value_from.config_map_key_ref else None
    if value or source:
        return EnvVar(each.name, value, source)
    return EnvVar(each.name, _port(each.value) or None) if each.name in ends or is_link(each.name) else None


def kept_conditions(conditions: tuple[Condition, ...] | None) -> tuple[Condition, ...] | None:
    """Return them with their messages scrubbed: a webhook's refusal stands in one, in the words of its author."""
    return conditions and tuple(
        replace(each, message=_message(each.message)) if each.message and each.reason not in _ROUTINE else each
        for each in conditions
    )


def kept_fields(given: dict[str, Any]) -> dict[str, Any]:
    """Return which parts of spec, labels, data and endpoints somebody wrote: names of fields only.

    Of status that is who gave an address alone: an Ingress keeps it when its class is taken away.
    """
    metadata = given.get("f:metadata")
    labels = metadata.get("f:labels") if isinstance(metadata, dict) else None
    kept: dict[str, Any] = {key: _names(given[key]) for key in ("f:spec", "f:data", "f:endpoints") if key in given}
    if labels:
        kept["f:metadata"] = {"f:labels": _names(labels)}
    if "f:loadBalancer" in (given.get("f:status") or {}):
        kept["f:status"] = {"f:loadBalancer": {}}
    return kept


def _meta(meta: Meta) -> Meta:
    fields = tuple(filter(None, map(_fields, meta.managed_fields or ())))
    return replace(meta, annotations=kept_annotations(meta.annotations), managed_fields=fields or None)


def _fields(entry: ManagedFields) -> ManagedFields | None:
    kept = kept_fields(entry.fields_v1 or {})
    return replace(entry, fields_v1=kept) if kept else None


def _names(fields: Any) -> dict[str, Any]:
    """`f:` keys all the way down; `k:` and `v:` keys hold values of the object, so they are dropped."""
    if not isinstance(fields, dict):
        return {}
    return {key: _names(value) for key, value in fields.items() if key.startswith("f:")}


def _spec(spec: PodSpec, host: str, container: Redact) -> PodSpec:
    whole = bool(host or dns_containers(spec))
    return replace(
        spec,
        containers=tuple(map(container, spec.containers)) if spec.containers else spec.containers,
        init_containers=tuple(map(container, spec.init_containers)) if spec.init_containers else spec.init_containers,
        volumes=tuple(filter(None, (kept_volume(each, whole=whole) for each in spec.volumes or ()))) or None,
    )


def kept_volume(volume: Volume, *, whole: bool) -> Volume | None:
    """Return the claim of a volume, and the ConfigMaps that it is made of where a host is asked about, or of a DNS server."""
    if whole and (volume.config_map or volume.projected):
        return volume
    return Volume(persistent_volume_claim=volume.persistent_volume_claim) if volume.persistent_volume_claim else None


def _container(container: Container, host: str) -> Container:
    names = (each.name for each in container.env or ())
    ends = names_of_ends(names, also_alone=bool(container.env_from)) if host else frozenset[str]()
    env = (_variable(each, host, ends) for each in container.env or ())
    given = (*(container.command or ()), *(container.args or ()))
    words = (*(kept_hosts(" ".join(given), host) or "").split("\n"), *kept_arguments(container))
    is_dns = is_dns_server(container)
    own = kept_dns_arguments(given) if is_dns else ()
    return replace(
        container,
        env=tuple(each for each in env if each) or None,
        env_from=(container.env_from or None) if host else None,
        command=_command(container, host),
        args=(*filter(None, words), *own) or None,
        volume_mounts=container.volume_mounts if is_dns else None,
        readiness_probe=_probe(container.readiness_probe),
        liveness_probe=_probe(container.liveness_probe),
        startup_probe=_probe(container.startup_probe),
    )


def _command(container: Container, host: str) -> tuple[str, ...] | None:
    """Return of command and arguments the words that name hosts which are called, without those that `args` keeps.

    Where a host is asked about, the program comes first, if its resolver can be told by it.
    """
    program = program_of(container.command) if host else ""
    words = (*(container.command or ()), *(container.args or ()))
    called = called_in((scrub(" ".join(words)),)) if words else ()
    told = {each.host for each in hosts_in(" ".join(words)) if concerns(each, host)} if called and host else set()
    return (*filter(None, (program,)), *(each.words for each in called if each.host not in told)) or None


def _probe(probe: ContainerProbe | None) -> ContainerProbe | None:
    """A command keeps its program only (`redis-cli -a PASSWORD ping`), a path loses what looks like a credential."""
    if probe and probe.exec:
        return replace(probe, exec=replace(probe.exec, command=tuple(map(scrub, (probe.exec.command or ())[:1]))))
    if probe and probe.http_get:
        return replace(probe, http_get=replace(probe.http_get, path=scrub(probe.http_get.path)))
    return probe


def _status(status: PodStatus) -> PodStatus:
    return replace(
        status,
        message=_message(status.message),
        conditions=kept_conditions(status.conditions),
        container_statuses=_statuses(status.container_statuses),
        init_container_statuses=_statuses(status.init_container_statuses),
    )


def _statuses(statuses: tuple[ContainerStatus, ...] | None) -> tuple[ContainerStatus, ...] | None:
    return statuses and tuple(
        replace(each, state=_state(each.state), last_state=_state(each.last_state)) for each in statuses
    )


def _state(state: ContainerState) -> ContainerState:
    """A termination message may be the end of the log (terminationMessagePolicy: FallbackToLogsOnError)."""
    if state.waiting and state.waiting.message:
        return replace(state, waiting=replace(state.waiting, message=_message(state.waiting.message)))
    if state.terminated and state.terminated.message:
        return replace(state, terminated=replace(state.terminated, message=_message(state.terminated.message)))
    return state


def _message(message: str | None) -> str | None:
    return message and _text(message)


def _text(text: str) -> str:
    return "\n".join(scrub_lines(text.split("\n"), longest=_LONGEST_MESSAGE))
