"""Which values are no credentials, though a telling name stands before them. Pure.

Some say how the credential is (`password is empty`, `token: expired`), some stand in its place (`${DB_PASSWORD}`), some name
an object (`secret=shop/db`), a file or a count (`tokens=4096`).
"""

import re

from bot.model.credentials.words import Telling, parts_of, telling, words
from bot.model.pattern import pattern

# Words of sentences, which follow a colon or `is`: none is a password that anybody was told to choose.
_SENTENCE = words(
    "a an the no not none nil null undefined is was are be been being must should may might can cannot can't could couldn't"
    " would won't will does doesn't do don't did didn't has hasn't have had contains too at only already still never also"
    " both either neither in on of for from by with without to as or and but if than that this it its your our their when"
    " while because since before after until between during within under via per failed failure fail fails error errors"
    " unable permission access authentication authorization connection timeout timed context open read write get post put"
    " patch delete head dial lookup rpc http got given using need needs please check looking unexpected expected found"
    " exists exist different same new old short long weak string bytes int bool str integer boolean number object array"
    " type mismatch match matches there either more less least most insecure algorithm x509 tls asn1"
    " encryption certificate verify verification crypto illegal bad malformed two one three what which how why who length"
    " size value"
)
# One word alone tells the state, after any separator.
_STATES = words(
    "true false yes no on off nil null none undefined missing empty blank unset set required expired invalid valid ok"
    " present absent optional mandatory enabled disabled changed unchanged rejected accepted refused revoked denied failed"
    " forbidden unauthorized unauthenticated unavailable unsupported unknown wrong incorrect deprecated verified inactive"
    " active immutable provided rotated redacted masked hidden omitted bearer"
)
_AFTER_IS = frozenset(
    ("correct", "right", "secret", "default", "safe", "secure", "stale", "ready", "good", "fine", "up")
)
_FORMS_OF_VERBS = ("ed", "ing", "able", "ible", "ent")
PLACEHOLDER = pattern(r"\*+|x{3,}|<[a-z -]{1,30}>|\$\{[A-Za-z_]\w{0,60}\}|\$\([A-Za-z_]\w{0,60}\)|\{\{[^{}]{1,60}\}\}")
_COUNTED = pattern(r"\d{1,9}")
_PLURALS = ("tokens", "secrets", "passwords", "credentials")
_OF_NAMESPACE = pattern(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_PLAIN_WORD = pattern(r"[a-z][a-z._/-]{0,60}")
_FILE = pattern(r"\.{0,2}(?:/[\w.-]{1,60}+){2,12}")


def is_state(value: str, separator: str, *, quoted: bool) -> bool:
    """Whether a value says how a credential is (`empty`, `not set`), or stands in its place (`***`, `${VARIABLE}`)."""
    if not value or PLACEHOLDER.fullmatch(value):
        return True
    said = [each.strip(".,;:!?()\"'").lower() for each in value.split()]
    if quoted and len(said) > 1:
        return all(each in _SENTENCE or each in _STATES for each in said)
    word = said[0] if said else ""
    if word in _STATES:
        return True
    if quoted or "=" in separator or "%" in separator:
        return False
    if separator in ("is", "was"):
        return word in _SENTENCE or word in _AFTER_IS or (word.isalpha() and word.endswith(_FORMS_OF_VERBS))
    return word in _SENTENCE or not _STATES.isdisjoint(word.split("_"))


def is_sentence(text: str) -> bool:
    """Whether a text has words that only sentences have."""
    return any(each.strip(".,;:").lower() in _SENTENCE | _STATES for each in text.split())


def is_name(name: str, value: str, separator: str, strength: Telling) -> bool:
    """Whether a value is the name of an object, a count or a file, by what its own name is called."""
    last = (parts_of(name) or [""])[-1]
    if last in _PLURALS and _COUNTED.fullmatch(value):
        return True
    if last == "secret" and _OF_NAMESPACE.fullmatch(value):
        return True
    if last.endswith("key") and _FILE.fullmatch(value):
        return True
    return strength is Telling.WEAK and _is_ordinary(value, strict=last == "key" and "=" in separator)


def _is_ordinary(value: str, *, strict: bool) -> bool:
    if _OF_NAMESPACE.fullmatch(value):
        return True
    if strict:
        return False
    is_credential_name = telling(value) is not Telling.NOTHING and not re.search(r"\d", value)
    return bool(_PLAIN_WORD.fullmatch(value)) or is_credential_name or (value.isdigit() and len(value) <= len("12345"))
