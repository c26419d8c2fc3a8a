"""What stands in a message."""

from collections.abc import Iterator

from playground.fake_slack import Message


def said(message: Message) -> str:
    """Everything that stands in a message, as one text."""

    def texts(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            yield from (each for key, each in value.items() if key in ("text", "title") and isinstance(each, str))
            for each in value.values():
                yield from texts(each)
        elif isinstance(value, list):
            for each in value:
                yield from texts(each)

    return " ".join([message.text, *texts(message.blocks)])
