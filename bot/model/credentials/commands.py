"""Credentials that are known by the words before them: commands and their flags, schemes, SQL, sentences. Pure."""

import base64
import binascii
import re

from bot.model.credentials.rules import HIDDEN, Rules, replaced
from bot.model.credentials.values import is_name, is_state
from bot.model.credentials.words import Telling, telling, words
from bot.model.pattern import pattern


def without_arguments(line: str) -> str:
    """Return the line with hidden what commands, schemes and sentences tell as a credential."""
    return replaced(line, _COMMANDS)


# Names of methods, versions, files: words with a digit that are no passwords.
_TECHNICAL = pattern(
    r"(?i)v\d+|oauth2?|sha-?\d+|md5|scram-.*|base64|utf-?8|pbkdf2|[rehp]s\d{3}|2fa|mfa|x509|k8s|ipv[46]|http.*"
    r"|\d{1,4}[a-z]{0,2}|.*\.[a-z]{2,4}"
)
_NO_LOGIN = words("called command succeeded success method methods mechanism mechanisms plugin module code header")
_SYMBOLS = pattern(r"[!#$%^&*+~@]")


def _after_word(found: re.Match[str]) -> str:
    """`password hunter2 rejected`: hidden if the word is none of a language, or stands in quotes."""
    kept, value = found["kept"], found["value"]
    word = kept.split()[-1].lower().lstrip("-_")
    about_password = any(each in word for each in ("pass", "pw", "pin", "otp", "key"))
    if value[:1] in "\"'`" and len(value) > 1:
        inner = value.strip("\"'`")
        shown = not about_password or is_state(inner, ":", quoted=True) or telling(inner) is not Telling.NOTHING
        return found[0] if shown else f"{kept}{HIDDEN}"
    bare = value.rstrip(".,:;)]}>?!\"'")
    random = _is_mixed(bare) and (about_password or _is_no_name(bare, may_be_object="secret" in word))
    return f"{kept}{HIDDEN}{value[len(bare) :]}" if random else found[0]


def _is_mixed(word: str) -> bool:
    """Whether a word is none of a language: it has letters and digits or signs, and is no path, pair or technical word."""
    mixed = re.search(r"[^\W\d_]", word) and (re.search(r"\d", word) or _SYMBOLS.search(word.strip("$<>{}()")))
    if not mixed or _TECHNICAL.fullmatch(word) or telling(word) is not Telling.NOTHING:
        return False
    return not re.match(r"[\"'(/<\[{$%]|[\w.-]{1,60}[=:/]", word)


def _is_no_name(word: str, *, may_be_object: bool) -> bool:
    """Tell a token from the name of an object: names have small letters only."""
    if may_be_object:
        return word != word.lower() or bool(_SYMBOLS.search(word))
    return word != word.lower() or ("-" not in word and "." not in word and len(word) >= len("12345678"))


def _after_flag(found: re.Match[str]) -> str:
    """`--db-password hunter2`, also as two elements of a list."""
    name, value = found["name"], found["value"]
    if telling(name) not in (Telling.STRONG, Telling.HEADER, Telling.LINK):
        return found[0]
    inner = value.strip("\"'`")
    if is_state(inner, ":", quoted=False) or is_name(name, inner, " ", Telling.STRONG) or value.startswith(HIDDEN):
        return found[0]
    return f"{found['kept']}{HIDDEN}"


def _after_scheme(found: re.Match[str]) -> str:
    """`Bearer realm=…` is a question, `bearer token` a word, `Bearer 8xy…` a credential."""
    value = found["value"]
    asks = re.match(r"(?:realm|error|scope|service|charset)=|[a-zA-Z]?[a-z]{1,20}[.,]?$", value)
    return found[0] if asks else f"{found['kept']}{HIDDEN}"


def _after_basic(found: re.Match[str]) -> str:
    value = found["value"]
    try:
        says = b":" in base64.b64decode(value + "=" * (-len(value) % 4))
    except (binascii.Error, ValueError):
        says = False
    return f"{found['kept']}{HIDDEN}" if says or re.search(r"\d|=$", value) else found[0]


def _if_named(found: re.Match[str]) -> str:
    """Two fields of one object, as environments are written: `name: DB_PASSWORD, value: hunter2`."""
    if telling(found["name"]) is Telling.NOTHING or is_state(found["value"].strip("\"'\\"), ":", quoted=False):
        return found[0]
    return f"{found['kept']}{HIDDEN}{found['after']}"


def _unless_ids(found: re.Match[str]) -> str:
    """`-u 1000:1000` is a user's and a group's number."""
    return found[0] if found["value"].isdigit() and found["user"].isdigit() else f"{found['kept']}{HIDDEN}"


def _after_auth(found: re.Match[str]) -> str:
    value = found["value"].strip("\"'")
    return found[0] if is_state(value, ":", quoted=False) or value.lower() in _NO_LOGIN else f"{found['kept']}{HIDDEN}"


_SPACED = r"(?:\s{1,8}|[\"']?,\s*)[\"']?"
_ARGUMENT = r"(?P<value>\"[^\"]{1,200}\"|'[^']{1,200}'|[^\s\"'|;,]{1,200})"
_WORD_AND_VALUE = (
    r"(?i)(?P<kept>(?<![\w.])(?:(?:api|access|secret|auth|master|license)[ _-]?key|[\w-]{0,40}(?:password|passwd|passphrase"
    r"|passcode|pwd|token|secret|apikey|_pass|rootpw)|otp|pin)\s{1,3})"
    r"(?P<value>\"[^\"]{1,200}\"|'[^']{1,200}'|`[^`]{1,200}`|[^\s\"'`]\S{0,200})"
)
_MARK = r"(?:\\{0,3}[\"'])?"
_NAME_AND_VALUE = (
    rf"(?i)(?P<kept>\b(?:name|key){_MARK}\s{{0,2}}[:=]\s{{0,2}}{_MARK}(?P<name>[\w.:-]{{1,80}}){_MARK}[\s,;]{{1,4}}"
    rf"{_MARK}value{_MARK}\s{{0,2}}[:=]\s{{0,2}})"
    r"(?P<value>(?:\\{0,3}\"[^\"]{0,400}\"|'[^']{0,400}'|[^\s,}\"'\\]{1,200}))(?P<after>)"
)
_DASH_P = (
    r"(\b(?:sshpass|mongo\w{0,10}|sqlcmd|isql|zip|unzip|7z"
    r"|(?:docker|podman|nerdctl|buildah|skopeo|oc|az|registry|crane) login)\b[^|;]{0,200}?\s-[pP]\s{0,2})[^\s]{1,128}"
)
_LOGIN = (
    r"(?P<kept>(?:^|[\s\"'>\]])AUTH[\"']?\s{1,2}(?:(?:PLAIN|LOGIN|CRAM-MD5|XOAUTH2|[\"']?default[\"']?)\s{1,2})?)"
    r"(?P<value>[^\s<]{1,200})"
)
_COMMANDS: Rules = (
    (r"(?i)(?P<kept>\bbearer(?:\s{1,4}|[:=]\s{0,4}))(?P<value>[\w.~+/=-]{6,})", _after_scheme),
    (r"(?i)(?P<kept>\bbasic\s{1,4})(?P<value>[a-z0-9+/]{8,}={0,2})", _after_basic),
    (
        rf"(?P<kept>(?<![\w-])--?(?P<name>[A-Za-z][\w-]{{0,60}}){_SPACED})(?!-|{re.escape(HIDDEN)}){_ARGUMENT}",
        _after_flag,
    ),
    (_WORD_AND_VALUE, _after_word),
    (_NAME_AND_VALUE, _if_named),
    (
        r"(?i)(?P<kept>\bname=[\"'](?P<name>[\w.:-]{1,80})[\"']\s{0,2}>)(?P<value>[^<>\s][^<>]{0,400})(?P<after></|$)",
        _if_named,
    ),
    (r"(?i)(?P<kept><(?P<name>[\w.:-]{1,60})>)(?P<value>[^<>\s][^<>]{0,400})(?P<after></|$)", _if_named),
    (
        r"(?P<kept>(?:\s-u\s{0,2}|--(?:proxy-)?user[\s=]{1,3})[\"']?(?P<user>[^\s:\"']{1,64}):)(?P<value>[^\s\"']{1,128})",
        _unless_ids,
    ),
    (r"(\b(?:mysql\w{0,10}|mariadb[\w-]{0,10})\b[^|;]{0,200}?\s-p)(?!\s)[\"']?[^\s\"']{1,128}[\"']?", rf"\1{HIDDEN}"),
    (r"(\b(?:redis|valkey|keydb)-cli\b[^|;]{0,200}?\s-a\s{0,2})[^\s]{1,128}", rf"\1{HIDDEN}"),
    (_DASH_P, rf"\1{HIDDEN}"),
    (r"(\bsnmp\w{2,8}\b[^|;]{0,200}?\s-c\s{0,2})[^\s]{1,128}", rf"\1{HIDDEN}"),
    (r"(\bldap\w{3,10}\b[^|;]{0,200}?\s-w\s{0,2})[^\s]{1,128}", rf"\1{HIDDEN}"),
    (r"(\bhtpasswd\s{1,3}-\w{0,6}b\w{0,6}\s[^|;]{0,200}?)\S{1,128}$", rf"\1{HIDDEN}"),
    (r"(\b(?:add_user|change_password|authenticate_user)\s{1,3}\S{1,64}\s{1,3})\S{1,128}", rf"\1{HIDDEN}"),
    (r"(\b(?:vault login|operator unseal|requirepass|masterauth)\s{1,3})(?!-)\S{1,128}", rf"\1{HIDDEN}"),
    (r"(?i)(\blogin\s{1,3}\S{1,64}\s{1,3}password\s{1,3})\S{1,128}", rf"\1{HIDDEN}"),
    (
        r"(?i)(\bidentified\s{1,3}(?:with\s{1,3}\S{1,64}\s{1,3})?by\s{1,3})(?:'[^']{0,200}'?|\"[^\"]{0,200}\"?)",
        rf"\1{HIDDEN}",
    ),
    (_LOGIN, _after_auth),
    (r"((?:C:|>|-->|command:?)\s{0,2}[\"']?PASS\s{1,2})[^\s\"']{1,128}", rf"\1{HIDDEN}"),
    (r"(\becho\s{1,2}[\"']?[\w.-]{1,64}:)[^\s\"':|]{1,128}([\"']?\s{0,2}\|\s{0,2}chpasswd)", rf"\1{HIDDEN}\2"),
    (r"([?&]code=)[\w./-]{10,}", rf"\1{HIDDEN}"),
)
