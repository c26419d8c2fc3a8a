"""Hosts that a command calls, and hosts that a line of a log says could not be reached. Pure text.

A word counts as a host only where its neighbours make it one: a URL, `HOST:PORT`, an option such as `-h`, a tool that looks
names up or connects, the sentence of a client library. That keeps the other words of a command, passwords among them, out.
"""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from bot.model.pattern import pattern

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"(?P<host>{_LABEL}(?:\.{_LABEL}){{0,6}})"
_PORT = r"(?P<port>\d{1,5})"
# A port that a variable gives (`http://hub:$(HUB_SERVICE_PORT)`) is none that is known; its sign stays with the host.
_URL = rf"\b(?:dns:/|[a-z][a-z0-9+-]{{1,20}}:)//(?P<login>[^\s/@\"']{{0,120}}@)?{_HOST}(?::\$|(?::{_PORT})?(?![\w@]|:[\d$]))"
_WITH_PORT = rf"(?<![\w.@/:-]){_HOST}:{_PORT}(?!\w|[.:]\w)"
_OPTIONS = r"(?:-\S+\s+(?:\d+\s+)?){0,6}"
_QUOTE = "[\"'`]"
# After which a kind and a name stand apart: k8s-wait-for, `kubectl get service db`.
_ASKERS = r"get|describe|wait|k8s-wait-for|wait[-_]for(?:\.sh)?"
# What stands before the name in quotes, e.g. `could not translate host name "db"`, `connection to server at "db"`.
_BEFORE = "resolve|resolving|address|find|host|host name|hostname|server|server at|server on|upstream|host="
_COMMANDS = tuple(
    pattern(each)
    for each in (
        _URL,
        _WITH_PORT,
        rf"/dev/tcp/{_HOST}/{_PORT}",
        rf"\b(?:nc|ncat|netcat|telnet)\s+{_OPTIONS}{_HOST}\s+{_PORT}\b",
        rf"\b(?:nslookup|dig|getent\s+(?:ahosts|hosts)|ping)\s+{_OPTIONS}{_HOST}(?![\w=.-])",
        rf"(?<!\S)(?:-h|-H|--host|--hostname)(?:\s+|=){_HOST}(?![\w=:])(?:\s+(?:-p|-P|--port)(?:\s+|=)?{_PORT}\b)?",
        rf"(?<!\S)(?:service|svc)/{_HOST}(?![\w=:])",  # kubectl wait
        # In a sentence for people (`echo waiting for api service to be ready`) the next word is no name.
        rf"(?:^|\b(?:{_ASKERS})\s+)(?:service|svc)\s+{_HOST}(?![\w=:])",
    )
)
_SENTENCES = tuple(
    pattern(each, re.IGNORECASE)
    for each in (
        _URL,
        _WITH_PORT,
        rf"\blookup {_HOST}(?![\w-])",  # Go
        rf"\b(?:ENOTFOUND|EAI_AGAIN) {_HOST}(?![\w-])(?::{_PORT})?",  # Node.js
        rf"\bUnknownHostException: {_HOST}(?![\w-])",  # Java
        rf"\b(?:{_BEFORE})\s*:?\s*{_QUOTE}{_HOST}{_QUOTE}(?:[^,]{{0,60}}, port:? ?{_PORT})?",
        rf"\bresolve(?: host(?: ?name)?)?: {_HOST}(?![\w-])",  # curl, wget
        rf"\bserver can't find {_HOST}(?![\w-])",  # BIND's tools
        rf"\bgetaddrinfo for {_HOST}(?![\w-])",  # PHP
        rf"\bconnect(?:ing|ion)? to (?:server )?{_QUOTE}?{_HOST}{_QUOTE}?,? port:? {_PORT}\b",  # curl, nc
        rf"\bHTTPS?ConnectionPool\(host='{_HOST}', port={_PORT}\)",  # requests
    )
)
_LOOKUP_FAILS = (
    r"no such host|n[o']t resolve|name resolution|not known|translate host|unknown\b.{0,20}\bhost|unknownhost|enotfound"
    r"|eai_again|getaddrinfo|bad address|server can't find|nxdomain|servfail|host not found|\blookup "
)
_LOOKUP = pattern(_LOOKUP_FAILS, re.IGNORECASE)
_FAILS = pattern(
    rf"{_LOOKUP_FAILS}|refused|timed? ?out|unreachable|no route|econn|can'?t (?:connect|reach)|cannot (?:connect|reach)"
    r"|could not (?:connect|reach)|fail|unable|unavailable|waiting|retr(?:y|ies)|not ready|\bdown\b|no endpoints",
    re.IGNORECASE,
)
_LONGEST_COMMAND, _LONGEST_LINE = 4096, 1024
_LARGEST_PORT = 65535
_DNS_PORT = 53  # a lookup that failed names the server that was asked, too


class Place(Struct, frozen=True):
    """A host, the port where one is said (else 0), and the words that name it. `lookup`: its name did not resolve."""

    host: str
    port: int
    words: str
    lookup: bool = False


def called_in(words: Iterable[str]) -> tuple[Place, ...]:
    """Return the hosts that a command calls, each once, in order."""
    return _once(_found(_COMMANDS, " ".join(words)[:_LONGEST_COMMAND]))


def failed_in(line: str) -> tuple[Place, ...]:
    """Return the hosts that a line of a log, or a message, says could not be reached or are waited for."""
    text = line[:_LONGEST_LINE]
    if not _FAILS.search(text):
        return ()
    lookup = bool(_LOOKUP.search(text))
    found = _once(_found(_SENTENCES, text))
    return tuple(
        Place(each.host, each.port, each.words, lookup) for each in found if not (lookup and each.port == _DNS_PORT)
    )


def tells_lookup(line: str) -> bool:
    """Return whether a line of a log, or a message, says that a name did not resolve."""
    return bool(_LOOKUP.search(line[:_LONGEST_LINE]))


def _found(patterns: Iterable[re.Pattern[str]], text: str) -> Iterator[Place]:
    """Yield what patterns find, in order of place; logins are left out of the words."""
    found = (match for each in patterns for match in each.finditer(text))
    for match in sorted(found, key=lambda each: (each.start("host"), each.start())):
        named = match.groupdict()
        port = int(named.get("port") or 0)
        if port <= _LARGEST_PORT and any(letter.isalpha() or letter == "." for letter in match["host"]):
            yield Place(match["host"].lower(), port, match[0].replace(named.get("login") or "", ""))


def _once(places: Iterable[Place]) -> tuple[Place, ...]:
    """Return each host once, with a port where one is said."""
    kept: dict[str, Place] = {}
    for each in places:
        if each.host not in kept or (each.port and not kept[each.host].port):
            kept[each.host] = each
    return tuple(kept.values())
