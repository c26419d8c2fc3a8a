"""One account of the names in a text: each has a place in its reading, is told as unused, is what programs print, or is asked.

The rules of a sentence and of an error know forms; whatever form they do not know is seen here, since here nothing is known
but what no name is. Works without any index of what there is; with one, names that are nowhere are told and not asked.
"""

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from bot.language import printed_words, refusals
from bot.language import vocabulary as words
from bot.language.log_fields import COMMON
from bot.language.mentions import is_everyday
from bot.language.names import LABEL
from bot.language.slots import Said, owner_of_pod
from bot.language.symptoms import outside_symptoms, symptom_spans
from bot.model.kube.kinds import WORKLOAD_WORDS

_CHUNK = re.compile(r"[^\s\"'`()\[\]{}<>,;|“”‘’→]+")
_EDGES = ".:?!*_~#$^&\\+…-–—=%"
_NAME = re.compile(LABEL)
_BARE = re.compile(rf"(?<![-\w./@:=]){LABEL}(?![-\w/@=]|[.:]\w)", re.IGNORECASE)
_PLACED = re.compile(rf"({LABEL})/(?:({LABEL})/)?({LABEL})")
_HOST = re.compile(rf"({LABEL})\.({LABEL})")
_HEX = re.compile(
    r"(?:[0-9a-f]+-)*(?=[a-f]*\d)[0-9a-f]{5,}(?:-[0-9a-f]+)*|x\d+|v\d+[a-z0-9]*|p\d\d?|\w\d"
)  # ids, versions
_FRAME = re.compile(r"^\s*(?:at |File \"|\.{3} \d+ more|from \S+:\d+|goroutine \d|#\d+ )|^\s+\S")
_NODE = re.compile(r"(?:ip|gke|aks|eks|vm|host|node)-.*\d.*")
_THREAD = re.compile(r".*(?:thread|nio|exec|epoll|eventloop|pool|dispatcher|reactor|sendthread).*\d.*")
_KIND = (
    r"(?:pods?|deployments?|deploy|workers?|jobs?|cronjobs?|apps?|services?|svc|containers?|workloads?|statefulsets?|sts"
    r"|daemonsets?|ds)"
)
_KEY = re.compile(
    r"(?:^|[\s{,\"(\[])\"?(?P<key>[A-Za-z_][\w.\-/]*)\"? ?(?:=|: ?\"|:(?=\S))[\"']?$"
)  # right before a value
_OWN = re.compile(
    r"(?:.*[._/])?(?:app(?:lication)?|service(?:[._]?name)?|svc|component|container(?:[._]?name)?|pod(?:[._]?name)?|deployment"
    r"|workload|job_?name|cronjob|caller|client|source|from|k8s-app|app\.kubernetes\.io/name|program|ident|tag|unit)",
    re.IGNORECASE,
)
_BY = re.compile(
    r"(?:\b(?:from|by|in|inside|for|via|says|said|of|on|at|when|while|between)|<-+|←|=>)\s+"
    rf"(?P<own>(?:the|our|my|a|an|this) )?(?:(?P<kind>{_KIND}) )?[`\"'(*_]*$"
)
_KIND_BEFORE = re.compile(rf"(?<![-\w]){_KIND}(?: (?:called|named|is))?[ :/=]+[`\"'*]*$")
_KIND_BEHIND = re.compile(rf"^[`\"'*]*(?:'s)? {_KIND}(?![-\w])")
_PODS_BEHIND = re.compile(r"^[`\"'*]* (?:pods?|deployments?|service|svc|app|jobs?|cronjob|workers?)(?![-\w])")
_WORD_BEHIND = re.compile(r"^[`\"'*_]*\s+(?P<word>[a-z']+)")
_GETS_BEHIND = re.compile(r"^ (?:gets?|got|sees|hits) [^.,;]*\bfrom (?:it|them|that)\b")
_ACTS = words.SAY | words.RECEIVE | words.CALL | words.NEGATION | words.SERVE
_NOISE = words.KNOWN.union(words.TALK, words.PART, words.GENERIC, words.NO_HOST, words.MOVED, words.RUNTIME).union(
    printed_words.WORDS, printed_words.HYPHENATED
)
_RULED_OUT = re.compile(r"\b(?:not|except|excluding|apart from|besides)(?: for| from| in)? (?:the |our )?[`\"']?$")
_CONTAINER = re.compile(r"(?:restarting|failed|init|sidecar) container [`\"']?$")  # of the pod that an Event tells of
_PRINTED = re.compile(
    r"valid for [^\n]*?, not |\bin front of\b|in progress|\bin state \w+|mismatch\) for \S+|Topic \S+ not present"
    r"|\b(?:database|user|role|relation|table|schema|topic|queue) \"[^\"]*\""
)
_EMOJI = re.compile(r":[-+\w]+:[.,!?]*")
_CLASSES = re.compile(r"lang|core|main")  # what a class of Java or Clojure ends with
# English words that Services are called by: a kind behind one says so.
_MAYBE = (words.MAYBE_SERVICE | words.MAYBE_DOER) - words.TRAFFIC - words.OF_NODES - words.RUNTIME
_TICKED = _MAYBE | {"issue", "issues"}
_LEAST = 2  # letters of a name


class Found(Struct, frozen=True):
    """A word that may be a name; `is_sure`: it is written like one, or something beside it says so."""

    name: str
    is_sure: bool


def accounted(text: str, said: Said) -> Said:
    """Return a reading in which each name of a text is used or told. Raises UnaccountedError for one that may call."""
    left = [each for each in _names(text) if not is_shown(each.name, said)]
    sure = tuple(dict.fromkeys(each.name for each in left if each.is_sure))
    if sure and not said.slots.caller:
        raise refusals.unaccounted(sure, said)
    told = dict.fromkeys((*said.unused, *(each.name for each in left)))
    return replace(said, unused=tuple(told))


def is_shown(name: str, said: Said) -> bool:
    """Return whether a name is in what was read, or told beside it; the path of a URL says nothing of names."""
    slots = said.slots
    target = re.sub(r"^(\w+://[^/]*)/.*", r"\1", slots.target)  # without a URL's path
    shown = f"{replace(slots, target=target).words()} {' '.join((*said.unused, *slots.notes))}".lower()
    last = name.rpartition("/")[2].partition(".")[0]
    return bool({last, owner_of_pod(last) or last} & set(re.split(r"[^a-z0-9-]+", shown)))


def with_all_named(said: Said, text: str, named: frozenset[str]) -> Said:
    """Return what is said with each bare word of a text that is one of these names, and has no place in it, told as unused."""
    bare = outside_symptoms(_BARE.finditer(text), text)
    named -= {owner_of_pod(said.slots.caller.rpartition("/")[2])}
    spoken = (found[0].lower() for found in bare if not is_everyday(found, text))
    lost = (each for each in spoken if each in named and not is_shown(each, said))
    return replace(said, unused=tuple(dict.fromkeys((*said.unused, *lost))))


def _names(text: str) -> Iterator[Found]:
    """Yield what may be a name in a text."""
    spans = (*symptom_spans(text), *(each.span() for each in _PRINTED.finditer(text)))
    at = 0
    for line in text.split("\n"):
        if not _FRAME.search(line):
            for chunk in _CHUNK.finditer(line):
                begin = at + chunk.start()
                if not any(start <= begin < end for start, end in spans) and (found := _found(line, chunk)):
                    yield found
        at += len(line) + 1


def _found(line: str, chunk: re.Match[str]) -> Found | None:
    name = chunk[0].strip(_EDGES)
    if _EMOJI.fullmatch(chunk[0]):
        return None
    before, after = line[: chunk.start()], line[chunk.end() :]
    if chunk[0].endswith("=") or after.startswith('":'):
        return None  # a key
    if "=" in name:
        key, _, name = name.rpartition("=")
        return _in_field(name) if _OWN.fullmatch(key) else None
    if field := _KEY.search(before):
        return _in_field(name) if _OWN.fullmatch(field["key"]) else None
    if chunk[0].startswith("-") and name:
        return None  # an option
    return _alone(name, chunk[0], before, after)


def _alone(name: str, chunk: str, before: str, after: str) -> Found | None:
    """Return a name that stands in no field; a word in ticks is one whatever it means, and told at least."""
    if before.endswith("`") and after.startswith("`") and _NAME.fullmatch(chunk) and not _may_name(chunk):
        return Found(chunk, is_sure=False) if chunk in _TICKED else None
    if "/" in name:
        return _in_place(name)
    if host := _HOST.fullmatch(name):
        is_sure = _is_said(name, before, after)
        is_named = is_sure or not _WORD_BEHIND.search(after)
        return Found(name, is_sure) if is_named and _may_name(host[1]) and not _is_outside(host[2]) else None
    if name in _MAYBE and not chunk.endswith(":") and (_PODS_BEHIND.search(after) or _GETS_BEHIND.search(after)):
        return Found(name, is_sure=True)  # `(user service)`
    if not _may_name(name):
        return None
    if _RULED_OUT.search(before):
        return Found(name, is_sure=False)
    is_sure = ("-" in name or _is_said(name, before, after)) and not words.is_place(name)
    return Found(name, is_sure) if is_sure or name not in printed_words.THINGS else None


def _is_outside(end: str) -> bool:
    """Return whether a name that ends so is that of a file, a class or a host of the internet."""
    return bool(printed_words.OUTSIDE.fullmatch(end) or _CLASSES.fullmatch(end))


def _in_field(name: str) -> Found | None:
    """Return what stands in a field of who logs: whatever it means in English, it is told at least."""
    is_named = _NAME.fullmatch(name) and len(name) >= _LEAST and name not in COMMON and not _THREAD.fullmatch(name)
    return Found(name, is_sure=_may_name(name)) if is_named else None


def _in_place(name: str) -> Found | None:
    found = _PLACED.fullmatch(name)
    if not found or name in words.KNOWN or not _may_name(found[3]) or found[3] in printed_words.THINGS:
        return None
    return Found(name, is_sure=found[1] in WORKLOAD_WORDS or _may_name(found[1]))


def _may_name(name: str) -> bool:
    if not _NAME.fullmatch(name) or len(name) < _LEAST or name in _NOISE or words.is_adverb(name):
        return False
    if _HEX.fullmatch(name) or _NODE.fullmatch(name) or _THREAD.fullmatch(name):
        return False
    return not (words.may_be_verb(name) or words.is_adjective(name)) or "-" in name


def _is_said(name: str, before: str, after: str) -> bool:
    """Return whether what stands beside a plain word makes it a name: `from web`, `web says`, `the web pods`."""
    if _CONTAINER.search(before) or _RULED_OUT.search(before):
        return False
    by, behind = _BY.search(before), _WORD_BEHIND.search(after)
    is_kind = bool(_KIND_BEFORE.search(before) or _KIND_BEHIND.search(after))
    if name in printed_words.THINGS:
        return bool(by and (by["own"] or by["kind"])) or (is_kind and name not in words.WORKLOAD)
    return bool(by) or is_kind or bool(behind and behind["word"] in _ACTS)
