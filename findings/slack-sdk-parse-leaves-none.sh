#!/usr/bin/env bash
# slack-sdk 3.47.0, slack_sdk.models.blocks.
# Expected: a block or element of a type that this release does not know stays as it came, or raises; Block.parse_all is typed List[Block].
# Seen: it becomes None, in the list of blocks and inside a known block, and to_dict() writes it on as null; the log says "skipped".
# Output: [None, 'divider'] and {'elements': [None, {'text': 'a', 'type': 'mrkdwn'}], 'type': 'context'}
# Why it matters: a bot that reads a message, changes a line and sends it back by chat.update drops what Slack added since, and Slack refuses the null (invalid_blocks).
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q slack-sdk==3.47.0
venv/bin/python - <<'PY'
import sys
from slack_sdk.models.blocks import Block

blocks = Block.parse_all([{"type": "of_next_year"}, {"type": "divider"}])
context = Block.parse({"type": "context", "elements": [{"type": "of_next_year"}, {"type": "mrkdwn", "text": "a"}]}).to_dict()
print([block and block.type for block in blocks], "and", context)
if blocks[0] is not None or context["elements"][0] is not None:
    sys.exit("slack-sdk no longer turns an unknown block or element into None.")
PY
