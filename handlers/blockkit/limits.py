"""Slack's numbers, each once, so that a builder and the lint can never disagree about one.

Source: https://docs.slack.dev/reference/block-kit/blocks and the pages under it, unless a line says otherwise.
Lengths are in characters as Python counts them; sizes in bytes of UTF-8 JSON.
"""

# The message as a whole.
BLOCKS_MESSAGE = 50
BLOCKS_VIEW = 100
BLOCKS_BUDGET = 40  # ours: room for what a later edit adds
BYTES_BUDGET = 10_000  # ours: below the ceiling with room for what Slack adds
BYTES_MESSAGE = 13_000  # undocumented, measured: https://github.com/slackapi/bolt-js/issues/2509
TEXT_MESSAGE = 4_000  # https://docs.slack.dev/reference/methods/chat.postMessage "truncating content"
TEXT_TRUNCATED = 40_000
TEXT_BUDGET = 150  # ours: what a phone shows of a notification
ATTACHMENTS = 100
ID = 255

# Texts inside blocks.
SECTION_TEXT = 3_000
SECTION_FIELDS = 10
SECTION_FIELD = 2_000
HEADER = 150
CONTEXT_ELEMENTS = 10
ACTIONS_ELEMENTS = 25
CONTEXT_ACTIONS_ELEMENTS = 5
INPUT_LABEL = 2_000
IMAGE_ALT = 2_000
IMAGE_TITLE = 2_000
FILE_ALT = 1_000  # https://docs.slack.dev/reference/methods/files.getUploadURLExternal "alt_txt_too_large"
URL = 3_000
MARKDOWN_TOTAL = 12_000
CONTEXT_TEXT = 3_000
ALERT = 200

# Elements.
BUTTON_LABEL = 75
BUTTON_VALUE = 2_000
OPTION_LABEL = 75
OPTION_VALUE = 150
OVERFLOW_OPTIONS = 5
SELECT_OPTIONS = 100
CHOICES = 10
PLACEHOLDER = 150
PLAIN_INPUT = 3_000
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30
LIST_INDENT = 8

# Tables and charts.
TABLE_ROWS = 100
TABLE_CELLS = 20
TABLE_CHARACTERS = 10_000
TABLES_MESSAGE = 1
DATA_TABLE_ROWS = 201  # the heading row and 200 more
DATA_TABLE_CHARACTERS = 20_000
DATA_TABLE_PAGE = 100
CHARTS_MESSAGE = 2  # found by refusal: https://github.com/vercel/chat/issues/696
CHART_TITLE = 50
CHART_SERIES = 12
CHART_POINTS = 20
CHART_LABEL = 20
AXIS_LABEL = 50

# Blocks of 2026.
CONTAINER_CHILDREN = 10
CONTAINER_TITLE = 150
CARD_TITLE = 150
CARD_BODY = 200
CARD_ACTIONS = 3
CAROUSEL_CARDS = 10
PLANS_MESSAGE = 1
PLAN_TASKS = 50

# Views: https://docs.slack.dev/reference/views/modal-views
VIEW_TITLE = 24
VIEW_METADATA = 3_000
VIEW_BYTES = 250_000
VIEW_STACK = 3
