"""Whether somebody calls of whom a reading knows nothing, or who was read to call is called."""

import re
from collections.abc import Iterator

from bot.language import vocabulary as words
from bot.language.names import LABEL
from bot.language.phrases import ARROW, KIND, NOT, SERVES, THEN
from bot.language.symptoms import outside_symptoms, symptom_in

NAME = rf"(?<![-\w./:@'’])(?P<name>{LABEL})"
_CALLS = (
    r"(?:(?:tries|tried|trying|calls|calling|talks|talking|connects|hits|hitting|reaches|queries|querying|uses|dials|wants|polls"
    r"|posts|fetches) (?!of\b|from\b)|(?:gets?|sees|receives)\b[^.;\n]* from (?:it|them|there)\b)"
)
_ACTS = re.compile(
    rf"(?<!\bto )(?<!\bof )(?<!\bfor )(?<!\bfrom ){NAME}{KIND}{THEN} (?:{NOT}{THEN} (?!{SERVES})[a-z]|{_CALLS})"
)
_POINTS = re.compile(rf"{NAME}[)`\"'*]*\s*{ARROW}\s*[`\"']?[a-z]")
_BEGINS = re.compile(rf"^\W*{NAME}{KIND}\s*{ARROW}", re.MULTILINE)  # whatever is printed behind it
# Who cannot call is none of these: `we can't reach cart`, `nothing gets to cart`, `connections to cart never open`.
NOBODY = frozenset().union(
    words.PERSON, words.PRONOUN, words.EVERYTHING, words.NOTHING, words.AUX, words.QUESTION, words.PREPOSITION, words.KIND,
    words.GENERIC, words.NEGATION, words.DETERMINER, words.COMPLAINT, words.HEALTH, words.TRAFFIC, words.TELLERS, words.FILLER,
    ("user", "users", "customer", "customers", "people", "client", "clients", "team", "host", "address", "resolver", "process",
     "ones", "socket", "api", "grpc", "http", "rpc", "dns", "laptop", "browser", "internet", "message", "messages"),
)  # fmt: skip
NODE = re.compile(r"(?:node|ip|gke|aks|eks|vm|host)-.*\d.*")
_STATE = (
    r"(?:(?:very|super|so|too|really) )?(?:slow|flaky|dead|down|gone|unreachable|unavailable|broken|reachable|available"
    r"|answering|responding|resolving)"
)
_NOT_ANSWERING = re.compile(rf"{KIND}{THEN} (?:{NOT}|isn['’]?t|is not){THEN} (?:answer|respond|repl|react)")
_CALLS_BEHIND = re.compile(rf"{KIND}(?:{THEN} {NOT}|[`'\"*_)\s]*{ARROW})")
_MAY_CALL = re.compile(rf"{KIND} to [a-z]")  # `is it possible for web to reach cart`
_DOWN_FOR = re.compile(
    rf"{KIND}(?: is| are| isn['’]?t| aren['’]?t)?(?: not)?{THEN} {_STATE}{THEN} (?:for|from) (?!every|any|all\b|us\b|me\b)"
)
_DOES = words.CALL | words.RECEIVE | words.SAY | words.NEGATION | (words.AUX - {"was", "were"})
# Adjectives by which somebody may have called a Service: `outbound can't send mail`, and `still can't …` is nobody.
_SIDES = frozenset(["inbound", "outbound", "upstream", "downstream", "internal", "external", "local", "remote", "live"])
NOBODY_AT_ALL = NOBODY - _SIDES
_CAN = re.compile(
    rf"\b(?:whether|if|that|why) (?:the |our )?{NAME}{KIND} can{THEN}"
    r" (?:get to|reach|talk|connect|call|resolve|hit|find|access|query|open) "
)
_WRONG = r"(?:5\d\ds?|5xx|timeouts?|refus\w+|resets?|errors?|nothing|no (?:answer|response|reply|data))"
_TAKES_FROM = re.compile(
    rf"\b(?:gets?|getting|got|sees?|seeing|receives?) (?:a |an |only |just )?[^.,;\n]*?{_WRONG}[^.,;\n]{{0,20}}?"
    rf" (?:from|off) (?:the |our )?{NAME}"
)
_BREAK = re.compile(r"[.,;:!?()\n]\s")
_SAID = re.compile(r"[a-z0-9'’-]+|[^\s\w`'\"*_/]")
_REASONS = words.COMPLAINT | words.HEALTH | words.NEGATION | words.PASSIVE | words.RESOLVE | frozenset(("open",))
_LEADS = (words.CALL - {"see", "find", "call", "calls"}) | frozenset(("was", "were", "lookup"))


def who_calls(target: str, text: str, written: str) -> tuple[str, ...]:
    """Return who a text says to call: `menu can't load prices`, `alarms -> …`, `does web get 503 off cart`.

    `written` is what of it people wrote; it may be what was read to be called that calls.
    """
    found = (each for each in _ACTS.finditer(written) if _is_somebody(each["name"], target))
    acting = [each["name"] for each in outside_symptoms(found, written)]
    arrows = (*_POINTS.finditer(written), *_BEGINS.finditer(text))
    pointing = [each["name"] for each in arrows if each["name"] != target and not _is_run(each)]
    asked = (each["name"] for each in _CAN.finditer(written) if each["name"] not in (target, *NOBODY))
    return tuple(dict.fromkeys((*acting, *pointing, *_taking(target, written), *asked)))


def _taking(target: str, written: str) -> Iterator[str]:
    """Yield what was read to be called where it takes something from another, and who else comes to it."""
    called = re.escape(target)
    takes = rf"(?<![-\w.]){called}{KIND}{THEN} (?:gets?|getting|has|sees|receives)\b[^.;\n]* (?:from|off) [a-z]"
    asks = rf"\b(?:can|could|does|do) (?:the |our )?{called}{KIND}{THEN} (?:reach|talk|connect|call|get to|find|access|hit)\b"
    comes = rf"\bfrom (?:the |our |my )?{NAME}{KIND} to (?:the |our )?{called}(?![-\w])"
    if re.search(takes, written) or re.search(asks, written):
        yield target
    yield from (each["name"] for each in re.finditer(comes, written) if _is_somebody(each["name"], target))


def _is_somebody(name: str, target: str) -> bool:
    return name == target or not (name in NOBODY_AT_ALL or NODE.fullmatch(name))


def _is_run(arrow: re.Match[str]) -> bool:
    """Return whether what stands before an arrow is a command, and behind it what came of it: `grpcurl … list -> Failed`."""
    line = arrow.string[arrow.string.rfind("\n", 0, arrow.start()) + 1 : arrow.end("name")]
    return bool({*line.split()} & words.TOOL)


def acts(name: re.Match[str], text: str) -> bool:
    """Return whether a name stands where who calls does: `driver can't reach cart`, `gets 503 from driver`."""
    before, behind = text[: name.start()], text[name.end() :]
    lead = re.search(r"\b(?:from|by|inside|in|on)(?: (?:the|our|my|a|an))?[\s`'\"*_(]*$", before)
    does = re.match(rf"{KIND}{THEN} (?P<does>[a-z'’]+)", behind)
    return bool(lead or _CALLS_BEHIND.match(behind) or (does and does["does"] in _DOES))


def is_called(name: re.Match[str], text: str) -> bool:
    """Return whether a name stands where what is called does: `today it was shelf`, `cannot reach druid`."""
    before, behind = text[: name.start()], text[name.end() :]
    if _NOT_ANSWERING.match(behind):
        return True
    if _CALLS_BEHIND.match(behind) or _MAY_CALL.match(behind):
        return False
    if _DOWN_FOR.match(behind):
        return True
    clause = _BREAK.split(before)[-1]
    said = [each for each in _SAID.findall(clause) if each not in words.DETERMINER]
    if said[-1:] == ["for"]:  # who is served has something to complain of
        return not (symptom_in(clause) or {*said} & _REASONS or re.search(r"\d", clause))
    return bool(said) and said[-1] in _LEADS


def takes(one: str, other: str, text: str) -> bool:
    """Return whether one takes from another what only a caller does: `web gets no answer from cart`, no `gets no traffic`."""
    name, source = re.escape(one), re.escape(other)
    return bool(
        re.search(
            rf"(?<![-\w.]){name}{KIND}{THEN} (?:gets?|getting|sees|receives) [^.,;\n]*?{_WRONG}[^.,;\n]{{0,20}}? (?:from|off)"
            rf" (?:the |our )?{source}(?![-\w])",
            text,
        )
    )


def taken_from(text: str) -> tuple[str, ...]:
    """Return from whom somebody gets errors, or nothing: `loads slowly, gets 502 from policies`."""
    return tuple(each["name"] for each in _TAKES_FROM.finditer(text) if each["name"] not in NOBODY)


def is_sent_to(one: str, other: str, text: str) -> bool:
    """Return whether one gets from another what that one sends: `tempo gets no traces from collector`."""
    name, source = re.escape(one), re.escape(other)
    gets = rf"(?<![-\w.]){name}{KIND}{THEN} (?:(?:is|are)(?:n['’]?t| not) )?(?:gets?|getting|sees|seeing|receives|receiving)"
    sent = (
        r"(?:no|any|fewer|less) (?:new |more )?(?:traces|spans|metrics|logs|log lines|samples|events|messages|updates|webhooks"
        r"|heartbeats|traffic|requests|calls|notifications|records)"
    )
    return bool(re.search(rf"{gets} {sent} (?:from|off) (?:the |our )?{source}(?![-\w])", text))


# A name that stands alone beside an error: `(web)`, `web, prod`, `-- the web pod`, `web log since 02:00`.
_APART = re.compile(r"[\n()]|\s[-—–]{1,2}\s")
_MOST_APART = 4  # words
_MEANT_ALONE = frozenset(
    ("pod", "pods", "log", "logs", "since", "in", "the", "our", "from", "ns", "namespace", "startup", "job", "cronjob")
)


def alone(text: str, left: frozenset[str]) -> tuple[str, ...]:
    """Return the names of `left` that stand alone in a part of a text, with nothing said of them."""
    found: list[str] = []
    for part in _APART.split(text):
        said = re.findall(r"[a-z0-9][-a-z0-9]*", part)
        named = [each for each in said if each in left]
        rest = [each for each in said if each not in left and each not in _MEANT_ALONE and not each.isdigit()]
        if named and len(said) <= _MOST_APART and len(rest) < len(said) - len(rest):
            found += named
    return tuple(dict.fromkeys(found))
