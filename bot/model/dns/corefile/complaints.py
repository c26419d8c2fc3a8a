"""What CoreDNS says of its Corefile: when it does not start, and when it goes on with the one before.

The sentences are those of CoreDNS 1.13.2, 1.14.7 and 1.15.0, seen with broken Corefiles, and that of the loop plugin before 1.3
(https://coredns.io/plugins/loop/, https://coredns.io/plugins/reload/). With `-log-format=json` (1.15.0) they stand in objects.
"""

import re
from collections.abc import Iterable
from enum import StrEnum

import msgspec
from msgspec import Struct

from bot.model.pattern import pattern
from bot.model.text import listing, one_line

_PARSING = pattern(r"(?P<file>\S+):(?P<line>\d+) - (?:Error during parsing|Syntax error): (?P<what>.+)")
_LOOP = pattern(r'plugin/loop: (?:Loop \(.*?\) detected for zone "(?P<zone>[^"]*)"|Seen .*loop detected)')
# Errors of a plugin's start stand at the beginning of the line; while it runs they carry a level.
_FORWARD = pattern(r"^plugin/forward: (?P<what>.+)")
_PLUGIN = pattern(r"^plugin/(?P<plugin>[\w-]+): (?P<what>.+)")
_LISTENERS = "starting with listener file descriptors: "
_TWICE = pattern(r"^cannot serve (?P<what>\S+) - it is already defined")
_MISSING = pattern(r"^loading Caddyfile via flag: open (?P<what>.+): no such file")
# A Corefile that cannot even be split into words is refused in other words, again at every look at it.
_REFUSED = ("Corefile changed but reload failed: ", "Corefile parse failed: ")
_RELOADED = ("Reloading complete", "Running configuration SHA")
_UPSTREAMS = pattern(r"^[^\S\n]*(?:forward|proxy)[^\S\n]+\S+[^\S\n]+(?P<to>[^\n{#]+)", re.MULTILINE)
_QUOTED = pattern(r"'([^']+)'")
_LONGEST = 160
_OWN = "Corefile"


class Mistake(StrEnum):
    """What is wrong with a Corefile."""

    PARSING = "parsing"  # a line is not understood
    LOOP = "loop"  # what it forwards comes back to itself
    FORWARD = "forward"  # an upstream is no address
    PLUGIN = "plugin"  # another plugin refuses its settings
    TWICE = "twice"  # a server block is there twice
    MISSING = "missing"  # the file itself


class Complaint(Struct, frozen=True):
    """One sentence of CoreDNS about its Corefile.

    `words` follow "because of" (a loop's "because"); `at` is the line of the Corefile, from 1, or 0.
    """

    kind: Mistake
    words: str
    line: str
    at: int = 0


def fatal(lines: Iterable[str]) -> Complaint | None:
    """Return the last sentence of a run that ended because of its Corefile."""
    found = (_complaint(one_line(each)) for each in map(unwrapped, lines) if not any(word in each for word in _REFUSED))
    return next((each for each in reversed([one for one in found if one])), None)


def refused_reload(lines: Iterable[str]) -> Complaint | None:
    """Return why a changed Corefile was not taken, unless a later one was."""
    last = None
    for each in map(unwrapped, lines):
        refusal = next((word for word in _REFUSED if word in each), "")
        if refusal:
            last = _complaint(one_line(each).partition(refusal)[2])
        elif any(word in each for word in _RELOADED):
            last = None
    return last


def upstreams(corefile: str) -> tuple[str, ...]:
    """Where its `forward` lines send what is not of the cluster, e.g. `/etc/resolv.conf`, `1.1.1.1`."""
    return tuple(dict.fromkeys(word for found in _UPSTREAMS.finditer(corefile) for word in found["to"].split()))


def way_round(corefile: str) -> str:
    """Return in words where a loop leads through, as far as the Corefile tells."""
    found = upstreams(corefile)
    files = [each for each in found if each.startswith("/")]
    if files:
        return f"its upstreams are those in {listing(files)}, which a pod of CoreDNS has from its node"
    return f"it forwards to {listing(found)}" if found else ""


def quoted(corefile: str, complaint: Complaint) -> tuple[str, str]:
    """Return what the complaint is about as it stands there, and where: a line, or the upstreams of a loop.

    Empty if the line does not hold the word complained about: the Corefile was changed since.
    """
    lines = corefile.splitlines()
    if complaint.kind is Mistake.LOOP:
        return ", ".join(upstreams(corefile)), "the upstreams"
    words = _QUOTED.findall(complaint.words)
    if 0 < complaint.at <= len(lines) and any(word in lines[complaint.at - 1] for word in words):
        return one_line(lines[complaint.at - 1], limit=_LONGEST), f"line {complaint.at}"
    return "", ""


def unwrapped(line: str) -> str:
    """Return a line of a JSON log as it stands in a plain one: `[FATAL] plugin/loop: Loop …`."""
    if not line.startswith("{"):
        return line
    try:
        said = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return line
    if not isinstance(said, dict) or "msg" not in said:
        return line
    plugin = f"plugin/{said['plugin']}: " if said.get("plugin") else ""
    return f"[{said.get('level', 'INFO')}] {plugin}{said['msg']}"


def _complaint(line: str) -> Complaint | None:
    if found := _LOOP.search(line):
        zone = f' for zone "{found["zone"]}"' if found["zone"] else ""
        return Complaint(Mistake.LOOP, f"what it forwards{zone} comes back to itself", line)
    if found := _PARSING.search(line):
        own = found["file"].endswith(_OWN)
        place = f"line {found['line']} of {'its Corefile' if own else _short(found['file'])}"
        return Complaint(Mistake.PARSING, f"{place}: {_short(found['what'])}", line, int(found["line"]) if own else 0)
    if found := _FORWARD.search(line.removeprefix(_LISTENERS)):
        return Complaint(Mistake.FORWARD, f"the forward line of its Corefile: {_short(found['what'])}", line)
    if found := _TWICE.search(line):
        return Complaint(
            Mistake.TWICE, f"the server block {_short(found['what'])}, which is twice in its Corefile", line
        )
    if found := _MISSING.search(line):
        return Complaint(Mistake.MISSING, f"its Corefile, which is not there ({_short(found['what'])})", line)
    if found := _PLUGIN.search(line.removeprefix(_LISTENERS)):
        return Complaint(Mistake.PLUGIN, f"the {found['plugin']} plugin of its Corefile: {_short(found['what'])}", line)
    return None


def _short(text: str) -> str:
    return one_line(text, limit=_LONGEST).rstrip(".")
