"""Words of a sentence that were mistyped: `conect`, `respnding`, `conenct`. What was read as what is told with the answer.

Only a letter that is missing, doubled or changed places with its neighbour is taken back, and only in verbs and complaints
of five letters and more. A letter that is another one is not: `responder` is a Service, and no mistyped `responded`.
"""

import re

from bot.language import vocabulary as words

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

    return _WORD.sub(meant, text), tuple(notes)


def _meant(word: str) -> str:
    """Return the one word of ours that a word is a slip of; nothing where it is none, or of several."""
    if word in words.KNOWN or words.is_adverb(word):
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
