"""What several checks ask of a case is worked out once. Pure: it is kept with the case, as its cached properties are."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from bot.model.case import Case

T = TypeVar("T")


def once(derive: Callable[[Case], T]) -> Callable[[Case], T]:
    """Make a function of a case one that answers again what it answered first."""
    name = f"{derive.__module__}.{derive.__qualname__}"

    @wraps(derive)
    def kept(case: Case) -> T:
        known = vars(case)
        if name not in known:
            known[name] = derive(case)
        answer: T = known[name]
        return answer

    return kept
