"""How runtimes, proxies and kubectl name a host, a port, a caller and a namespace in what they print, as tables of patterns.

Rows that give a name go before rows that give an address, since a name is what was configured.
"""

import re

_HOST = r"(?P<host>[A-Za-z0-9](?:[-A-Za-z0-9._]*[A-Za-z0-9])?\.?)"
_IP = r"(?P<host>\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:]+\])"
_ANY_IP = r"(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:]+\])"
_PORT = r"(?P<port>\d{1,5})"
_Q = r"[\"'`‘“\\]*"  # quotes, also those that JSON has escaped
_URL = r"(?P<url>[a-z][a-z0-9+.-]*://[^\s\"'`<>\\,;)\]]+)"
_POD = r"(?P<pod>[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)"

# Hosts by name, by who prints them. The first row that fits names what is called.
_NO_KIND = r"(?!service(?![-\w.]))"  # `no endpoints available for service` names none
_NAMED = (
    # Go
    rf"lookup (?:_[-\w]+\._(?:tcp|udp)\.)?{_HOST}(?: on {_ANY_IP}(?::\d+)?)?: ",
    rf"dial tcp: lookup {_HOST}\b",
    rf"(?<![\w./-])(?![\d.]+:){_HOST}:{_PORT}: dial tcp",
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
    rf"refused:? \({_HOST}/{_ANY_IP}:{_PORT}\)",
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
    rf"\bhost: {_Q}{_HOST}{_Q},? port: {_PORT}",
    rf"\bhost={_HOST} (?:user|database|dbname)=[^\n]*dial tcp {_ANY_IP}:{_PORT}\b",
    rf"\bhost={_HOST} (?:port={_PORT} )?(?:user|database|dbname|sslmode)=",
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
    rf"getaddrinfo for {_HOST} failed",  # PHP
    rf"tcp connect \({_HOST}:{_PORT}\)",  # Elixir
    rf"plugin/errors: \d+ {_HOST} [A-Z]+: ",  # CoreDNS
    # .NET
    (rf"(?:known|refused|refused it|unavailable|respond|unreachable|host|timed out|resolution|reset by peer"
    rf"|failed)\.? \({_HOST}:{_PORT}\)"),
    # curl, wget, nslookup, dig, ping, nc
    rf"[Cc]ould not resolve (?:host|proxy)(?: name)?:? {_Q}{_HOST}",
    rf"[Ff]ailed to connect to (?![\d.]+ port){_HOST} port {_PORT}",
    rf"[Cc]onnect(?:ion)? to (?![\d.]+ port){_HOST} port {_PORT}",
    rf"rsync: [^\n]*failed to connect to {_HOST} \({_ANY_IP}\)",
    (r"(?:(?:^|[`$#;|]|--) *)(?:curl|wget|nc|telnet|grpcurl|httpie?)(?: +-\S+(?: +\d+)?)* +(?![\d.]+[: ])"
    rf"{_HOST}(?::| ){_PORT}\b"),
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
    # librdkafka
    rf"\[thrd:(?:[a-z_]+://)?{_HOST}:{_PORT}/",
    rf"(?:^|[\s:])(?:[a-z_]+://)?{_HOST}:{_PORT}/(?:bootstrap|\d+): (?:Connect to|Failed to resolve|Disconnected)",
    rf"bootstrap\.servers[=:] ?\[?{_Q}{_HOST}:{_PORT}",
    rf"host: Some\(Domain\({_Q}{_HOST}{_Q}\)\), port: Some\({_PORT}\)",  # Rust
    # gRPC
    rf"DNS resolution failed for (?:service: )?{_Q}(?:dns:/*)?{_HOST}(?::{_PORT})?",
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
    rf"no (?:ready |healthy |active )?(?:endpoints|upstreams?)(?: available)? for (?:service )?{_Q}{_NO_KIND}{_HOST}",
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
# Who printed it: kubectl's --prefix, a shell's prompt, labels of a log line, stern.
_CALLERS = (
    (
        r"(?:kubectl|\bk|\boc) (?:-\S+ +(?:[a-z0-9-]+ +)?)?logs (?:-(?:n|c|-namespace|-container) +[a-z0-9-]+ +|-\S+ +)*"
        rf"(?:\w+/)?{_POD}"
    ),
    rf"\[pod/{_POD}/[^\]\s]+\]",
    rf"\b[a-z_][\w-]*@{_POD}:[^\s]*[#$]",
    r"^(?P<pod>[a-z0-9][-a-z0-9]*-[a-z0-9]{5,10}-[a-z0-9]{5}):[~/]\S*[#$](?= )",  # where a shell tells no user
    rf"(?:\bkubernetes\.pod_name|\bpod_name|\bpodName|(?<![a-z] )\bpod|\bk8s\.pod\.name){_Q} ?[=:] ?{_Q}{_POD}",
)
_NAMESPACES = (
    rf"[,(;] ?(?:in )?(?:ns|namespace) {_Q}(?P<ns>[a-z0-9-]+)",
    rf"(?:kubectl|\bk|\boc) [^\n]*?(?:-n|--namespace)[ =]?{_Q}(?P<ns>[a-z0-9-]+)",
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
    rf"\b[Pp]od(?: is|:)? {_Q}(?!(?:is|in)\b){_POD}{_Q},? (?:in )(?:ns |namespace )?{_Q}(?P<ns>[a-z0-9-]+)(?![-\w])",
    rf"\b[Pp]od (?:is )?{_Q}(?!(?:is|was|in|on|of|has|failed|the|and|with|to|for|from|at)\b){_POD}{_Q}",
)


def _compiled(rows: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(row, re.MULTILINE) for row in rows)


NAMED, URLS, ADDRESSED = _compiled(_NAMED), _compiled(_URLS), _compiled(_ADDRESSED)
CALLERS, NAMESPACES, EVENTS = _compiled(_CALLERS), _compiled(_NAMESPACES), _compiled(_EVENTS)
URL = re.compile(_URL.replace("(?P<url>", "(?:"))
