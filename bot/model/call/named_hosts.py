"""Hosts that a text of configuration names: a variable's value, arguments, a file of a ConfigMap. Pure.

A word counts as a host only where it is written like one (with a scheme or a port) or its key says so: many programs carry
their own or others' names for other reasons (`OTEL_SERVICE_NAME`). Of what is no host, and of what follows a host, nothing
is kept.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from bot.model.call.port_beside import Scalars, ports_beside
from bot.model.call.run_time_names import RunTime, run_time_at, run_time_spans
from bot.model.credentials.words import Telling, telling
from bot.model.pattern import pattern
from bot.model.question.suggest import are_kin, is_slip
from bot.model.refs import is_ip, is_label

ANY_SERVICE = "*"  # instead of a Service's name: every host that may be a Service of the cluster

_LONGEST_TEXT = 64 * 1024  # characters of a text that are looked at
_WORDS = pattern(r"[^\s,;|\"'`{}\[\]()<>]{1,300}")
_HOST = pattern(
    r"(?P<scheme>dns:///|(?:[A-Za-z][A-Za-z0-9+.-]{0,20}:){1,2}//)?(?P<user>[^@/]*@)?(?P<host>[A-Za-z0-9_.-]+)"
    r"(?::(?P<port>[1-9]\d{0,4}))?"
    # nginx: $request_uri begins with /; ZooKeeper's own `server.1=HOST:2888:3888`: the port of the leader's election follows
    r"(?P<rest>[/?#].*|(?(port)(?:\$(?:request_)?uri\b.*|:[1-9]\d{3,4}(?::\S*)?)|(?(scheme)\$(?:request_)?uri\b.*|(?!))))?"
)
_KEY = pattern(r"-{0,2}[A-Za-z_][A-Za-z0-9_.-]*")
_SAYS_HOST = pattern(
    r"(HOSTS?|HOSTNAMES?|URLS?|URIS?|ADDRS?|ADDRESS(ES)?|ENDPOINTS?|SERVERS?|BROKERS?|UPSTREAM|DSN|TARGET)_?\d*$"
)
# SERVICE.NAMESPACE.svc, or a pod's name below: nothing else is written so, whatever it stands under.
_FULL = pattern(r"(?:[a-z0-9-]+\.){2,3}svc(?:\.[a-z0-9-]+)*\.?")
# `db-0.db.$(POD_NAMESPACE).svc.cluster.local`: what comes before is a name of the pod's own namespace.
_OWN_NAMESPACE = pattern(r"\.\$(?:POD_NAMESPACE\b|\{POD_NAMESPACE\}|\(POD_NAMESPACE\))(?:\.svc(?:\.[a-z0-9-]+)*)?")
# What Kubernetes sets for each Service of a pod's namespace, as arguments, shells and templates refer to it.
# https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
_LINK = pattern(
    r"\$(?:\(([A-Z][A-Z0-9_]*_SERVICE_HOST)\)|\{([A-Z][A-Z0-9_]*_SERVICE_HOST)\}|([A-Z][A-Z0-9_]*_SERVICE_HOST)\b)"
    r"(?::\$(?:\([A-Z0-9_]+\)|\{[A-Z0-9_]+\}|[A-Z0-9_]+))?"  # its port, which is such a variable, too
)
_IS_LINK = pattern(r"(?i)[a-z][a-z0-9_]*_service_host")
# A line of a file whose key and value stand apart by blanks alone: `database_host users`, `replicaof users 6379` (redis.conf).
# Where such a key is one word it is more often a word of a sentence, or where a program itself listens.
_APART = pattern(
    r"[ \t]*(?P<key>(?i:host|replicaof|slaveof"
    r"|(?!listen|bind|advertise)[a-z][\w.-]*[._-](?:host|hostname|url|uri|addr|address|endpoint)))"
    r"[ \t]+(?P<host>[A-Za-z0-9][A-Za-z0-9_.-]*)(?:[ \t]+(?P<port>[1-9]\d{0,4}))?[ \t]*;?[ \t]*"
)
# A server of Microsoft's in a connection string, which writes its port after a comma: `Data Source=tcp:users,1433;…`.
# https://learn.microsoft.com/dotnet/api/microsoft.data.sqlclient.sqlconnection.connectionstring
_DATA_SOURCE = pattern(
    r"(?i)(?<![\w.-])(?P<key>data source|network address|addr|address|server)[ \t]*=[ \t]*(?:tcp:)?"
    r"(?P<host>[a-z0-9][a-z0-9_.-]{0,252})(?:,[ \t]*(?P<port>[1-9]\d{0,4}))?(?=[ \t]*;)"
)
_SEPARATORS = pattern(r"[,;|=]")
_BREAK = pattern(r"[^A-Z0-9]+")
# What may follow a Service's name in the name of a variable that holds its host.
_SUFFIXES = frozenset(
    {
        *("ADDR", "ADDRESS", "API", "BACKEND", "BASE", "ENDPOINT", "GRPC", "HOST", "HOSTNAME", "HTTP", "HTTPS"),
        *("INTERNAL", "SERVER", "SERVICE", "TARGET", "UPSTREAM", "URI", "URL"),
    }
)
_SVC = 2  # place of the label `svc` in NAME.NAMESPACE.svc.ZONE
_CUT = "/..."  # stands for what is not kept
_SAYS_PORT = pattern(r"(?i)port")
_COMMENTS = ("#", "//", ";")
# nginx: a name of a group of servers, which `proxy_pass http://NAME;` means before any host.
# https://nginx.org/en/docs/http/ngx_http_upstream_module.html#upstream
_GROUP = pattern(r"(?m)^[ \t]*upstream[ \t]+([A-Za-z0-9_.-]+)\s*\{")
# The port that is called where a URL says none: by its scheme (RFC 9110, 6455, 4511), or by the format of the program's own
# (libpq, MySQL's and MariaDB's connectors, MongoDB's connection strings, redis' and AMQP's URI, NATS).
_DEFAULT_PORTS = {
    "http": 80,
    "ws": 80,
    "https": 443,
    "wss": 443,
    "ldap": 389,
    "ldaps": 636,
    "postgres": 5432,
    "postgresql": 5432,
    "mysql": 3306,
    "mariadb": 3306,
    "mongodb": 27017,
    "redis": 6379,
    "rediss": 6379,
    "amqp": 5672,
    "amqps": 5671,
    "nats": 4222,
}
_FOUND_BY_OTHERS = ("srv", "sentinel", "unix", "cluster")  # `mongodb+srv`: no port of the host that is written


class NamedHost(Struct, frozen=True):
    """One host. `key` is the variable, flag or key that it stands under; `is_cut`: more stood around it, which is not kept.

    `beside` is the variable, or the path of keys, under which its port stands by itself; empty where it stands with the host.
    `run_time` says how a proxy looks it up by itself.
    """

    key: str
    scheme: str
    host: str
    port: int | None
    is_cut: bool = False
    beside: str = ""
    run_time: RunTime = RunTime.NO

    def __str__(self) -> str:
        """Return what may be shown: host and port; of a variable that Kubernetes sets, its name."""
        host = f"$({self.link})" if self.link else self.host
        return f"{host}:{self.port}" if self.port else host

    @property
    def link(self) -> str:
        """Return the variable that Kubernetes sets for a Service, where the host is its value; else empty."""
        return self.host.upper() if is_link(self.host) else ""

    @property
    def is_bare(self) -> bool:
        """A host and nothing else, whose port may stand beside it."""
        return not (self.scheme or self.port or self.is_cut or self.run_time)

    @property
    def written(self) -> str:
        """Return what is kept: read again, it is the same host."""
        key = f"{self.key}=" if _KEY.fullmatch(self.key) else ""
        return self.run_time.around(f"{key}{self.scheme}{self}{_CUT if self.is_cut else ''}{self.beside}")

    @property
    def called_port(self) -> int | None:
        """Return the port that is called: the one written, else the default of a scheme that has one.

        `jdbc:mysql` and `postgresql+asyncpg` are told from drivers by their words. Of a variable of nginx it is not known:
        `proxy_pass $users:8080` may follow.
        """
        if self.run_time is RunTime.SET:
            return self.port
        base, _, driver = self.scheme.lower().rstrip(":/").removeprefix("jdbc:").partition("+")
        return self.port or (None if driver in _FOUND_BY_OTHERS else _DEFAULT_PORTS.get(base))


def hosts_in(text: str, key: str = "") -> Iterator[NamedHost]:
    """Yield the hosts of a text; `key` is the name of the whole, for words that have none of their own."""
    text = _OWN_NAMESPACE.sub("", text[:_LONGEST_TEXT])
    text = _LINK.sub(r"\1\2\3", text) if "_SERVICE_HOST" in text else text
    text = _DATA_SOURCE.sub(_as_server, text) if ";" in text else text
    groups = frozenset(each.lower() for each in _GROUP.findall(text)) if "upstream" in text else frozenset()
    yield from (each for each in _hosts_in(text, key) if each.port or each.host not in groups)


def _as_server(found: re.Match[str]) -> str:
    key = "Server" if " " in found["key"] else found["key"]
    return f"{key}={found['host']}{':' if found['port'] else ''}{found['port'] or ''}"


def _hosts_in(text: str, key: str) -> Iterator[NamedHost]:
    for line in text.splitlines():
        if line.lstrip().startswith(_COMMENTS):
            continue
        if key and (apart := _APART.fullmatch(line)):
            yield NamedHost(apart["key"], "", apart["host"].lower(), int(apart["port"]) if apart["port"] else None)
            continue
        said, before, spans, end = key, "", run_time_spans(line), 0
        is_title = _is_sentence(key, line)
        for match in _WORDS.finditer(line):
            word = match[0]
            if "{" in line[end : match.start()]:
                said = key  # the value of the key before is a mapping, of which this is the first key
            end = match.end()
            if word in (":", "="):
                said = before
                continue
            name, is_pair, value = word.partition("=")
            label, bare = (name.lstrip("-"), value) if is_pair and _KEY.fullmatch(name) else (said, word)
            is_of_title = is_title and label == key and bare == word
            if (found := _named(label, bare)) and not (is_of_title and found.is_bare):
                how = run_time_at(spans, match.start())
                yield replace(found, run_time=how) if how else found
            is_key = bool(_KEY.fullmatch(word.rstrip(":")))
            before = word if is_key else key
            said = word.strip("-:") if is_key and (word.endswith(":") or word.startswith("-")) else key


def _is_sentence(key: str, line: str) -> bool:
    """Return whether a value that is to be one host has several words (`HOSTNAME="Shop server"`): a title for people."""
    return (
        len(line.split()) > 1
        and not _SEPARATORS.search(line)
        and not _capitals(key).rstrip("_0123456789").endswith("S")
    )


def _named(label: str, word: str) -> NamedHost | None:
    found = _HOST.fullmatch(word)
    if found is None or _capitals(label).endswith("IMAGE"):
        return None
    is_full = label and _FULL.fullmatch(found["host"].lower())
    if not (found["scheme"] or found["port"] or is_full or _SAYS_HOST.search(_capitals(label))):
        return None
    rest = found["rest"] or "/"
    port = int(found["port"]) if found["port"] else None
    beside = rest.removeprefix(_CUT) if port and rest.startswith(_CUT) else ""
    return NamedHost(
        label, found["scheme"] or "", found["host"].lower(), port, bool(found["user"]) or rest != "/", beside
    )


def _capitals(label: str) -> str:
    return _BREAK.sub("_", label.upper())


def concerns(found: NamedHost, service: str) -> bool:
    """Return whether a host may be meant for a Service: it names it, or nearly, or stands under a key named after it.

    For `ANY_SERVICE`, whether it is a name that a Service may have, and its key not that of a credential.
    """
    labels = found.host.rstrip(".").split(".")
    if service == ANY_SERVICE:
        return telling(found.key) not in (Telling.STRONG, Telling.HEADER) and _may_be_service(labels)
    if service in labels or found.link == link_of(service):
        return True
    if not is_ip(found.host) and (is_slip(labels[0], service) or is_kin(found, service)):
        return True
    return is_named_after(found.key, service)


def is_kin(found: NamedHost, service: str) -> bool:
    """Return whether a host concerns a Service by words that their names share alone, so that another may be meant."""
    return are_kin(found.host.partition(".")[0], service)


def _may_be_service(labels: list[str]) -> bool:
    """A bare name, NAME.NAMESPACE, or one that ends in `svc` or in a cluster's zone; `X.localhost` is the caller itself.

    The first may have an underscore, which no Service's has: other tools name what they run so.
    Rule: https://www.rfc-editor.org/rfc/rfc6761#section-6.3
    """
    first, *rest = labels
    are_labels = is_label(first.replace("_", "-")) and all(map(is_label, rest))
    if labels[-1] == "localhost" or not are_labels or is_ip(".".join(labels)):
        return False
    return len(labels) <= _SVC or "svc" in labels[_SVC : _SVC + 2] or labels[-1] == "local"


def is_link(name: str) -> bool:
    """Return whether a name is that of a variable which Kubernetes sets to a Service's address."""
    return bool(_IS_LINK.fullmatch(name))


def link_of(service: str) -> str:
    """Return the variable that Kubernetes sets to a Service's address."""
    return f"{service.upper().replace('-', '_')}_SERVICE_HOST"


def is_named_after(key: str, service: str) -> bool:
    """Return whether a variable is called after a Service, e.g. `USER_SERVICE_URL` after `user-service`."""
    words, wanted = _capitals(key).strip("_").split("_"), _capitals(service).split("_")
    rest = words[len(wanted) :]
    return words[: len(wanted)] == wanted and bool(rest) and _SUFFIXES.issuperset(rest)


def kept_hosts(
    text: str | None, service: str, key: str = "", *, read: Callable[[str, str], Scalars] | None = None
) -> str | None:
    """Return what may be kept of a text: the hosts that concern the Service that is asked about, one a line.

    `read` gives the scalars of a text with a name, for ports that stand beside their hosts.
    """
    if not text or not service:
        return None
    found = tuple(hosts_in(text, key))
    if read and _SAYS_PORT.search(text) and any(each.is_bare and concerns(each, service) for each in found):
        found = tuple(_with_ports(found, read(text, key)))
    return "\n".join(dict.fromkeys(each.written for each in found if concerns(each, service))) or None


def _with_ports(found: Iterable[NamedHost], scalars: Scalars) -> Iterator[NamedHost]:
    """Yield hosts of a text with the ports beside them; not where the text names a host more or less often than its scalars."""
    found, beside = tuple(found), ports_beside(scalars)
    times = Counter((each.key, each.host) for each in found if each.is_bare)
    left = {at: iter(ports) for at, ports in beside.items() if len(ports) == times[at]}
    for each in found:
        port = next(left.get((each.key, each.host), iter(())), None) if each.is_bare else None
        yield replace(each, port=port.port, is_cut=True, beside=port.name) if port else each
