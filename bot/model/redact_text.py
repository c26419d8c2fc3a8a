"""Credentials, e-mail addresses and terminal escapes are taken out of log lines and messages. Pure.

Better a harmless word lost than a password shown: a rule that is in doubt takes. Rules work on one line of bounded
length and have no nested repetition, so hostile text costs no more than other text. Shapes of tokens:
https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml
"""

import re
from collections.abc import Iterable
from functools import cache

from bot.model.text import plain

HIDDEN = "[hidden]"
LONGEST = 400  # characters of a line that are kept: enough for the sentence that names the cause
_READ = 4096  # characters that are looked at, so that what is kept was scrubbed whole

_WORDS = (
    r"password|passwd|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key|account[-_]?key|private[-_]?key"
    r"|credentials?|signature|session[-_]?id|dsn|sig"
)
_QUOTED = r"\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?"
_VALUE = rf"(?!{re.escape(HIDDEN)})(?:{_QUOTED}|[^\s,;&\"'}}\]]+)"

_RULES = (
    # user:password@ of a URL or DSN; what starts with a port and a path is no password
    (r"(://)(?!\[[\da-fA-F:.]*\]|[^\s:/@]*:\d{1,5}/)[^\s@/:]*:[^\s@]*@", rf"\1{HIDDEN}@"),
    (r"(://)[^\s@/:]+@", rf"\1{HIDDEN}@"),
    # header lines: all that follows
    (
        r"(?i)(?<![\w-])((?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]{0,40}(?:key|token|secret)[\w-]{0,40})(\\?[\"']?\s*[:=]).*",
        rf"\1\2 {HIDDEN}",
    ),
    (r"(?i)\b(bearer)[\s:=]+[\w.~+/=-]{6,}", rf"\1 {HIDDEN}"),
    (r"(?i)\b(basic)\s+(?=[a-z+/]*[\d=])[a-z0-9+/]{8,}={0,2}", rf"\1 {HIDDEN}"),
    # name = value, name: "value", --name value, also inside JSON that is itself quoted
    (
        rf"(?i)((?<![a-z])[\w.-]{{0,60}}?(?:{_WORDS})(?![a-z])[\w.-]{{0,60}}\\?[\"']?\s{{0,4}}(?>=>|:=|[:=])\s{{0,4}}+\\?+)(?!\s){_VALUE}",
        rf"\1{HIDDEN}",
    ),
    (rf"(?i)(--?[\w-]{{0,60}}(?:{_WORDS})[\w-]{{0,60}}\s+)(?!-){_VALUE}", rf"\1{HIDDEN}"),
    (rf"(?i)\b(password|passwd|passphrase|secret|token)(\s+(?:is|was)\s+){_VALUE}", rf"\1\2{HIDDEN}"),
    # CoreDNS plugins take credentials as bare words
    (
        r"(?i)^(\s*(?:aws_access_key|credentials|client_secret|clientsecret|secret|password|token)\s+)\S.*",
        rf"\1{HIDDEN}",
    ),
    # tokens that are known by their shape
    (r"eyJ[\w-]{5,}\.[\w-]*(?:\.[\w-]*)*", HIDDEN),
    (r"\b(?:A3T[A-Z0-9]|AKIA|ASIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{12,}", HIDDEN),
    (
        r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[a-z]-|xapp-|[srp]k_(?:live|test)_|sk-|AIza|ya29\.|npm_|pypi-|SG\.|hvs\.|dop_v1_|hf_)[\w.-]{10,}",
        HIDDEN,
    ),
    # runs that are too long and too mixed to be words or names
    (r"\b[0-9a-fA-F]{32,}\b", HIDDEN),
    (
        r"(?<![\w+/-])(?=[\w+/-]{0,4096}\d)(?=[\w+/-]{0,4096}[a-z])(?=[\w+/-]{0,4096}[A-Z])[\w+/-]{32,}={0,2}",
        HIDDEN,
    ),
    (r"(?<![\w+/])[A-Za-z0-9+/]{38,}={1,2}", HIDDEN),
    (r"\b[A-Z2-7]{32,}\b", HIDDEN),
    (r"(?i)(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}\b", HIDDEN),
)
_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z0-9 ]*(?:PRIVATE KEY|CERTIFICATE|PGP [A-Z ]*BLOCK)[A-Z0-9 ]*-----")
_KEY_ENDS = re.compile(r"-----END [A-Z0-9 ]*-----")


@cache
def _compiled() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Only who meets a log pays for it: compiling takes longer than reading a small dump."""
    return tuple((re.compile(pattern), replacement) for pattern, replacement in _RULES)


def scrub(line: str) -> str:
    """Give one line without escapes and credentials; white space stays. Scrubbing twice is scrubbing once."""
    line = plain(line)
    begins = _KEY_BEGINS.search(line)
    if begins:
        ends = _KEY_ENDS.search(line, begins.end())
        line = line[: begins.start()] + HIDDEN + (line[ends.end() :] if ends else "")
    for pattern, replacement in _compiled():
        line = pattern.sub(replacement, line)
    return line


def scrub_lines(lines: Iterable[str], *, longest: int = LONGEST) -> tuple[str, ...]:
    """Scrub lines that follow each other: a private key that runs over several goes as a whole; long lines are cut."""
    kept: list[str] = []
    inside = False
    for line in lines:
        if not inside:
            kept.append(_cut(scrub(line[:_READ]), longest))
        inside = _still_inside(line, inside)
    return tuple(kept)


def _still_inside(line: str, inside: bool) -> bool:
    begins = [each.end() for each in _KEY_BEGINS.finditer(line)]
    ends = [each.start() for each in _KEY_ENDS.finditer(line)]
    if begins:
        return not ends or ends[-1] < begins[-1]
    return inside and not ends


def _cut(line: str, longest: int) -> str:
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
