"""Errors that runtimes and proxies print, as a table: how each of them names the host, the port and the caller.

A row is searched in the whole paste; rows that give a name go before rows that give an address, since a name is what was
configured. A sentence around the error (`checkout gets: dial tcp …`) is read as any other.
"""

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from bot.language import vocabulary as words
from bot.language.slots import Slots, caller_word, owner_of_pod
from bot.language.symptoms import symptom_in
from bot.model.question.target import POD_KINDS

_HOST = r"(?P<host>[A-Za-z0-9](?:[-A-Za-z0-9._]*[A-Za-z0-9])?\.?)"
_IP = r"(?P<host>\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:]+\])"
_ANY_IP = r"(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:]+\])"
_PORT = r"(?P<port>\d{1,5})"
_Q = r"[\"'`‘“\\]*"  # quotes, also those that JSON has escaped
_URL = r"(?P<url>[a-z][a-z0-9+.-]*://[^\s\"'`<>\\,;)\]]+)"
_POD = r"(?P<pod>[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)"

# Hosts by name, by who prints them. The first row that fits names what is called.
_NAMED = (
    # Go
    rf"lookup {_HOST}(?: on {_ANY_IP}(?::\d+)?)?: ",
    rf"dial tcp: lookup {_HOST}\b",
    rf"address {_HOST}:{_PORT}: (?:no such host|connect)",
    rf"(?:read|write) tcp {_ANY_IP}:\d+->(?![\d.]+:){_HOST}:{_PORT}",
    # Java
    rf"UnknownHostException: (?:Failed to resolve |Unable to resolve host )?{_Q}{_HOST}(?=[\s,:'\"`]|$)",
    rf"Connect to {_HOST}:{_PORT} \[[^\]]*\] failed",
    rf"Connect to (?:https?://)?{_HOST}:{_PORT} failed",
    (rf"(?:[Ff]ailed to connect to|Connection refused: (?:no further information: )?"
    rf"|connection timed out(?: after \d+ ?ms)?: |"
    rf"No route to host: |Connection reset: ) ?/?{_HOST}/{_ANY_IP}:{_PORT}"),
    rf"Connection to {_HOST}:{_PORT} refused",
    rf"Couldn't resolve server {_HOST}:{_PORT}",
    rf"Connection to node -?\d+ \({_HOST}(?:/{_ANY_IP})?:{_PORT}\) could not be established",
    # Python
    rf"ConnectionPool\(host={_Q}{_HOST}{_Q}, port={_PORT}\)",
    rf"Failed to resolve (?:server |host(?:name)? |address )?{_Q}{_HOST}{_Q}",
    rf"Connection to {_HOST} timed out",
    rf"[Cc]onnecting to (?:\w+ on )?(?![\d.]+:){_HOST}:{_PORT}",
    rf"UnableToConnect on {_HOST}:{_PORT}",
    rf"EndPoint: {_Q}(?:Unspecified/)?{_HOST}:{_PORT}{_Q}",
    rf"\baddress=\(host={_HOST}\)\(port={_PORT}\)",
    rf"\baddress=(?![\d.]+:){_HOST}:{_PORT}",
    rf"Unknown (?:MySQL )?server host {_Q}{_HOST}{_Q}",
    rf"Cannot connect to host {_HOST}:{_PORT}",
    rf"[Cc]ould not connect to Redis at (?![\d.]+:){_HOST}:{_PORT}",
    rf"Error -?\d+ (?:while )?connecting to {_HOST}:{_PORT}",
    rf"Timeout connecting to (?:server )?{_HOST}:{_PORT}",
    rf"Can't connect to (?:MySQL )?server on {_Q}{_HOST}(?::{_PORT})?{_Q}",
    rf"Is the server running on host {_Q}{_HOST}{_Q} (?:\({_ANY_IP}\) )?and accepting\s+TCP/IP connections on port {_PORT}",
    rf"ServerSelectionTimeoutError: {_HOST}:{_PORT}",
    rf"{_HOST}:{_PORT}: \[Errno -?\d+\]",
    rf"\bhost={_Q}{_HOST}:{_PORT}",
    rf"\bhost={_Q}{_HOST}{_Q},? port={_Q}{_PORT}",
    rf"\bhost: {_Q}{_HOST}{_Q}, port: {_PORT}",
    rf"\btarget[=:] ?{_Q}(?:dns:/*)?{_HOST}:{_PORT}",
    rf"(?:not known|in name resolution|no such host)[:,] [\"']{_HOST}[\"']",
    # Node
    (rf"(?:getaddrinfo|query[A-Z0-9]*) (?:ENOTFOUND|EAI_AGAIN|EAI_FAIL|ESERVFAIL|ETIMEOUT|ENODATA"
    rf"|ECONNREFUSED) {_HOST}(?: [-\w.]+:{_PORT})?"),
    rf"(?:ENOTFOUND|EAI_AGAIN) (?:for )?{_HOST}",
    rf"connect E[A-Z]+ (?![\d.]+:){_HOST}:{_PORT}",
    # Ruby
    rf"Failed to open TCP connection to {_HOST}:{_PORT}",
    rf"connect\(2\) for {_Q}(?![\d.]+(?:{_Q} port|:)){_HOST}(?:{_Q} port |:){_PORT}",
    rf"getaddrinfo(?:\(3\))?: [^\n]*?[\"'`‘“(](?!\w*Error\b){_HOST}(?::{_PORT})?[\"'`’”)]",
    rf"[Ff]ailed to dial (?:target host )?{_Q}{_HOST}:{_PORT}{_Q}",
    # .NET
    (rf"(?:known|refused|refused it|unavailable|respond|unreachable|host|timed out|resolution|reset by peer"
    rf"|failed)\.? \({_HOST}:{_PORT}\)"),
    # curl, wget, nslookup, dig, ping, nc
    rf"[Cc]ould not resolve (?:host|proxy)(?: name)?:? {_Q}{_HOST}",
    rf"[Ff]ailed to connect to (?![\d.]+ port){_HOST} port {_PORT}",
    rf"[Cc]onnect(?:ion)? to (?![\d.]+ port){_HOST} port {_PORT}",
    rf"(?:(?:^|[`$#;|]|--) *)(?:curl|wget|nc|telnet|grpcurl|httpie?)(?: +-\S+)* +(?![\d.]+[: ]){_HOST}(?::| ){_PORT}\b",
    rf"bad address {_Q}{_HOST}(?::{_PORT})?{_Q}",
    rf"unable to resolve host address {_Q}{_HOST}",
    rf"server can't find {_HOST}: ",
    rf"nslookup: can't resolve {_Q}{_HOST}{_Q}",
    rf"<<>> DiG \S+ <<>>(?: [@+-]\S+)* {_HOST}",
    rf"\*\* {_HOST}: NXDOMAIN",
    (rf"(?:ping|ssh|telnet|nc|rsync|traceroute): (?:connect to host )?{_HOST}:? (?:Name or service not known"
    rf"|Temporary failure)"),
    rf"Host {_HOST} not found",
    rf"Connection to {_HOST} {_PORT} port \[",
    rf"nc: (?:connect to )?{_HOST} (?:\({_ANY_IP}\) )?port {_PORT}",
    rf"nc: {_HOST} \({_ANY_IP}:{_PORT}\)",
    # gRPC
    rf"DNS resolution failed for {_Q}(?:dns:/*)?{_HOST}(?::{_PORT})?",
    rf"lookup error: lookup {_HOST} on",
    rf"dns:///?{_HOST}(?::{_PORT})?",
    rf"\btarget dns:{_HOST}:{_PORT}",
    rf"\bAddr: {_Q}{_HOST}:{_PORT}",
    # psql and libpq
    rf"could not translate host name {_Q}{_HOST}{_Q}",
    rf"connection to server at {_Q}{_HOST}{_Q}(?: \({_ANY_IP}\))?, port {_PORT}",
    rf"host name {_Q}{_HOST}{_Q} to address",
    # Envoy and Istio
    rf"(?:outbound|inbound)\|{_PORT}\|[^|]*\|{_HOST}",
    # nginx
    rf"host not found in (?:upstream|resolver) {_Q}{_HOST}(?::{_PORT})?{_Q}",
    rf"{_HOST} could not be resolved \(",
    rf"upstream: {_Q}(?P<url>[a-z]+://(?![\d.]+[:/\"])[^\s\"',]+)",
    rf"Service {_Q}(?P<ns>[a-z0-9-]+)/{_HOST}{_Q} does not have any active Endpoint",
    rf"Endpoints for (?:S|s)ervice {_Q}(?P<ns>[a-z0-9-]+)/{_HOST}{_Q}",
    rf"(?:[Ee]ndpoints?|[Ss]ervices?|endpointslices?(?:\.discovery\.k8s\.io)?) {_Q}{_HOST}{_Q} not found",
    rf"no endpoints available for service {_Q}{_HOST}(?::{_PORT})?{_Q}",
    rf"no (?:ready |healthy |active )?(?:endpoints|upstreams?)(?: available)? for (?:service )?{_Q}{_HOST}",
    (r"(?<![-\w./])(?<!\d )(?<!-n )(?<!\bin )(?<!\bns )(?<!\bnamespace )(?!\d+:)(?:(?P<ns>[a-z0-9-]+)/)?"
    rf"(?P<host>[a-z0-9](?:[-a-z0-9.]*[-.][-a-z0-9.]*)?[a-z0-9])(?::{_PORT})?: "
     r"(?:[Cc]onnection (?:refused|reset|timed out)|i/o timeout"
    rf"|no healthy upstream|no such host|upstream connect)"),
    rf"not known: {_HOST}(?::{_PORT})?(?=[\s,;)'\"`]|$)",
    rf"not known, {_HOST}(?::{_PORT})?(?=[,;)'\"`]|$)",
    (rf"(?<![\w.])(?!\d+:|getaddrinfo|information|[\w.]*(?:[Ee]xceptions?|[Ee]rror):){_HOST}: "
     r"(?:Name or service not known|nodename nor servname|No address associated with hostname)"),
)  # fmt: skip
_URLS = (
    (
        rf"(?:Get|Post|Put|Head|Patch|Delete|Options|GET|POST|PUT|HEAD|PATCH|DELETE|OPTIONS|url|URL|uri|URI|request to"
        rf"|executing \w+|curl(?: +-\S+| +\d+)*|wget(?: +-\S+)*|fetch|calling)\b[ =(:]*{_Q}{_URL}"
    ),
    rf"{_URL}",
)
_ADDRESSED = (
    rf"certificate is (?:only )?valid for [^\n]*?, not {_HOST}",  # names a host, but no path as a URL does
    rf"->{_IP}:{_PORT}",
    rf"dial (?:tcp|udp)[46]? (?:{_ANY_IP}:\d+->)?{_IP}:{_PORT}",
    rf"(?:connect|read|write) E[A-Z]+ {_IP}:{_PORT}",
    rf"(?:ipv4:|ipv6:){_IP}:{_PORT}",
    rf"[Ff]ailed to connect to /?{_IP}(?: port |:){_PORT}",
    rf"[Cc]onnect(?:ion)? to {_IP} port {_PORT}",
    rf"connect\(2\) for {_Q}{_IP}(?:{_Q} port |:){_PORT}",
    rf"\[::ffff:(?P<host>\d{{1,3}}(?:\.\d{{1,3}}){{3}})\]:{_PORT}",  # an IPv4 address as a socket of IPv6 tells it
    rf"(?:refused(?: it)?|timed out|unreachable|host|known)\S* ?[:(]* ?/?{_IP}:{_PORT}",
    rf"remote host \({_IP}(?::{_PORT})?\)",
    rf"\bpeeraddr={_IP}:{_PORT}",
    rf"upstream: {_Q}[a-z]+://{_IP}:{_PORT}",
    rf"Connect call failed \({_Q}{_IP}{_Q}, {_PORT}\)",
    rf"(?:server at|connecting to) {_Q}{_IP}{_Q}(?:, port |:){_PORT}",
)
# A host with a port that no row above knows: taken where it is the only one, and no place in a program's text.
_LOOSE = re.compile(
    r"(?<![\w./:@=-])(?P<host>[a-z](?:[-a-z0-9.]*[a-z0-9])?):(?P<port>\d{2,5})(?![\w:.-]\w)", re.MULTILINE
)
_SOURCE_FILES = frozenset(
    ("go", "py", "java", "js", "ts", "rb", "c", "cc", "cpp", "h", "rs", "kt", "scala", "cs", "php", "conf")
)
# Who printed it: kubectl's --prefix, a shell's prompt, labels of a log line, stern.
_CALLERS = (
    rf"kubectl (?:-\S+ +(?:[a-z0-9-]+ +)?)?logs (?:-\S+ +)*(?:\w+/)?{_POD}",
    rf"\[pod/{_POD}/[^\]\s]+\]",
    rf"\b[a-z_][\w-]*@{_POD}:[^\s]*[#$]",
    rf"(?:\bkubernetes\.pod_name|\bpod_name|\bpodName|(?<![a-z] )\bpod|\bk8s\.pod\.name){_Q} ?[=:] ?{_Q}{_POD}",
)
_EXEC = re.compile(r"kubectl ([^\n]*?)exec ([^\n]*?)(?: -- | --$|$)", re.MULTILINE)
_WITH_VALUE = ("-n", "--namespace", "-c", "--container", "--context")

_NAMESPACES = (
    rf"[,(;] ?(?:in )?(?:ns|namespace) {_Q}(?P<ns>[a-z0-9-]+)",
    rf"kubectl [^\n]*?(?:-n|--namespace)[ =]?{_Q}(?P<ns>[a-z0-9-]+)",
    (
        rf"(?:kubernetes\.namespace(?:_name)?|k8s\.namespace\.name|namespace_name|pod_namespace|namespace"
        rf"|\bns){_Q} ?[=:] ?{_Q}(?P<ns>[a-z0-9-]+)"
    ),
)
# Events of the kubelet and of kubectl, which tell of the pod that is called.
_EVENTS = (
    rf"(?:pod|Pod|pods)[/ ]{_Q}{_POD}_(?P<ns>[a-z0-9-]+)\(",
    rf"(?:^|\n)(?P<ns>[a-z0-9-]+) +\S+ +(?:Warning|Normal) +\w+ +pod/{_POD}",
    rf"\bpod/{_POD}",
    rf"(?:endpoints|service|endpointslice)/{_POD}",
    rf"\b[Pp]ods? {_Q}(?P<ns>[a-z0-9-]+)/{_POD}",
    rf"\b[Pp]od[/ ]{_Q}{_POD}{_Q},? (?:in )(?:ns |namespace )?{_Q}(?P<ns>[a-z0-9-]+)(?![-\w])",
    rf"\b[Pp]od {_Q}{_POD}{_Q}",
)
_EVENT = re.compile(
    r"probe failed|Unhealthy|Back-off restarting|BackOff|FailedToUpdateEndpoint|FailedScheduling|CrashLoopBackOff"
    r"|OOMKill|Failed to pull"
    r"|ImagePullBackOff|ErrImagePull|FailedMount|FailedCreatePodSandBox|probe errored"
)
_OURSELVES = frozenset(("localhost", "127.0.0.1", "0.0.0.0", "[::1]", "kubernetes.default.svc"))  # noqa: S104 (read, not bound)


def _compiled(rows: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(row, re.MULTILINE) for row in rows)


_NAMED_ROWS, _URL_ROWS, _IP_ROWS = _compiled(_NAMED), _compiled(_URLS), _compiled(_ADDRESSED)
_CALLER_ROWS, _NS_ROWS, _EVENT_ROWS = _compiled(_CALLERS), _compiled(_NAMESPACES), _compiled(_EVENTS)
_TOOL = r"(?:curl|wget|psql|pg_isready|mysql|nc|nginx|ping|dig|nslookup|ssh|telnet|redis-cli|grpcurl)"
_CLASS = r"(?:[A-Za-z_]\w*(?:\.|::|\$))+(?:[A-Z]\w*|\w*error)"  # java.net.ConnectException, Errno::ECONNREFUSED
_MACHINE = re.compile(
    r"^\s+at |Exception|Traceback|^\s*File \"|goroutine |level=|(?-i:\bE(?:[A-Z]{5,}|AI_[A-Z]+)\b)|Errno|rpc error"
    r"|A timeout occurred after|^\* (?:Could not|Trying|Closing|Host|connect|Connection|Failed|TCP)\b|^\W*(?:curl|wget) -"
    r"|dial tcp|curl: \(|(?-i:^[EWIF]\d{4} \d\d:\d\d:\d\d)|Connection to node -?\d|(?-i:^\W*(?:WARN|ERROR|FATAL)\b[\] ])"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:|\bGET /"
    r"|(?-i:\bERROR) \d{4} |Can't connect to (?:\w+ )?server|(?-i:\b[A-Z]\w*::[A-Z]\w*)"
    r"|(?-i:\bERR_[A-Z_]+)|nslookup: |(?-i:(?<![-\w./])(?:[a-z_]\w*\.)+[A-Z]\w*: )"
    r"|psql: |wget: |nc: |grpcurl: |pg_isready: |upstream|nginx|Readiness|Liveness|Startup probe|Unhealthy|Error: |\w+Error\b"
    r"|connection to server at |could not connect to the \w+ server|\bx509: "
    r"|\bnet/http: |\bhttp: server gave|Caused by: |The last packet (?:sent|successfully)"
    r"|lookup \S+ on |kubelet|kubectl|ConnectionPool"
    r"|Connection to \S+ \d+ port \[|\w clientId="
    r"|;; |\*\* server|[Cc]onnection (?:refused|timed out|reset)|getaddrinfo|context deadline|transport:|desc ="
    r"|[Ff]ailed to (?:connect|open|resolve)"
    r"|host name|\bnot known|outbound\||Back-off|connect\(|could not resolve|bad address|no such host|i/o timeout"
    r"|no endpoints|active Endpoint"
    r"|(?:ping|ssh|telnet|traceroute|rsync|getent): |UNAVAILABLE|DEADLINE_EXCEEDED|C-ares|[$#] (?:curl|wget|nc|dig|nslookup) ",
    re.MULTILINE | re.IGNORECASE,
)


# Where the printed part of a line begins; what stands before it was said by a person.
_BEGINS = re.compile(
    rf"(?<![-\w.])(?:dial (?:tcp|udp)|lookup |rpc error|{_TOOL}(?:: | -\w)|{_CLASS}\b"
    r"|\[\w+ clientId=|[Ff]ailed calling webhook|panic: |[Ff]atal(?: error)?: "
    r"|context deadline|grpc: |Caused by: |(?:Unhandled|Uncaught) exception"
    r"|[Uu]nable to (?:connect|resolve|open|reach)\b|nested exception is"
    r"|(?:recv|send|sendmsg|connect|writev|accept)\(\) failed"
    r"|(?:net/)?https?2?: |x509: |tls: "
    r"|[\w.:]*(?:Exception|Error|Timeout)\b|ERROR \d{4} |Error: |error: |(?:Warning|Normal) +[A-Z]\w+ "
    r"|getaddrinfo|(?:Get|Post|Put|Head|Patch|Delete) \"|request to http|I/O error|connect\(|[Ff]ailed to "
    r"|[Cc]ould not |[Cc]onnection |connect E"
    r"|java\.|transport:|\[pod/|HTTPS?ConnectionPool|Can(?:no|')t connect|Error -?\d|upstream|Readiness|Liveness"
    r"|Service \"|Endpoints |Unhealthy|Communications link failure"
    r"|Back-off|\*\* server|bad address|DNS resolution|read tcp|write tcp|outbound\||kubectl |UNAVAILABLE"
    r"|connection error|desc =)"
)


_USER = re.compile(r"://[^/@\s]*@")  # who logs in, maybe with a password
_URL_TEXT = re.compile(_URL.replace("(?P<url>", "(?:"))
# What a program begins its line with: nothing behind it was said by a person.
_TOOLS = re.compile(rf"^\s*(?:{_TOOL}: |at [\w.$]+\(|(?:[A-Z]\w*::)+[A-Z]\w*|ERROR \d{{4}} )")
_SAID_BEHIND = re.compile(r"\s[-—–]{1,2}\s+((?:from|in|to|calling|when|between)\b[^\n]*)$")
# What only programs print: a host with a port behind it on the same line is theirs.
_PRINTED = re.compile(
    rf"rpc error|{_TOOL}: |{_CLASS}\b|\b[A-Z]\w*(?:Exception|Error)\b|desc =|ERROR \d{{4}} |x509: |transport: "
    r"|handshake failed|\]\[(?:critical|error|warning|info|debug)\]"
)


class Found(Struct, frozen=True):
    """What an error names; `begin` and `end` are the span of its text, what stands around was said by somebody."""

    slots: Slots
    begin: int
    end_of_name: int
    end: int


def is_machine(text: str) -> bool:
    """Return whether a program printed this."""
    return bool(_MACHINE.search(text))


def spoken(text: str) -> str:
    """Return the lines that no tool printed, and what somebody put behind one: `curl: (56) … -- from web to cart`."""
    return "\n".join(each for line in text.splitlines() if (each := _said_in(line)))


def _said_in(line: str) -> str:
    if not _TOOLS.search(line):
        return line
    said = _SAID_BEHIND.search(line)
    return said[1] if said else ""


def read_error(text: str) -> Found | None:
    """Return what an error in a text names, or None where there is no error that names something."""
    if not is_machine(text) and not _EVENT.search(text):
        return None
    event = _event(text) if _EVENT.search(text) else None
    found = event or _host(text)
    if found is None:
        return None
    namespace = next((each["ns"] for row in _NS_ROWS if (each := row.search(text))), "")
    slots = replace(found.slots, symptom=symptom_in(_URL_TEXT.sub(" ", text)))
    if event:
        return replace(found, slots=replace(slots, namespace=slots.namespace or namespace))
    caller = _caller(text)
    if caller and namespace and not caller.startswith(f"{namespace}/"):
        caller = f"{namespace}/{caller}"
    elif namespace and not slots.namespace and "." not in slots.target:
        slots = replace(slots, namespace=namespace)
    return replace(found, slots=replace(slots, caller=caller))


def _host(text: str) -> Found | None:
    for match in _matches(text):
        given = match.groupdict()
        host = given.get("host") or ""
        url = (given.get("url") or "").rstrip(".:/?&") + ("/" if (given.get("url") or "").endswith("/") else "")
        is_english = host.lower() in words.NO_HOST and not given.get(
            "port"
        )  # `could not resolve host when calling cart`
        if is_english or host.rstrip(".") in _OURSELVES or re.match(r"\w+://(?:localhost|127\.|0\.0\.0\.0)", url):
            continue
        if host or url:
            host = _fuller(text, host)
            port = given.get("port") or (_port_near(text, host) if host else "")
            slots = Slots(target=_USER.sub("://", url) or host.rstrip("."), port=port, namespace=given.get("ns") or "")
            return Found(slots, *_span(text, match))
    return _loose(text)


def _loose(text: str) -> Found | None:
    """Return the one host with a port that stands in what a program printed."""
    found = [each for each in _LOOSE.finditer(text) if each["host"].rpartition(".")[2] not in _SOURCE_FILES]
    printed = [each for each in found if _PRINTED.search(text, text.rfind("\n", 0, each.start()) + 1, each.start())]
    if len({each["host"] for each in printed} - _OURSELVES) != 1:
        return None
    return Found(Slots(target=printed[0]["host"], port=printed[0]["port"]), *_span(text, printed[0]))


def _fuller(text: str, host: str) -> str:
    """Return a host with the namespace that stands behind the same name elsewhere in the text, as in a URL."""
    if not host or "." in host:
        return host
    found = re.search(rf"(?<![\w.-]){re.escape(host)}(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)+(?![\w-])", text)
    return found[0] if found else host


def _matches(text: str) -> Iterator[re.Match[str]]:
    for rows in (_NAMED_ROWS, _URL_ROWS, _IP_ROWS):
        for row in rows:
            yield from row.finditer(text)


def _port_near(text: str, host: str) -> str:
    """Return the port that stands beside the same host elsewhere in the text, as in the URL before a failed lookup."""
    found = re.search(rf"{re.escape(host.rstrip('.'))}[.'\"]*(?::|, port=|, port | port )(\d{{1,5}})\b", text)
    return found[1] if found else ""


def _span(text: str, match: re.Match[str]) -> tuple[int, int, int]:
    """Return where the printed part of the line begins, and its end: what stands before was said by a person."""
    start = text.rfind("\n", 0, match.start()) + 1
    mark = _BEGINS.search(text, start)
    begin = min(match.start(), mark.start()) if mark and mark.start() >= start else match.start()
    tick = text.rfind("`", start, match.start())
    if tick > begin and text.count("`", start, match.start()) % 2:
        begin = tick + 1  # it was quoted behind what somebody said of it
    while begin > start and not text[begin - 1].isspace():
        begin -= 1
    end = text.find("\n", match.end())
    return begin, match.end(), len(text) if end < 0 else end


def _caller(text: str) -> str:
    if found := _EXEC.search(text):
        return _executed(found[2].split())
    for row in _CALLER_ROWS:
        if match := row.search(text):
            return match["pod"]
    first_words = (word for line in text.splitlines() for word in line.split()[:2])
    return next((word for word in first_words if owner_of_pod(word)), "")  # as stern prints it


def _executed(argv: list[str]) -> str:
    """Return the pod or workload that `kubectl exec` names among its options."""
    at = 0
    while at < len(argv):
        if not argv[at].startswith("-") and argv[at] not in ("into", "in", "to"):
            kind, _, name = argv[at].rpartition("/")
            return caller_word(name, kind="" if kind in POD_KINDS else kind)
        at += 2 if argv[at] in _WITH_VALUE else 1
    return ""


def _event(text: str) -> Found | None:
    """Return the Service that an Event's pod is taken to belong to; where no pod is named, what the probe called."""
    for row in _EVENT_ROWS:
        if match := row.search(text):
            pod, ns = match["pod"], match.groupdict().get("ns") or ""
            target = owner_of_pod(pod) or re.sub(r"-\d+$", "", pod)
            note = "" if target == pod else f"{pod} is a pod's name: its Service is taken to be {target}"
            slots = Slots(target=target, namespace=ns, notes=(note,) if note else ())
            return Found(slots, *_span(text, match))
    return None
