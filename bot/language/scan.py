"""One pass over the words of a text: which names stand in it, and by which word each of them is governed."""

import re
from collections.abc import Sequence

from bot.language import vocabulary as words
from bot.language.names import Name
from bot.language.passage import LEAST_PORT, NAMED
from bot.language.places import GETS, SEEN, Places
from bot.language.tokens import Token

_COMMANDS = frozenset(["curl", "wget", "telnet", "nc", "dig", "nslookup", "ping", "kubectl"])
_CALL, _MOVED = "call", "moved"
_POLICY_NAME = re.compile(r"default-(?:deny|allow)|(?:[a-z-]+-)?(?:deny|allow)-[a-z-]+|[a-z-]+-netpol")
_POLICIES = frozenset(("netpol", "networkpolicy"))
_ACTS = words.CALL | words.VERB | words.REQUEST | words.AUX | words.PASSIVE
_NEEDS = frozenset(("ask", "asks", "asking", "want", "wants", "need", "needs", "require", "requires"))
_SEES = frozenset(("see", "sees", "seeing"))
_PEOPLE = frozenset(("customers", "users", "people", "clients", "we", "i"))  # who see what is on their screens
_MODAL = frozenset(("can", "could", "will", "would", "should", "must"))
_KEEPS_MARKER = words.DETERMINER | words.KIND | words.NOUN | words.GENERIC
HANGS = frozenset(
    ["hang", "hangs", "hanging", "hung", "wait", "waits", "waiting", "stuck", "depend", "depends", "depending"]
)
_SAYS_AND_DOES = HANGS | frozenset(
    ("refuses", "refusing", "rejects", "rejecting", "respond", "responds", "responding", "answer", "answering", "reply")
)  # symptom and verb


class Scan(Places):
    """What a pass has found. `unused` are words without a place; `names` are in the order of the text."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        super().__init__(tokens)
        self.tail: list[Token] = []
        self.generic: list[Token] = []
        self.rivals: list[Name] = []  # names that gave way to surer ones
        self.more_namespaces: list[str] = []  # joined to another one: `in shop or pay`
        self._verb = self._noun = self._kind = ""
        self._determined = self._in_tail = self._and = False
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

    def only_changed(self) -> Token | None:
        """Take the only name to which something was done, where it has no place yet: `since we recreated loki, …`."""
        left = [each for each in (*self.tail, *self.unused, *self.told) if each.is_name]
        left = [each for each in left if self.is_changed(self.tokens.index(each))]
        if len(left) != 1:
            return None
        self.tail = [each for each in self.tail if each not in left]
        self.unused = [each for each in self.unused if each not in left]
        self.told = [each for each in self.told if each not in left]
        return left[0]

    def _take(self, at: int) -> int:
        token = self.tokens[at]
        taken = self.pair(at) or self._one(at, token)
        if self.tokens[at + taken - 1].ends:
            self.marker = self._verb = self._noun = self._kind = ""
            self._determined = self._in_tail = self.clause_has_name = False
        return taken

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
        is_aside = at + 1 < len(self.tokens) and self.tokens[at + 1].aside  # `our canary (web-canary)`
        if self.low(at) in words.ACTION | words.PART and (self.is_thing_done(at) or is_aside):
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
        """Return whether a name is a policy's own, a product's with its version, where nodes are, or said in passing."""
        called = at - 2 * (1 + (self.low(at - 3) == "in")) if self.low(at - 1) in NAMED else at - 1
        named = self.low(called) in _POLICIES or (self.low(at - 2), self.low(at - 1)) == ("network", "policy")
        is_policy = named and not self.tokens[at - 1].ends and (token.ends or self.low(at + 1) not in words.AUX)
        is_policy |= bool(_POLICY_NAME.fullmatch(token.low)) and not token.quoted
        is_passive = self.names and self.names[-1].marker == "from" and self.low(at + 1) in words.NEGATION | words.AUX
        is_api = token.low == "api" and self.follows_name(at) and not is_passive  # `from web api can't be reached`
        is_policy |= bool(self.names and self.names[-1].at == at - 1 and is_api)
        is_policy |= self.is_version(at + 1) and not token.is_marked
        is_policy |= self.is_one_of_many(at) or self.are_people(at) or (token.aside and token.low in words.MESHES)
        of_nodes = self.low(at + 1) in words.OF_NODES and not token.ends
        return is_policy or of_nodes or self.is_in_passing(at) or self.is_excluded(at)

    def _name(self, at: int, token: Token) -> None:
        if self._is_none_of_a_question(at, token):
            self.told.append(token)
            self.clause_has_name = True
            return
        if self.marker == _MOVED:
            self.told.append(token)
            self.marker = ""
            return
        if token.low in words.ENVIRONMENT and self.low(at + 1) in words.EVENT:
            self.told.append(token)  # `a prod incident`
            return
        if self._is_next_place(at):
            self.more_namespaces.append(token.text)
            return
        if self._in_tail and self.is_done_to(at):
            self.told.append(token)
            return
        if self._in_tail and not self.opens_clause(at) and not (self.marker == "for" and token.is_marked):
            self.tail.append(token)
            return
        self._in_tail = False
        if not token.is_marked and self._is_verb(at):
            self.unused.append(token)
            self._verb, self.marker = token.low, _CALL if self.low(at - 1) == "from" else ""
            return
        self.names.append(
            Name(
                token.text,
                marker="" if self.marker != "->" and self.low(at + 1) == "->" and self.is_name(at + 2) else self.marker,
                verb=self._verb,
                kind=self._kind_of(at),
                at=at,
                quoted=token.quoted,
                after_traffic=self._noun == "traffic",
                joined=self._and,
            )
        )
        self.clause_has_name = True
        self._determined, self._kind, self._and = False, "", False
        following = self.low(at + 1)
        if following not in ("and", "or") and not token.ends:
            self.marker = ""

    def _kind_of(self, at: int) -> str:
        """Return the kind that is said with a name, before or behind it; `the kiosk ones` are pods, like those before them."""
        begins_place = self.low(at + 1) in words.NAMESPACE and self.is_name(at + 2)  # `payments ns pay`
        if self.tokens[at].ends or begins_place:
            return self._kind
        behind = "pods" if self.low(at + 1) == "ones" else self.low(at + 1)
        return behind if behind in words.KIND else self._kind

    def _is_verb(self, at: int) -> bool:
        """Return whether an unknown word is a verb where it stands: `checkout is barfing`, `argocd can't sync`."""
        before = self.low(at - 1)
        if before in words.NEGATION | _MODAL and (self.is_said_of(at - 2) or self.tokens[at].low in words.LOG_IN):
            return True
        if before == "cannot" and self.low(at - 2) not in words.QUESTION and not self.tokens[at].is_marked:
            return True  # `cannot assign requested address`
        if (
            before == "from"
            and words.may_be_verb(self.tokens[at].low)
            and self.is_name(at + 1)
            and not self.tokens[at].ends
        ):
            return True  # `stops web from mounting files.nfs`
        if before == "longer" and not self.tokens[at].is_marked:
            return True  # `can no longer push to`
        if self.low(at + 1) in words.DETERMINER and words.may_be_verb(self.tokens[at].low):
            return True  # `closing the incident`
        if self._is_predicate(at) or self._is_verb_of_things(at):
            return True
        if before in ("when", "while") and words.may_be_verb(self.tokens[at].low):
            return True  # `when uploading to media`
        if before == "to" and self.low(at - 2) in words.TO_DO | {"me", "us"} and not self.tokens[at].is_marked:
            return True  # `fails to ingest`
        if self.low(at + 1) == "to" and self.is_name(at - 1) and not self.tokens[at - 1].ends:
            return self.tokens[at].low.endswith("s")  # `when orders posts to it`
        follows = (self.clause_has_name and self._after_subject(at)) or before in words.PERSON | GETS
        describes = self.is_symptom(at + 1)  # `elevated latency`
        return words.may_be_verb(self.tokens[at].low) and (follows or describes)

    def _is_verb_of_things(self, at: int) -> bool:
        """Return whether a plain word is what things do: `messages pile up`, `calls which originate in ns lab`."""
        if self.tokens[at].is_marked:
            return False
        is_relative = self.low(at - 1) in ("which", "that", "who") and self.low(at + 1) in words.PREPOSITION
        is_relative |= self.low(at - 1) in ("it", "he", "she") and self.tokens[at].low.endswith("s")  # `it writes to`
        return is_relative or (self.low(at + 1) in words.PARTICLE and self._follows_things(at))

    def _is_predicate(self, at: int) -> bool:
        """Return whether a word is what a name is said to be: `web is toast`; names stand there with an article or marked."""
        subject = at - 2 - (self.low(at - 2) in words.STILL | words.FILLER)
        subject -= self.low(subject) in words.KIND
        is_said = self.low(at - 1) in ("is", "are", "was", "were") or self.low(at - 2) in ("is", "are", "was", "were")
        plain = not self.tokens[at].is_marked and self.ends_clause(at)
        return is_said and plain and self.is_name(subject) and not self.tokens[subject].ends and subject < at - 1

    def _follows_things(self, at: int) -> bool:
        """Return whether things in plural stand right before a word, in its clause: `messages …`, `threads …`."""
        before = self.tokens[at - 1] if at else None
        is_plural = before is not None and before.low.endswith("s") and not (before.ends or before.is_marked)
        return is_plural and (self.is_name(at - 1) or self.low(at - 1) in words.NOUN | words.MAYBE_SERVICE)

    def _is_next_place(self, at: int) -> bool:
        """Return whether a name joins a namespace right before it, and no clause begins with it."""
        between = bool(self.names) and self.names[-1].marker == "between"
        joined = self.low(at - 1) in ("and", "or") and self.place_ends == at - 1 and not between
        return joined and (self.tokens[at].ends or at + 1 == len(self.tokens))

    def _after_subject(self, at: int) -> bool:
        before = self.tokens[at - 1]
        return (before.is_name or before.low in words.AUX | words.VERB | words.KIND | words.TRAFFIC) and not self.marker

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
        elif (
            self.tokens[at].text.startswith("-") and not word[1:].isdigit() and word != "->" and not self.has(_COMMANDS)
        ):
            self.unused.append(self.tokens[at])
        self._govern(at, word)

    def _govern(self, at: int, word: str) -> None:
        """Note what a word does to the names behind it; `a service called payments` is governed as `payments`."""
        if word in NAMED and self.low(at - 1) in words.KIND:
            return
        if word in ("is", "was") and self.low(at - 1) in ("caller", "source"):
            self.marker = "from"
            return
        if word in words.VERB and self.low(at - 1) in words.DETERMINER and self.is_name(at + 1):
            return  # `reach the reporting db`
        calls = word in words.CALL and not (word in _SEES and self.low(at - 1) in _PEOPLE)
        calls |= word == "seeing" and self.low(at - 1) == "from"  # `what stops web from seeing cart`
        calls |= word in _NEEDS and self.is_name(at + 1) and self.low(at - 1) not in words.PERSON
        if word == "->":
            self.marker = "->"
        elif word in words.PREPOSITION:
            self._preposition(at, word)
        elif calls and not (word in words.TRAFFIC and self.low(at + 1) in words.PREPOSITION):
            self.marker, self._verb, self._in_tail = _CALL, word, False
        elif (
            word
            in words.CALL
            | words.MOVED
            | words.SAY
            | words.VERB
            | words.SERVE
            | words.RECEIVE
            | words.PASSIVE
            | words.POLICY
            | HANGS
        ):
            self._verb, self.marker = word, ""
        elif word not in _KEEPS_MARKER:
            self.marker = self.marker if word in words.FILLER and self.marker == _CALL else ""

    def _preposition(self, at: int, word: str) -> None:
        if word in ("and", "or"):
            self._and = True
            return
        if word == "in" and self.low(at - 1) in words.LOG_IN:
            return
        if word == "in" and (self.low(at - 1) in SEEN or self.is_pod(at + 1) or self.says_in(at)):
            word = "from"  # `getting this in checkout: connection refused`
        if word == "to" and self.low(at + 1) in _ACTS and not self.is_maybe(at + 1):
            self.marker = ""
            return
        self.marker = _MOVED if word == "to" and self._verb in words.MOVED else word
