"""What people type in Slack, made into Commands of the one grammar. Pure.

`understand` is the only door: a text gives a Reading, None (people talking to each other), or a UsageError.
"""

from handlers.language.reading import Reading, understand
from handlers.language.spelling import normalize

__all__ = ["Reading", "normalize", "understand"]
