"""How a text was read: the command, and the words in which that is shown to the asker."""

from msgspec import Struct

from bot.errors import UsageError
from bot.model.question.grammar import Command, Verb, parse
from handlers.language.phrases import is_chatter, words_of
from handlers.language.spelling import normalize

_VERBS = {str(verb) for verb in Verb}


class Reading(Struct, frozen=True):
    """A command, and whether it was guessed from free words: then the asker is shown how it was read."""

    command: Command
    words: str
    guessed: bool = False


def understand(text: str, *, spoken: bool = False) -> Reading | None:
    """Read a text. `spoken`: it was said in a thread, where phrases count and chatter is left alone.

    Raises UsageError for what is meant for us and cannot be understood.
    """
    words = normalize(text)
    if spoken and is_chatter(words):
        return None
    if not spoken and not words:
        return Reading(Command(Verb.HELP), "help")
    first = words.split(maxsplit=1)[0].lower() if words else ""
    phrase = words_of(words) if spoken or first not in _VERBS else ""
    if not phrase:
        return Reading(parse(words), words)
    try:
        return Reading(parse(words), words)  # what is already a command is never guessed at
    except UsageError:
        return Reading(parse(phrase), phrase, guessed=True)
