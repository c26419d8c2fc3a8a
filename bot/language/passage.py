"""The words of a text by their place: what each of them is there, by what stands beside it."""

import re
from collections.abc import Sequence

from bot.language import vocabulary as words
from bot.language.slots import owner_of_pod
from bot.language.tokens import Token
from bot.model.refs import is_label

PLACE = frozenset(("in", "inside", "within", "under", "-n", "--namespace", "--ns"))
_CLIENTS = frozenset(("client", "driver", "cli", "library", "sdk", "connector"))
# Who writes Events: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ (reportingController)
_COMPONENTS = frozenset(
    (
        "default-scheduler",
        "deployment-controller",
        "replicaset-controller",
        "attachdetach-controller",
        "node-controller",
    )
)
_SHELLS = frozenset(("console", "shell", "repl", "prompt", "terminal"))
_PRODUCTS = frozenset(
    ("mysql", "postgres", "redis", "mongo", "mongodb", "kafka", "jdbc", "grpc", "http", "rabbitmq", "memcached")
)
_KINDS = frozenset(("jobs", "cronjobs", "services", "workloads"))  # and namespaces
_CLASSES = frozenset(("job", "jobs", "cronjob", "cronjobs", "workers", "daemonsets", "statefulsets", "deployments"))
_WITH = frozenset(("off", "wrong", "up", "problem", "problems", "issue", "issues", "trouble"))
_SIDES = frozenset(
    ("back", "front", "side", "edge", "core", "main", "admin", "team", "people", "host", "page", "entry", "channel")
)
_ANYONE = frozenset(("anyone", "anybody", "someone", "somebody"))
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
_MODALS = frozenset(("does", "do", "would", "can", "could", "will", "might", "may", "should"))
_FROM_OR_TO = frozenset(("from", "to", "between", "->", "reach", "reaching", "call", "calling"))
_GETS = frozenset(("gets", "get", "sees", "receives", "throws", "reports", "complains", "times"))
_GOES_ON = frozenset(("keeps", "keep", "kept", "keeping", "started", "starts", "stopped", "stops"))
SERVICES = frozenset(("service", "svc", "microservice"))
_VERSION = re.compile(r"v?\d+\.\d+(?:\.\d+)?")
_MANY = frozenset(("all", "every", "some", "any", "most", "other", "many", "few"))
_WHOSE = frozenset(
    (
        "console",
        "shell",
        "target",
        "partner",
        "vendor",
        "visitor",
        "account",
        "page",
        "user",
        "customer",
        "client",
        "channel",
    )
)
_MAYBE = words.MAYBE_DOER | words.MAYBE_SERVICE
_OF_MANY = frozenset(("of", "get", "see", "have", "report", "hit", "complain", "experience", "are"))
_POD_OF = re.compile(r"[a-z0-9-]+/[a-z0-9][-a-z0-9.]*")  # NAMESPACE/POD
_PODS = frozenset(("pod", "pods"))
_ARTICLES = frozenset(("the", "our", "my", "your", "their"))
NAMED = frozenset(("called", "named"))
LEAST_PORT = 80  # of those that people call
_LIKE_WORK = frozenset(("logging", "tracking", "reporting", "building"))  # verbs that are namespaces as well
NAMED_SO = ((words.WORKLOAD | words.NOUN | words.REQUEST) - words.TRAFFIC) | _LIKE_WORK


class Passage:
    """Words in their order; places beyond the text hold none."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens

    def low(self, at: int) -> str:
        """Return a word in lower case; quoted words and what is beyond the text are none."""
        return self.tokens[at].low if 0 <= at < len(self.tokens) and not self.tokens[at].quoted else ""

    def has(self, *sets: frozenset[str]) -> bool:
        """Return whether a word of these sets is said."""
        return any(not each.quoted and any(each.low in known for known in sets) for each in self.tokens)

    def has_aside(self, word: str) -> bool:
        """Return whether a word is said alone between commas: `hi, new deploy, envoy says 503`."""
        return any(self.low(at) == word and each.ends for at, each in enumerate(self.tokens[:-1]))

    def has_pair(self, word: str, behind: frozenset[str]) -> bool:
        """Return whether a word is said with one of others right behind it."""
        return any(self.low(at) == word and self.low(at + 1) in behind for at in range(len(self.tokens)))

    def classes(self) -> list[Token]:
        """Return kinds of pods that stand where a caller does, and name none: `our jobs can't push to …`."""
        pairs = zip(self.tokens, self.tokens[1:], strict=False)
        return [
            one
            for one, two in pairs
            if one.low in _CLASSES and two.low in words.NEGATION | _ACTS | _GETS and not (one.quoted or one.ends)
        ]

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

    def is_name(self, at: int) -> bool:
        """Return whether a word is a name."""
        return 0 <= at < len(self.tokens) and self.tokens[at].is_name

    def may_be_one_name(self, at: int) -> bool:
        """Return whether two words stand beside each other that may be one name: `the api gateway`, `gitlab runner pod`."""
        before = at - 1 - (self.low(at - 1) in words.FILLER)  # `the new rate limiter`
        if self.low(before) not in _ARTICLES and self.low(at + 2) not in _PODS | SERVICES:
            return False
        pair = self.tokens[at : at + 2]
        plain = all(each.is_name and not each.is_marked and each.text.islower() for each in pair)
        plain |= self.low(at) in _MAYBE and pair[-1].is_name and not pair[-1].is_marked  # `the reporting db`
        return plain and not (
            pair[0].ends or pair[0].owns or pair[1].low in words.GENERIC or words.may_be_verb(pair[1].low)
        )

    def is_pod(self, at: int) -> bool:
        """Return whether a word is a pod's name, which a Deployment has made."""
        return self.is_name(at) and bool(owner_of_pod(self.tokens[at].low))

    def says_in(self, at: int) -> bool:
        """Return whether what stands behind `in` calls itself: `the client in web-7 says …`, `in shop/web-7`."""
        says = self.low(at + 2) in words.SAY and not self.is_name(at - 1)
        return self.is_name(at + 1) and (says or bool(_POD_OF.fullmatch(self.tokens[at + 1].low)))

    def is_one_of_many(self, at: int) -> bool:
        """Return whether a word is of people or things that have no name: `for all devices`, not `all checkout pods`."""
        many = self.low(at - 1) in _MANY and not (self.tokens[at].is_marked or self.tokens[at - 1].ends)
        return many and not (self.low(at + 1) in words.KIND | words.TRAFFIC or self.is_name(at + 1))

    def only_places(self, at: int) -> bool:
        """Return whether a word only says where a name is."""
        return self.low(at) in PLACE | words.KIND | words.DETERMINER or self.is_name(at) or self.is_namespace(at)

    def are_people(self, at: int) -> bool:
        """Return whether `users` are people, as the form of their verb says: `users get 504`, where a Service `gets` it."""
        if self.low(at) == "users" and self.low(at + 1) == "in" and self.low(at + 2) in words.NAMESPACE:
            return True
        return self.low(at) == "users" and self.low(at + 1) in _OF_MANY and self.low(at - 1) not in words.PREPOSITION

    def sentence(self, at: int) -> int:
        """Return how many sentences end before a word."""
        return sum(each.stops for each in self.tokens[:at])

    def ends_clause(self, at: int) -> bool:
        """Return whether a clause ends behind a word."""
        return self.tokens[at].ends or at + 1 == len(self.tokens)

    def is_version(self, at: int) -> bool:
        """Return whether a word is the version of a product: `istio 1.22`."""
        return bool(0 <= at < len(self.tokens) and _VERSION.fullmatch(self.tokens[at].low))

    def is_number(self, at: int) -> bool:
        """Return whether a word may be a port."""
        return 0 <= at < len(self.tokens) and self.tokens[at].is_number

    def is_symptom(self, at: int) -> bool:
        """Return whether a word is part of a symptom."""
        return 0 <= at < len(self.tokens) and self.tokens[at].symptom

    def is_service_called(self, at: int) -> bool:
        """Return whether a word like `backend` names a Service that is said with its kind: `the backend service`."""
        kind, after = self.low(at + 1), at + 2
        is_service = kind in SERVICES and not self.tokens[at].ends
        named = self.is_name(after) and not (self.tokens[at + 1].ends or self.low(after + 1) in words.NAMESPACE)
        return is_service and not named and self.low(after) not in NAMED

    def origin_behind(self, at: int) -> int:
        """Return where the namespace stands that calls come from: `from the team-b namespace`. 0: nowhere."""
        named = at + 1 + (self.low(at + 1) in words.DETERMINER)
        said = self.low(at) == "from" and self.may_be_namespace(named) and self.low(named + 1) in words.NAMESPACE
        return named if said and not (self.tokens[named].ends or self.may_be_namespace(named + 2)) else 0

    def is_calling_namespace(self, at: int) -> bool:
        """Return whether a namespace is who calls: `can ns partners talk to billing`."""
        named = self.low(at) in words.NAMESPACE and self.may_be_namespace(at + 1)
        begins = self.low(at - 1) not in PLACE and not self.is_name(at - 1)
        return named and (self.low(at + 2) in _ACTS or (self.low(at + 2) == "->" and begins))

    def follows_name(self, at: int) -> bool:
        before = self.tokens[at - 1] if at else None
        return bool(before and before.is_name and not before.ends and len(self.tokens[at].text) > 1)

    def stands_alone(self, at: int) -> bool:
        """Return whether a number is all of its clause: `between gateway and identity, 8443`."""
        last = at + 1 == len(self.tokens) or self.tokens[at].ends
        is_port = self.is_number(at) and int(self.tokens[at].text) >= LEAST_PORT
        return last and is_port and at > 0 and self.tokens[at - 1].ends

    def is_namespace(self, at: int) -> bool:
        """Return whether a noun is a namespace here: `in data`, `the data namespace`."""
        word = self.low(at)
        behind = self.low(at - 1) in PLACE | words.NAMESPACE | {"of"} or (bool(word) and self.tokens[at].aside)
        if self.low(at - 1) in words.NAMESPACE and word in NAMED_SO:
            return True  # `in ns jobs`: whatever the word means elsewhere
        is_aside = bool(word) and self.tokens[at].aside and word in words.MAYBE_NAMESPACE
        if is_aside or self.is_kind_of_place(at) or self._is_said_as_namespace(at):
            return True
        named = behind and self.low(at + 1) not in words.KIND and word not in words.NO_NAMESPACE
        named = named and is_label(word) and not self.is_number(at)
        nouns = words.MAYBE_NAMESPACE | words.MAYBE_SERVICE
        return bool(word) and (named or (self.low(at + 1) in words.NAMESPACE and word in nouns))

    def _is_said_as_namespace(self, at: int) -> bool:
        """Return whether a word is a namespace whatever it means: `pods in ns untrusted call db`, no `in the ns is broken`."""
        said = self.low(at - 1) in words.NAMESPACE and self.low(at - 2) in PLACE | words.KIND and is_label(self.low(at))
        is_word = self.low(at) in words.COMPLAINT and not self.ends_clause(at)
        return said and (is_word or self.low(at) in words.MAYBE_NAMESPACE) and not self.tokens[at - 1].ends

    def is_kind_of_place(self, at: int) -> bool:
        """Return whether a kind names a namespace: `worker-7 in jobs says`."""
        return self.low(at) in _KINDS and self.low(at - 1) == "in" and self.is_name(at - 2) and not self.is_name(at + 1)

    def is_maybe(self, at: int) -> bool:
        """Return whether a noun like `user` is a name here: `front-end can't reach user`, `can user reach orders`."""
        if self.tokens[at].symptom:
            return False
        if self.low(at) in words.MAYBE_DOER:
            return self._is_said_as_service(at) or self._is_doer(at) or self._is_kind_of(at)
        if self._is_kind_of(at) or self._is_beside_arrow(at) or self._ends_a_call(at):
            return True
        if self.low(at) not in words.MAYBE_SERVICE:
            return False
        if self._is_said_as_service(at):
            return True
        if self.is_name(at + 1):
            return False
        before, after = self.low(at - 1), "" if self.tokens[at].ends else self.low(at + 1)
        governed = before in words.CALL | frozenset(
            ("to", "between", "->")
        ) and after not in words.NOUN | words.KIND | {"from"}
        governed |= before == "with" and self.low(at - 2) in _WITH and not after
        verbs = words.CALL | words.AUX | words.NEGATION | words.COMPLAINT | words.HEALTH
        begins = (
            at == 0
            or self.tokens[at - 1].ends
            or before.startswith("@")
            or before in words.AUX | words.QUESTION | words.NEGATION
        )
        placed = (begins or before == "from") and after == "in" and self.low(at + 2) in words.NAMESPACE
        placed = placed and self.may_be_namespace(at + 3) and self.ends_clause(at + 3)  # `(operator in ns ops)`
        return governed or placed or (begins and after in verbs)

    def _ends_a_call(self, at: int) -> bool:
        """Return whether a verb stands where calls lead: `requests to contacts fail`."""
        verb = self.low(at) in words.CALL | words.VERB | words.SAY and self.low(at) not in words.TRAFFIC
        leads = self.low(at - 1) == "to" and self.low(at - 2) in words.TRAFFIC
        is_talked_to = self.low(at - 1) == "to" and self.low(at - 2) in _CONNECT and self.low(at).endswith("s")
        leads |= is_talked_to and self.ends_clause(at)
        return verb and leads and not (self.is_name(at + 1) or self.low(at + 1) in words.DETERMINER | words.PRONOUN)

    def _is_said_as_service(self, at: int) -> bool:
        """Return whether a noun is said with its kind: `svc reports`, `the user service`, not `the svc selector`."""
        before = self.low(at - 1)
        behind = before == "svc" and self.low(at - 2) not in words.DETERMINER and not self.is_name(at + 1)
        leads = words.DETERMINER | words.CALL | frozenset(("to", "from"))
        return behind or (before in leads and self.is_service_called(at))

    def _is_beside_arrow(self, at: int) -> bool:
        """Return whether a word like `back` is one side of an arrow: `front -> back`."""
        is_seen = self.low(at) in ("back", "front") and self.low(at - 1) in (
            "see",
            "sees",
            "reach",
            "reaches",
            "access",
        )
        leads = self.low(at) in ("back", "front") and self.low(at - 1) == "to" and self.low(at - 3) == "from"
        return is_seen or leads or (self.low(at) in _SIDES and "->" in (self.low(at - 1), self.low(at + 1)))

    def _is_kind_of(self, at: int) -> bool:
        """Return whether a verb names pods here: `from the debug pod`."""
        before = self.low(at - 1) in words.DETERMINER | _FROM_OR_TO | frozenset(("my", "for", "in"))
        verb = self.low(at) in words.REQUEST | words.VERB | words.TOOL | _WHOSE and not words.may_be_verb(self.low(at))
        is_kind = self.low(at + 1) in words.WORKLOAD and not self.is_name(at + 2)  # `my debug pod netshoot`
        return before and verb and is_kind

    def _is_doer(self, at: int) -> bool:
        """Return whether a verb like `reporting` is a name here: `let reporting talk to`, `reporting is down`."""
        before, after = self.low(at - 1), self.low(at + 1)
        if before in _GOES_ON:
            return False  # `orders keeps logging …`
        acts = (
            words.CALL
            | words.NEGATION
            | _CONNECT
            | frozenset(("is", "are", "gets", "cannot", "down", "broken", "ok", "fails", "fail", "times"))
        )
        governed = before in _FROM_OR_TO | {"by"} and after not in words.NOUN | words.COMPLAINT
        asked = after in _MODALS and self.low(at + 2) in words.RECEIVE | words.CALL and before in ("why", "reason")
        asked |= before in _MODALS and after in words.RECEIVE | words.CALL | _CONNECT  # `why would reports get …`
        return (
            governed
            or asked
            or (after in acts and before not in words.PRONOUN | words.PERSON and not self.is_name(at - 1))
        )

    def may_be_namespace(self, at: int) -> bool:
        """Return whether a word behind `ns` names a namespace: a name, or a noun like `jobs`."""
        return self.is_name(at) or self.low(at) in NAMED_SO or self._is_said_as_namespace(at)

    def is_thing_done(self, at: int) -> bool:
        """Return whether a word like `deploy` is no order: `the deploy of web`, `the fix for web`."""
        is_part = self.low(at + 1) in words.KIND and self.low(at + 2) == "of"  # `canary pods of cart`
        return (
            is_part or self.low(at + 1) == "of" or (self.low(at + 1) == "for" and self.low(at - 1) in words.DETERMINER)
        )

    def is_done_to(self, at: int) -> bool:
        """Return whether something was done to a name: `since I deleted pod kafka-0`."""
        before = at - 1
        while self.low(before) in words.KIND | words.DETERMINER:
            before -= 1
        return self.low(before) in words.DID

    def is_changed(self, at: int) -> bool:
        """Return whether somebody did something to a name, whatever it is: `we recreated the loki svc`."""
        before = at - 1
        while self.low(before) in words.KIND | words.DETERMINER:
            before -= 1
        is_past = self.low(before) in words.DID | words.MOVED or self.low(before).endswith("ed")
        return is_past and not self.tokens[before].ends

    def is_excluded(self, at: int) -> bool:
        """Return whether a name ends a clause behind `not`: `stock is slow, not the db`."""
        before = at - 1 - (self.low(at - 1) in words.DETERMINER)
        before -= self.low(before) in ("from", "for", "by")
        ends = self.tokens[at].ends or at + 1 == len(self.tokens)
        return ends and self.low(before) == "not" and before > 0 and self.tokens[before - 1].ends

    def is_in_passing(self, at: int) -> bool:
        """Return whether a name is of no Service: `anyone awake?`, `the mysql client`."""
        if self.low(at - 1) in words.OF_NODES and not self.tokens[at - 1].ends and not self.tokens[at].is_marked:
            return True  # `between zone a and zone b`
        asked = self.tokens[at].ends and self.low(at - 1) in _ANYONE and not self.tokens[at].is_marked
        if self.low(at) in _COMPONENTS:
            return True
        is_tool = self.low(at) in words.RUNTIME and self.low(at + 1) in _SHELLS  # `rails console in ns crm`
        return asked or is_tool or (self.low(at) in words.TOOL | _PRODUCTS and self.low(at + 1) in _CLIENTS)

    def is_said_of(self, at: int) -> bool:
        """Return whether a word is a subject: a name, a person or a thing, in the same clause."""
        if at < 0 or self.tokens[at].ends:
            return False
        return self.is_name(at) or self.low(at) in (words.PERSON | words.NOUN | words.KIND) - words.FILLER

    def opens_clause(self, at: int) -> bool:
        """Return whether a new clause begins here: `after the upgrade payments can't …`."""
        if self.low(at + 1) in ("nothing", "nobody", "none"):
            return False  # it begins there
        arrow = "->" in (self.low(at - 1), self.low(at + 1))
        verb = at + (3 if self.low(at + 1) in PLACE and self.is_name(at + 2) else 1)  # `web in shop gets 503`
        acts = self.low(verb) in words.AUX | words.NEGATION | words.CALL | words.SERVE | _GETS
        return (arrow or acts) and not self._noun_is_past(verb - 1)

    def begins_clause(self, at: int) -> bool:
        """Return whether a clause may begin here: with a name, or with a word that begins questions."""
        begins = (
            words.KIND | words.DETERMINER | words.AUX | words.QUESTION | words.REQUEST | words.NEGATION | words.TRAFFIC
        )
        return self.is_name(at) or self.low(at) in begins | {"dns"}

    def _noun_is_past(self, at: int) -> bool:
        return self.low(at + 1) in ("was", "were", "been", "being", "did", "had")

    def calls_soon(self, at: int) -> bool:
        """Return whether `while` and the like open the call itself, as in `fails when calling payments`."""
        soon = (self.low(at + step) for step in range(1, 4))
        return any(
            each in words.CALL | frozenset(("connecting", "talking", "waits", "waiting", "asks")) for each in soon
        )
