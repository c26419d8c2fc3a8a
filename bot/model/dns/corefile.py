"""What CoreDNS says of its Corefile: when it does not start, and when it goes on with the one before.

The sentences are those of CoreDNS 1.13.2 and 1.14.7, seen with broken Corefiles, and that of the loop plugin before 1.3
(https://coredns.io/plugins/loop/, https://coredns.io/plugins/reload/).
"""

import re
from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from bot.model.text import listing, one_line

_PARSING = re.compile(r"(?P<file>\S+):(?P<line>\d+) - (?:Error during parsing|Syntax error): (?P<what>.+)")
_LOOP = re.compile(r'plugin/loop: (?:Loop \(.*?\) detected for zone "(?P<zone>[^"]*)"|Seen .*loop detected)')
# Errors of a plugin's start stand at the beginning of the line; while it runs they carry a level.
_FORWARD = re.compile(r"^plugin/forward: (?P<what>.+)")
_TWICE = re.compile(r"^cannot serve (?P<what>\S+) - it is already defined")
_MISSING = re.compile(r"^loading Caddyfile via flag: open (?P<what>.+): no such file")
_RELOAD_FAILED, _RELOADED = "Corefile changed but reload failed", "Reloading complete"
_UPSTREAMS = re.compile(r"^[^\S\n]*(?:forward|proxy)[^\S\n]+\S+[^\S\n]+(?P<to>[^\n{#]+)", re.MULTILINE)
_QUOTED = re.compile(r"'([^']+)'")
_LONGEST = 160
_OWN = "Corefile"


class Mistake(StrEnum):
    """What is wrong with a Corefile."""

    PARSING = "parsing"  # a line is not understood
    LOOP = "loop"  # what it forwards comes back to itself
    FORWARD = "forward"  # an upstream is no address
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
    found = (_complaint(one_line(each)) for each in lines if _RELOAD_FAILED not in each)
    return next((each for each in reversed([one for one in found if one])), None)


def refused_reload(lines: Iterable[str]) -> Complaint | None:
    """Return why a changed Corefile was not taken, unless a later one was."""
    last = None
    for each in lines:
        if _RELOAD_FAILED in each:
            last = _complaint(one_line(each).partition(f"{_RELOAD_FAILED}: ")[2])
        elif _RELOADED in each:
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


def _complaint(line: str) -> Complaint | None:
    if found := _LOOP.search(line):
        zone = f' for zone "{found["zone"]}"' if found["zone"] else ""
        return Complaint(Mistake.LOOP, f"what it forwards{zone} comes back to itself", line)
    if found := _PARSING.search(line):
        own = found["file"].endswith(_OWN)
        place = f"line {found['line']} of {'its Corefile' if own else _short(found['file'])}"
        return Complaint(Mistake.PARSING, f"{place}: {_short(found['what'])}", line, int(found["line"]) if own else 0)
    if found := _FORWARD.search(line.removeprefix("starting with listener file descriptors: ")):
        return Complaint(Mistake.FORWARD, f"the forward line of its Corefile: {_short(found['what'])}", line)
    if found := _TWICE.search(line):
        return Complaint(
            Mistake.TWICE, f"the server block {_short(found['what'])}, which is twice in its Corefile", line
        )
    if found := _MISSING.search(line):
        return Complaint(Mistake.MISSING, f"its Corefile, which is not there ({_short(found['what'])})", line)
    return None


def _short(text: str) -> str:
    return one_line(text, limit=_LONGEST).rstrip(".")
