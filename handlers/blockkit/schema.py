"""What Block Kit JSON may look like, as data: which keys, of which type, how long. `lint` walks it; nothing here runs.

Source: https://docs.slack.dev/reference/block-kit and the SDK's models; where the live validator is stricter than the
documentation (children of a container), the validator wins.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from handlers.blockkit import limits as most


class Text(msgspec.Struct, frozen=True):
    """A text object. `role` says which of our wording rules it falls under."""

    most: int
    kinds: tuple[str, ...] = ("plain_text",)
    role: Literal["body", "header", "button", "label"] = "label"


class Word(msgspec.Struct, frozen=True):
    """A plain string. `shown`: people read it, so it is judged like a text."""

    most: int = 0
    least: int = 0
    values: tuple[str, ...] = ()
    shown: bool = False
    markup: Literal["literal", "markdown"] = "literal"


class Whole(msgspec.Struct, frozen=True):
    """A number between two others, both allowed."""

    least: int
    most: int


class Flag(msgspec.Struct, frozen=True):
    """True or false."""


class Anything(msgspec.Struct, frozen=True):
    """A value this lint does not look into."""


class Many(msgspec.Struct, frozen=True):
    """A list."""

    of: Any
    most: int = 0
    least: int = 1


class OneOf(msgspec.Struct, frozen=True):
    """An object whose `type` picks its shape out of `family`."""

    family: Literal["block", "element", "rich", "inline", "cell", "chart"]
    types: tuple[str, ...] = ()


class Shape(msgspec.Struct, frozen=True):
    """An object: keys that must be there, keys that may, and keys of which at least one must."""

    must: Mapping[str, Any] = {}
    may: Mapping[str, Any] = {}
    some: tuple[str, ...] = ()
    never_both: tuple[tuple[str, str], ...] = ()


PLAIN_OR_MRKDWN = ("plain_text", "mrkdwn")
ACTION_ID = {"action_id": Word(most=most.ID, least=1)}
FOCUS = {"focus_on_load": Flag()}
PLACEHOLDER = {"placeholder": Text(most.PLACEHOLDER)}

OPTION = Shape(
    must={"text": Text(most.OPTION_LABEL, PLAIN_OR_MRKDWN), "value": Word(most=most.OPTION_VALUE)},
    may={"description": Text(most.OPTION_LABEL, PLAIN_OR_MRKDWN), "url": Word(most=most.URL)},
)
OPTION_GROUP = Shape(must={"label": Text(most.OPTION_LABEL), "options": Many(OPTION, most.SELECT_OPTIONS)})
CONFIRM = Shape(
    must={
        "title": Text(most.CONFIRM_TITLE, role="header"),
        "text": Text(most.CONFIRM_TEXT, PLAIN_OR_MRKDWN, "body"),
        "confirm": Text(most.CONFIRM_BUTTON, role="button"),
        "deny": Text(most.CONFIRM_BUTTON, role="button"),
    },
    may={"style": Word(values=("primary", "danger"))},
)
FEEDBACK = Shape(
    must={"text": Text(most.BUTTON_LABEL, role="button"), "value": Word(most=most.BUTTON_VALUE)},
    may={"accessibility_label": Word(most=most.BUTTON_LABEL, shown=True)},
)
SLACK_FILE = Shape(may={"id": Word(least=1), "url": Word(most=most.URL)}, some=("id", "url"))
RICH_TEXT = OneOf("block", ("rich_text",))
IMAGE = Shape(
    must={"alt_text": Word(most=most.IMAGE_ALT, least=1, shown=True)},
    may={"image_url": Word(most=most.URL), "slack_file": SLACK_FILE},
    some=("image_url", "slack_file"),
    never_both=(("image_url", "slack_file"),),
)


def _select(own: Mapping[str, Any], *, some: tuple[str, ...] = (), many: bool = False) -> Shape:
    """Return the shape of one select menu; `many`: of its multi-select twin."""
    several = {"max_selected_items": Whole(1, most.SELECT_OPTIONS)} if many else {}
    may = {**ACTION_ID, **PLACEHOLDER, **FOCUS, "confirm": CONFIRM, **own, **several}
    return Shape(may=may, some=some, never_both=(("options", "option_groups"),))


def _choices(initial: str, initial_shape: Any) -> Shape:
    """Return the shape of check boxes or radio buttons."""
    may = {**ACTION_ID, **FOCUS, "confirm": CONFIRM, initial: initial_shape}
    return Shape(must={"options": Many(OPTION, most.CHOICES)}, may=may)


def _typed(own: Mapping[str, Any]) -> Shape:
    """Return the shape of an input people type into."""
    may = {
        **ACTION_ID,
        **PLACEHOLDER,
        **FOCUS,
        "initial_value": Anything(),
        "dispatch_action_config": Anything(),
        **own,
    }
    return Shape(may=may)


OPTIONS = {"options": Many(OPTION, most.SELECT_OPTIONS), "option_groups": Many(OPTION_GROUP, most.SELECT_OPTIONS)}
CONVERSATION = {"default_to_current_conversation": Flag(), "filter": Anything()}
FOR_MESSAGE = {"response_url_enabled": Flag()}
EXTERNAL = {"min_query_length": Whole(0, most.OPTION_VALUE)}
ONE = {"initial_option": OPTION}
SEVERAL = {"initial_options": Many(OPTION, most.SELECT_OPTIONS)}

ELEMENTS: Mapping[str, Shape] = {
    "button": Shape(
        must={"text": Text(most.BUTTON_LABEL, role="button")},
        may={
            **ACTION_ID,
            "value": Word(most=most.BUTTON_VALUE),
            "url": Word(most=most.URL),
            "style": Word(values=("primary", "danger")),
            "confirm": CONFIRM,
            "accessibility_label": Word(most=most.BUTTON_LABEL, shown=True),
        },
    ),
    "overflow": Shape(
        must={"options": Many(OPTION, most.OVERFLOW_OPTIONS)},
        may={**ACTION_ID, "confirm": CONFIRM},
    ),
    "image": IMAGE,
    "static_select": _select(OPTIONS | ONE, some=("options", "option_groups")),
    "multi_static_select": _select(OPTIONS | SEVERAL, some=("options", "option_groups"), many=True),
    "external_select": _select(EXTERNAL | ONE),
    "multi_external_select": _select(EXTERNAL | SEVERAL, many=True),
    "users_select": _select({"initial_user": Word()}),
    "multi_users_select": _select({"initial_users": Many(Word())}, many=True),
    "channels_select": _select({"initial_channel": Word(), **FOR_MESSAGE}),
    "multi_channels_select": _select({"initial_channels": Many(Word())}, many=True),
    "conversations_select": _select({"initial_conversation": Word(), **CONVERSATION, **FOR_MESSAGE}),
    "multi_conversations_select": _select({"initial_conversations": Many(Word()), **CONVERSATION}, many=True),
    "checkboxes": _choices("initial_options", Many(OPTION, most.CHOICES)),
    "radio_buttons": _choices("initial_option", OPTION),
    "datepicker": _select({"initial_date": Word()}),
    "timepicker": _select({"initial_time": Word(), "timezone": Word()}),
    "datetimepicker": Shape(may={**ACTION_ID, **FOCUS, "confirm": CONFIRM, "initial_date_time": Anything()}),
    "plain_text_input": _typed(
        {
            "multiline": Flag(),
            "min_length": Whole(0, most.PLAIN_INPUT),
            "max_length": Whole(1, most.PLAIN_INPUT),
        }
    ),
    "email_text_input": _typed({}),
    "url_text_input": _typed({}),
    "number_input": Shape(
        must={"is_decimal_allowed": Flag()},
        may={**_typed({}).may, "min_value": Word(), "max_value": Word()},
    ),
    "rich_text_input": _typed({}),
    "feedback_buttons": Shape(must={"positive_button": FEEDBACK, "negative_button": FEEDBACK}, may=ACTION_ID),
    "icon_button": Shape(
        must={"icon": Word(least=1), "text": Text(most.BUTTON_LABEL, role="button")},
        may={
            **ACTION_ID,
            "value": Word(most=most.BUTTON_VALUE),
            "confirm": CONFIRM,
            "accessibility_label": Word(most=most.BUTTON_LABEL, shown=True),
            "visible_to_user_ids": Many(Word()),
        },
    ),
}
MENUS = tuple(name for name in ELEMENTS if name.endswith("_select"))
CHOOSERS = ("checkboxes", "radio_buttons", "datepicker", "timepicker")
TYPED = ("plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "datetimepicker")
IN_ACTIONS = ("button", "overflow", *MENUS, *CHOOSERS, "datetimepicker")

STYLE = {"style": Anything()}
INLINE: Mapping[str, Shape] = {
    "text": Shape(must={"text": Word(least=1, shown=True)}, may=STYLE),
    "link": Shape(must={"url": Word(most=most.URL)}, may={**STYLE, "text": Word(shown=True), "unsafe": Flag()}),
    "emoji": Shape(must={"name": Word(least=1)}, may={**STYLE, "unicode": Word()}),
    "user": Shape(must={"user_id": Word(least=1)}, may=STYLE),
    "usergroup": Shape(must={"usergroup_id": Word(least=1)}, may=STYLE),
    "channel": Shape(must={"channel_id": Word(least=1)}, may=STYLE),
    "broadcast": Shape(must={"range": Word(values=("here", "channel", "everyone"))}, may=STYLE),
    "date": Shape(
        must={"timestamp": Anything(), "format": Word(least=1)},
        may={**STYLE, "url": Word(), "fallback": Word(shown=True)},
    ),
    "color": Shape(must={"value": Word(least=1)}, may=STYLE),
    "tag": Shape(must={"text": Word(least=1, shown=True)}, may={**STYLE, "color": Word()}),
    "citation": Shape(may={"text": Word(shown=True), "url": Word(most=most.URL), **STYLE}),
}
INLINES = Many(OneOf("inline"), least=0)
RICH: Mapping[str, Shape] = {
    "rich_text_section": Shape(must={"elements": INLINES}),
    "rich_text_quote": Shape(must={"elements": INLINES}, may={"border": Whole(0, 1)}),
    "rich_text_preformatted": Shape(must={"elements": INLINES}, may={"border": Whole(0, 1), "language": Word()}),
    "rich_text_list": Shape(
        must={"style": Word(values=("bullet", "ordered")), "elements": Many(OneOf("rich", ("rich_text_section",)))},
        may={"indent": Whole(0, most.LIST_INDENT), "offset": Whole(0, 10_000), "border": Whole(0, 1)},
    ),
}
CELLS: Mapping[str, Shape] = {
    "raw_text": Shape(must={"text": Word(least=1, shown=True)}),
    "raw_number": Shape(must={"value": Anything()}, may={"text": Word(least=1, shown=True)}),
    "rich_text": Shape(must={"elements": Many(OneOf("rich"))}),
    "action_cell": Shape(must={"element": OneOf("element", ("button",)), "fallback": Word(least=1, shown=True)}),
}
POINT = Shape(must={"label": Word(most=most.CHART_LABEL, least=1, shown=True), "value": Anything()})
SERIES = Shape(
    must={"name": Word(most=most.CHART_LABEL, least=1, shown=True), "data": Many(POINT, most.CHART_POINTS)},
)
AXES = Shape(
    must={"categories": Many(Word(most=most.CHART_LABEL, least=1, shown=True), most.CHART_POINTS)},
    may={"x_label": Word(most=most.AXIS_LABEL, shown=True), "y_label": Word(most=most.AXIS_LABEL, shown=True)},
)
DRAWN = Shape(must={"series": Many(SERIES, most.CHART_SERIES), "axis_config": AXES})
CHARTS: Mapping[str, Shape] = {
    "line": DRAWN,
    "bar": DRAWN,
    "area": DRAWN,
    "pie": Shape(must={"segments": Many(POINT, most.CHART_SERIES)}),
}
