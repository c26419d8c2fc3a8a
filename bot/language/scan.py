"""One pass over the words of a text: which names stand in it, and by which word each of them is governed."""

from collections.abc import Sequence

from msgspec import Struct

from bot.language import vocabulary as words
from bot.language.tokens import Token

_PLACE = frozenset(("in", "inside", "within", "-n", "--namespace", "--ns"))
_PORTS = frozenset(("on", "over", "at", "via", "port"))
_PORT_NAMES = frozenset(("http", "https", "grpc", "rpc", "tls", "ssl", "dns", "web", "health", "status", "admin"))
_PROTOCOLS = frozenset(("tcp", "udp", "sctp"))
_COMMANDS = frozenset(["curl", "wget", "telnet", "nc", "dig", "nslookup", "ping", "kubectl"])
_CALL = "call"
_CONNECT = frozenset(("connect", "connects", "talk", "talks", "speak", "speaks"))
_ACTS = _CONNECT | frozenset(
    ("reach", "reaches", "access", "accesses", "call", "calls", "query", "queries", "hit", "hits")
)
_NO_DOER = (
    words.PRONOUN | words.PERSON | words.AUX | words.NEGATION | words.FILLER | words.KIND | words.PREPOSITION | words.GENERIC
    | words.QUESTION | words.TRAFFIC | words.CALL | words.SERVE | words.RECEIVE | words.HEALTH | words.COMPLAINT | words.POLICY
    | words.DETERMINER | words.REQUEST | words.VERB | words.MAYBE_SERVICE | frozenset(("rpc", "grpc", "http", "https", "tls"))
    | frozenset(("dns", "people", "users", "customers", "clients", "everyone", "everybody"))
)  # fmt: skip
_FROM_OR_TO = frozenset(("from", "to", "between", "->", "reach", "reaching", "call", "calling"))
_LEAST_PORT = 80  # of those that people call
_NAMED = frozenset(("called", "named"))
_KEEPS_MARKER = words.DETERMINER | words.KIND | words.NOUN | words.GENERIC
HANGS = frozenset(
    ["hang", "hangs", "hanging", "hung", "wait", "waits", "waiting", "stuck", "depend", "depends", "depending"]
)
_SAYS_AND_DOES = HANGS | frozenset(
    ("refuses", "refusing", "rejects", "rejecting", "respond", "responds", "responding", "answer", "answering", "reply")
)  # symptom and verb
_NOT_A_PORT = frozenset(
    [
        "minutes",
        "minute",
        "min",
        "mins",
        "seconds",
        "second",
        "secs",
        "sec",
        "hours",
        "hour",
        "days",
        "day",
        "times",
        "time",
        "weeks",
    ]
)


class Name(Struct, frozen=True):
    """A name in a sentence.

    `marker` is the word that governs it (`to`, `from`, `call`, …; empty: it is a subject), `verb` the last verb before it,
    `kind` a kind that was said with it, `namespace` what `in …` right behind it says.
    """

    text: str
    marker: str = ""
    verb: str = ""
    kind: str = ""
    namespace: str = ""
    at: int = 0
    quoted: bool = False
    after_traffic: bool = False
    joined: bool = False  # by `and`, `or` or a comma to the name before


class Scan:
    """What a pass has found. `unused` are words without a place; `names` are in the order of the text."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.names: list[Name] = []
        self.unused: list[Token] = []
        self.tail: list[Token] = []
        self.generic: list[Token] = []
        self.namespace = self.cluster = self.port = self.protocol = ""
        self.namespaces: list[str] = []
        self.more_namespaces: list[str] = []  # joined to another one: `in shop or pay`
        self._place_ends = -1
        self._marker = self._verb = self._noun = self._kind = ""
        self._determined = self._in_tail = self._and = self._clause_has_name = False
        at = 0
        while at < len(tokens):
            at += self._take(at)

    def low(self, at: int) -> str:
        """Return a word in lower case; quoted words and what is beyond the text are none."""
        return self.tokens[at].low if 0 <= at < len(self.tokens) and not self.tokens[at].quoted else ""

    def has(self, *sets: frozenset[str]) -> bool:
        """Return whether a word of these sets is said."""
        return any(not each.quoted and any(each.low in known for known in sets) for each in self.tokens)

    def doers(self) -> list[Token]:
        """Return English words that stand where a caller does, right before a verb of calling: `let testing talk to …`."""
        pairs = zip(self.tokens, self.tokens[1:], strict=False)
        return [
            one
            for one, two in pairs
            if two.low in _ACTS
            and one.is_known
            and one.low not in _NO_DOER
            and not words.is_adverb(one.low)
            and not (one.quoted or one.ends or one.symptom or two.quoted)
        ]

    def _take(self, at: int) -> int:
        token = self.tokens[at]
        taken = self._pair(at) or self._one(at, token)
        if self.tokens[at + taken - 1].ends:
            self._marker = self._verb = self._noun = self._kind = ""
            self._determined = self._in_tail = self._clause_has_name = False
        return taken

    def _pair(self, at: int) -> int:
        """Take what has a slot of its own: port, protocol, namespace, cluster. 0: it is none of these."""
        word = self.low(at)
        if word in _PORTS and not self.tokens[at].ends:
            skip = at + 1 + (self.low(at + 1) in ("port", "tcp", "udp", "tcp/", "the"))
            skip += self.low(skip) == "port"
            if self.low(at + 1) in _PROTOCOLS:
                self.protocol = self.low(at + 1)
            if skip < len(self.tokens) and (
                word == "port" or self.low(skip - 1) == "port" or self.tokens[skip].is_number
            ):
                return self._port(at, skip)
        is_after = self._follows_name(at) or self.low(at - 1) in words.POLICY
        if self.tokens[at].is_number and is_after and self.low(at + 1) not in _NOT_A_PORT:
            return self._port(at, at)
        if word in _PROTOCOLS:
            self.protocol = word
            if at + 1 < len(self.tokens) and self.tokens[at + 1].is_number:
                return self._port(at, at + 1) or 1
            return 1
        is_place = word in _PLACE and not self.tokens[at].ends and self.low(at - 1) not in words.LOG_IN
        if is_place or (word in words.NAMESPACE and self._is_name(at + 1)):
            return self._place(at)
        if word in ("on", "cluster", "--context"):
            return self._cluster(at)
        return 0

    def _follows_name(self, at: int) -> bool:
        before = self.tokens[at - 1] if at else None
        return bool(before and before.is_name and not before.ends and len(self.tokens[at].text) > 1)

    def _port(self, at: int, where: int) -> int:
        token = self.tokens[where]
        named = self.low(where - 1) == "port" and token.low in _PORT_NAMES
        if not token.is_number and not token.is_name and not named:
            return 0
        if self.low(where + 1) in _NOT_A_PORT or token.symptom:
            return 0
        if self.port and self.port != token.text:
            self.unused.append(token)
        else:
            self.port = token.text
        return where - at + 1

    def _is_name(self, at: int) -> bool:
        return at < len(self.tokens) and self.tokens[at].is_name

    def _is_namespace(self, at: int) -> bool:
        """Return whether a noun is a namespace here: `in data`, `the data namespace`."""
        word, behind = self.low(at), self.low(at - 1) in _PLACE | words.NAMESPACE
        named = behind and self.low(at + 1) not in words.KIND and word not in words.NO_NAMESPACE
        return bool(word) and (named or (self.low(at + 1) in words.NAMESPACE and word in words.MAYBE_NAMESPACE))

    def _phrase(self, at: int) -> tuple[str, str, int]:
        """Return the name, the kind and the end of a phrase like `the shop namespace` or `namespace shop`."""
        kind = ""
        while self.low(at) in words.DETERMINER | words.KIND and not self.tokens[at].ends:
            kind = self.low(at) if self.low(at) in words.KIND else kind
            at += 1
        if not self._is_name(at) and not self._is_namespace(at):
            return "", kind, at
        name, ends = self.tokens[at].text, self.tokens[at].ends
        at += 1
        while not ends and at < len(self.tokens) and self.low(at) in words.KIND:
            kind, ends = self.low(at), self.tokens[at].ends
            at += 1
        return name, kind, at

    def _place(self, at: int) -> int:
        begin = at + (self.low(at) in _PLACE)
        name, kind, end = self._phrase(begin)
        if not name or (kind and kind not in words.NAMESPACE | words.CLUSTER):
            return 0
        if kind in words.CLUSTER:
            self.cluster = name
            return end - at
        name = name.removesuffix("/*").rstrip("/")
        self.namespaces.append(name)
        self._place_ends = end
        if self.names and not self.names[-1].namespace and self._clause_has_name:
            last = self.names[-1]
            self.names[-1] = _placed(last, name)
        elif self.namespace and self.namespace != name:
            self.unused.append(self.tokens[begin + (end - begin) - 1])
        else:
            self.namespace = name
        return end - at

    def _cluster(self, at: int) -> int:
        name, kind, end = self._phrase(at + (self.low(at) == "on"))
        if not name or kind not in words.CLUSTER:
            return 0
        if self.cluster and self.cluster != name:
            self.unused.append(self.tokens[end - 1])
        self.cluster = name
        return end - at

    def _one(self, at: int, token: Token) -> int:
        word = self.low(at)
        if self._is_generic(at):
            self.generic.append(token)
            return 1
        if token.is_name or self._is_maybe(at):
            self._name(at, token)
            return 1
        if token.symptom and word not in _SAYS_AND_DOES | words.CALL:
            self._noun = "symptom"
            return 1
        self._word(at, word)
        return 1

    def _is_generic(self, at: int) -> bool:
        """Return whether a word like `app` means what was talked of before: with an article, or beside a name."""
        if self.low(at) not in words.GENERIC:
            return False
        before = self.tokens[at - 1] if at else None
        beside = before is not None and (before.is_name or before.is_number) and not before.ends
        return bool(self._determined or beside)

    def _is_maybe(self, at: int) -> bool:
        """Return whether a noun like `user` is a name here: `front-end can't reach user`, `can user reach orders`."""
        if self.low(at) in words.MAYBE_DOER:
            return self._is_doer(at)
        if self.low(at) not in words.MAYBE_SERVICE:
            return False
        if self._is_name(at + 1):
            return False
        before, after = self.low(at - 1), self.low(at + 1)
        governed = before in words.CALL | frozenset(
            ("to", "between", "->")
        ) and after not in words.NOUN | words.KIND | {"from"}
        verbs = words.CALL | words.AUX | words.NEGATION | words.COMPLAINT | words.HEALTH
        begins = at == 0 or before in words.AUX | words.QUESTION | words.NEGATION
        return governed or (begins and after in verbs)

    def _is_doer(self, at: int) -> bool:
        """Return whether a verb like `reporting` is a name here: `let reporting talk to`, `reporting is down`."""
        before, after = self.low(at - 1), self.low(at + 1)
        acts = (
            words.CALL | words.NEGATION | _CONNECT | frozenset(("is", "are", "gets", "cannot", "down", "broken", "ok"))
        )
        governed = before in _FROM_OR_TO and after not in words.NOUN | words.COMPLAINT
        return governed or (after in acts and before not in words.PRONOUN | words.PERSON and not self._is_name(at - 1))

    def _name(self, at: int, token: Token) -> None:
        if self._is_next_place(at):
            self.more_namespaces.append(token.text)
            return
        if self._in_tail and not self._opens_clause(at):
            self.tail.append(token)
            return
        self._in_tail = False
        if self._clause_has_name and not token.is_marked and words.may_be_verb(token.low) and self._after_subject(at):
            self.unused.append(token)
            self._verb, self._marker = token.low, ""
            return
        kind = self._kind
        begins_place = self.low(at + 1) in words.NAMESPACE and self._is_name(at + 2)  # `payments ns pay`
        if self.low(at + 1) in words.KIND and not token.ends and not begins_place:
            kind = self.low(at + 1)
        self.names.append(
            Name(
                token.text,
                marker=self._marker,
                verb=self._verb,
                kind=kind,
                at=at,
                quoted=token.quoted,
                after_traffic=self._noun == "traffic",
                joined=self._and,
            )
        )
        self._clause_has_name = True
        self._determined, self._kind, self._and = False, "", False
        following = self.low(at + 1)
        if following not in ("and", "or") and not token.ends:
            self._marker = ""

    def _is_next_place(self, at: int) -> bool:
        """Return whether a name joins a namespace right before it, and no clause begins with it."""
        joined = self.low(at - 1) in ("and", "or") and self._place_ends == at - 1
        return joined and (self.tokens[at].ends or at + 1 == len(self.tokens))

    def _opens_clause(self, at: int) -> bool:
        """Return whether a new clause begins here: `after the upgrade payments can't …`."""
        return self.low(at + 1) in words.AUX | words.NEGATION | words.CALL | words.SERVE and not self._noun_is_past(at)

    def _noun_is_past(self, at: int) -> bool:
        return self.low(at + 1) in ("was", "were", "been", "being", "did", "had")

    def _after_subject(self, at: int) -> bool:
        before = self.tokens[at - 1]
        return (before.is_name or before.low in words.AUX | words.VERB | words.KIND) and not self._marker

    def _word(self, at: int, word: str) -> None:
        if self.tokens[at].is_number and int(word) >= _LEAST_PORT and self.low(at + 1) not in _NOT_A_PORT:
            self.unused.append(self.tokens[at])  # it may have been a port
        self._determined = word in words.DETERMINER
        if word in words.KIND:
            self._kind = word
        elif word not in words.DETERMINER:
            self._kind = ""
        if word in words.TAIL and not self._calls_soon(at):
            self._in_tail = True
        if word in words.TRAFFIC:
            self._noun = "traffic"
        elif word in words.COMPLAINT:
            self._noun = "symptom"
        if self.tokens[at].text.startswith(("-", "/")) and word != "->" and not self.has(_COMMANDS):
            self.unused.append(self.tokens[at])
        self._govern(at, word)

    def _govern(self, at: int, word: str) -> None:
        """Note what a word does to the names behind it; `a service called payments` is governed as `payments`."""
        if word in _NAMED and self.low(at - 1) in words.KIND:
            return
        if word == "->":
            self._marker = "->"
        elif word in words.PREPOSITION:
            self._preposition(at, word)
        elif word in words.CALL and not (word in words.TRAFFIC and self.low(at + 1) in words.PREPOSITION):
            self._marker, self._verb, self._in_tail = _CALL, word, False
        elif word in words.VERB | words.SERVE | words.RECEIVE | words.PASSIVE | words.POLICY | HANGS:
            self._verb, self._marker = word, ""
        elif word not in _KEEPS_MARKER:
            self._marker = self._marker if word in words.FILLER and self._marker == _CALL else ""

    def _calls_soon(self, at: int) -> bool:
        """Return whether `while` and the like open the call itself, as in `fails when calling payments`."""
        soon = (self.low(at + step) for step in range(1, 4))
        return any(each in words.CALL | frozenset(("connecting", "talking")) for each in soon)

    def _preposition(self, at: int, word: str) -> None:
        if word in ("and", "or"):
            self._and = True
            return
        if word == "in" and self.low(at - 1) in words.LOG_IN:
            return
        if word == "to" and self.low(at + 1) in words.CALL | words.VERB | words.REQUEST | words.AUX | words.PASSIVE:
            self._marker = ""
            return
        self._marker = word


def _placed(name: Name, namespace: str) -> Name:
    return Name(
        name.text,
        marker=name.marker,
        verb=name.verb,
        kind=name.kind,
        namespace=namespace,
        at=name.at,
        quoted=name.quoted,
        after_traffic=name.after_traffic,
        joined=name.joined,
    )
