"""The words of a sentence sorted into slots: connectives, flags, phrases. Which slots mean something, the verb says."""

from collections.abc import Mapping, Sequence

from bot.errors import UsageError
from bot.model.text import shown

EXAMPLE = "why user-service in shop from checkout port 80"
LONG_WORD = 5  # letters from which two slips are still the same word
LONGEST = 2_000  # characters; a longer text is a paste, not a question
# Words that take the next one as their value. The flag and the connective are the same slot.
_VALUES = {
    "in": "namespace",
    "ns": "namespace",
    "namespace": "namespace",
    "-n": "namespace",
    "--namespace": "namespace",
    "--ns": "namespace",
    "from": "source",
    "--from": "source",
    "to": "to",
    "--to": "to",
    "->": "to",
    "→": "to",
    "port": "port",
    "-p": "port",
    "--port": "port",
    "on": "cluster",
    "cluster": "cluster",
    "--on": "cluster",
    "--cluster": "cluster",
    "protocol": "protocol",
    "--protocol": "protocol",
    "symptom": "symptom",
    "resolver": "resolver",
    "--resolver": "resolver",
    "--symptom": "symptom",
    "for": "for",
    "--for": "for",
}
# Words that are a value by themselves; the longest phrase wins.
_PHRASES: Mapping[tuple[str, ...], tuple[str, str]] = {
    ("tcp",): ("protocol", "TCP"),
    ("udp",): ("protocol", "UDP"),
    ("sctp",): ("protocol", "SCTP"),
    ("fresh",): ("fresh", "yes"),
    ("--fresh",): ("fresh", "yes"),
    ("only", "me"): ("only_me", "yes"),
    ("--only-me",): ("only_me", "yes"),
    ("-A",): ("everything", "yes"),
    ("--all-namespaces",): ("everything", "yes"),
    ("timing", "out"): ("symptom", "timeout"),
    ("times", "out"): ("symptom", "timeout"),
    ("timed", "out"): ("symptom", "timeout"),
    ("timeout",): ("symptom", "timeout"),
    ("nxdomain",): ("symptom", "nxdomain"),
    ("refused",): ("symptom", "refused"),
    ("reset",): ("symptom", "reset"),
    ("tls",): ("symptom", "tls"),
    ("5xx",): ("symptom", "5xx"),
    ("500",): ("symptom", "5xx"),
    ("502",): ("symptom", "5xx"),
    ("503",): ("symptom", "5xx"),
    ("504",): ("symptom", "5xx"),
    ("intermittent",): ("symptom", "intermittent"),
    ("intermittently",): ("symptom", "intermittent"),
    ("slow",): ("symptom", "slow"),
}
_PHRASES_FROM = {first[0]: [each for each in _PHRASES.items() if each[0][0] == first[0]] for first in _PHRASES}
SYMPTOMS = {words[0]: value for words, (slot, value) in _PHRASES.items() if slot == "symptom" and len(words) == 1}


class ParsedWords:
    """The words after the verb, sorted into slots and what is left in its order (`loose`)."""

    def __init__(self, words: Sequence[str], *, target_first: bool) -> None:
        self.target_first = target_first
        self.slots: dict[str, str] = {}
        self.loose: list[str] = []
        at = 0
        while at < len(words):
            at += self._take(words, at)

    def _take(self, words: Sequence[str], at: int) -> int:
        word = words[at]
        # A Service may be called `port` or `slow`: the first word after such a verb is the target whatever it is.
        if self.target_first and not self.loose and not word.startswith("-"):
            self.loose.append(word)
            return 1
        for phrase, (slot, value) in _PHRASES_FROM.get(_fold((word,))[0], ()):
            if _fold(words[at : at + len(phrase)]) == phrase:
                self.put(slot, value, word)
                return len(phrase)
        if slot := _VALUES.get(_fold((word,))[0], ""):
            return self._take_value(words, at, slot)
        if word.startswith("-") and word != "-":
            raise UsageError(
                f"I know no option {shown(word)}.", hint=_near(word, [each for each in _VALUES if each[0] == "-"])
            )
        self.loose.append(word)
        return 1

    def _take_value(self, words: Sequence[str], at: int, slot: str) -> int:
        word = words[at]
        following = words[at + 1] if at + 1 < len(words) else ""
        if slot == "cluster" and word.lower() == "on":
            if following.lower() == "port":
                return 1
            slot = "port" if following.isascii() and following.isdigit() else slot
        if slot == "for":  # before the names of a digest it says nothing
            return 1
        if not following:
            raise UsageError(f"{shown(word)} needs a word after it.", hint=f"For example: {EXAMPLE}")
        self.put(slot, following, word)
        return 2

    def put(self, slot: str, value: str, word: str) -> None:
        known = self.slots.setdefault(slot, value)
        if known != value:
            raise UsageError(f"{shown(word)} is said twice: {shown(known)} and {shown(value)}. Which one?")


def split_words(text: str | Sequence[str]) -> list[str]:
    if sum(len(each) for each in text) > LONGEST:
        raise UsageError(
            "That is too long for a question.",
            hint=f"Ask in one line of at most {LONGEST:,} characters, e.g. {EXAMPLE}",
        )
    split = text.split() if isinstance(text, str) else [part for each in text for part in each.split()]
    return [part for word in split for part in _parts(word)]


def _parts(word: str) -> list[str]:
    """Split `--port=80` and `-nshop` as kubectl does."""
    if word.startswith("--") and "=" in word:
        flag, _, value = word.partition("=")
        return [flag, value] if value else [flag]
    if word[:2] in ("-n", "-p") and word[2:]:
        return [word[:2], word[2:].removeprefix("=")]
    return [word]


def _fold(words: Sequence[str]) -> tuple[str, ...]:
    """Connectives in any case; flags as they are, since -A is not -a."""
    return tuple(each if each.startswith("-") else each.lower() for each in words)


def begins_slot(words: list[str]) -> bool:
    folded = _fold(words)
    return folded[0] in _VALUES or any(folded[: len(phrase)] == phrase for phrase in _PHRASES)


def near_word(word: str, known: Sequence[str]) -> str:
    """Return the known word that this one is a slip of: one in a short word, two in a long one. Empty: none."""
    from bot.model.question.suggest import edits  # noqa: PLC0415 (only for words that are wrong)

    far, best = min((edits(word, each), each) for each in known)
    return best if far <= (1 if len(word) < LONG_WORD else 2) else ""


def _near(word: str, known: Sequence[str]) -> str:
    best = near_word(word, known) or next((each for each in known if each.startswith(word)), "")
    return f"Did you mean {best}?" if best else f"The options are {', '.join(sorted(known))}."
