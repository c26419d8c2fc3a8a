"""The blocks themselves: the shape of each, and where Slack shows it. As in `schema`: data only.

Source: https://docs.slack.dev/reference/block-kit/blocks. `alert` in a message and `table` in a modal are refused by
Slack although their names promise otherwise.
"""

from collections.abc import Mapping
from typing import Any, Literal

from handlers.blockkit import limits as most
from handlers.blockkit.schema import (
    CELLS,
    CHARTS,
    CHOOSERS,
    ELEMENTS,
    IMAGE,
    IN_ACTIONS,
    INLINE,
    MENUS,
    PLAIN_OR_MRKDWN,
    RICH,
    RICH_TEXT,
    TYPED,
    Anything,
    Flag,
    Many,
    OneOf,
    Shape,
    Text,
    Whole,
    Word,
)

Surface = Literal["message", "modal", "home"]
ACCESSORIES = ("image", "button", "overflow", *MENUS, *CHOOSERS)
IN_INPUT = (*MENUS, *CHOOSERS, *TYPED)
CELL = OneOf("cell", ("raw_text", "raw_number", "rich_text"))
DATA_CELL = OneOf("cell", tuple(CELLS))

BLOCKS: Mapping[str, Shape] = {
    "section": Shape(
        may={
            "text": Text(most.SECTION_TEXT, PLAIN_OR_MRKDWN, "body"),
            "fields": Many(Text(most.SECTION_FIELD, PLAIN_OR_MRKDWN, "body"), most.SECTION_FIELDS),
            "accessory": OneOf("element", ACCESSORIES),
            "expand": Flag(),
        },
        some=("text", "fields"),
    ),
    "header": Shape(must={"text": Text(most.HEADER, role="header")}),
    "divider": Shape(),
    "context": Shape(
        must={"elements": Many(OneOf("element", ("image", *PLAIN_OR_MRKDWN)), most.CONTEXT_ELEMENTS)},
    ),
    "actions": Shape(must={"elements": Many(OneOf("element", IN_ACTIONS), most.ACTIONS_ELEMENTS)}),
    "context_actions": Shape(
        must={
            "elements": Many(OneOf("element", ("feedback_buttons", "icon_button")), most.CONTEXT_ACTIONS_ELEMENTS),
        },
    ),
    "image": Shape(must=IMAGE.must, may={**IMAGE.may, "title": Text(most.IMAGE_TITLE)}, some=IMAGE.some),
    "input": Shape(
        must={"label": Text(most.INPUT_LABEL), "element": OneOf("element", IN_INPUT)},
        may={"hint": Text(most.INPUT_LABEL), "optional": Flag(), "dispatch_action": Flag()},
    ),
    "rich_text": Shape(must={"elements": Many(OneOf("rich"))}),
    "markdown": Shape(must={"text": Word(most=most.MARKDOWN_TOTAL, least=1, shown=True, markup="markdown")}),
    "table": Shape(
        must={"rows": Many(Many(CELL, most.TABLE_CELLS), most.TABLE_ROWS)},
        may={"column_settings": Many(Anything(), most.TABLE_CELLS)},
    ),
    "data_table": Shape(
        must={
            "rows": Many(Many(DATA_CELL, most.TABLE_CELLS), most.DATA_TABLE_ROWS, least=2),
            "caption": Word(least=1, shown=True),
        },
        may={
            "page_size": Whole(1, most.DATA_TABLE_PAGE),
            "row_header_column_index": Whole(0, most.TABLE_CELLS - 1),
        },
    ),
    "data_visualization": Shape(
        must={"title": Word(most=most.CHART_TITLE, least=1, shown=True), "chart": OneOf("chart")},
    ),
    "container": Shape(
        must={"child_blocks": Many(OneOf("block", ("section",)), most.CONTAINER_CHILDREN)},
        may={
            "title": Text(most.CONTAINER_TITLE),
            "rich_text_title": RICH_TEXT,
            "subtitle": Text(most.CONTAINER_TITLE, PLAIN_OR_MRKDWN),
            "width": Word(values=("narrow", "standard", "wide", "full")),
            "icon": OneOf("element", ("image",)),
            "is_collapsible": Flag(),
            "default_collapsed": Flag(),
            "has_header_divider": Flag(),
        },
        some=("title", "rich_text_title"),
    ),
    "card": Shape(
        may={
            "title": Text(most.CARD_TITLE, PLAIN_OR_MRKDWN),
            "subtitle": Text(most.CARD_TITLE, PLAIN_OR_MRKDWN),
            "body": Text(most.CARD_BODY, PLAIN_OR_MRKDWN, "body"),
            "subtext": Text(most.CARD_BODY, PLAIN_OR_MRKDWN, "body"),
            "hero_image": OneOf("element", ("image",)),
            "icon": OneOf("element", ("image",)),
            "actions": Many(OneOf("element", ("button",)), most.CARD_ACTIONS),
        },
        some=("title", "body", "hero_image", "actions"),
    ),
    "carousel": Shape(must={"elements": Many(OneOf("block", ("card",)), most.CAROUSEL_CARDS)}),
    "plan": Shape(
        must={"title": Word(least=1, shown=True)}, may={"tasks": Many(OneOf("block", ("task_card",)), most.PLAN_TASKS)}
    ),
    "task_card": Shape(
        must={
            "task_id": Word(most=most.ID, least=1),
            "title": Word(least=1, shown=True),
            "status": Word(values=("pending", "in_progress", "complete", "error")),
        },
        may={"details": RICH_TEXT, "output": RICH_TEXT, "sources": Many(Anything())},
    ),
    "alert": Shape(
        must={"text": Text(most.ALERT, PLAIN_OR_MRKDWN, "body")},
        may={"level": Word(values=("default", "info", "warning", "error", "success"))},
    ),
    "file": Shape(must={"external_id": Word(least=1), "source": Word(values=("remote",))}),
}

FAMILIES: Mapping[str, Mapping[str, Any]] = {
    "block": BLOCKS,
    "element": ELEMENTS,
    "rich": RICH,
    "inline": INLINE,
    "cell": CELLS,
    "chart": CHARTS,
}

EVERYWHERE = ("section", "header", "divider", "context", "actions", "image", "input", "rich_text")
RICH_BLOCKS = ("table", "data_table", "data_visualization", "container", "card", "carousel")
SURFACES: Mapping[str, tuple[str, ...]] = {
    "message": (*EVERYWHERE, *RICH_BLOCKS, "markdown", "plan", "task_card", "context_actions", "file"),
    "modal": (*EVERYWHERE, "alert"),
    "home": (*EVERYWHERE, *RICH_BLOCKS),
}

VIEW = Shape(
    may={
        "callback_id": Word(most=most.ID),
        "private_metadata": Word(most=most.VIEW_METADATA),
        "external_id": Word(most=most.ID),
    },
)
MODAL = Shape(
    must={"title": Text(most.VIEW_TITLE, role="header")},
    may={
        **VIEW.may,
        "submit": Text(most.VIEW_TITLE, role="button"),
        "close": Text(most.VIEW_TITLE, role="button"),
        "clear_on_close": Flag(),
        "notify_on_close": Flag(),
        "submit_disabled": Flag(),
    },
)
