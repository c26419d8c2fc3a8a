"""What cannot be asked, said calmly: which word it was, and what may be said instead."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from bot.errors import AmbiguousNameError, Slot, UsageError
from bot.language.slots import Said, Slots, owner_of_pod
from bot.language.vocabulary import is_place
from bot.model.names import Known
from bot.model.refs import is_label
from bot.model.text import shown

TRY = "Try: why user-service in shop from checkout"


class NoNameError(UsageError):
    """I found no Service name in that."""


class UnplacedError(AmbiguousNameError):
    """Names have no place in what was read. `sure` is the question without them."""

    def __init__(self, told: str, hint: str, questions: tuple[str, ...], *, sure: Slots, words: Iterable[str]) -> None:
        super().__init__(told, hint=hint, suggestions=questions, slot=Slot.SENTENCE)
        self.sure, self.words = sure, tuple(words)


class UnaccountedError(UnplacedError):
    """Names that the rules of a text did not see. `said` is what was read without them."""

    said: Said


def no_name(hint: str = "") -> NoNameError:
    """Return the refusal of a text that names no Service."""
    return NoNameError(hint=hint or TRY)


def no_service(namespace: str) -> NoNameError:
    """Return the refusal of a text that names a namespace where a Service would stand."""
    error = NoNameError(f"There is no Service {shown(namespace)}, it is a namespace.", hint=TRY)
    error.suggestions, error.slot = (f"why in {namespace}",), Slot.SENTENCE
    return error


def stands_for(word: str) -> NoNameError:
    """Return the refusal of a word that stands for a name said elsewhere."""
    return NoNameError(f"I found no Service name in that: I cannot tell what {shown(word)} is.", hint=TRY)


def unused(words: Sequence[str], sure: Slots, *, subject: bool = False) -> UsageError:
    """Return the refusal of names that have no place in what was read; `sure` is the question without them.

    `subject`: what it is about was only spoken of, so that it may as well be who calls.
    """
    hint = "Say NAME in NAMESPACE from CALLER, or ask what I did read."
    sentence = _unknown(words)
    if not subject or sure.caller:
        return UnplacedError(sentence, hint, (*_ways(sure, words), sure.words()), sure=sure, words=words)
    called = tuple(replace(sure, target=each.lower(), caller=sure.target).words() for each in words[:1])
    ways = (*called, *_ways(sure, words), sure.words())[:4]
    return UnplacedError(sentence, hint, ways, sure=replace(sure, target=""), words=(sure.target, *words))


def beside(error: UnplacedError, read: Slots) -> UsageError:
    """Return the refusal of words around an error, with what that error says in each question."""
    sure = replace(
        error.sure,
        port=error.sure.port or read.port,
        symptom=error.sure.symptom or read.symptom,
        caller=error.sure.caller or read.caller,
        namespace=error.sure.namespace or read.namespace,
    )
    several = tuple(replace(sure, caller=each.lower()).words() for each in error.words) if len(error.words) > 1 else ()
    ways = several or (*_ways(sure, error.words), sure.words())
    return UnplacedError(str(error), error.hint, ways[:4], sure=sure, words=error.words)


def unaccounted(words: Sequence[str], said: Said) -> UnaccountedError:
    """Return the refusal of names that were read over, with the question in which each of them calls."""
    sure = said.slots
    ways = tuple(_ways(sure, words)) or tuple(
        replace(sure, caller=each, verb="why" if sure.verb == "check" else sure.verb).words() for each in words[:3]
    )
    hint = "Say NAME in NAMESPACE from CALLER, or ask what I did read."
    error = UnaccountedError(
        _unknown(words),
        hint,
        (*ways, sure.words()),
        sure=sure,
        words=words,
    )
    error.said = said
    return error


def _unknown(words: Iterable[str]) -> str:
    told = ", ".join(dict.fromkeys(shown(each) for each in words))
    return f"I do not know what {told} means there, and would drop it."


def of_known(error: UsageError, known: Known) -> UsageError:
    """Return a refusal of names that there are as what it is: which of them calls is not said. Any other as it is."""
    if not isinstance(error, UnplacedError) or str(error) != _unknown(error.words):
        return error
    named = known.services | known.workloads
    there = [each for each in error.words if (low := each.lower()) in named or owner_of_pod(low) in named]
    if not there:
        return error
    told = " and ".join(dict.fromkeys(shown(each) for each in there))
    return AmbiguousNameError(
        f"I cannot tell whether {told} calls there, or is called. Which one?",
        hint=error.hint,
        suggestions=error.suggestions,
        slot=Slot.SENTENCE,
    )


def _ways(sure: Slots, words: Sequence[str]) -> Iterator[str]:
    """Yield the questions in which the one word that has no place calls, or says where."""
    word = words[0].lower()
    if len(dict.fromkeys(words)) > 1 or not is_label(word) or sure.target.endswith("/*"):
        return
    if not sure.caller:
        yield replace(sure, caller=word, verb="why" if sure.verb == "check" else sure.verb).words()
    if is_place(word) and not sure.cluster:
        yield replace(sure, cluster=word).words()
    if sure.is_placed and sure.caller and "/" not in sure.caller:
        yield replace(sure, caller=f"{word}/{sure.caller}").words()
    if sure.is_placed and not sure.caller:
        yield replace(sure, caller=f"{word}/").words()
    elif not (sure.namespace or sure.is_placed):
        yield replace(sure, namespace=word).words()


def several(names: Iterable[str], role: str, questions: tuple[str, ...], sure: Slots | None = None) -> UsageError:
    """Return the refusal of two Services, or two callers, in one question; `sure` is the question without any of them."""
    words = tuple(dict.fromkeys(names))
    told = f"That names more than one {role}: {' and '.join(map(shown, words))}. Which one?"
    hint = "One question is about one Service and one caller."
    if sure is None:
        return AmbiguousNameError(told, hint=hint, suggestions=questions[:4], slot=Slot.SENTENCE)
    return UnplacedError(told, hint, questions[:4], sure=sure, words=words)


def unplaced(word: str, ways: Iterable[Slots]) -> UsageError:
    """Return the refusal of a word that may be a namespace or a Service, with the questions about each."""
    told = f"I cannot tell whether {shown(word)} is a namespace or a Service."
    return AmbiguousNameError(told, suggestions=tuple(each.words() for each in ways), slot=Slot.SENTENCE)


def one_name(one: str, two: str, ways: Sequence[Slots]) -> UsageError:
    """Return the refusal of two words that may be one name, with the questions about that and about each."""
    told = f"I cannot tell whether {shown(f'{one} {two}')} is one name."
    return AmbiguousNameError(told, suggestions=tuple(each.words() for each in ways), slot=Slot.SENTENCE)


def several_readings(questions: tuple[str, ...]) -> UsageError:
    """Return the refusal of a text that may be read as each of these questions, all about things that exist."""
    return AmbiguousNameError(
        "That can be read in more than one way. Which one?", suggestions=questions[:4], slot=Slot.SENTENCE
    )


def doubted(questions: Sequence[str]) -> UsageError:
    """Return the refusal of a reading that something of its text speaks against; it is the first of the questions."""
    return AmbiguousNameError(
        "I am not sure that I read that right. Did you mean this?",
        hint="Say NAME in NAMESPACE from CALLER, or ask what I did read.",
        suggestions=tuple(dict.fromkeys(questions))[:4],
        slot=Slot.SENTENCE,
    )


def only_reads(word: str) -> UsageError:
    """Return the refusal of a request to change something."""
    return NoNameError(f"I only look and change nothing, so I cannot {word}.", hint=TRY)


def instead(sentence: str, question: str, hint: str = "") -> UsageError:
    """Return the refusal of what is another verb's to do, with that question to click."""
    return AmbiguousNameError(sentence, hint=hint, suggestions=(question,), slot=Slot.SENTENCE)


def asks_digest() -> UsageError:
    """Return the refusal of a digest that was asked for in a sentence: it would be posted each day, so it is not guessed."""
    return UsageError("Say when a digest is to come, and of what.", hint="Try: digest daily 09:00 for shop")
