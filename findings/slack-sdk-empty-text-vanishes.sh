#!/usr/bin/env bash
# slack-sdk 3.47.0, slack_sdk.models.blocks.
# Expected: a text object always has "text" (Slack's reference: required, at least one character), so the model keeps it or to_dict() refuses the empty one,
#   as it refuses a text that is too long.
# Seen: the key is dropped, and the models' validation passes; a section's field of 2,001 characters (limit 2,000) passes, too, while a header of 151 (limit 150) is refused.
# Output: {'type': 'mrkdwn'} · field of 2001: passed · header of 151: refused
# Why it matters: an empty evidence line (a log without lines) passes every local test and costs the whole message in Slack; the limits must be held by one's own code.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q slack-sdk==3.47.0
venv/bin/python - <<'PY'
import sys
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import ContextBlock, HeaderBlock, MarkdownTextObject, SectionBlock

def judged(block):
    try:
        block.validate_json()
    except SlackObjectFormationError:
        return "refused"
    return "passed"

empty = ContextBlock(elements=[MarkdownTextObject(text="")])
field, header = judged(SectionBlock(fields=["x" * 2001])), judged(HeaderBlock(text="x" * 151))
print(empty.to_dict()["elements"][0], "· field of 2001:", field, "· header of 151:", header)
if judged(empty) != "passed" or "text" in empty.to_dict()["elements"][0] or (field, header) != ("passed", "refused"):
    sys.exit("slack-sdk's models now keep or refuse an empty text, or hold the limit of a field.")
PY
