#!/usr/bin/env bash
# slackify-markdown 4.5.0 (npm).
# Expected: what Slack has no markup for stays readable, as a table does: `- [x]` and `- [ ]` of a list of tasks differ. The characters <, > and & of text are escaped, as Slack asks of
#   whoever posts, in code as well as outside.
# Seen: the boxes are gone, so what is done and what is left are the same bullet. In code, inline and in blocks, < and & are left as they are, and only the last > of a line of text is
#   escaped. A bold name has a zero-width space at each side, which is copied with it.
# Output: "•   drain" and "•   roll back" · text: &lt;none&gt;, code: `<none>` · bold: U+200B *web-1* U+200B
# Why it matters: a handover says of no step whether it was taken. kubectl's `<none>` in a block is markup for Slack, and a pod's name that is copied out of bold is one that no pod has.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
echo '{"private": true}' > package.json; npm install --silent --no-fund --no-audit slackify-markdown@4.5.0
cat > convert.js <<'JS'
const slackify = require("slackify-markdown");

const [done, left] = slackify("- [x] drain\n- [ ] roll back\n").trim().split("\n");
const text = slackify("<none\\>").trim();
const code = slackify("`<none>`").trim();
const bold = slackify("of **web-1** it").trim().replace(/^of | it$/g, "").replaceAll("\u200b", " U+200B ").trim();
const seen = `"${done}" and "${left}" · text: ${text}, code: ${code} · bold: ${bold}`;
console.log(seen);
if (seen !== '"•   drain" and "•   roll back" · text: &lt;none&gt;, code: `<none>` · bold: U+200B *web-1* U+200B') {
  console.error("slackify-markdown now keeps the boxes of tasks, escapes code, or leaves zero-width spaces out.");
  process.exit(1);
}
JS
node convert.js
