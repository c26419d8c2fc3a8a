"""Words of a sentence that were mistyped: `conect`, `respnding`, `conenct`. What was read as what is told with the answer.

Only a letter that is missing, doubled or changed places with its neighbour is taken back, and only in verbs and complaints
of five letters and more. A letter that is another one is not: `responder` is a Service, and no mistyped `responded`.
Of little words (`form checkout`, `why dose orders`) only two letters that changed places are, between an English word and a
name: there no Service can be called so, unless it is beside another.
"""

import re

from bot.language import vocabulary as words
from bot.language.symptoms import symptom_in

_SHORT = {"frm": "from", "w/": "with", "b/w": "between", "btwn": "between", "thru": "through"}
_SHORT_WORD = re.compile(r"(?<![^\s])(frm|w/|b/w|btwn|thru)(?=\s)")
_WORD = re.compile(r"(?<![\w./:@'`\"-])[A-Za-z]{5,}(?![\w./:@'`\"-])")
_SHORTEST = 5
_NEIGHBOURS = 2
_MEANT = frozenset(
    each
    for each in words.CALL | words.VERB | words.SERVE | words.RECEIVE | words.COMPLAINT | words.HEALTH | words.REQUEST
    if len(each) >= _SHORTEST
) | frozenset(
    ("timeout", "timeouts", "timing", "refused", "refusing", "slow", "intermittent", "intermittently", "between")
)


_LITTLE = ("from", "does", "the", "and", "can", "when", "with", "between", "into", "its", "has", "are", "that", "not")
_NAME_FOLLOWS = (
    words.CALL | words.DETERMINER | words.KIND | words.PREPOSITION
)  # `reach form`, `the form`: so it is called
_BOTH = frozenset(("form", "dose"))  # English words themselves, by which a Service may be called
_LITTLE_WORD = re.compile(r"(?<![^\s])([A-Za-z']+) ([a-z]{3,4})(?= ([a-z][-a-z0-9]*)(?![\w./:@-]))")


def corrected(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text with its mistyped words as they were meant, and what was read as what."""
    notes: dict[str, None] = {}

    def meant(found: re.Match[str]) -> str:
        word = found[0]
        instead = _meant(word.lower())
        if not instead:
            return word
        notes[f"{word} was read as {instead}"] = None
        return instead

    def little(found: re.Match[str]) -> str:
        before, word, behind = found.groups()
        instead = next((each for each in _LITTLE if len(each) == len(word) and _slipped(word, each)), "")
        is_said = before.lower() in words.KNOWN - (_NAME_FOLLOWS if word in _BOTH else frozenset()) and not _is_english(
            behind
        )
        if not instead or _is_english(word) or not is_said:
            return found[0]
        notes[f"{word} was read as {instead}"] = None
        return f"{before} {instead}"

    text = _SHORT_WORD.sub(lambda found: _SHORT[found[0]], text)
    return _LITTLE_WORD.sub(little, _WORD.sub(meant, text)), tuple(notes)


def _is_english(word: str) -> bool:
    return word in words.KNOWN or words.is_adverb(word) or bool(symptom_in(word))


def _meant(word: str) -> str:
    """Return the one word of ours that a word is a slip of; nothing where it is none, or of several."""
    if _is_english(word):
        return ""
    found = {each for each in _MEANT if abs(len(each) - len(word)) <= 1 and _slipped(word, each)}
    return found.pop() if len(found) == 1 else ""


def _slipped(word: str, meant: str) -> bool:
    """Return whether a word is another one with a letter missing, doubled, or in its neighbour's place."""
    if len(word) == len(meant):
        apart = [at for at, letter in enumerate(word) if letter != meant[at]]
        return (
            len(apart) == _NEIGHBOURS
            and apart[1] == apart[0] + 1
            and word[apart[1]] + word[apart[0]] == meant[apart[0] : apart[1] + 1]
        )
    if len(word) < len(meant):
        return any(meant[:at] + meant[at + 1 :] == word for at in range(len(meant)))
    return any(word[:at] + word[at + 1 :] == meant and word[at] == word[at - 1] for at in range(1, len(word)))
