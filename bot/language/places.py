"""What has a slot of its own in a sentence: ports, protocols, namespaces and clusters."""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from bot.language import vocabulary as words
from bot.language.names import Name
from bot.language.passage import LEAST_PORT, NAMED_SO, PLACE, SERVICES, Passage
from bot.language.tokens import Token
from bot.model.refs import is_label

_STATUS = re.compile(r"20\d|30[1-8]|40\d|41\d|42\d|43\d|451")  # of HTTP; those of servers are symptoms
_ONE = frozenset(("pod", "deployment", "deploy", "statefulset", "job", "cronjob", "worker"))
_LOOSE_PLACE = frozenset(("in", "inside", "within"))
_PORTS = frozenset(("on", "over", "at", "via", "port"))
_PORT_NAMES = frozenset(("http", "https", "grpc", "rpc", "tls", "ssl", "dns", "web", "health", "status", "admin"))
_PROTOCOLS = frozenset(("tcp", "udp", "sctp"))
_LOW_PORTS = frozenset((21, 22, 23, 25, 53, 67, 69))  # of those below 80, which are rather an hour or a day
SEEN = frozenset(("this", "happens", "happening", "happened", "thrown", "logged"))
GETS = frozenset(("get", "gets", "getting", "got", "gotten"))


class Places(Passage):
    """Takes ports and places out of a text. `names` and `unused` are what else a pass has found so far."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        super().__init__(tokens)
        self.names: list[Name] = []
        self.unused: list[Token] = []
        self.told: list[Token] = []  # what is no name of a question, like a path or a policy's own name
        self.namespace = self.cluster = self.port = self.protocol = self.origin = ""
        self.namespaces: list[str] = []
        self.doubtful: list[str] = []  # names whose place is not sure: `in cart` may be where, and who calls
        self.marker = ""  # the word that governs what follows
        self.clause_has_name = False
        self.place_ends = -1
        self._origin_at: int | None = None

    def pair(self, at: int) -> int:
        """Take what has a slot of its own: port, protocol, namespace, cluster. 0: it is none of these."""
        return self._any_port(at) or self._language(at) or self._cluster_of_namespace(at) or self._any_place(at)

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
        if (
            self.tokens[at].is_number
            and is_after
            and not _STATUS.fullmatch(word)
            and self.low(at + 1) not in words.NO_PORT
        ):
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
        if not said and self.low(skip - 1) not in _PROTOCOLS and self._is_time(word, skip):
            return 0
        return self._port(at, skip) if skip < len(self.tokens) and (said or self.tokens[skip].is_number) else 0

    def _is_time(self, word: str, at: int) -> bool:
        """Return whether a number is an hour or a day: `every night at 2`, `on 12 May`, `each day at 0230`."""
        number = self.low(at)
        if not number.isdigit():
            return False
        is_low = int(number) < LEAST_PORT and int(number) not in _LOW_PORTS
        is_hour = word == "at" and words.is_hour(number) and self.has(words.TIMES)
        return is_low or is_hour or self.low(at + 1) in words.BEHIND_TIME

    def _any_place(self, at: int) -> int:
        """Take a namespace or a cluster. 0: it is none."""
        word, token = self.low(at), self.tokens[at]
        calls = (
            not self._is_last_name(at - 1) and self.low(at + 2) == "->" and self.low(at + 3) not in words.TRAFFIC
        )  # `errors in orders -> db`
        is_place = (
            word in PLACE
            and not (calls or token.ends or token.symptom or self.is_pod(at + 1) or self.says_in(at))
            and self.low(at + 1) not in words.TAIL  # `nobody gets in since noon`
            and (self.low(at - 1) not in words.LOG_IN | SEEN or self._is_last_name(at - 1))
        )
        is_from = word in words.NAMESPACE and self.low(at - 1) == "from" and self.may_be_namespace(at + 1)
        if (is_from or self.is_calling_namespace(at)) and self._takes_origin(at - 2):
            return self._origin(at + 1) - at
        if self._takes_origin(at - 1) and (named := self.origin_behind(at)):
            return self._origin(named) + 1 - at
        if is_place or (word in words.NAMESPACE and self.may_be_namespace(at + 1)):
            return self._place(at)
        if token.low.startswith(("ns/", "namespace/")) and self.is_name(at):
            return self._place(at)
        behind = self.is_name(at) and self.low(at + 1) in words.NAMESPACE and not self.is_name(at + 2)
        if behind and self.names and not self.marker:  # `problem with cart, shop ns`
            return self._place(at)
        if token.aside and (self.is_name(at) or word in words.MAYBE_NAMESPACE) and self._is_beside_name(at):
            return self._place(at)
        if word == "of" and self._is_its_place(at):
            return 1 + self._place(at + 1)
        if token.aside and words.is_place(token.low) and self._is_beside_name(at) and self._has_place_of_its_own():
            return self._place(at)  # `packager (encoding) -> origin (live)`
        if token.aside and words.is_place(token.low) and not self.cluster:
            self.cluster = token.text
            return 1
        return self._cluster(at) if word in ("on", "cluster", "--context") else 0

    def _language(self, at: int) -> int:
        """Take the language that something is written in: `I get this in php`, `in node app quotes`. 0: none is said."""
        if self.low(at) != "in" or self.low(at + 1) not in words.RUNTIME or self.low(at + 2) in words.NAMESPACE:
            return 0
        if self.low(at + 2) in words.GENERIC and self.is_name(at + 3):
            self.marker = "from"
        else:
            self.told.append(self.tokens[at + 1])
        return 2

    def _cluster_of_namespace(self, at: int) -> int:
        """Take a cluster that stands before its namespace: `prod-eu namespace shop`. 0: there is none."""
        named = at + (self.low(at) in PLACE)
        is_cluster = self.is_name(named) and words.is_place(self.tokens[named].low) and not self.cluster
        if not is_cluster or self.low(named + 1) not in words.NAMESPACE or not self.is_name(named + 2):
            return 0
        if self.tokens[named].ends or self.tokens[named + 1].ends:
            return 0
        self.cluster = self.tokens[named].text
        return named + 1 - at

    def _takes_origin(self, before: int) -> bool:
        """Return whether a namespace that calls may stand here: the first, or `…, but not from ns qa`, which it is instead."""
        return self._origin_at is None or self.low(before) == "not"

    def _origin(self, at: int) -> int:
        """Take the namespace that calls; return what follows."""
        if self._origin_at is not None:
            self.told.append(self.tokens[self._origin_at])
        self._origin_at, self.origin = at, self.tokens[at].low
        return at + 1

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

    def _has_place_of_its_own(self) -> bool:
        """Return whether a name before the last one is said with its namespace."""
        return any(each.namespace for each in self.names[:-1])

    def _is_last_name(self, at: int) -> bool:
        return bool(self.names) and self.names[-1].at == at

    def _is_its_place(self, at: int) -> bool:
        """Return whether `of` says where a Service is: `redis of team-a`, `the redis service of data`."""
        before = at - 1 - (self.low(at - 1) in SERVICES)
        last = self.names[-1] if self.names else None
        if last is None or last.at != before or last.namespace or self.tokens[at - 1].ends:
            return False
        if self.low(before - 1) in GETS:
            return False  # `can't get hold of stock`
        place = self.tokens[at + 1 : at + 2]
        named = (
            bool(place) and is_label(place[0].low) and (self.is_name(at + 1) or place[0].low in words.MAYBE_NAMESPACE)
        )
        return named and last.kind in SERVICES | _ONE | {""} and self.low(at + 2) not in words.KIND - words.NAMESPACE

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
        is_place = kind in words.NAMESPACE
        while not ends and self.low(at) in (words.NAMESPACE if is_place else words.KIND):
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
        if not kind and (self.low(at) in _LOOSE_PLACE or self.tokens[at].aside or self.low(at - 1) == "of"):
            self.doubtful.append(name)
        self.place_ends = end
        if self.names and not self.names[-1].namespace and self.clause_has_name:
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
