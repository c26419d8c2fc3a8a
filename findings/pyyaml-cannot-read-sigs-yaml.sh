#!/usr/bin/env bash
# sigs.k8s.io/yaml v1.6.0 (kubectl -o yaml) and PyYAML 6.0.3 (safe_load).
# Expected: what the one writes the other reads: both keep to YAML 1.1 for scalars, and the Go library quotes whatever could be read as another type.
# Seen: the strings "=" and "<<" are written without quotes, and PyYAML refuses the document: "could not determine a constructor for the tag ...:value" and "...:merge".
# Output: matcher: =  ->  ConstructorError  ·  operator: <<  ->  ConstructorError
# Why it matters: an Alertmanager matcher ("=" is a value of its matchType) or a label rule in one object makes a saved dump unreadable for a Python tool, as a whole.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q PyYAML==6.0.3
cat > main.go <<'GO'
package main

import (
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	text, err := yaml.Marshal(map[string]string{"matcher": "=", "operator": "<<"})
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(text)
}
GO
go mod init finding 2> log; go get sigs.k8s.io/yaml@v1.6.0 2>> log; go run . > written.yaml
venv/bin/python - <<'PY'
import sys
import yaml

def outcome(line):
    try:
        return repr(yaml.safe_load(line))
    except yaml.constructor.ConstructorError:
        return "ConstructorError"

lines = open("written.yaml").read().splitlines()
print("  ·  ".join(f"{line}  ->  {outcome(line)}" for line in lines))
if any(outcome(line) != "ConstructorError" for line in lines):
    sys.exit("sigs.k8s.io/yaml now quotes = and <<, or PyYAML reads them.")
PY
