"""Which of two names calls the other, and whether a word beside a name makes it what is called: by the clause they stand in."""

import re
from collections.abc import Sequence

from bot.language import vocabulary as words
from bot.language.names import Name
from bot.language.scan import Scan

_HOST = re.compile(r"[a-z][-a-z0-9]*(?:\.[a-z]|:\d)", re.IGNORECASE)

_SENDS = frozenset(("send", "sends", "sending", "sent", "drop", "drops", "dropping", "dropped"))
# Who calls instead of a name before them: `I deployed web and nobody can reach it`.
_OTHERS = frozenset(
    ("nobody", "nothing", "none", "we", "i", "they", "people", "users", "everyone", "customers", "clients")
)
_REPLIES = frozenset(("answers", "replies", "response", "responses"))
_ALL = frozenset(("all", "every", "each", "any", "no", "most", "many", "the", "our"))
_SERVICES = frozenset(("service", "services", "svc", "svcs", "endpoints"))
_SAYS = frozenset(("says", "say", "said", "shows"))
# `a policy keeps etl away from db`: what is kept calls.
_KEEPS = frozenset(
    ("keep", "keeps", "keeping", "kept", "isolate", "isolates", "isolating", "separate", "separates", "shields")
)
_ONE_OF_THEM = frozenset(("a", "an", "any", "no", "new"))
WEAK = frozenset(("of", "about", "behind", "at", "with", "for", "on"))


def is_served(name: Name, names: Sequence[Name], scan: Scan) -> bool:
    """Return whether `to` names a caller, as in `payments returns 503 to checkout`, and not `web sends requests to cart`."""
    subject = any(each.marker in WEAK | {""} and each.at < name.at for each in names)
    sent = name.verb in _SENDS and scan.low(name.at - 2) in words.TRAFFIC | frozenset(("msg", "msgs", "messages"))
    sent |= name.verb in _SENDS and scan.low(name.at - 2) == name.verb  # `can't send to cart`
    sent |= any(each.marker == "from" and each.at < name.at for each in names)  # `drops traffic from web to cart`
    return name.marker == "to" and name.verb in words.SERVE | _SAYS and subject and not sent


def is_source_of_errors(
    scan: Scan, name: Name, subjects: Sequence[Name], targets: Sequence[Name], *, given: bool
) -> bool:
    """Return whether `from` names what is called, as in `checkout gets timeouts from payments`."""
    if targets or given or name.after_traffic or (scan.has(frozenset(("dns",))) and not subjects):
        return False
    if subjects and name.verb and name.verb not in words.KNOWN and scan.low(name.at - 2) == name.verb:
        return True  # `can't clone from gitlab`
    if scan.is_symptom(name.at - 2) and not any(each.at < name.at for each in subjects):
        return True  # `no response from sms-gateway when web calls it`
    if not subjects and name.verb in (words.CALL | words.PASSIVE) - words.RECEIVE:
        return False
    if (name.verb in words.POLICY | words.TAKE or scan.low(name.at - 2) in _REPLIES) and subjects:
        return True
    before = name.at - 2 - (scan.low(name.at - 2) in ("away", "off", "apart", "out"))
    if any(scan.low(each.at - 1) in _KEEPS and each.at == before for each in subjects):
        return True
    told = any(
        each.verb == name.verb and each.at < name.at and scan.low(each.at - 1) not in _ONE_OF_THEM for each in subjects
    )  # no `get a token from`, but `seeing payments down from checkout`
    return not subjects or (name.verb in words.RECEIVE and not told)


def all_called_in(scan: Scan, name: Name) -> str:
    """Return the namespace all of which somebody cannot call: `all services in shop time out from web`. Empty: none."""
    if not scan.namespaces or name.verb in words.RECEIVE | words.TAKE | words.CALL:
        return ""
    said = range(name.at)
    of_all = any(scan.low(at) in _ALL and scan.low(at + 1) in _SERVICES for at in said)
    return scan.namespaces[0].removesuffix("/*") if of_all else ""


def called_in_clause(scan: Scan, subjects: Sequence[Name]) -> str:
    """Return the word that stands for what the only name of a sentence calls in its own clause; empty: there is none.

    It is a pronoun, or a word for many with its article: `can checkout reach this`, `checkout can't reach the backend`.
    """
    for at, each in enumerate(scan.tokens[:-1]):
        if len(subjects) != 1 or not (each.low in words.CALL or (each.low == "to" and scan.low(at - 1) in words.VERB)):
            continue
        between = scan.tokens[subjects[0].at : at]
        if not between or any(two.ends or two.low in _OTHERS for two in between):
            continue
        if scan.low(at + 1) in words.PRONOUN and not scan.tokens[at + 1].is_name:
            return scan.low(at + 1)
        if scan.low(at + 1) in words.DETERMINER and scan.low(at + 2) in words.GENERIC:
            return scan.low(at + 2)
    return ""


def is_up_but_proxied(scan: Scan, subjects: Sequence[Name]) -> bool:
    """Return whether a proxy complains of what is said to be up: `checkout is up but ingress gives 502`."""
    tells = scan.low(subjects[1].at + 1) in words.SAY | words.SERVE | words.RECEIVE
    return (tells or scan.has(frozenset(("but",)))) and words.is_proxy(subjects[1].text)


def _is_all_symptom(scan: Scan, span: range) -> bool:
    return all(scan.is_symptom(at) and not scan.tokens[at].ends for at in span)


def called_and_caller(scan: Scan, one: Name, two: Name) -> tuple[Name, ...]:
    """Return two subjects as what is called and who calls: `cart fails when web posts`, `web can't open http://cdn`."""
    if scan.low(two.at - 1) in ("when", "whenever"):
        return one, two
    gets = scan.low(two.at + 1) in words.RECEIVE and scan.is_symptom(two.at + 2)
    if gets and all(scan.only_places(at) for at in range(one.at + 1, two.at)) and scan.tokens[two.at - 1].ends:
        return one, two  # `redis in ns cache: web gets timeouts`
    between = range(one.at + 2, two.at)
    if scan.low(one.at + 1) in words.SAY | words.RECEIVE and between and _is_all_symptom(scan, between):
        return two, one  # `web logs NXDOMAIN labels.print`
    is_opened = _is_host(two) and not (_is_host(one) or two.joined) and one.at < two.at and _may_call(scan, one)
    return (two, one) if is_opened else ()


def _is_host(name: Name) -> bool:
    """Return whether a name is written as only what is called is: `http://cdn/x`, `redis.data`, `redis:6379`."""
    return "://" in name.text or bool(_HOST.match(name.text))


def _may_call(scan: Scan, name: Name) -> bool:
    """Return whether a subject may be who calls: no program of the cluster that is only spoken of, nor `webhook calls`."""
    is_spoken_of = name.text.lower() in words.TELLERS or words.is_proxy(name.text)
    return not (is_spoken_of or scan.low(name.at + 1) in words.TRAFFIC | words.HEALTH)


def done_and_caller(scan: Scan, one: Name, two: Name) -> tuple[Name, ...]:
    """Return what something was done to, and who cannot do its work since: `we deleted svc loki, now promtail can't push`."""
    if one.text.lower() in words.TELLERS or words.is_proxy(one.text):
        return ()  # `we upgraded istio, now web can't connect`
    if one.at < two.at and scan.is_changed(one.at) and not scan.is_changed(two.at) and lacks_object(scan, two):
        return one, two
    return ()


def lacks_object(scan: Scan, name: Name) -> bool:
    """Return whether a name cannot do something to others, who are not said: `promtail can't push`, no `web can't start`."""
    at = name.at + 1
    while scan.only_places(at):
        at += 1
    if scan.low(at) not in words.NEGATION or scan.low(at) in ("no", "never", "none", "nothing"):
        return False
    verb, behind = scan.low(at + 1), at + 2
    if not verb or verb in words.BY_ITSELF | words.HEALTH | words.COMPLAINT or scan.is_symptom(at + 1):
        return False
    return scan.ends_clause(at + 1) or scan.low(behind) in words.STILL | frozenset(("anymore", "to", "it", "them"))


def is_pronoun_called(scan: Scan) -> bool:
    return any(
        (each.low in words.CALL | frozenset(("to", "from")) and scan.low(at + 1) in ("it", "them", "that", "this"))
        or (each.low in words.SAY and scan.low(at + 1) in ("it", "it's", "its"))
        for at, each in enumerate(scan.tokens)
    )
