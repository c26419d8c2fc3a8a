"""What several ask of a case or a snapshot is worked out once. Pure: it is kept with it, as its cached properties are."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

A = TypeVar("A")
T = TypeVar("T")


def memo(derive: Callable[[A], T]) -> Callable[[A], T]:
    """Return a function of one Struct (with `dict=True`) that answers again what it answered first."""
    name = f"{derive.__module__}.{derive.__qualname__}"

    @wraps(derive)
    def kept(subject: A) -> T:
        known = vars(subject)
        if name in known:
            answer: T = known[name]
        else:
            answer = known[name] = derive(subject)
        return answer

    return kept
