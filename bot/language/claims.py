"""Who calls, and where, as somebody wrote it beside an error with its kind: `(deployment web)`, `app: web`, `client is web-0`.

A name with its kind, or a namespace with that word before it, is never passed over: it calls, or it is asked about.
"""

import re

from msgspec import Struct

from bot.language import vocabulary as words
from bot.language.names import LABEL
from bot.language.slots import caller_word, owner_of_pod
from bot.model.kube.kinds import WORKLOAD_WORDS

_NAME = rf"(?P<name>{LABEL})(?![-\w:=@]|[./]\w)"
_KINDS = (
    r"(?i:(?P<kind>pods?|deployments?|deploy|app|application|workers?|jobs?|cronjobs?|statefulsets?|sts|daemonsets?|ds|client|caller"
    r"|source|container))"
)
_IS = r"(?: ?(?:deployment|pod|app|name))?(?P<is>\*?: ?\*?| is (?:called |named )?|=| called | named |/| (?=[`\"']))"
_TICK = r"[`\"']?"
_PLACE = (
    rf"(?:(?:,| -)? \(?(?:in )?(?:the )?(?:ns|namespace|in)[ :=]+{_TICK}"
    rf"(?P<ns>{LABEL})(?![-\w./:]){_TICK})?"
)
_LABELLED = re.compile(rf"(?<![-\w./:]){_KINDS}{_IS}{_TICK}{_NAME}{_TICK}{_PLACE}")
_BESIDE = re.compile(
    rf"(?<![-\w./:]){_KINDS} {_NAME}(?=\s*(?:[(),;.\n]|$|->|→| -| in (?:the )?(?:ns|namespace)\b)){_PLACE}"
)
_POD = re.compile(
    rf"(?<![-\w./:])(?P<kind>pod|deployment|cronjob) (?=[a-z0-9]*-){_NAME}{_PLACE}"
)  # `I ran it in pod tools-0`
_NAMESPACE = re.compile(rf"(?<![-\w./])(?i:ns|namespace)(?: is)?[ :=]+[`\"']?(?P<ns>{LABEL})(?![-\w./:])")
_SHORT = {"application": "app", "pods": "pod", "deployments": "deploy", "workers": "worker", "jobs": "job"}


class Claim(Struct, frozen=True):
    """A name as who calls, as the grammar writes it."""

    name: str
    caller: str


def claims(text: str, used: str) -> tuple[Claim, ...]:
    """Return who is said with a kind to call, but for those that are `used`."""
    found = (each for row in (_LABELLED, _BESIDE, _POD) for each in row.finditer(text) if _is_named(each, used))
    claimed = {each["name"].lower(): each for each in found}
    return tuple(Claim(name, _caller(each)) for name, each in claimed.items())


def namespaces(text: str, used: str) -> tuple[str, ...]:
    """Return the namespaces that a text names with that word, but for those that are `used`."""
    found = (each["ns"].lower() for each in _NAMESPACE.finditer(text))
    return tuple(dict.fromkeys(each for each in found if not _is_used(each, used) and not _is_english(each)))


def _is_named(found: re.Match[str], used: str) -> bool:
    name = found["name"].lower()
    return not (_is_used(name, used) or _is_english(name))


def _is_used(name: str, used: str) -> bool:
    return bool(re.search(rf"(?<![-\w]){re.escape(owner_of_pod(name) or name)}(?![\w])", used))


def _is_english(name: str) -> bool:
    return name in words.KNOWN or words.is_adverb(name) or words.may_be_verb(name) or name in words.GENERIC


def _caller(found: re.Match[str]) -> str:
    kind = found["kind"].lower()
    kind = _SHORT.get(kind, kind)
    return caller_word(
        found["name"].lower(), kind=kind if kind in WORKLOAD_WORDS else "", namespace=(found["ns"] or "").lower()
    )
