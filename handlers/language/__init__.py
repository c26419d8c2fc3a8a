"""What people type in Slack, made into Commands of the one grammar. Pure.

`understand` is the only door: a text gives a Reading, None (people talking to each other), or a UsageError.
"""

from bot.language.reading import Reading
from handlers.language.reading import understand
from handlers.language.spelling import clean, normalize

__all__ = ["Reading", "clean", "normalize", "understand"]
