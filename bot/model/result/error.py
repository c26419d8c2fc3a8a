"""Why there is no answer, in words for whoever asked: the same on the command line and in Slack."""

from msgspec import Struct

from bot.errors import ErrorKind, K8snetError, Slot


class AnswerError(Struct, frozen=True, tag_field="schema", tag="k8snet.error/v1"):
    """One polite sentence, what to do about it, and what may have been meant. `kind` is for machines.

    A suggestion takes the place of the `slot` of the question; None: of what is called.
    """

    kind: ErrorKind
    sentence: str
    hint: str = ""
    suggestions: tuple[str, ...] = ()
    slot: Slot | None = None


def is_undelivered(result: object) -> bool:
    """Return whether this is the last word on an answer that could not be shown for long: now nobody tries any more."""
    return isinstance(result, AnswerError) and result.kind is ErrorKind.UNDELIVERED


def answer_error(error: K8snetError) -> AnswerError:
    """Return an error of ours as an answer."""
    return AnswerError(error.kind, str(error), hint=error.hint, suggestions=error.suggestions, slot=error.slot)
