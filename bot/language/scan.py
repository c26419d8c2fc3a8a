"""One pass over the words of a text: which names stand in it, and by which word each of them is governed."""

from collections.abc import Sequence

from msgspec.structs import replace

from bot.language import vocabulary as words
from bot.language.names import Name
from bot.language.passage import LEAST_PORT, NAMED, NAMED_SO, PLACE, SERVICES, Passage
from bot.language.tokens import Token
from bot.model.refs import is_label

_PORTS = frozenset(("on", "over", "at", "via", "port"))
_PORT_NAMES = frozenset(("http", "https", "grpc", "rpc", "tls", "ssl", "dns", "web", "health", "status", "admin"))
_PROTOCOLS = frozenset(("tcp", "udp", "sctp"))
_COMMANDS = frozenset(["curl", "wget", "telnet", "nc", "dig", "nslookup", "ping", "kubectl"])
_CALL, _MOVED = "call", "moved"
_OF_NODES, _POLICIES = frozenset(("node", "nodes", "region", "zone", "az")), frozenset(("netpol", "networkpolicy"))
_SEEN = frozenset(("this", "happens", "happening", "happened", "thrown", "logged"))
_MODAL = frozenset(("can", "could", "will", "would", "should", "must"))
_GETS = frozenset(("get", "gets", "getting", "got", "gotten"))
_KEEPS_MARKER = words.DETERMINER | words.KIND | words.NOUN | words.GENERIC
HANGS = frozenset(
    ["hang", "hangs", "hanging", "hung", "wait", "waits", "waiting", "stuck", "depend", "depends", "depending"]
)
_SAYS_AND_DOES = HANGS | frozenset(
    ("refuses", "refusing", "rejects", "rejecting", "respond", "responds", "responding", "answer", "answering", "reply")
)  # symptom and verb


class Scan(Passage):
    """What a pass has found. `unused` are words without a place; `names` are in the order of the text."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        super().__init__(tokens)
        self.names: list[Name] = []
        self.unused: list[Token] = []
        self.tail: list[Token] = []
        self.generic: list[Token] = []
        self.told: list[Token] = []  # what is no name of a question, like a path or a policy's own name
        self.namespace = self.cluster = self.port = self.protocol = self.origin = ""
        self.namespaces: list[str] = []
        self.more_namespaces: list[str] = []  # joined to another one: `in shop or pay`
        self._place_ends = -1
        self._marker = self._verb = self._noun = self._kind = ""
        self._determined = self._in_tail = self._and = self._clause_has_name = False
        at = 0
        while at < len(tokens):
            at += self._take(at)

    def called_names(self) -> list[Token]:
        """Return the words that name something."""
        return [self.tokens[each.at] for each in self.names]

    def only_left(self) -> Token | None:
        """Take the only name without a place, which a pronoun means: `after scaling catalog, web gets 503 from it`."""
        left = [each for each in (*self.tail, *self.unused) if each.is_name and each.low not in words.ACTION]
        left = [each for each in left if self.low(self.tokens.index(each) - 1) not in words.NEGATION | _MODAL]
        if len(left) != 1:
            return None
        self.tail = [each for each in self.tail if each not in left]
        self.unused = [each for each in self.unused if each not in left]
        return left[0]

    def _take(self, at: int) -> int:
        token = self.tokens[at]
        taken = self._pair(at) or self._one(at, token)
        if self.tokens[at + taken - 1].ends:
            self._marker = self._verb = self._noun = self._kind = ""
            self._determined = self._in_tail = self._clause_has_name = False
        return taken

    def _pair(self, at: int) -> int:
        """Take what has a slot of its own: port, protocol, namespace, cluster. 0: it is none of these."""
        return self._any_port(at) or self._any_place(at)

    def _any_port(self, at: int) -> int:
        """Take a port or a protocol. 0: it is none."""
        word = self.low(at)
        if word in _PORTS and (taken := self._port_behind(at, word)):
            return taken
        if taken := self._named_port(at, word):
            return taken
        is_after = self.follows_name(at) or self.stands_alone(at) or self.low(at - 1) in words.POLICY
        if word == "to" and self.is_number(at + 1) and self.low(at + 2) not in words.KIND | words.NOUN | words.NO_PORT:
            return self._port(at, at + 1) if int(self.tokens[at + 1].text) >= LEAST_PORT else 0
        if self.tokens[at].is_number and is_after and self.low(at + 1) not in words.NO_PORT:
            return self._port(at, at)
        if word not in _PROTOCOLS:
            return 0
        self.protocol = word
        return (self._port(at, at + 1) if self.is_number(at + 1) else 0) or 1

    def _port_behind(self, at: int, word: str) -> int:
        """Take `on port 8080`, `over tcp 53`, `on 8080`. 0: it is none."""
        if self.tokens[at].ends:
            return 0
        skip = at + 1 + (self.low(at + 1) in ("port", "tcp", "udp", "tcp/", "the"))
        skip += self.low(skip) == "port"
        if self.low(at + 1) in _PROTOCOLS:
            self.protocol = self.low(at + 1)
        said = word == "port" or self.low(skip - 1) == "port"
        return self._port(at, skip) if skip < len(self.tokens) and (said or self.tokens[skip].is_number) else 0

    def _any_place(self, at: int) -> int:
        """Take a namespace or a cluster. 0: it is none."""
        word, token = self.low(at), self.tokens[at]
        in_language = word == "in" and self.low(at + 1) in words.RUNTIME and self.low(at + 2) not in words.NAMESPACE
        if in_language:
            self.told.append(self.tokens[at + 1])  # `I get this in php`
            return 2
        calls = self.low(at + 2) == "->" and self.low(at + 3) not in words.TRAFFIC  # `errors in orders -> db`
        is_place = (
            word in PLACE
            and not (calls or token.ends or token.symptom or self.is_pod(at + 1))
            and (self.low(at - 1) not in words.LOG_IN | _SEEN or self._is_last_name(at - 1))
        )
        is_from = word in words.NAMESPACE and self.low(at - 1) == "from" and self.may_be_namespace(at + 1)
        if (is_from or self.is_calling_namespace(at)) and not self.origin:
            self.origin = self.tokens[at + 1].low
            return 2
        if not self.origin and (named := self.origin_behind(at)):
            self.origin = self.tokens[named].low
            return named + 2 - at
        if is_place or (word in words.NAMESPACE and self.may_be_namespace(at + 1)):
            return self._place(at)
        if token.low.startswith(("ns/", "namespace/")) and self.is_name(at):
            return self._place(at)
        behind = self.is_name(at) and self.low(at + 1) in words.NAMESPACE and not self.is_name(at + 2)
        if behind and self.names and not self._marker:  # `problem with cart, shop ns`
            return self._place(at)
        if token.aside and (self.is_name(at) or word in words.MAYBE_NAMESPACE) and self._is_beside_name(at):
            return self._place(at)
        if word == "of" and self._is_its_place(at):
            return 1 + self._place(at + 1)
        if token.aside and words.is_place(token.low) and not self.cluster:
            self.cluster = token.text
            return 1
        return self._cluster(at) if word in ("on", "cluster", "--context") else 0

    def _named_port(self, at: int, word: str) -> int:
        """Take `on the grpc port`. 0: it is none."""
        named = at + 1 + (self.low(at + 1) in words.DETERMINER)
        is_name = self.is_name(named) or self.low(named) in _PORT_NAMES
        if word not in _PORTS - {"port"} or not is_name or self.low(named + 1) != "port" or self.is_number(named + 2):
            return 0
        return self._port(at, named) and named + 2 - at

    def _is_beside_name(self, at: int) -> bool:
        """Return whether a word in parentheses stands right behind a name or its kind, and may be its namespace."""
        before = at - 1 - (self.low(at - 1) in words.KIND)
        word = self.tokens[at].low
        return bool(
            self.names
            and self.names[-1].at == before
            and is_label(word)
            and word not in words.ENVIRONMENT
            and not self.names[-1].namespace
        )

    def _is_last_name(self, at: int) -> bool:
        return bool(self.names) and self.names[-1].at == at

    def _is_its_place(self, at: int) -> bool:
        """Return whether `of` says where a Service is: `redis of team-a`, `the redis service of data`."""
        before = at - 1 - (self.low(at - 1) in SERVICES)
        last = self.names[-1] if self.names else None
        if last is None or last.at != before or last.namespace or self.tokens[at - 1].ends:
            return False
        if self.low(before - 1) in _GETS:
            return False  # `can't get hold of stock`
        place = self.tokens[at + 1 : at + 2]
        named = (
            bool(place) and is_label(place[0].low) and (self.is_name(at + 1) or place[0].low in words.MAYBE_NAMESPACE)
        )
        return named and last.kind in SERVICES | {""} and self.low(at + 2) not in words.KIND - words.NAMESPACE

    def _port(self, at: int, where: int) -> int:
        token = self.tokens[where]
        named = "port" in (self.low(where - 1), self.low(where + 1)) and token.low in _PORT_NAMES
        if not token.is_number and not token.is_name and not named:
            return 0
        if (self.low(where + 1) in words.NO_PORT and not self.is_symptom(where + 1)) or token.symptom:
            return 0
        if self.port and self.port != token.text:
            self.unused.append(token)
        else:
            self.port = token.text
        return where - at + 1

    def _phrase(self, at: int) -> tuple[str, str, int]:
        """Return the name, the kind and the end of a phrase like `the shop namespace` or `namespace shop`."""
        kind = ""
        while self.low(at) in words.DETERMINER | words.KIND and not (self.tokens[at].ends or self.is_kind_of_place(at)):
            if kind in words.NAMESPACE and self.low(at) in NAMED_SO:
                break
            kind = self.low(at) if self.low(at) in words.KIND else kind
            at += 1
        if not self.is_name(at) and not self.is_namespace(at):
            return "", kind, at
        name, ends = self.tokens[at].text, self.tokens[at].ends
        at += 1
        while not ends and at < len(self.tokens) and self.low(at) in words.KIND:
            kind, ends = self.low(at), self.tokens[at].ends
            at += 1
        return name, kind, at

    def _place(self, at: int) -> int:
        begin = at + (self.low(at) in PLACE)
        name, kind, end = self._phrase(begin)
        if not name or (kind and kind not in words.NAMESPACE | words.CLUSTER):
            return 0
        if kind in words.CLUSTER:
            self.cluster = name
            return end - at
        name = name.removesuffix("/*").rstrip("/").removeprefix("ns/").removeprefix("namespace/")
        self.namespaces.append(name)
        self._place_ends = end
        if self.names and not self.names[-1].namespace and self._clause_has_name:
            last = self.names[-1]
            self.names[-1] = replace(last, namespace=name)
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
        if token.is_name or self.is_maybe(at) or (self.low(at) in words.GENERIC and self.is_service_called(at)):
            self._name(at, token)
            return 1
        if token.symptom and word not in _SAYS_AND_DOES | words.CALL:
            self._noun = "symptom"
            return 1
        self._word(at, word)
        return 1

    def _is_generic(self, at: int) -> bool:
        """Return whether a word like `app` means what was talked of before: with an article, or beside a name."""
        if self.low(at) in words.ACTION | words.PART and self.is_thing_done(at):
            return True
        if self.low(at) not in words.GENERIC:
            return False
        if self.is_service_called(at):
            return False
        before = self.tokens[at - 1] if at else None
        names = before is not None and (before.is_name or before.is_number or before.low in words.RUNTIME)
        beside = before is not None and names and not before.ends
        governs = self.low(at - 1) in words.PREPOSITION and self.is_name(at + 1) and not self.tokens[at].ends
        return bool(self._determined or beside or governs)

    def _is_none_of_a_question(self, at: int, token: Token) -> bool:
        """Return whether a name is a policy's own, `api` of `the invoices api`, where nodes are, or said in passing."""
        is_policy = self.low(at - 1) in _POLICIES and not self.tokens[at - 1].ends and self.low(at + 1) not in words.AUX
        is_policy |= bool(self.names and self.names[-1].at == at - 1 and token.low == "api" and self.follows_name(at))
        of_nodes = self.low(at + 1) in _OF_NODES and not token.ends
        return is_policy or of_nodes or self.is_in_passing(at) or self.is_excluded(at)

    def _name(self, at: int, token: Token) -> None:
        if self._is_none_of_a_question(at, token):
            self.told.append(token)
            self._clause_has_name = True
            return
        if self._marker == _MOVED or (token.low in words.ENVIRONMENT and self.low(at + 1) in words.EVENT):
            self.told.append(token)  # `a prod incident`
            return
        if self._is_next_place(at):
            self.more_namespaces.append(token.text)
            return
        if self._in_tail and self.is_done_to(at):
            self.told.append(token)
            return
        if self._in_tail and not self.opens_clause(at) and not (self._marker == "for" and token.is_marked):
            self.tail.append(token)
            return
        self._in_tail = False
        if not token.is_marked and self._is_verb(at):
            self.unused.append(token)
            self._verb, self._marker = token.low, ""
            return
        kind = self._kind
        begins_place = self.low(at + 1) in words.NAMESPACE and self.is_name(at + 2)  # `payments ns pay`
        if self.low(at + 1) in words.KIND and not token.ends and not begins_place:
            kind = self.low(at + 1)
        self.names.append(
            Name(
                token.text,
                marker=""
                if self._marker != "->" and self.low(at + 1) == "->" and self.is_name(at + 2)
                else self._marker,
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

    def _is_verb(self, at: int) -> bool:
        """Return whether an unknown word is a verb where it stands: `checkout is barfing`, `argocd can't sync`."""
        before = self.low(at - 1)
        if before in words.NEGATION | _MODAL and (self.is_said_of(at - 2) or self.tokens[at].low in words.LOG_IN):
            return True
        if before in ("when", "while") and words.may_be_verb(self.tokens[at].low):
            return True  # `when uploading to media`
        if before == "to" and self.low(at - 2) in words.TO_DO and not self.tokens[at].is_marked:
            return True  # `fails to ingest`
        if self.low(at + 1) == "to" and self.is_name(at - 1) and not self.tokens[at - 1].ends:
            return self.tokens[at].low.endswith("s")  # `when orders posts to it`
        follows = (self._clause_has_name and self._after_subject(at)) or before in words.PERSON | _GETS
        describes = self.is_symptom(at + 1)  # `elevated latency`
        return words.may_be_verb(self.tokens[at].low) and (follows or describes)

    def _is_next_place(self, at: int) -> bool:
        """Return whether a name joins a namespace right before it, and no clause begins with it."""
        joined = self.low(at - 1) in ("and", "or") and self._place_ends == at - 1
        return joined and (self.tokens[at].ends or at + 1 == len(self.tokens))

    def _after_subject(self, at: int) -> bool:
        before = self.tokens[at - 1]
        return (
            before.is_name or before.low in words.AUX | words.VERB | words.KIND | words.TRAFFIC
        ) and not self._marker

    def _word(self, at: int, word: str) -> None:
        if self.tokens[at].is_number and int(word) >= LEAST_PORT and self.low(at + 1) not in words.NO_PORT:
            self.unused.append(self.tokens[at])  # it may have been a port
        self._determined = word in words.DETERMINER
        if word in words.KIND:
            self._kind = word
        elif word not in words.DETERMINER:
            self._kind = ""
        if word in words.TAIL and not self.calls_soon(at):
            self._in_tail = True
        if word in ("nothing", "nobody", "everything", "everyone") or (
            word in words.EVENT and self.begins_clause(at + 1)
        ):
            self._in_tail = False
        if word in words.TRAFFIC:
            self._noun = "traffic"
        elif word in words.COMPLAINT:
            self._noun = "symptom"
        if self.tokens[at].text.startswith("/"):
            self.told.append(self.tokens[at])
        elif self.tokens[at].text.startswith("-") and word != "->" and not self.has(_COMMANDS):
            self.unused.append(self.tokens[at])
        self._govern(at, word)

    def _govern(self, at: int, word: str) -> None:
        """Note what a word does to the names behind it; `a service called payments` is governed as `payments`."""
        if word in NAMED and self.low(at - 1) in words.KIND:
            return
        if word in ("is", "was") and self.low(at - 1) in ("caller", "source"):
            self._marker = "from"
            return
        if word == "->":
            self._marker = "->"
        elif word in words.PREPOSITION:
            self._preposition(at, word)
        elif word in words.CALL and not (word in words.TRAFFIC and self.low(at + 1) in words.PREPOSITION):
            self._marker, self._verb, self._in_tail = _CALL, word, False
        elif (
            word
            in words.MOVED | words.SAY | words.VERB | words.SERVE | words.RECEIVE | words.PASSIVE | words.POLICY | HANGS
        ):
            self._verb, self._marker = word, ""
        elif word not in _KEEPS_MARKER:
            self._marker = self._marker if word in words.FILLER and self._marker == _CALL else ""

    def _preposition(self, at: int, word: str) -> None:
        if word in ("and", "or"):
            self._and = True
            return
        if word == "in" and self.low(at - 1) in words.LOG_IN:
            return
        if word == "in" and (self.low(at - 1) in _SEEN or self.is_pod(at + 1)):
            word = "from"  # `getting this in checkout: connection refused`
        if word == "to" and self.low(at + 1) in words.CALL | words.VERB | words.REQUEST | words.AUX | words.PASSIVE:
            self._marker = ""
            return
        self._marker = _MOVED if word == "to" and self._verb in words.MOVED else word
