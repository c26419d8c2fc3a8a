"""Credentials that are the value of a name: `name=value`, `"name": "value"`, `name is value`. Pure.

A line is walked once from left to right: each name that tells is followed by its separator and its value, whose end is
looked for by its quotes or brackets.
"""

import re

from bot.model.credentials.rules import HIDDEN
from bot.model.credentials.values import PLACEHOLDER, is_name, is_sentence, is_state
from bot.model.credentials.words import Telling, telling, telling_before, words
from bot.model.pattern import pattern

_TYPES = r"(?:Optional\[)?(?:str|string|String|SecretStr|bytes|SecureString|&(?:'static )?str|\[\]byte)\]?"
_NAMED = pattern(
    r"(?P<name>[\w.-]{1,80}+)(?P<quote>(?:\\{0,7}[\"'`])?)\]?"
    rf"(?:\s{{0,4}}(?:(?P<sign>=>|->|:=|={{1,3}}|%3[dDaA]|:\s{{0,2}}{_TYPES}\s{{0,2}}=|\s{_TYPES}\s{{0,2}}=|:(?!:|//))(?:\s|\\[nrt]){{0,4}}+)"
    r"|\s{1,3}(?P<verb>is|was)(?:\s(?:set\sto|now))?:?\s{1,3}+)"
)
_QUOTE = pattern(r"(?:[A-Za-z_.]{1,24}\(|[bBuUrRfF]{1,2})?(\\{0,7}[\"'`])")
_QUOTED = {each: pattern(rf"(?:[^{each}\\]|\\.)*+") for each in "\"'`"}
# A separator ends a value only where a blank, an end or another name follows: passwords hold them, too.
_NEXT_NAME = r"[\"'`]{0,2}[\w.-]{1,60}[\"'`]?\s{0,2}(?:[=:]|%3[dDaA])"
_BARE = pattern(
    rf"(?:{re.escape(HIDDEN)}|[^\s,;&|\"'`}}\])<>\\]|[,;&|\"'`}}\])<>\\](?!{_NEXT_NAME})(?=[\w!#$%^*+/.=~@?-]))++"
)
_UNTIL_NAME = pattern(r"\s[\w.-]{1,60}[\"']?\s{0,2}[=:]")
_BEGINNING = pattern(r"\s*(?:[-*#>$]\s+)?(?:(?:export|set|ENV|declare -x|env)\s+)?[\"']?")
_KINDS = words(
    "volume secret secrets configmap container pod service deployment key claim mount namespace serviceaccount issuer"
    " certificate webhook field object resource plugin flag column table relation annotation label parameter property role"
    " file job step port ingress statefulset replicaset daemonset app image host variable module package index"
)
_PORT = pattern(r"\d{1,5}(?![\w-])")
_HOST = pattern(r"(?=[^.-]*[.-])[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_MISSING_KEY = pattern(r"(?i)non-existent (?:secret |config )$")
_NOT_THERE = pattern(r"not found|does ?n[o']t exist|not exist|no such|missing|non-?existent|forbidden")
_OBJECT_NAME = pattern(r"[a-z0-9]+([.-][a-z0-9]++)+")
_THEN_VALUE = pattern(r"[\s,]{1,3}[\"']?value[\"']?\s{0,2}[=:]", re.IGNORECASE)
_SMALL = pattern(r"\d{1,2}")


def without_values(line: str) -> str:
    """Return the line with the values of telling names hidden."""
    kept: list[str] = []
    done = at = 0
    while found := _NAMED.search(line, at):
        at = found.end()
        end = _end_of_credential(line, found)
        if end > at:
            kept += (line[done:at], HIDDEN)
            done = at = end
    return "".join((*kept, line[done:])) if kept else line


def _end_of_credential(line: str, found: re.Match[str]) -> int:
    """Return where the credential ends that begins after a name; where it would begin if there is none."""
    name, begin = found["name"], found.end()
    strength = telling_before(line[max(0, found.start() - 32) : found.start()], name)
    if strength is Telling.NOTHING or begin >= len(line) or _names_an_object(line, found):
        return begin
    separator = (found["verb"] or found["sign"]).strip()
    end, value, quoted = _value(line, begin, separator)
    if value == HIDDEN or is_state(value, separator, quoted=quoted) or is_name(name, value, separator, strength):
        return begin
    if strength is Telling.LINK and ("://" in value or "=" in value or "@" in value):
        return begin
    if _is_about_objects(line, found, end) or (found["verb"] and _SMALL.fullmatch(value)):
        return begin
    if quoted:
        return end
    if strength is Telling.HEADER and (separator == ":" or not name.lower().startswith("x-")):
        return _end_of_header(line, found, end)
    return _end_of_line(line, found, end)


def _names_an_object(line: str, found: re.Match[str]) -> bool:
    """Whether the name is a host, a file or an object: `//token:8080`, `/etc/token: no`, `volume "token": …`."""
    name, begin, before = found["name"], found.end(), line[max(0, found.start() - 32) : found.start()]
    if found["verb"] or not found["sign"].startswith(":") or len(found["sign"]) > 1:
        return False
    spaced = begin < len(line) and line[begin - 1].isspace()
    if name == "PASS" and spaced:
        return True  # of a test
    port = None if spaced else _PORT.match(line, begin)
    if port:
        after = line[port.end() : port.end() + 2]
        return before.endswith(("//", "@")) or after[:1] == "/" or after == ": " or bool(_HOST.fullmatch(name))
    if found["quote"] and before.endswith("/"):
        return True
    if found["quote"]:
        word = before.rstrip("\\\"'`").rstrip().rpartition(" ")[2].lower().lstrip("(\"'")
        return word in _KINDS and not before.endswith(" ") and line[begin : begin + 1] not in "\"'\\"
    return (spaced and before.endswith("/")) or bool(_MISSING_KEY.search(before))


def _is_about_objects(line: str, found: re.Match[str], end: int) -> bool:
    """Whether the value names what the rest is about: `jwt: token is …`, `secret=db-tls … not found`, `key="X" value="…"`."""
    name, value, rest = found["name"].lower(), line[found.end() : end], line[end : end + 200]
    if name == "key" and _THEN_VALUE.match(rest):
        return True
    if (
        found["sign"] == ":"
        and telling(value) is not Telling.NOTHING
        and is_sentence(rest[:20].partition(" ")[2].partition(" ")[0])
    ):
        return True
    return (
        name.endswith("secret") and bool(_OBJECT_NAME.fullmatch(value.strip(".,:"))) and bool(_NOT_THERE.search(rest))
    )


def _value(line: str, begin: int, separator: str) -> tuple[int, str, bool]:
    """Return where a value ends, the value itself, and whether it stands in quotes."""
    if line.startswith(HIDDEN, begin):
        end = _bare_end(line, begin)
        return end, line[begin:end], False
    instead = PLACEHOLDER.match(line, begin)
    if instead and not line[instead.end() : instead.end() + 1].strip("\\,;:.\"')}]&>"):
        return begin, "", False
    if opened := _QUOTE.match(line, begin):
        return _quoted(line, opened)
    if line[begin] == "[" or (line[begin] == "{" and separator == "="):
        end = line.find("]" if line[begin] == "[" else "}", begin) + 1 or len(line)
        return end, line[begin + 1 : end - 1].strip(), True
    if line[begin] == "{":
        return begin, "", False
    end = _bare_end(line, begin)
    value = line[begin:end]
    if separator == "=" and line[begin - 1].isspace() and re.match(r"[\w.-]{1,60}=(?!=|$)", value):
        return begin, "", False  # nothing stands after the sign, and this is the next name
    return end, value, False


def _quoted(line: str, opened: re.Match[str]) -> tuple[int, str, bool]:
    quote, begin = opened[1], opened.end()
    if len(quote) == 1:
        inner = _QUOTED[quote].match(line, begin)
        closing = inner.end() if inner else begin
    else:
        closing = line.find(quote, begin)
        while closing > 0 and line[closing - 1] == "\\":
            closing = line.find(quote, closing + len(quote))
        closing = len(line) if closing < 0 else closing
    end = min(len(line), closing + len(quote))
    return end, line[begin:closing], True


def _bare_end(line: str, begin: int) -> int:
    found = _BARE.match(line, begin)
    return found.end() if found else begin


def _end_of_header(line: str, found: re.Match[str], end: int) -> int:
    """A header goes to the end of the line, or of the quotes that it began in."""
    before = line[found.start() - 1 : found.start()]
    if before in ("'", '"') and not found["quote"]:
        closing = line.find(before, end)
        return closing if closing >= 0 else len(line)
    return len(line)


def _end_of_line(line: str, found: re.Match[str], end: int) -> int:
    """A value has blanks where its name begins the line, as in a list of an environment, and no sentence follows."""
    begins = _BEGINNING.match(line)
    if found["verb"] or not begins or begins.end() != found.start() or begins[0].endswith(('"', "'")):
        return end
    if "=" in found["sign"] and not found["name"].isupper() and "." not in found["name"]:
        return end
    other = _UNTIL_NAME.search(line, end)
    last = other.start() if other else len(line)
    return end if is_sentence(line[end:last]) else last
