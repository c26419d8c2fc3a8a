"""What a person put into or behind what a program printed, on the same line: who calls, and where it was seen.

Only clauses that name somebody are remarks: `… refused when checkout calls it`, `… <- checkout`, `… says checkout`. What
programs print behind an error (`while awaiting headers`, `by peer`) names nobody, and is none.
"""

import re

from bot.language import vocabulary as words
from bot.language.names import LABEL
from bot.language.symptoms import symptom_spans
from bot.language.tokens import tokens_of
from bot.model.refs import is_label

_KIND = r"(?: (?P<kind>pods?|service|svc|deployment|deploy|workers?|job|container|statefulset|cronjob))?"
_NAME = (
    r"(?:the |our |my )?(?:(?:pod|deploy|deployment|job|container) )?"
    rf"(?P<name>(?:[a-z][-a-z0-9]*/){{0,2}}{LABEL})(?![-\w:=./]\S){_KIND}"
)
_CALLS = (
    r"(?:tries|trying|attempts|wants|talks|connects|dials|calls|reaches|hits|queries|pings|posts|fetches|curls|opens|is calling"
    r"|is trying|is connecting|makes|sends|does|uses|->|to)"
)
_WHEN = r"(?:^|[\s(])(?:when(?:ever)?|while|if|once|because|as soon as|that'?s|that is|this is|it'?s|it is)"
_SAYS = r"(?:prints?|says|said|logs?|shows?|sees|gets|reports?|throws|gives(?: me| us)?|complains|tells(?: me| us)?)"
_SEEN_BY = r"(?:seen|reported|thrown|logged|printed|raised|emitted|caught) (?:only )?(?:by|from|in|on)"
# Where a clause names who calls; the first row that fits.
_CALLERS = tuple(
    re.compile(row)
    for row in (
        rf"{_WHEN} {_NAME}(?: in (?P<ns>[-a-z0-9]+))? {_CALLS}\b",
        rf"{_WHEN} {_NAME} (?:call|reach|hit|connect|talk|dial|quer)\w*",
        rf"(?:^|\s)(?:<-+|←|⬅\ufe0f?|{_SEEN_BY}|according to|is what) {_NAME}(?: {_SAYS})?(?:\W*$|,)",
        rf"{_WHEN} {_NAME} (?:call|reach|hit|connect|talk|dial|quer)ing\b",
        rf"(?:^|[\s,(])(?:the )?(?:pod|caller|client) (?:is|was|=) {_NAME}(?:\W*$|,)",
        rf"(?:^|\s)from {_NAME} (?:gives|prints|says|shows|returns|fails|gets|hangs|times)\b",
        rf"(?:^|[\s(])(?:did|tried|ran|running|run|seen) (?:that|this|it) (?:in|on|from) {_NAME}\W*$",
        rf"(?:^|\s)(?:exec|shell|ssh)(?:'?e?d)? (?:in)?to {_NAME}\W*$",
        rf"(?:^|\s)(?:in|on) (?=our |my ){_NAME}\W*$",
        rf"(?:^|[\s,])(?:(?:it|this|which|that) )?(?:comes|coming|came) from {_NAME}\W*$",
        rf"(?:^|[\s,])(?:seen|found|logged|thrown|raised|reported) (?:in|by|on) (?:the )?pods? of {_NAME}\W*$",
        rf"(?:^|\s)in {_NAME} (?:when|while|whenever)\b",
        rf"(?:^|[\s;,(])(?:that(?:'s| is) )?{_NAME} (?:calling|hitting|posting|proxying|connecting|talking)\b",
        rf"(?:^|\s)in (?:the |our )(?:[a-z]+ ){{1,2}}of {_NAME}(?:\W*$|,)",
        rf"(?:^|\s)(?:says|said|reports|complains) {_NAME}\W*$",
        rf"(?:^|\s)(?:in|from) (?:the )?logs? (?:of|from) {_NAME}\W*$",
        rf"(?:^|\s)(?:in|from) {_NAME}(?:'s?)? logs?\W*$",
        rf"(?:^|\s)(?:from )?inside(?: of)? {_NAME}\W*$",
        rf"(?:^|[\s(])[-—–]*\s?{_NAME} ?(?:->|→) ?\S+\W*$",
    )
)  # fmt: skip
_BRACKETS = re.compile(r"\[([^\[\]\s]+)\]")
_THREAD = re.compile(
    r"(?:[\w-]*(?:thread|exec|nio|pool|dispatcher|scheduler|eventloop|executor|reactor|poller)[\w-]*|(?:worker|task|qtp\w*|http|main)-\d+)"
)
_REMARK = re.compile(
    r"(?:\s\(|\s[-—–]{1,2}\s|\s<-+\s|`\s)\s*([^()\n]+ [^()\n]+ [^()\n]+)\)?$"
)  # `… refused  (from the web deployment)`
_MEASURED = re.compile(r"\(after \d+ ?m?s in state [^)]*\)")  # by librdkafka
_FROM_BEHIND = re.compile(
    r"\s\(?((?:from|in|by) [^()\n]+)\)\s*$", re.MULTILINE
)  # `… connection refused (from checkout)`
_SEEN_IN = re.compile(
    r"^(?:this |it )?(?:happens|happening|seen|occurs|occurring|found|logged|thrown|raised|reported|comes|coming)"
    r" (?:only )?(?:in|by|on|from) (?:the |our )?(?:(?:pods?|logs?|deployment) (?:of|from) )?"
)
_LEVELS = frozenset(
    (
        "trace",
        "debug",
        "notice",
        "alert",
        "emerg",
        "crit",
        "verbose",
        "k8s",
        "app",
        "server",
        "client",
        "java",
        "config",
    )
)


def remark_in(line: str) -> str:
    """Return what a person put behind what a program printed on a line: `… refused (from checkout)`, `… -- in web`."""
    line = _MEASURED.sub("", line)
    found = _REMARK.search(line) or _FROM_BEHIND.search(line)
    said = _SEEN_IN.sub("from ", found[1]) if found else ""
    return said if any(each.is_known for each in tokens_of(said)) else ""


def logger_in(line: str) -> tuple[str, str]:
    """Return the name that a program gives itself in brackets before its message, and the line with no names in brackets.

    `[order-svc] [error] …`; levels, threads, numbers and pods of kubectl's --prefix are none.
    """
    found = (each[1].lower() for each in _BRACKETS.finditer(line))
    named = (each for each in found if is_label(each) and not (each[0].isdigit() or _THREAD.fullmatch(each)))
    name = next((each for each in named if each not in words.KNOWN | words.ENVIRONMENT | _LEVELS), "")
    return name, _BRACKETS.sub(lambda each: "[x]" if is_label(each[1].lower()) else each[0], line)


def caller_in(line: str) -> str:
    """Return who calls, as a person said it in a line that a program printed: `from checkout`. Empty: nobody is named."""
    spans = symptom_spans(line)  # `… signed by unknown authority calling http://…`
    for row in _CALLERS:
        found = row.search(line)
        if found and _names(found) and not any(begin <= found.start("name") < end for begin, end in spans):
            kind, namespace = found["kind"], found.groupdict().get("ns")
            return f"from {found['name']}{f' {kind}' if kind else ''}{f' in {namespace}' if namespace else ''}"
    return ""


_PRINTED = frozenset(("peer", "remote", "upstream", "server", "backend", "stream", "socket", "client", "host", "proxy"))


def _names(found: re.Match[str]) -> bool:
    name = found["name"]
    is_english = name in words.KNOWN or words.is_adverb(name) or words.may_be_verb(name)
    is_english &= not (name in words.MAYBE_DOER and ("<-" in found[0] or "←" in found[0]))
    is_english |= name in _PRINTED or name in words.ENVIRONMENT or words.is_place(name)
    return "/" in name or ("-" in name and not words.is_place(name)) or not is_english
