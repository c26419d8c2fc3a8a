"""Who calls and what is called: the names of a sentence by the words that govern them."""

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from bot.language import clauses, refusals
from bot.language import vocabulary as words
from bot.language.certainty import Certainty, certainty, forget, surest
from bot.language.contrast import instead, well
from bot.language.names import Name
from bot.language.one_sentence import called_in_one_sentence, in_one_sentence, not_called, who_calls
from bot.language.scan import HANGS, Scan
from bot.language.slots import Slots, caller_word

_INTO = frozenset(("to", "into", "onto", "against", "towards", "toward", "->", "call"))
_HANGS = HANGS | {"blocked"}
_BOTH = 2
_EXPOSED = frozenset(("exposed", "served", "offered", "provided"))
_CAMEL = re.compile(r"^[A-Z]\w*[a-z][A-Z]")  # an alert's or a class's name, `KubePodNotReady`
_ADDRESS = re.compile(r"[\d.]+")
_TELLS = words.SAY | frozenset(
    ("complains", "complain", "thinks", "think", "claims", "claim", "believes", "reports", "insists")
)
_DONE_BY = frozenset(("refused", "rejected", "reset", "ignored", "throttled", "dropped", "disconnected"))
_NODE = re.compile(r"(?:worker|ip|gke|aks|eks|vm|host)-.*\d.*")  # may be a node, and a pod as well
_WAITS = frozenset(("wait", "waits", "waiting", "waited")) | words.RESOLVE  # `web resolves a wrong address for cart`
_BY_PEOPLE = frozenset(("acked", "acknowledged", "resolved", "assigned", "deployed", "merged", "escalated", "reviewed"))
_ASKS = frozenset(("ask", "asks", "asking", "asked"))
_THATS = frozenset(("that's", "thats"))
_CALLING = frozenset(("talking", "calling", "connecting", "hitting", "querying"))
_LOOKS = frozenset(("look", "looking", "glance", "peek", "eye", "eyes"))


class Roles(Struct, frozen=True):
    """Names by what they do in a sentence; `lost` have no place in it."""

    targets: tuple[Name, ...] = ()
    callers: tuple[Name, ...] = ()
    lost: tuple[Name, ...] = ()


def roles_of(scan: Scan, *, given: str) -> Roles:
    """Return who calls and what is called; `given`: what is called, where that is known from an error."""
    sorter = _Sorter(scan, given=given)
    for each in sorter.names:
        sorter.take(each)
    return sorter.roles()


class _Sorter:
    """Sorts names into who calls and what is called; strong markers first, since weak ones depend on them."""

    def __init__(self, scan: Scan, *, given: str) -> None:
        names, gone = instead(scan, scan.names)
        if gone and not names:
            raise refusals.several((each.text for each in gone), "Service", tuple(_asked(scan, gone)))
        is_well = gone or well(scan, given=bool(given))
        scan.told += [scan.tokens[each.at] for each in is_well]
        names = [each for each in names if each not in is_well]
        if names and names[0].marker == "of" and scan.tokens[names[0].at - 2] not in scan.called_names():
            names[0] = replace(names[0], marker="")  # `the endpoint of catalog fails`
        self.well = is_well
        self.names = names
        self.scan, self.given = scan, given
        self.targets = [each for each in names if each.marker in _INTO and not clauses.is_served(each, names, scan)]
        self.callers = [each for each in names if each.marker in _INTO and each not in self.targets]
        between = [each for each in names if each.marker == "between"]
        self.callers, self.targets = self.callers + between[:1], self.targets + between[1:]
        self.subjects = [each for each in names if not each.marker]
        refused = [
            each for each in self.subjects[1:] if scan.low(each.at - 1) in words.TURN_AWAY
        ]  # `s3-proxy refuses web`
        self.subjects = [each for each in self.subjects if each not in refused]
        self.callers += refused
        if len(self.subjects) == _BOTH and not (self.targets or given) and self._tells(*self.subjects):
            self.callers, self.targets, self.subjects = [*self.callers, self.subjects[0]], [self.subjects[1]], []
        meant = [each for each in self.subjects if scan.low(each.at - 1) in _THATS and scan.ends_clause(each.at)]
        self.lost = meant if len(names) > 1 else []  # `502 from api.example.com, that's edge/api-gw`
        self.subjects = [each for each in self.subjects if each not in self.lost]
        first, second = (*self.subjects, *[Name("")] * 2)[:2]
        if first.text.lower() in words.TELLERS and second.verb in words.RECEIVE | words.SAY:  # people say so
            scan.unused.append(scan.tokens[self.subjects.pop(0).at])

    def _tells(self, one: Name, two: Name) -> bool:
        """Return whether a name says of another that it is down: `web complains that auth is unavailable`."""
        at = one.at + 1
        while self.scan.low(at) in words.KIND | words.PREPOSITION or (at > one.at + 1 and self.scan.is_name(at)):
            at += 1
        state = two.at + 1
        while self.scan.low(state) in words.KIND | words.AUX | words.NAMESPACE | {"in", "the"} or self.scan.is_name(
            state
        ):
            state += 1
        is_down = self.scan.low(state) in words.COMPLAINT | words.HEALTH | words.NEGATION or self.scan.is_symptom(state)
        return self.scan.low(at) in _TELLS and is_down and one.text.lower() not in words.TELLERS

    def take(self, name: Name) -> None:
        """Put a name with a weaker marker among callers, targets or what is lost."""
        if name.marker in ("", "between") or name.marker in _INTO:
            return
        if name.marker == "by" and self.scan.low(name.at - 2) in _BY_PEOPLE:
            self.scan.told.append(self.scan.tokens[name.at])  # `acked by tom`
            return
        if name.marker == "for" and name.verb in _ASKS:
            self.scan.told.append(self.scan.tokens[name.at])  # `asks promo for discounts`
            return
        if (name.marker == "by" and (name.verb in _EXPOSED or self._is_refusing(name))) or (
            self._is_looked_at(name) and not self.targets
        ):
            self.targets.append(name)
        elif name.marker == "by" or (name.marker in ("in", "inside") and name.kind in words.KIND):
            self.callers.append(name)
        elif name.marker == "from":
            self._from(name)
        elif self._is_address(name):
            self._put_aside(name.at - 2)
            self.targets.append(name)
        elif name.marker in clauses.WEAK:
            self._weak(name)
        elif name.marker in ("via", "through") and words.is_proxy(name.text):
            self.scan.told.append(self.scan.tokens[name.at])
        else:
            self.lost.append(name)

    def _from(self, name: Name) -> None:
        """Take what stands behind `from`: who calls, or what somebody gets errors and other things from."""
        if "://" in name.text and not self.given:  # `cannot fetch metrics from http://prometheus`
            for each in [each for each in self.targets if not self.scan.tokens[each.at].is_marked]:
                self._put_aside(each.at)
            self.targets.append(name)
            return
        if (place := clauses.all_called_in(self.scan, name)) and not (self.subjects or self.targets or self.given):
            caller = caller_word(name.text, kind=name.kind, namespace=name.namespace)
            ways = (f"why in {place} from {caller}", f"why in {place} from {caller}/", f"why in {place}")
            raise refusals.several_readings(ways if "/" not in caller else ways[::2])
        is_called = clauses.is_source_of_errors(self.scan, name, self.subjects, self.targets, given=bool(self.given))
        is_called &= not (words.is_proxy(name.text) and self._has("for"))
        (self.targets if is_called else self.callers).append(name)

    def _is_looked_at(self, name: Name) -> bool:
        """Return whether somebody is asked to look at a name: `look at loki`, `an eye on loki`."""
        at = name.at - 1
        while self.scan.low(at) in words.KIND | words.DETERMINER:
            at -= 1
        return name.marker in ("at", "on") and self.scan.low(at - 1) in _LOOKS

    def _weak(self, name: Name) -> None:
        subjects = [each for each in self.subjects if each.text.lower() not in words.TELLERS]
        if not self.targets and self.subjects and self._is_surely_called(name):
            self.targets.append(name)
            return
        sure = any(certainty(self.scan, each) is not Certainty.LOOSE for each in subjects)
        known = bool(self.targets or self.given or sure)
        if name.marker == "at" and "://" in name.text:  # `rabbit at http://rabbit.mq:15672`
            self.targets = [each for each in self.targets if each.text.lower() not in name.text.lower()] + [name]
        elif name.marker == "behind" and subjects and name.text.lower() in words.MESHES:
            self.scan.told.append(self.scan.tokens[name.at])
        elif (known or (subjects and name.text.isupper())) and certainty(self.scan, name) is Certainty.LOOSE:
            forget(self.scan, [name])
        elif name.marker == "on" and (
            known or self._is_node(name) or (subjects and _NODE.fullmatch(name.text.lower()))
        ):
            self._on(name)
        elif name.marker == "of" and self.scan.tokens[name.at - 2].text.endswith("%") and not name.quoted:
            self.scan.told.append(self.scan.tokens[name.at])  # `1% of inserts`
        elif not known or (not self.targets and not self.given and self._has_trouble(name)):
            self.targets.append(name)
        else:
            self._behind(name, is_proxied=bool(subjects) and words.is_proxy(subjects[0].text))

    def _is_surely_called(self, name: Name) -> bool:
        """Return whether a subject calls a name: `fails on cart in shop` (no cluster lies in a namespace), `waits for cart`."""
        return (name.marker == "on" and bool(name.namespace)) or (
            name.marker == "for" and name.verb in _WAITS and not self._is_alone(name)
        )

    def _is_alone(self, name: Name) -> bool:
        """Return whether nothing stands between `resolve` and `for`: who is named is served (`sso does not resolve for a`)."""
        leads = (self.scan.low(at) for at in range(name.at - 1, -1, -1))
        before = next((each for each in leads if each not in words.DETERMINER | {"for"}), "")
        return before in words.RESOLVE

    def _on(self, name: Name) -> None:
        """Take what stands behind `on`, where something else is called: a node, a cluster, or what a subject fails on."""
        if self.scan.low(name.at + 1) in _CALLING and not self.scan.tokens[name.at].ends:
            self.callers.append(name)  # `closed on cart-ui talking to cart-api`
        elif self._is_node(name):
            self.scan.told.append(self.scan.tokens[name.at])
        elif self._is_hung_on(name) and not (self.targets or _NODE.fullmatch(name.text.lower())):
            self.targets.append(name)
        elif words.is_place(name.text) and not self.scan.cluster:
            self.scan.cluster = name.text
            self.scan.doubtful.append(name.text)
        else:
            self.lost.append(name)  # who calls, a namespace, or a cluster of any name

    def _is_node(self, name: Name) -> bool:
        return name.text.lower().startswith("node") or self.scan.low(name.at - 1) == "node"

    def _behind(self, name: Name, *, is_proxied: bool) -> None:
        """Take what stands behind a proxy for what is called: `nginx returns 504 for payments`."""
        if name.marker == "for" and self._is_only_a_proxy():  # `wrong cert on ingress for store`
            self.scan.told += [self.scan.tokens[each.at] for each in self.targets]
            self.targets, is_proxied = [], True
        (self.targets if is_proxied else self.callers if name.marker == "for" else self.lost).append(name)

    def _is_refusing(self, name: Name) -> bool:
        """Return whether somebody is refused by a name: `web gets refused by cart`."""
        before = name.at - 1
        while self.scan.low(before) in words.DETERMINER | {"by"}:
            before -= 1
        are_pods = any(each.low in words.WORKLOAD | words.EVERYTHING for each in self.scan.tokens[: name.at])
        has_traffic = self.scan.has(words.TRAFFIC) and any(each.marker == "from" for each in self.names)
        calls = bool(self.subjects) or are_pods or has_traffic
        return calls and self.scan.low(before) in _DONE_BY

    def _is_address(self, name: Name) -> bool:
        """Return whether a name is where the one before it answers: `redis at cache.session:6379`."""
        return name.marker == "at" and ":" in name.text and any(each.at == name.at - 2 for each in self.names)

    def _put_aside(self, at: int) -> None:
        """Take a name out of whatever it was taken for, and note it as told."""
        self.targets, self.callers, self.subjects = (
            [each for each in names if each.at != at] for names in (self.targets, self.callers, self.subjects)
        )
        self.scan.told.append(self.scan.tokens[at])

    def _is_only_a_proxy(self) -> bool:
        return bool(self.targets) and all(
            words.is_proxy(each.text) and each.marker in clauses.WEAK for each in self.targets
        )

    def _put_proxies_aside(self) -> None:
        """Take what a proxy tells of for what is called: `503 UH from envoy on reviews.bookinfo`."""
        behind = next((each for each in self.lost if each.marker == "on" and "." in each.text), None)
        proxies = [each for each in self.targets if words.is_proxy(each.text)]
        if behind and proxies == self.targets:
            self.lost.remove(behind)
            self.targets = [behind]
            self.scan.told += [self.scan.tokens[each.at] for each in proxies]

    def _has(self, marker: str) -> bool:
        return any(each.marker == marker for each in self.names)

    def _is_late(self, name: Name) -> bool:
        """Return whether a word behind what is called is hardly a name: `the auth service? tokens endpoint is slow`."""
        begins = bool(self.targets) and self.targets[0].at < name.at
        common = self.scan.low(name.at - 1) in ("a", "an")  # `a burst of 502s on payments`
        return (begins or common) and certainty(self.scan, name) is Certainty.LOOSE

    def _is_hardly_a_name(self, name: Name) -> bool:
        """Return whether a word that is said to call looks like a verb: `internal error occurred`, `problems delivering to`."""
        plain = not (self.scan.tokens[name.at].is_marked or name.kind or name.namespace or name.marker)
        return plain and words.may_be_verb(name.text.lower())

    def _is_down_itself(self, name: Name) -> bool:
        """Return whether a subject is what is broken, in another clause: `can't log in to web, auth is unreachable`."""
        if not self.targets:
            return False
        state = name.at + 1 + (self.scan.low(name.at + 1) in words.AUX)
        between = self.scan.tokens[min(name.at, self.targets[0].at) : max(name.at, self.targets[0].at)]
        apart = any(each.ends for each in between)
        serves = self.scan.low(state) in words.SERVE and self.scan.is_symptom(state + 1)  # `is throwing 500s`
        fails = serves or self.scan.low(state) in ("unreachable", "down", "dead", "unavailable", "broken")
        return not name.marker and apart and fails

    def _is_hung_on(self, name: Name) -> bool:
        """Return whether a subject waits for a name, or fails on it: `times out on reviews`, and no place like prod-eu."""
        at = name.at - 1
        while self.scan.low(at) in words.DETERMINER:
            at -= 1
        if name.text.lower() in words.ENVIRONMENT:
            return False  # `hangs on prod`
        fails = self.scan.is_symptom(at - 1) or self.scan.low(at - 1) in ("errors", "error", "issues")
        is_address = ":" in name.text or _ADDRESS.fullmatch(name.text) is not None  # no cluster
        return name.verb in _HANGS or is_address or (fails and not words.is_place(name.text))

    def _has_trouble(self, name: Name) -> bool:
        """Return whether a subject complains of a name: `has trouble with payments`, `says the certificate of payments is`."""
        says = name.verb in words.RECEIVE | words.SAY or any(
            self.scan.low(each.at + 1) in words.RECEIVE | words.SAY for each in self.subjects
        )
        tells = name.marker in ("for", "of") and says
        return name.marker == "with" or tells

    def _without_loggers(self, callers: list[Name]) -> list[Name]:
        """Return callers without a proxy that only tells of another's call: `envoy access log: … from productpage`."""
        if not self.given or all(each.marker != "from" for each in callers):
            return callers
        tell = [each for each in callers if not each.marker and words.is_proxy(each.text)]
        self.scan.told += [self.scan.tokens[each.at] for each in tell]
        return [each for each in callers if each not in tell]

    def roles(self) -> Roles:
        """Return what was sorted; subjects call where something is called, else they are what is called."""
        scan, subjects = self.scan, self.subjects
        is_told = bool(subjects) and subjects[0].text.lower() in words.TELLERS
        shows = is_told and any(scan.low(subjects[0].at + step) in words.SAY for step in (1, 2))
        if is_told and (
            self.given or (self.targets and (shows or self.callers or self.targets[0].marker in clauses.WEAK))
        ):
            scan.unused.append(scan.tokens[subjects.pop(0).at])
        return self._called(subjects) if self.targets or self.given else self._spoken_of(subjects)

    def _called(self, subjects: Sequence[Name]) -> Roles:
        """Return who calls what is known to be called: callers and subjects, but for those that a sentence only speaks of."""
        scan = self.scan
        callers = not_called((*self.callers, *subjects), self.targets)
        self._put_proxies_aside()
        arrows = [each for each in self.targets if each.marker == "->"]
        meshes = [each for each in callers if arrows and each.text.lower() in words.MESHES]
        meshes = [each for each in meshes if scan.tokens[each.at].ends]
        scan.told += [scan.tokens[each.at] for each in meshes]  # `istio: web → ratings 503`
        callers = [each for each in callers if each not in meshes]
        if len(callers) > 1:  # `keycloak moved? gateway gets nxdomain for keycloak.sso`
            hosts = {each.lower().partition(".")[0] for each in (self.given, *(one.text for one in self.targets))}
            callers = [each for each in callers if each.text.lower() not in hosts]
        callers = self._without_loggers(callers)
        late = [each for each in callers if not each.marker and self._is_late(each)]
        late += [each for each in callers if each.text.lower() in words.ENVIRONMENT and not each.quoted]
        late += [each for each in callers if each not in late and not each.marker and scan.is_done_to(each.at)]
        late += [each for each in callers if each not in late and _CAMEL.search(each.text) and not each.quoted]
        hardly = [each for each in callers if each not in late and self._is_hardly_a_name(each)]
        others = [each for each in callers if each not in late and each not in hardly]
        late += hardly if self.given or all(certainty(scan, each) is Certainty.MARKED for each in others) else []
        forget(scan, late)
        down = [each for each in callers if each not in late and self._is_down_itself(each)]
        callers = [each for each in callers if each not in down]
        self.targets += down
        callers = in_one_sentence(scan, self.targets, who_calls(scan, [each for each in callers if each not in late]))
        called_there = called_in_one_sentence(scan, surest(scan, self.targets), callers)
        return Roles(
            _once(called_there),
            _once(surest(scan, callers, given=bool(self.given))),
            tuple(self.lost),
        )

    def _spoken_of(self, subjects: Sequence[Name]) -> Roles:
        """Return what is called where nothing but subjects may be."""
        scan = self.scan
        if len(subjects) > 1:
            subjects = list(surest(scan, subjects))
        if scan.has(words.NOTHING) and all(scan.is_done_to(each.at) and not each.quoted for each in subjects):
            forget(scan, subjects)  # `I restarted coredns, still nothing resolves`
            subjects = []
        if len(subjects) == 1 and clauses.is_pronoun_called(scan) and (meant := scan.only_left()):
            return Roles((Name(meant.text, quoted=True),), (*self.callers, *subjects), tuple(self.lost))
        stand_in = clauses.called_in_clause(scan, subjects)
        if stand_in in words.GENERIC:
            self.lost.append(Name(stand_in))
        elif stand_in:
            raise refusals.stands_for(stand_in)
        both = _once(subjects)
        if len(both) == _BOTH and (pair := clauses.called_and_caller(scan, *both) or self._contrasted(*both)):
            return Roles(pair[:1], (*self.callers, *pair[1:]), tuple(self.lost))
        if found := self._changed(subjects, both):
            return found
        if len(subjects) > 1 and (clauses.is_pronoun_called(scan) or clauses.is_up_but_proxied(scan, subjects)):
            return Roles(tuple(subjects[:1]), (*self.callers, *subjects[1:]), tuple(self.lost))
        callers = [each for each in self.callers if each.text.lower() not in {one.text.lower() for one in subjects}]
        return Roles(_once(surest(scan, subjects)), _once(surest(scan, callers)), tuple(self.lost))

    def _contrasted(self, one: Name, two: Name) -> tuple[Name, ...]:
        """Return what works for some, and for whom it does not: `cart works from the web pods, but the pos ones get 503`.

        Empty: it is not said so.
        """
        if self.callers or all(each.marker != "from" for each in self.well):
            return ()
        at = two.at + 1 + (self.scan.low(two.at + 1) in words.KIND | {"ones"})
        return (one, two) if self.scan.low(at) in words.RECEIVE else ()

    def _changed(self, subjects: Sequence[Name], both: Sequence[Name]) -> Roles | None:
        """Return what somebody changed as what is called by who cannot do its work since; None where nothing is."""
        if len(both) == _BOTH and (pair := clauses.done_and_caller(self.scan, *both)):
            return Roles(tuple(pair[:1]), (*self.callers, *pair[1:]), tuple(self.lost))
        if len(subjects) == 1 and clauses.lacks_object(self.scan, subjects[0]) and (meant := self.scan.only_changed()):
            return Roles((Name(meant.text, quoted=True),), (*self.callers, *subjects), tuple(self.lost))
        return None


def _asked(scan: Scan, gone: Sequence[Name]) -> Iterator[str]:
    """Yield the questions about what somebody reaches, and about who does not reach it: `web reaches cart but pay not`."""
    called, other = gone
    caller = next((each.text.lower() for each in scan.names if each.at < called.at and each is not called), "")
    yield Slots(target=other.text.lower(), caller=caller).words()
    yield Slots(target=called.text.lower(), caller=other.text.lower()).words()


def _once(names: Iterable[Name]) -> tuple[Name, ...]:
    """Return names without repetitions, the one with a namespace in the place of one without."""
    found: dict[str, Name] = {}
    for each in names:
        known = found.get(each.text.lower())
        if known is None or (each.namespace and not known.namespace):
            found[each.text.lower()] = each
    return tuple(found.values())
