"""A name in a sentence, with what stands around it."""

from msgspec import Struct


class Name(Struct, frozen=True):
    """A name in a sentence.

    `marker` is the word that governs it (`to`, `from`, `call`, …; empty: it is a subject), `verb` the last verb before it,
    `kind` a kind that was said with it, `namespace` what `in …` right behind it says.
    """

    text: str
    marker: str = ""
    verb: str = ""
    kind: str = ""
    namespace: str = ""
    at: int = 0
    quoted: bool = False
    after_traffic: bool = False
    joined: bool = False  # by `and`, `or` or a comma to the name before
