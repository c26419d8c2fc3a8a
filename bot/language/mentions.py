"""Where a text names what there is: not its everyday words, though a Service may be called so, nor the path of a URL."""

import re
from collections.abc import Iterator

from msgspec import Struct

from bot.language import vocabulary as words
from bot.language.slots import owner_of_pod
from bot.model.kube.kinds import WORKLOAD_WORDS
from bot.model.names import Known

_WORD = re.compile(r"(?<![-\w.@])[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?![-\w])", re.IGNORECASE)
_KIND = r"(?:pods?|deployment|deploy|service|svc|app|workers?|jobs?|cronjob|daemonset|statefulset)"
_ARROW = r"(?:->|→|=>|⇒|➜|➔)"
# What makes any word a name: ticks, its kind, an arrow, a port, where it is.
_BEHIND = re.compile(
    rf"(?:['’]s)? {_KIND}(?![-\w])|[`\"'*]*\s*{_ARROW}|:\d|\.[a-z]| (?:in|of) (?:the )?(?:ns|namespace)\b"
)
_BEFORE = re.compile(
    rf"(?:{_ARROW}\s*|(?<![-\w]){_KIND}[ /:=]+"
    r"|\b(?:connect\w*|talk\w*|speak\w*|gets?|requests?|calls?|traffic|connections?) to (?:the )?)$"
)
# What makes a verb one: that something does it, cannot or has to, or what it is done to.
_VERBS = (
    words.CALL | words.VERB | words.SAY | words.SERVE | words.RECEIVE | words.REQUEST | words.PASSIVE | words.ACTION
)
_DOES = re.compile(
    r"\b(?:not|ca(?:n'?|n ?no)t|cannot|\w+n['’]t|(?:do|does|did|is|was|wo|could|would)nt|to|can|could|will|would|should|may"
    r"|might|does|do|did|please|pls|never|i|we|you|they|it)(?: (?:even|still|just|also|only|really|actually|ever))? $"
)
_DONE = re.compile(
    r" (?:to|with|for|against|via|over|on)\b"
    r"|:? ?(?:\(|connection|no route|operation|network|e[a-z]{5,}\b|errors?\b|timeouts?\b|timed|tim(?:es|ing) out"
    r"|fail(?:ed|ure)|refused)",
    re.IGNORECASE,
)
_TICKS = re.compile(r"[`\"']$")


class Mention(Struct, frozen=True):
    """A name in a text, and where it stands there."""

    name: str
    start: int
    end: int


def mentions(text: str, known: Known) -> Iterator[Mention]:
    """Yield the Services and workloads that a text names, a pod as what it is of."""
    named = known.services | known.workloads
    for found in _WORD.finditer(text):
        low = found[0].lower()
        name = next((each for each in (low, owner_of_pod(low)) if each in named), "")
        if name and not (_is_path(found, known) or is_everyday(found, text)):
            yield Mention(name, found.start(), found.end())


def is_everyday(found: re.Match[str], text: str) -> bool:
    """Return whether a word is only one of English where it stands, though something may be called so: `cannot connect to`."""
    if found[0].lower() not in _VERBS:
        return False
    before, behind = text[: found.start()].lower(), text[found.end() :]
    if _TICKS.search(before) and behind[:1] == before[-1:]:
        return False
    is_led = _BEFORE.search(before) and not re.match(r" (?:to|with)\b", behind)
    if is_led or _BEHIND.match(behind.lower()):
        return False
    return bool(_DOES.search(before) or _DONE.match(behind))


def _is_path(found: re.Match[str], known: Known) -> bool:
    """Return whether a word stands behind a slash that is none of `shop/cart`, `svc/cart` and `http://cart`."""
    before = re.search(r"(?P<lead>[\w:.-]*/?)/$", found.string[: found.start()])
    if not before:
        return False
    lead = before["lead"].lower()
    return not (lead.endswith(":/") or lead in known.namespaces or lead in WORKLOAD_WORDS or lead in words.KIND)
