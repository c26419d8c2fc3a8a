"""A name in a sentence, with what stands around it."""

import re

from msgspec import Struct

LABEL = r"[a-z](?:[-a-z0-9]*[a-z0-9])?"  # a name of Kubernetes, where a pattern looks for one


def first_label(called: str) -> str:
    """Return the first label of a host, or of a URL's: `cart` of `http://cart.shop:80/x`."""
    return re.split(r"[.:/]", called.partition("://")[2] or called)[0]


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
