"""What programs print, told from what a person says around it."""

import re

_TOOL = r"(?:curl|wget|psql|pg_isready|mysql|nc|nginx|ping|dig|nslookup|ssh|telnet|redis-cli|grpcurl|rsync)"
_CLASS = r"(?:[A-Za-z_]\w*(?:\.|::|\$))+(?:[A-Z]\w*|\w*error)"  # java.net.ConnectException, Errno::ECONNREFUSED
_MACHINE = re.compile(
    r"^\s+at |Exception|Traceback|^\s*File \"|goroutine |level=|"
    r"\"(?:level|severity|msg)\" ?: ?\"|(?-i:\bE(?:[A-Z]{5,}|AI_[A-Z]+)\b)|Errno|rpc error"
    r"|A timeout occurred after|^\* (?:Could not|Trying|Closing|Host|connect|Connection|Failed|TCP)\b|^\W*(?:curl|wget) -"
    r"|dial tcp|curl: \(|(?-i:^[EWIF]\d{4} \d\d:\d\d:\d\d)|Connection to node -?\d|(?-i:^\W*(?:WARN|ERROR|FATAL)\b[\] ])"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:|\bGET /"
    r"|(?-i:\bERROR) \d{4} |Can't connect to (?:\w+ )?server|Could not connect to \w+ host: |(?-i:\b[A-Z]\w*::[A-Z]\w*)"
    r"|(?-i:\bERR_[A-Z_]+)|nslookup: |(?-i:(?<![-\w./])(?:[a-z_]\w*\.)+[A-Z]\w*: )"
    r"|psql: |wget: |nc: |grpcurl: |pg_isready: |upstream|nginx|Readiness|Liveness|Startup probe|Unhealthy|Error: |\w+Error\b"
    r"|connection to server at |could not connect to the \w+ server|\bx509: "
    r"|\bnet/http: |\bhttp: server gave|Caused by: |The last packet (?:sent|successfully)"
    r"|lookup \S+ on |kubelet|kubectl|ConnectionPool"
    r"|Connection to \S+ \d+ port \[|\w clientId="
    r"|;; |\*\* server|[Cc]onnection (?:refused|timed out|reset)|getaddrinfo|context deadline|transport:|desc ="
    r"|[Ff]ailed to (?:connect|open|resolve)"
    r"|host name|\bnot known|outbound\||Back-off|connect\(|could not resolve|bad address|no such host|i/o timeout"
    r"|^%\d\|\d+\.\d+\||Background on this error|^nats: |panicked at |^called `|Error making API request"
    r"|^[\w./*()]+\([^)\s]*\)$"
    r"|no endpoints|\w@[\w-]+:[^\s]*[#$] |active Endpoint"
    r"|(?:ping|ssh|telnet|traceroute|rsync|getent): |UNAVAILABLE|DEADLINE_EXCEEDED|C-ares|[$#] (?:curl|wget|nc|dig|nslookup) ",
    re.MULTILINE | re.IGNORECASE,
)


# Where the printed part of a line begins; what stands before it was said by a person.
BEGINS = re.compile(
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
# What a program begins its line with: nothing behind it was said by a person.
_TOOLS = re.compile(
    rf"^\s*(?:{_TOOL}: |\s+at (?:async )?\S[^(\n]*(?:\(|:\d+)|at [\w.$]+\(|(?:[A-Z]\w*::)+[A-Z]\w*|ERROR \d{{4}} )"
)
_SAID_BEHIND = re.compile(r"\s[-—–]{1,2}\s+((?:from|in|to|calling|when|between)\b[^\n]*)$")
# What only programs print: a host with a port behind it on the same line is theirs.
PRINTED = re.compile(
    rf"rpc error|{_TOOL}: |{_CLASS}\b|\b[A-Z]\w*(?:Exception|Error)\b|desc =|ERROR \d{{4}} |x509: |transport: "
    r"|handshake failed|\]\[(?:critical|error|warning|info|debug)\]"
)


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
