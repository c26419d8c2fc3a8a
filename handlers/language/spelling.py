"""Undoes what Slack clients and phones do to a text before the grammar sees it. The order of the steps matters.

Slack turns `user-service.shop` into a link, since .shop is a top-level domain, `--` into a dash and quotes into curly ones.
https://docs.slack.dev/messaging/formatting-message-text
"""

import re
import unicodedata

_LONGEST = 4000  # characters; a question is a line, and a pasted log is read by its first lines
_MENTION = re.compile(r"<@[UW][A-Z0-9]+(?:\|[^>]*)?>")
_LINK = re.compile(r"<(?:mailto:)?((?:https?://|[^<>|\s@]+@)[^<>|\s]*)(?:\|([^<>]*))?>")
_CHANNEL = re.compile(r"<#[CG][A-Z0-9]+(?:\|([^>]*))?>")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‚": "'", "«": '"', "»": '"', "\u00a0": " "})
_DASH_BEFORE_WORD = re.compile(r"(?<!\S)[—–−](?=\w)")
_DASH_INSIDE = re.compile("[—–−‐‑]")
_ENDS = "\"'`*_~?!.,;()[]{}"
_POLITE = re.compile(r"\b(?:please|pls|plz)\b", re.IGNORECASE)


def clean(text: str) -> str:
    """Return the text with its lines and punctuation, as it was meant: mentions dropped, links unwrapped, dashes and quotes
    as on a keyboard, and nothing in it that cannot be seen.
    """
    words = _MENTION.sub(" ", text[:_LONGEST])
    words = _CHANNEL.sub(lambda found: found[1] or "", words)
    words = _LINK.sub(_unwrapped, words)
    words = words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    words = unicodedata.normalize("NFKC", words.translate(_QUOTES))
    words = _DASH_INSIDE.sub("-", _DASH_BEFORE_WORD.sub("--", words))
    if words.isprintable():
        return words
    return "".join(each for each in words if each in "\n\t" or unicodedata.category(each) not in ("Cf", "Cc"))


def normalize(text: str) -> str:
    """Return the text as the grammar reads it: cleaned, on one line, without outer punctuation and polite words."""
    return plain(clean(text))


def plain(cleaned: str) -> str:
    """Return a cleaned text as the grammar reads it."""
    return " ".join(_bare(word) for word in _POLITE.sub(" ", cleaned).split()).strip()


def _unwrapped(found: re.Match[str]) -> str:
    """Return the label where a client made the link from it, or it is prose; else the address is what counts."""
    address, label = found[1], found[2] or ""
    if len(label.split()) > 1:
        return label  # prose, as in the messages of alerts
    made = re.sub(r"^https?://", "", address).rstrip("/")
    return label if label and label.rstrip("/") in (made, address.rstrip("/")) else address


def _bare(word: str) -> str:
    """Take code ticks and outer punctuation off a word; a trailing dot of a DNS name is one of them, and means the same."""
    if word.endswith(("/*", "/*?")) or word == "*":
        return word.rstrip("?")
    return word.rstrip(_ENDS).lstrip("\"'`*_~([{")
