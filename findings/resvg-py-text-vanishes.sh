#!/usr/bin/env bash
# resvg-py 0.5.0 with Roboto (font-roboto 0.0.1; any shipped font does it).
# Expected: with a font file given, text is drawn in it: CSS falls back to what there is, "sans-serif" is generic, and names of families ignore case.
# Seen: only the family's exact spelling draws. No family, "sans-serif", another family, the same in lower case: an empty picture, no error, no warning.
#   A font file that does not exist is not told either.
# Output: {'Roboto': 'drawn', 'roboto': 'blank', 'sans-serif': 'blank', None: 'blank', 'Arial, Roboto': 'drawn', 'no such file': 'blank'}
# Why it matters: slim images have no system fonts; a chart that is right on a laptop reaches Slack without its axis, and no exception tells.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q resvg-py==0.5.0 font-roboto==0.0.1
venv/bin/python - <<'PY'
import sys
from pathlib import Path
import resvg_py

FONT = str(next(Path("venv").rglob("Roboto-Regular.ttf")))

def picture(family, word, font=FONT):
    attribute = f'font-family="{family}"' if family else ""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40"><text x="5" y="25" {attribute}>{word}</text></svg>'
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, font_files=[font], skip_system_fonts=True))

def seen(family, font=FONT):
    return "blank" if picture(family, "10 ms", font) == picture(family, "", font) else "drawn"

table = {family: seen(family) for family in ("Roboto", "roboto", "sans-serif", None, "Arial, Roboto")}
table["no such file"] = seen("Roboto", "missing.ttf")
print(table)
if [name for name, what in table.items() if what == "drawn"] != ["Roboto", "Arial, Roboto"]:
    sys.exit("resvg-py now draws text in a font whose family was not spelled exactly (or tells that it does not).")
PY
