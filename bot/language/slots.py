"""The parts of a question that were found in a text, and the sentence of the grammar that they make."""

import re

from msgspec import Struct

from bot.model.kube.kinds import SHORT, WORKLOAD_WORDS
from bot.model.refs import is_dns_name, is_label

# The random parts of a pod's name have no vowels, so that they spell no words:
# https://github.com/kubernetes/apimachinery/blob/master/pkg/util/rand/rand.go
_RANDOM = "bcdfghjklmnpqrstvwxz2456789"
_OF_DEPLOYMENT = re.compile(rf"(?P<owner>[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)-[a-f0-9{_RANDOM}]{{6,10}}-[{_RANDOM}]{{5}}")
ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
MEMBER = re.compile(r"-\d+$")  # of a StatefulSet


class Slots(Struct, frozen=True):
    """What a text says. `caller` is a SOURCE of the grammar, `target` a TARGET; `notes` tell what a name was taken for."""

    verb: str = "why"
    target: str = ""
    namespace: str = ""
    caller: str = ""
    port: str = ""
    protocol: str = ""
    symptom: str = ""
    cluster: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_address(self) -> bool:
        """Whether what is called is an IP address, which lies in no namespace."""
        return bool(ADDRESS.fullmatch(self.target))

    @property
    def is_placed(self) -> bool:
        """Whether what is called says itself where it is, or is in no namespace, so that a namespace is its caller's."""
        return self.is_address or bool(re.search(r"[./]", self.target))

    def words(self) -> str:
        """Return the sentence of the grammar."""
        parts = [self.verb, *self._scope()]
        if self.verb == "path":
            parts = [self.verb, self.caller, "to", self.target]
        parts += ["from", self.caller] if self.caller and self.verb != "path" else []
        parts += ["in", self.namespace] if self.namespace else []
        parts += ["port", self.port] if self.port and self.verb != "dns" else []
        parts += ["protocol", self.protocol] if self.protocol and self.verb != "dns" else []
        parts += ["symptom", self.symptom] if self.symptom and self.verb == "why" else []
        return " ".join([*parts, *(["cluster", self.cluster] if self.cluster else [])])

    def _scope(self) -> tuple[str, ...]:
        """Return the words of what is called; `shop/*` is a table's, and for the causes of all that is broken `in shop`.

        `*` is the whole cluster.
        """
        if self.target == "*":
            return ("-A",)
        is_triage = self.verb == "why" and self.target.endswith("/*")
        return ("in", self.target.removesuffix("/*")) if is_triage else (self.target,)


class Said(Struct, frozen=True):
    """What a text says.

    `unused` are the words in it that were not used; `doubtful` those whose place is not sure; `rivals` are unused ones that
    were as likely what is called, but for how they are written.
    """

    slots: Slots
    unused: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()


def owner_of_pod(name: str) -> str:
    """Return the Deployment that a pod's name is made from, e.g. `web` of `web-7d9f8b6c5-x2k4p`; else nothing."""
    found = _OF_DEPLOYMENT.fullmatch(name.lower())
    return found["owner"] if found else ""


def pod_note(pod: str, service: str) -> str:
    """Return the words that tell what a pod's name was taken for."""
    return f"{pod} is a pod's name: its Service is taken to be {service}"


def _may_be_place(label: str) -> bool:
    """Return whether the second label of a caller may be his namespace: no number, as process managers count (`web.1`)."""
    return is_label(label) and not label.isdigit()


def caller_word(name: str, *, kind: str = "", namespace: str = "") -> str:
    """Return a SOURCE: `shop/checkout` for checkout in shop and for checkout.shop, with a kind that was said."""
    word = name.lower().rstrip(".")
    for prefix in ("http://", "https://"):
        word = word.removeprefix(prefix)
    if not ADDRESS.match(word):
        word = re.sub(r":\d+$", "", word)
    labels = word.split(".")
    if len(labels) > 1 and "/" not in word and not namespace and _may_be_place(labels[1]) and is_dns_name(word):
        word, namespace = labels[0], labels[1]
    if kind in WORKLOAD_WORDS and "/" not in word:
        word = f"{SHORT.get(WORKLOAD_WORDS[kind], kind)}/{word}"
    return f"{namespace}/{word}" if namespace and not word.startswith(f"{namespace}/") else word
