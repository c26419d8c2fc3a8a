#!/usr/bin/env bash
# @tryfabric/mack 1.2.1 (npm): Markdown to Slack's blocks.
# Expected: what stands inside of a list item stays there; the README names ordered and unordered lists and code blocks as supported, and as limited only block quotes.
# Seen: of an item only its first line of text is kept. A command below a numbered step, a code block in it and the items of a nested list are gone, without an error;
#   and a list always begins at 1, so the second half of a runbook is numbered like the first.
# Output: 1. Look at the slices: / 2. Then at DNS: | • DNS / • routing | 1. Restart it
# Why it matters: a runbook or the answer of a language model arrives in Slack as a list of headings: each step says what to do, and none how.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
echo '{"private": true}' > package.json; npm install --silent --no-fund --no-audit @tryfabric/mack@1.2.1
cat > convert.mjs <<'JS'
import { markdownToBlocks } from "@tryfabric/mack";

const fence = "```";
const texts = [
  `1. Look at the slices:\n\n   \`kubectl get endpointslices\`\n2. Then at DNS:\n   ${fence}\n   nslookup shop\n   ${fence}`,
  "- DNS\n  - answers in 2 ms\n- routing\n  - port 8080 is closed",
  "3. Restart it",
];
const seen = [];
for (const text of texts) {
  const blocks = await markdownToBlocks(text);
  seen.push(blocks.map((block) => block.text.text.replaceAll("\n", " / ")).join(" / "));
}
console.log(seen.join(" | "));
if (seen.join(" | ") !== "1. Look at the slices: / 2. Then at DNS: | • DNS / • routing | 1. Restart it") {
  console.error("mack now keeps what stands inside of a list item, or a list's first number.");
  process.exit(1);
}
JS
node convert.mjs
