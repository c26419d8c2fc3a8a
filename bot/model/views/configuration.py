"""The configuration of a caller's containers, as far as it names hosts: variables, arguments, and ConfigMaps that they read.

Values that come from Secrets are never read, so they are not known. Of all others only hosts that concern the Service that
is asked about are here (`bot.model.call.named_hosts`).
"""

from collections.abc import Callable, Collection, Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from bot.model.call.named_hosts import NamedHost, concerns, hosts_in
from bot.model.call.port_beside import paired_names, port_number
from bot.model.dns.mounted import sources_of
from bot.model.kube.pods import INJECTED_CONFIGS, Container, Pod, PodSpec
from bot.model.kube.workloads import ConfigMap
from bot.model.question.resolve import candidates
from bot.model.refs import Ref, is_ip, is_label

_SVC = 2  # place of the label `svc` in SERVICE.NAMESPACE.svc.ZONE
ConfigOf = Callable[[str], ConfigMap | None]


class ConfiguredHost(Struct, frozen=True):
    """One host, the container that is given it, and where it stands: a variable, arguments, or a ConfigMap's key.

    `value` is the whole value of a variable that is written in the container, for a command that changes it; else empty.
    """

    container: str
    named: NamedHost
    variable: str = ""
    config: Ref | None = None
    key: str = ""
    value: str = ""

    @property
    def place(self) -> str:
        """Return in words where it stands, and where its port does, if that is elsewhere."""
        port = f", {self.named.beside}" if self.named.beside else ""
        if self.config:
            return f"ConfigMap {self.config.name}, {self.key}{port}"
        return f"env {self.variable}{port}" if self.variable else "arguments"


def config_names(spec: PodSpec) -> tuple[str, ...]:
    """Return the ConfigMaps that the containers of a pod read, in the order of their use."""
    found = [name for each in spec.serving_containers for name in _of_variables(each)]
    found += [each.name for volume in spec.volumes or () for each in sources_of(volume)]
    return tuple(dict.fromkeys(each for each in found if each and each not in INJECTED_CONFIGS))


def _of_variables(container: Container) -> Iterator[str]:
    for source in container.env_from or ():
        yield source.config_map_ref.name if source.config_map_ref else ""
    for each in container.env or ():
        key = each.value_from.config_map_key_ref if each.value_from else None
        yield key.name if key else ""


def variables(container: Container, config_of: ConfigOf) -> dict[str, str | None]:
    """Return the variables of a container by name, as the kubelet sets them; the value None is not known.

    What a container says itself outranks what it takes from a ConfigMap (EnvVar, core/v1).
    """
    found: dict[str, str | None] = {}
    for source in container.env_from or ():
        config = config_of(source.config_map_ref.name) if source.config_map_ref else None
        found |= {f"{source.prefix}{key}": value for key, value in (config.data or {}).items()} if config else {}
    for each in container.env or ():
        key = each.value_from.config_map_key_ref if each.value_from else None
        config = config_of(key.name) if key else None
        found[each.name] = (config.data or {}).get(key.key) if config and key else each.value
    return found


def configured_hosts(
    spec: PodSpec, config_of: ConfigOf, service: str, waiting: Collection[str] = ()
) -> tuple[ConfiguredHost, ...]:
    """Return the hosts in the configuration of a pod's containers that concern a Service, each place once.

    `waiting` are the init containers that have not ended: what they are told counts for as long.
    """
    return concerning(told_hosts(spec, config_of, waiting), service) if service else ()


def told_hosts(spec: PodSpec, config_of: ConfigOf, waiting: Collection[str] = ()) -> tuple[ConfiguredHost, ...]:
    """Return all hosts in the configuration of a pod's containers, as `configured_hosts` does for one Service."""
    first = [each for each in spec.init_containers or () if each.name in waiting and each.restart_policy != "Always"]
    containers = (*spec.serving_containers, *first)
    found = [each for container in containers for each in _with_ports(container, config_of)]
    return tuple(dict.fromkeys((*found, *_in_files(spec, config_of))))


def concerning(found: Iterable[ConfiguredHost], service: str) -> tuple[ConfiguredHost, ...]:
    """Return the hosts that concern a Service, in order; none where none is named."""
    return tuple(each for each in found if concerns(each.named, service)) if service else ()


def waiting_in(pod: Pod) -> tuple[str, ...]:
    """Return the init container that a pod has come to, and that has not ended well; none where all have, or none is known."""
    for each in pod.status.init_container_statuses or ():
        ended = each.state.terminated
        if ended is None or ended.exit_code != 0:
            return (each.name,)
    return ()


def meant_services(host: str, namespace: str) -> tuple[tuple[str, str], ...]:
    """Return the Services (name, namespace) that a host may mean in a pod of a namespace; none where it is no such name."""
    labels = host.rstrip(".").split(".")
    if is_ip(host) or not all(is_label(each) for each in labels):
        return ()
    if len(labels) == 1:
        return ((labels[0], namespace),)
    if len(labels) > _SVC and "svc" not in labels[_SVC : _SVC + 2] and labels[-1] != "local":
        return ()  # a name of somewhere else
    return tuple(each for each in candidates(host) if "svc" not in each)


def _with_ports(container: Container, config_of: ConfigOf) -> Iterator[ConfiguredHost]:
    """Yield what a container is told, hosts with the ports that are variables of their own: `USERS_HOST` with `USERS_PORT`.

    Names pair within the container's own list, or within one ConfigMap; their values are those that the container gets.
    """
    found = tuple(_in_container(container, config_of))
    own = tuple(each.name for each in container.env or ())
    known = variables(container, config_of) if any(each.variable and each.named.is_bare for each in found) else {}
    for each in found:
        value = (known.get(each.variable) or "").strip().removeprefix(f"{each.named.key}=").lower()
        is_whole = each.named.is_bare and value == each.named.host
        names = (own if each.variable in own else _of_config(each, config_of)) if is_whole else ()
        name = paired_names(names).get(each.variable, "")
        port = port_number(known.get(name))
        yield replace(each, named=replace(each.named, port=port, beside=name)) if port else each


def _of_config(found: ConfiguredHost, config_of: ConfigOf) -> tuple[str, ...]:
    """Return the variables that come from the same ConfigMap as a host."""
    config = config_of(found.config.name) if found.config else None
    prefix = found.variable.removesuffix(found.key)
    return tuple(f"{prefix}{key}" for key in (config.data or {})) if config else ()


def _in_container(container: Container, config_of: ConfigOf) -> Iterator[ConfiguredHost]:
    name = container.name
    for each in container.env or ():
        for named in hosts_in(each.value or "", each.name):
            yield ConfiguredHost(name, named, variable=each.name, value=each.value or "")
        if key := each.value_from.config_map_key_ref if each.value_from else None:
            yield from _in_key(name, config_of(key.name), key.key, each.name)
    for named in hosts_in(" ".join((*(container.command or ()), *(container.args or ())))):
        yield ConfiguredHost(name, named)
    for source in container.env_from or ():
        config = config_of(source.config_map_ref.name) if source.config_map_ref else None
        for data_key in (config.data or {}) if config else ():
            yield from _in_key(name, config, data_key, f"{source.prefix}{data_key}")


def _in_key(container: str, config: ConfigMap | None, key: str, variable: str = "") -> Iterator[ConfiguredHost]:
    if config is None:
        return
    for named in hosts_in((config.data or {}).get(key, ""), variable or key):
        yield ConfiguredHost(container, named, variable=variable, config=config.ref, key=key)


def _in_files(spec: PodSpec, config_of: ConfigOf) -> Iterator[ConfiguredHost]:
    """Yield the hosts of mounted files: of the keys in `items`, where a volume has some, and of no other key."""
    chosen: dict[str, dict[str, None]] = {}  # in order
    for each in (source for volume in spec.volumes or () for source in sources_of(volume)):
        config = config_of(each.name) if each.name and each.name not in INJECTED_CONFIGS else None
        if config:
            keys = [one.key for one in each.items] if each.items else [*(config.data or {})]
            chosen.setdefault(each.name, {}).update(dict.fromkeys(keys))
    for name, found in chosen.items():
        config = config_of(name)
        for key in found:
            yield from _in_key("", config, key)
