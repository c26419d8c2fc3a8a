"""What keeps the scheduler from placing a pod, read from its one sentence. Pure text.

`0/3 nodes are available: 1 node(s) had untolerated taint {a: b}, 2 Insufficient cpu. preemption: …` is made of the
words of its plugins: https://github.com/kubernetes/kubernetes/tree/v1.34.0/pkg/scheduler/framework/plugins
"""

import re

from msgspec import Struct

from bot.model.pattern import pattern
from bot.model.text import listing

_HEAD = pattern(r"^0/(\d+) nodes are available: (.*)$", re.DOTALL)
_COUNTED = pattern(r"^(\d+) (.*)$", re.DOTALL)
# A taint may hold commas of its own, so parts are split only where the next one begins with a number.
_BETWEEN = pattern(r", (?=\d+ )")
_INSUFFICIENT = pattern(r"^Insufficient (\S+)$")
_TAINT = pattern(r"taints? \{?([^}]*)\}?")  # 1.34 names none any more: `untolerated taint(s)`
# The words about claims are those of 1.34.
_PREEMPTION = pattern(r"\.?(?: no new claims to deallocate,)? preemption: ")
# Of nodes, whatever pod there is to place.
_CORDONED, _NOT_READY, _OWN_TAINT = "are cordoned", "are not ready", "have the taint node.kubernetes.io/"
_CONTROL_PLANE = "have the taint node-role.kubernetes.io/"
_PHRASES = (
    ("Too many pods", "are full (too many pods)"),
    ("pod anti-affinity", "are excluded by pod anti-affinity"),
    ("pod affinity", "are excluded by pod affinity"),
    ("topology spread", "are excluded by topology spread constraints"),
    ("volume node affinity", "cannot reach its volume (volume node affinity)"),
    ("node affinity/selector", "do not match its node selector or affinity"),
    ("node selector", "do not match its node selector"),
    ("were unschedulable", _CORDONED),
    ("free ports", "have its host port taken"),
    ("max volume count", "have no room for another volume"),
    ("not ready", _NOT_READY),
    ("find available persistent volumes", "have no volume to bind"),
)

_SINGULAR = {"have": "has", "lack": "lacks", "are": "is", "do": "does"}


class Reason(Struct, frozen=True):
    """Why some nodes were turned down; `nodes` is 0 where the sentence does not count them."""

    nodes: int
    words: str

    def __str__(self) -> str:
        verb, _, rest = self.words.partition(" ")
        words = f"{_SINGULAR.get(verb, verb)} {rest}" if self.nodes == 1 else self.words
        return f"{self.nodes} {words}" if self.nodes else words


class Refusal(Struct, frozen=True):
    """The scheduler's sentence: how many nodes there are, and why each was turned down, as it stands."""

    nodes: int
    reasons: tuple[Reason, ...]

    @property
    def common(self) -> str:
        """Return what turns every pod down, in words; empty where a node may take another one."""
        words = sorted({each.words for each in self.reasons})
        of_nodes = [each for each in words if each in (_CORDONED, _NOT_READY) or each.startswith(_OWN_TAINT)]
        others = [each for each in words if each not in of_nodes and not each.startswith(_CONTROL_PLANE)]
        return "" if others else listing(of_nodes)


def read_refusal(said: str) -> Refusal | None:
    """Read the message of a pod's PodScheduled condition; None where it is no such sentence."""
    head = _HEAD.match(_without_preemption(said).strip())
    if head is None:
        return _volume(said)
    parts = [part.strip().rstrip(".") for part in _BETWEEN.split(head[2])]
    return Refusal(int(head[1][:6]), tuple(_reason(part) for part in parts if part))


def _without_preemption(said: str) -> str:
    return _PREEMPTION.split(said, maxsplit=1)[0]


def _volume(said: str) -> Refusal | None:
    """Complaints about a claim come alone in older releases."""
    found = re.search(r"persistentvolumeclaim \"([^\"]+)\" not found", said)
    if found:
        return Refusal(0, (Reason(0, f"its PersistentVolumeClaim {found[1]} does not exist"),))
    if "unbound immediate PersistentVolumeClaims" in said:
        return Refusal(0, (Reason(0, "its PersistentVolumeClaim is not bound"),))
    return None


def _reason(part: str) -> Reason:
    counted = _COUNTED.match(part)
    number, text = (int(counted[1][:6]), counted[2]) if counted else (0, part)
    if (alone := _volume(text)) is not None:
        return Reason(0, alone.reasons[0].words)
    text = text.removeprefix("node(s) ")
    if short := _INSUFFICIENT.match(text):
        return Reason(number, f"lack {short[1]}")
    if "untolerated taint" in text or "had taint" in text:
        taint = _TAINT.search(text)
        name = taint[1].strip().rstrip(": ") if taint else ""
        return Reason(number, f"have the taint {name}" if name else "have a taint that it does not tolerate")
    return Reason(number, next((words for phrase, words in _PHRASES if phrase in text), text))
