"""Regular expressions that are compiled when they are first used: of two hundred a command uses a few, and all cost 30 ms."""

import re
from typing import Any, cast


class _Later:
    """Stands for a `re.Pattern`, which it becomes when something is asked of it."""

    def __init__(self, expression: str, flags: int) -> None:
        self._expression, self._flags = expression, flags

    def __getattr__(self, name: str) -> Any:
        """Return what the pattern has of that name, and keep it: the next look finds it before this method."""
        if name.startswith("__"):  # `copy` and `pickle` ask for these of an object that is not made yet
            raise AttributeError(name)
        value = self.__dict__[name] = getattr(re.compile(self._expression, self._flags), name)
        return value


def pattern(expression: str, flags: int = 0) -> re.Pattern[str]:
    """Return a pattern that is compiled when it is first used. Its methods are called; functions of `re` take it not."""
    return cast("re.Pattern[str]", _Later(expression, flags))
