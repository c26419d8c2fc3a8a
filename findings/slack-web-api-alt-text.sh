#!/usr/bin/env bash
# @slack/web-api 8.2.0 (npm) beside slack-sdk 3.47.0 (PyPI).
# Expected: the description of an uploaded picture leaves both of Slack's clients by one name: files.getUploadURLExternal reads `alt_txt`, by the schema of its
#   arguments and its error alt_txt_too_large, and `alt_txt` is what the types of the answers of @slack/web-api itself call it in a file.
# Seen: the Python client sends alt_txt. The one for Node.js takes `alt_text` alone, in its types and in filesUploadV2, and sends it by that name;
#   alt_txt it leaves out without a word. (That Slack does nothing with an argument it does not know is its rule for all methods; it is not asked here.)
# Output: slack-sdk alt_txt: alt_txt | @slack/web-api alt_text: alt_text | @slack/web-api alt_txt: nothing
# Why it matters: every call says ok, and the picture has no words for those who cannot see it. Call files.getUploadURLExternal with alt_txt by apiCall.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q slack-sdk==3.47.0
echo '{"private": true}' > package.json; npm install --silent --no-fund --no-audit @slack/web-api@8.2.0
cat > upload.mjs <<'JS'
import { WebClient } from "@slack/web-api";

const [slackApiUrl, name] = process.argv.slice(2);
await new WebClient("xoxb-example", { slackApiUrl }).filesUploadV2({ channel_id: "C1", filename: "a.png", content: "picture", [name]: "words" });
JS
venv/bin/python - <<'PY'
import json, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl
from slack_sdk.web import WebClient

asked = []

class Slack(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        if self.path.endswith("files.getUploadURLExternal"):
            asked.append([key for key, value in parse_qsl(body) if value == "words"])
        answer = {"ok": True, "upload_url": f"{base}upload", "file_id": "F1", "files": [{"id": "F1"}]}
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_):
        pass

server = HTTPServer(("127.0.0.1", 0), Slack)
base = f"http://127.0.0.1:{server.server_port}/"
threading.Thread(target=server.serve_forever, daemon=True).start()
WebClient("xoxb-example", base).files_upload_v2(channel="C1", filename="a.png", content="picture", alt_txt="words")
for name in ("alt_text", "alt_txt"):
    subprocess.run(["node", "upload.mjs", base, name], check=True)
calls = ("slack-sdk alt_txt", "@slack/web-api alt_text", "@slack/web-api alt_txt")
print(" | ".join(f"{call}: {', '.join(names) or 'nothing'}" for call, names in zip(calls, asked, strict=True)))
if asked != [["alt_txt"], ["alt_text"], []]:
    sys.exit("Slack's two clients now send a picture's description by one name.")
PY
