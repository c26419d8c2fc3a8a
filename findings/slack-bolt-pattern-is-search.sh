#!/usr/bin/env bash
# slack-bolt 1.30.0 (App; AsyncApp matches alike).
# Expected: a regular expression as the constraint of a listener stands for the whole action_id, as a str does; `report(\.\d+)?` takes "report" and "report.7".
# Seen: it is searched for anywhere in the action_id: "report.delete" and "team.report" are taken too. Listeners are asked in the order of their registration,
#   so the one that is registered later for exactly "report.delete" is never called.
# Output: {'report': 'pattern', 'report.7': 'pattern', 'report.delete': 'pattern', 'team.report': 'pattern'}; ending in \Z and beginning with \A: 'report.delete': 'exact'
# Why it matters: the click on another button does this one's work, and its own does not happen; Slack gets 200, so nothing is logged. Anchor both ends.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q slack-bolt==1.30.0 slack-sdk==3.47.0
venv/bin/python - <<'PY'
import json, logging, re, sys
from urllib.parse import urlencode
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request import BoltRequest

logging.disable(logging.CRITICAL)

def authorize(**_):
    return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-example", bot_id="B1", bot_user_id="U1")

def called(pattern, action_id):
    app = App(signing_secret="example", authorize=authorize, request_verification_enabled=False)
    names = []

    @app.action(re.compile(pattern))
    def by_pattern(ack):
        ack()
        names.append("pattern")

    @app.action("report.delete")
    def by_text(ack):
        ack()
        names.append("exact")

    click = {"type": "button", "block_id": "b", "action_id": action_id, "value": "1", "action_ts": "1.1"}
    payload = {"type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U2", "team_id": "T1"}, "actions": [click]}
    form = {"content-type": ["application/x-www-form-urlencoded"]}
    app.dispatch(BoltRequest(body=urlencode({"payload": json.dumps(payload)}), headers=form))
    app.listener_runner.listener_executor.shutdown(wait=True)
    return " and ".join(names) or "nobody"

identifiers = ("report", "report.7", "report.delete", "team.report")
plain = {each: called(r"report(\.\d+)?", each) for each in identifiers}
anchored = {each: called(r"\Areport(\.\d+)?\Z", each) for each in identifiers}
print("as written:", plain)
print("anchored:", anchored)
if plain != dict.fromkeys(identifiers, "pattern") or anchored["report.delete"] != "exact":
    sys.exit("slack-bolt no longer searches for a pattern in the middle of an action_id.")
PY
