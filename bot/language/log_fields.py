"""Who logs, by the fields of a line of a structured log: `{"app":"ticketing","error":"…"}`, `component=scheduler err="…"`.

The field with the error says what is called, another one who calls. Fields of what serves (`server`, `upstream`) are none.
"""

import re

from bot.language import vocabulary as words
from bot.language.names import LABEL, first_label
from bot.language.slots import owner_of_pod

_NAME = rf"(?P<name>{LABEL})(?![-\w./:@])"
_POD = r"pod(?:_?name)?|k8s_pod(?:_name)?|kubernetes\.pod_name|server_name|hostname"
_OWN = (
    rf"{_POD}|app(?:lication)?|component|service(?:_?name)?|svc|container(?:_?name)?|deployment|workload"
    r"|kubernetes\.container_name"
)
_IN_JSON = re.compile(rf"\"(?P<key>{_OWN}|logger)\" ?: ?\"{_NAME}\"")
_IN_LOGFMT = re.compile(rf"(?<![-\w.])(?P<key>{_OWN}|logger)=\"?{_NAME}\"?(?=[\s,}}]|$)")
_PAIR = re.compile(r"(?<![-\w.])[a-z_]+=\S|\"[a-z_@.]+\" ?:")
_FEWEST = 2  # fields of a line that is structured
COMMON = frozenset(("app", "main", "server", "client", "web-1", "root", "default", "api-server", "http", "worker"))


def who_logs(text: str, called: str) -> str:
    """Return the pod or workload whose log a text is; nothing where no field says so, or it is what is `called`."""
    is_structured = len(_PAIR.findall(text)) >= _FEWEST
    rows = (_IN_JSON, _IN_LOGFMT) if is_structured else ()
    found = [each for row in rows for each in row.finditer(text) if _may_call(each["key"], each["name"], called)]
    found.sort(key=lambda each: not re.fullmatch(_POD, each["key"]))
    return found[0]["name"] if found else ""


def _may_call(key: str, name: str, called: str) -> bool:
    if key == "hostname" and not owner_of_pod(name):
        return False  # may be a node
    if key == "logger" and "-" not in name:
        return False  # a class, or a part of a program
    return name not in (first_label(called), *COMMON) and name not in words.KNOWN - words.MAYBE_SERVICE
