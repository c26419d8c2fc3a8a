"""A text, as a command of the grammar: what is already one, else a pasted error, an alert, a sentence."""

import re
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from bot.errors import UsageError
from bot.language import refusals
from bot.language import vocabulary as words
from bot.language.account import accounted
from bot.language.alerts import read_alert, without_furniture
from bot.language.around import around
from bot.language.belongs import is_address, owner_of
from bot.language.beside import said_beside
from bot.language.errors import read_error
from bot.language.intent import has_intent, is_good_news
from bot.language.printed import is_machine, spoken
from bot.language.sentences import own_namespace, read_sentence
from bot.language.settling import settled
from bot.language.slots import Said, Slots, owner_of_pod
from bot.language.symptoms import symptom_in
from bot.language.talk import is_among_people
from bot.language.tidy import tidy
from bot.language.tokens import Token, tokens_of
from bot.language.typos import corrected
from bot.model.names import Names
from bot.model.pattern import pattern
from bot.model.question.grammar import Command, Verb, parse
from bot.model.question.tokens import LONGEST, near_word

_STAND_INS = (
    words.PRONOUN | words.DETERMINER | words.AUX | words.QUESTION | frozenset(("dns", "prod", "production"))
) - {"a"}
_VERBS = tuple(str(each) for each in Verb)
# `path`, `digest` and the like are words of commands: what follows them is never guessed at.
_NEVER_FREE = frozenset(
    ("digest", "explain", "help", "recent", "version", "path", "watch", "watches", "unwatch", "use", "mute", "unmute")
)
_ONLY_ME = re.compile(r"(?<!is it )(?:\bonly me|--only-me)\W*$", re.IGNORECASE)
_CALLS_FOR_HELP = re.compile(
    r"(?:(?:please|pls|plz|hey|hi),? )?help\W+(?=\w+\W+\w+\W+\w+)", re.IGNORECASE
)  # and goes on with more than a verb
# `why 503 from envoy on users`: no Service is called so, and whoever says more than the number quotes an error.
_QUOTES_A_STATUS = pattern(r"(?i)\s*why\s+(?=[45]\d\d\s+\w)")
_MANY = 3  # unknown words among fewer of English are another language, or no question at all
_SHOUTED = re.compile(r"[^\x00-\x7f]")


class Reading(Struct, frozen=True):
    """A command, and whether it was made of free words: then the asker is shown how they were read.

    `unused` are words that were not used, `notes` what a name was taken for; both are shown, too.
    """

    command: Command
    words: str
    guessed: bool = False
    unused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """How it was read, for the asker; nothing where it was a command."""
        if not self.guessed:
            return ""
        unused = f"I did not use: {', '.join(self.unused)}" if self.unused else ""
        return ". ".join(filter(None, [self.words, *self.notes, unused]))


def read(text: str, plain: str, names: Names | None = None) -> Reading:
    """Read a text; `plain` is the same as the grammar likes it, without punctuation; `names` settle what it leaves open.

    Raises UsageError, NoNameError where it names no Service, and nothing else, on any text.
    """
    if called := _CALLS_FOR_HELP.match(text):
        return read(text[called.end() :], plain.lower().partition("help ")[2], names)
    if asked := _QUOTES_A_STATUS.match(text):
        return read(text[asked.end() :], plain.lower().partition(" ")[2], names)
    try:
        return command(plain)
    except refusals.NoNameError:
        raise
    except UsageError:
        if not _may_be_free(plain) or _is_strict(text, plain):
            raise  # what is wrong with a command is said in the grammar's words
        return free(text, names)


def _may_be_free(plain: str) -> bool:
    """Return whether words that are no command may be a sentence: not with options, nor after verbs that begin none."""
    said = plain.lower().split()
    if (said[:1] == ["path"] and "between" in said) or (said[:1] == ["explain"] and said[1] in words.QUESTION):
        return True
    has_options = said[:1] and said[0] in _VERBS and any(each.startswith("--") for each in said)
    return bool(said) and said[0] not in _NEVER_FREE and not has_options


def _is_strict(text: str, plain: str) -> bool:
    """Return whether a text begins with a verb of the grammar, maybe mistyped, and has no other verb as sentences have."""
    first = plain.lower().split()[0]
    if first not in _VERBS and (first in words.KNOWN or not near_word(first, _VERBS)):
        return False
    if first == "path" and "between" in plain.lower().split():
        return False
    if first == "dns" and plain.lower().split()[1:2] in (["for"], ["of"]):
        return False
    if first == "check" and plain.lower().split()[1:2] in (["the"], ["on"], ["our"], ["my"]):
        return False  # `check the health of payments`
    verbs = (
        words.AUX
        | words.NEGATION
        | words.CALL
        | words.COMPLAINT
        | words.RECEIVE
        | words.SERVE
        | words.VERB
        | words.PRONOUN
        | words.DETERMINER
    )
    rest = tokens_of(text)[1:]
    return not is_machine(text) and not any(
        each.low in verbs or each.symptom or each.low == "->" for each in rest if not each.quoted
    )


def command(plain: str) -> Reading:
    """Read a command of the grammar. Raises UsageError, also where a pronoun stands in the place of the Service."""
    asked = parse(plain)
    name = asked.question.service
    said = plain.lower().split()
    if asked.verb is Verb.EXPLAIN and said[1:2] and said[1] in words.QUESTION:
        raise UsageError(hint=refusals.TRY)
    cluster = asked.question.cluster
    if name == said[0] and cluster and "cluster" not in said and not words.is_place(cluster):
        raise UsageError(hint=refusals.TRY)  # `web times out on cart`
    if len(said) > 1 and name == said[0] and name in words.KNOWN:
        raise UsageError(hint=refusals.TRY)  # `connection refused on …` is no Service called `connection`
    if asked.verb in (Verb.WHY, Verb.CHECK, Verb.DNS, Verb.WATCH, Verb.MUTE) and name in _STAND_INS and name in said:
        raise refusals.stands_for(name)
    if asked.verb in (Verb.WHY, Verb.CHECK) and len(said) == 1 and said[0] in words.HEALTH | words.ACTION | words.NOUN:
        raise refusals.no_name()
    owner = owner_of_pod(name)
    if asked.verb in (Verb.WHY, Verb.CHECK, Verb.WATCH) and owner:
        return _made(Said(Slots(verb=str(asked.verb), target=owner)), plain.replace(name, owner), name)
    return Reading(asked, plain)


def _made(said: Said, sentence: str, pod: str) -> Reading:
    note = f"{pod} is a pod's name: its Service is taken to be {said.slots.target}"
    return Reading(parse(sentence), sentence, guessed=True, notes=(note,))


def free(text: str, names: Names | None = None) -> Reading:
    """Read what is no command: an error with what is said around it, an alert, a sentence. Raises UsageError.

    `only me` at its end is about the answer, and stays with whatever is read or suggested.
    """
    text = without_furniture(tidy(text))
    if is_among_people(text):
        raise refusals.no_name()
    alone = _ONLY_ME.search(text)
    if not alone:
        return _reading(settled(text, _whole, names))
    try:
        reading = _reading(settled(text[: alone.start()], _whole, names))
    except UsageError as error:
        error.suggestions = tuple(f"{each} only me" for each in error.suggestions)
        raise
    return replace(reading, command=replace(reading.command, only_me=True), words=f"{reading.words} only me")


def _whole(text: str) -> Said:
    """Read a text in which no name is passed over. Raises UsageError."""
    return accounted(text, _free(text))


def _free(text: str) -> Said:
    """Read a text. Raises UsageError, also where it has a second namespace, which may be the caller's or the caller."""
    said = _anything(text)
    slots, place = said.slots, said.slots.namespace
    if not place or own_namespace(slots.target) in ("", place):
        return said
    slots = replace(slots, namespace="")
    if not slots.caller and place not in said.doubtful:
        return replace(said, slots=replace(slots, caller=f"{place}/"))
    is_sure = place not in said.doubtful or not words.is_place(place)  # else it may be a cluster
    if slots.caller and "/" not in slots.caller and is_sure:
        return replace(said, slots=replace(slots, caller=f"{place}/{slots.caller}"))
    raise refusals.unused([place], slots)


def _anything(text: str) -> Said:
    if len(text) > LONGEST * 2:
        raise refusals.no_name()
    if slots := read_alert(text):
        return Said(slots)
    found = read_error(text)
    names_address = found is not None and is_address(found.slots.target)
    is_open = names_address and not owner_of(found.slots.target, text) if found else is_machine(text)
    if is_open and (said := said_beside(found, text)):
        return said
    if found:
        return around(found, text)
    printed, (text, typos) = text, corrected(spoken(text))
    tokens = tokens_of(text)
    if not (has_intent(tokens) or _is_bare(tokens)) or _tells_good_news(printed):
        raise refusals.no_name()
    if _is_foreign(tokens):
        raise refusals.no_name()
    said = read_sentence(text)
    slots = replace(said.slots, notes=(*said.slots.notes, *typos))
    if not slots.symptom and slots.verb in ("why", "path") and is_machine(printed):
        symptom = symptom_in(printed)
        slots = replace(slots, symptom=symptom, verb="why" if symptom else slots.verb)
    return replace(said, slots=slots)


def _reading(said: Said) -> Reading:
    sentence = said.slots.words()
    return Reading(parse(sentence), sentence, guessed=True, unused=said.unused, notes=said.slots.notes)


def _is_bare(tokens: tuple[Token, ...]) -> bool:
    """Return whether a text is a name with a place and nothing else, like `payments in pay`."""
    names = [each for each in tokens if each.is_name]
    if any(one.low in ("any", "some") and two.is_name for one, two in pairwise(tokens)):
        return False  # `any leftovers from the night shift?`
    rest = [
        each for each in tokens if not each.is_name and each.low not in words.FILLER | words.DETERMINER | words.KIND
    ]
    place = words.PREPOSITION | frozenset(("port", "tcp", "udp"))
    return bool(names) and all(each.low in place or each.is_number for each in rest) and len(names) <= len(rest) + 1


def _is_foreign(tokens: tuple[Token, ...]) -> bool:
    """Return whether most words are none of English: another language, or noise."""
    unknown = [each for each in tokens if each.is_name and not (each.is_marked or each.aside)]
    known = [each for each in tokens if each.is_known or each.symptom]
    letters = [each for each in tokens if _SHOUTED.search(each.text) and not each.is_marked]
    if any(each.low == "->" for each in tokens):
        return bool(letters)
    return bool(letters) or (len(unknown) >= _MANY and len(unknown) >= 2 * len(known))


def _tells_good_news(text: str) -> bool:
    """Return whether a text only tells that something works again, and asks nothing."""
    return "?" not in text and is_good_news(tokens_of(text))


def is_talk(text: str) -> bool:
    """Return whether a text is people talking to each other: English, and neither question nor complaint nor order."""
    tokens = tokens_of(text)
    if _tells_good_news(text) or is_among_people(text):
        return True
    if has_intent(tokens) or read_error(text):
        return False
    known = [each for each in tokens if each.is_known or each.low in words.TALK]
    return len(known) * 2 >= len(tokens)
