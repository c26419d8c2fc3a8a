"""Credentials, e-mail addresses and terminal escapes are taken out of log lines and messages. Pure.

Better a harmless word lost than a password shown: where a name tells and the value is no word of a sentence, it goes. But
what a message is read for stays: names of objects that are missing, hosts, ports, paths, digests of images. Which
is which is shown by the lines in tests/model/redaction.

Rules work on one line of bounded length and have no nested repetition, so hostile text costs no more than other text.
"""

import re
from collections.abc import Iterable

from bot.model.credentials.forms import without_forms
from bot.model.credentials.links import without_logins
from bot.model.credentials.rules import HIDDEN
from bot.model.credentials.words import Telling, telling
from bot.model.pattern import pattern
from bot.model.text import plain

__all__ = ["HIDDEN", "LONGEST", "scrub", "scrub_corefile", "scrub_lines"]

LONGEST = 400  # characters of a line that are kept: enough for the sentence that names the cause
_READ = 4096  # characters that are looked at, so that what is kept was scrubbed whole
_PASSES = 6
# A part of every word that names, commands or announces a credential: lines without one, most of them, are passed over.
_TELLS = pattern(
    r"pass|pw|psw|secret|token|key|cred|auth|sig|jwt|otp|salt|cookie|sess|sid|pin|dsn|conn|psk|csrf|xsrf|licen|cert"
    r"|kennwort|senha|contrase|парол|密码|密碼|bearer|basic|code=|identified|cli|curl|user|login|mysql|maria|mongo|ldap|snmp"
    r"|sql|zip|7z"
)

_KEY_BEGINS = pattern(
    r"-----BEGIN [A-Z0-9 ]{0,40}(?:PRIVATE KEY|CERTIFICATE|PGP [A-Z ]{1,40}BLOCK)[A-Z0-9 ]{0,40}-----"
)
_KEY_ENDS = pattern(r"-----END [A-Z0-9 ]{0,80}-----")
_BODY = pattern(r"\s*[A-Za-z0-9+/=]{1,100}\s*|\s*" + re.escape(HIDDEN) + r"\s*")
# YAML over several lines: a block of text, and an environment variable whose value stands on its own line.
_BLOCK = pattern(r"(\s*)(?:- )?[\"']?([\w.-]{1,80})[\"']?:\s*[|>][+-]?\d?\s*")
_ENTRY = pattern(r"\s*(?:-\s+)?[\"']?(?:name|key)[\"']?:\s*[\"']?([\w.-]{1,80})[\"']?,?\s*", re.IGNORECASE)
_ITS_VALUE = pattern(r"(\s*(?:-\s+)?[\"']?value[\"']?:\s*)(?![\[{]hidden)\S.*", re.IGNORECASE)
# Plugins of CoreDNS take credentials as bare words: etcd, route53, azure, tsig.
_BARE_WORDS = pattern(
    r"(?i)^(\s*(?:aws_access_key|credentials|client_secret|clientsecret|secret|password|token|api_token|key)\s+)\S.*"
)
_COMMENT = pattern(r"\"(?:[^\"\\]|\\.)*+\"|(?<!\S)#[^\n]*")


def scrub(line: str) -> str:
    """Return a line, or its first 4096 characters, without escapes and credentials; white space stays.

    Scrubbing twice is scrubbing once: a line that does not come to rest is hidden whole.
    """
    line = plain(line[:_READ])
    for _ in range(_PASSES):
        clean = _once(line)[:_READ]
        if clean == line:
            return line
        line = clean
    return HIDDEN


def scrub_lines(lines: Iterable[str], *, longest: int = LONGEST) -> tuple[str, ...]:
    """Scrub lines that follow each other, each cut to `longest` characters.

    What runs over several lines goes as a whole: a private key, a block of YAML, the value of a named variable.
    """
    kept: list[str] = []
    inside, indent, named = False, -1, False
    for raw in lines:
        line = plain(raw[:_READ])
        if not inside and _KEY_ENDS.search(line) and not _KEY_BEGINS.search(line):
            _drop_body(kept)  # the log was cut inside a key
            inside = True
        if indent >= 0 and (not line.strip() or _depth(line) > indent):
            continue
        if not inside:
            kept.append(_short(_ITS_VALUE.sub(rf"\1{HIDDEN}", line) if named else line, longest))
        inside = _still_inside(line, inside)
        indent, named = _block(line), _names_credential(line)
    return tuple(kept)


def scrub_corefile(text: str) -> str:
    """Return a Corefile without comments and credentials; each line keeps its number."""
    bare = _COMMENT.sub(lambda found: "#" if found[0].startswith("#") else found[0], text)
    return "\n".join(scrub_lines(_BARE_WORDS.sub(rf"\1{HIDDEN}", line) for line in bare.split("\n")))


def _once(line: str) -> str:
    line = without_logins(_without_keys(line))
    return without_forms(_without_named(line) if _TELLS.search(line.lower()) else line)


def _without_named(line: str) -> str:
    from bot.model.credentials.commands import without_arguments  # noqa: PLC0415 (most lines tell of none)
    from bot.model.credentials.pairs import without_values  # noqa: PLC0415 (as above)

    return without_arguments(without_values(line))


def _without_keys(line: str) -> str:
    begins = _KEY_BEGINS.search(line)
    if not begins:
        return line
    ends = _KEY_ENDS.search(line, begins.end())
    return line[: begins.start()] + HIDDEN + (line[ends.end() :] if ends else "")


def _still_inside(line: str, inside: bool) -> bool:
    begins = [each.end() for each in _KEY_BEGINS.finditer(line)]
    ends = [each.start() for each in _KEY_ENDS.finditer(line)]
    if begins:
        return not ends or ends[-1] < begins[-1]
    return inside and not ends


def _drop_body(kept: list[str]) -> None:
    while kept and _BODY.fullmatch(kept[-1]):
        kept.pop()


def _block(line: str) -> int:
    """Return how deep a YAML block of a credential is indented, or -1."""
    found = _BLOCK.fullmatch(line)
    return len(found[1]) if found and telling(found[2]) is not Telling.NOTHING else -1


def _names_credential(line: str) -> bool:
    found = _ENTRY.fullmatch(line)
    return found is not None and telling(found[1]) is not Telling.NOTHING


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _short(line: str, longest: int) -> str:
    """Scrub and cut until nothing changes: what was cut is scrubbed again, since its end is another one now."""
    for _ in range(_PASSES):
        line = scrub(line)
        if len(line) <= longest:
            return line
        line = f"{line[: longest - 1]}…"
    return HIDDEN
