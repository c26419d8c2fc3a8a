#!/usr/bin/env bash
# markdown-to-mrkdwn 0.3.3 and md2mrkdwn 0.4.5 beside slackify-markdown 0.2.4 (all PyPI): Markdown to Slack's mrkdwn.
# Expected: an asterisk with blanks around it, or two that begin words, emphasise nothing (CommonMark 0.31, "Emphasis and strong emphasis"), and a code span is code
#   ("Code spans"); the README of the first promises "standard Markdown" and to leave code blocks alone.
# Seen: a cron line and two wildcard hosts in a sentence lose their asterisks to underscores in both; the first does so inside of code spans, too, and makes a
#   link of `[a](b)` there. slackify-markdown, which parses, leaves all of them.
# Output: markdown-to-mrkdwn: at 0 9 _ _ 1 | _.a.example and _.b.example | `0 9 _ _ 1` | `<b|a>`
#   md2mrkdwn: at 0 9 _ _ 1 | _.a.example and _.b.example | `0 9 * * 1` | `[a](b)`
# Why it matters: a bot that repeats a schedule, an Ingress's hosts or a command to copy says something else than it was given, in a form that looks right.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q markdown-to-mrkdwn==0.3.3 md2mrkdwn==0.4.5 slackify-markdown==0.2.4
venv/bin/python - <<'PY'
import sys
import md2mrkdwn
from markdown_to_mrkdwn import SlackMarkdownConverter
from slackify_markdown import slackify_markdown

TEXTS = "at 0 9 * * 1", "*.a.example and *.b.example", "`0 9 * * 1`", "`[a](b)`"
seen = {
    "markdown-to-mrkdwn": " | ".join(SlackMarkdownConverter().convert(text) for text in TEXTS),
    "md2mrkdwn": " | ".join(md2mrkdwn.convert(text) for text in TEXTS),
}
for name, texts in seen.items():
    print(f"{name}: {texts}")
if seen != {
    "markdown-to-mrkdwn": "at 0 9 _ _ 1 | _.a.example and _.b.example | `0 9 _ _ 1` | `<b|a>`",
    "md2mrkdwn": "at 0 9 _ _ 1 | _.a.example and _.b.example | `0 9 * * 1` | `[a](b)`",
} or any(slackify_markdown(text).strip() != text for text in TEXTS):
    sys.exit("One of the converters now reads asterisks in another way.")
PY
