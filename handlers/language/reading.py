"""What is typed in Slack, as a reading: bare mentions and greetings ask for help, people's talk is left alone."""

import re

from bot.language.reading import Reading, is_talk, read
from bot.language.refusals import NoNameError
from bot.model.names import Names
from bot.model.question.grammar import Command, Verb
from handlers.language import spelling

_THANKS = re.compile(
    r"(?:thanks?|thank you|thx|ty|cheers|lgtm|ok(?:ay)?|nice|great|cool|awesome|perfect|done|good (?:bot|job)"
    r"|well done|\+1|lol|haha|h+m+"
    r"|sorry|np|no problem|got it|on it|yes|no|yep|nope|\W+)(?:\s[\w\s,.!']{0,40})?",
    re.IGNORECASE,
)
_FEW = 2  # words that are thanks whatever the second is
_GREETING = re.compile(
    r"(?:hi|hello|hey|yo|good (?:morning|evening))(?: (?:there|all|bot|k8snet|team))?(?: there)?\W*", re.IGNORECASE
)
_ASKS_HELP = re.compile(r"(?:commands|usage|what can you do|how do(?:es)? (?:you|this|it) work)\W*", re.IGNORECASE)


def understand(text: str, *, spoken: bool = False, names: Names | None = None) -> Reading | None:
    """Read a text. `spoken`: it was said in a thread, where people also talk to each other; that gives None. `names` are
    those that its asker may see, where they are known.

    Raises UsageError for what is meant for us and cannot be understood.
    """
    cleaned = spelling.clean(text)
    plain = spelling.plain(cleaned)
    if not cleaned.strip() or (not plain and not spoken) or _GREETING.fullmatch(plain) or _ASKS_HELP.fullmatch(plain):
        return Reading(Command(Verb.HELP), "help")
    if spoken and (not plain or (_THANKS.fullmatch(plain) and (len(plain.split()) <= _FEW or is_talk(cleaned)))):
        return None
    if spoken and plain.lower() in ("why", "diagnose"):
        raise NoNameError(
            hint="Try: why user-service in shop. In a thread I read the message it hangs on, where I may."
        )
    try:
        return read(cleaned, plain, names)
    except NoNameError:
        if spoken and is_talk(cleaned):
            return None
        raise
