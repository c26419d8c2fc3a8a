#!/usr/bin/env bash
# PyYAML 6.0.3 (safe_dump) and sigs.k8s.io/yaml v1.6.0 (kubectl apply, Helm).
# Expected: a string that Python dumps is a string for kubectl; PyYAML quotes what is a number in YAML 1.1, and Kubernetes' library follows 1.1 for its booleans.
# Seen: PyYAML writes 12e45, 1e5 and 0o17 without quotes, and the Go library reads numbers: the label "12e45" (a short commit id) becomes 1.2e+46.
# Output: commit: 12e45 build: 1e5 mode: 0o17  ->  {"build":100000,"commit":1.2e+46,"mode":15}
# Why it matters: a patch or manifest that a Python tool prints is refused ("cannot unmarshal number into ... string") for one commit id in some hundred, or changes
#   an annotation in silence. JSON patches do not have the fault.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q PyYAML==6.0.3
venv/bin/python -c 'import yaml; print(yaml.safe_dump({"commit": "12e45", "build": "1e5", "mode": "0o17"}, sort_keys=False), end="")' > written.yaml
cat > main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	text, err := os.ReadFile("written.yaml")
	if err != nil {
		panic(err)
	}
	read, err := yaml.YAMLToJSON(text)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(read))
}
GO
go mod init finding 2> log; go get sigs.k8s.io/yaml@v1.6.0 2>> log; read=$(go run .)
echo "$(tr '\n' ' ' < written.yaml) ->  $read"
if [ "$read" != '{"build":100000,"commit":1.2e+46,"mode":15}' ]; then
  echo "What PyYAML dumps as a string is now a string for sigs.k8s.io/yaml, too." >&2; exit 1
fi
