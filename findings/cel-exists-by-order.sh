#!/usr/bin/env bash
# common-expression-language 0.10.0 (PyPI, imported as cel) beside cel-python 0.5.0: the language of ValidatingAdmissionPolicies.
# Expected: exists() is true when one element makes it true, and all() is false when one makes it false, "ignoring any errors from other predicates": so says cel-spec's
#   language definition, in "Macros", since the two are made of || and &&.
# Seen: the first element that raises ends both, so the outcome hangs on the order of the list: a container port without a name (names are optional) before the one that
#   is looked for is KeyError 'name'. The same condition written with || is true. cel-python is right in all of these.
# Output: exists, named first: True | exists, unnamed first: KeyError | all, unnamed first: KeyError | written with ||: True · cel-python: True True False True
# Why it matters: a rule that was tried on one pod is an error on the next, and a tool that takes the error as "no match" says that the port is not there.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q common-expression-language==0.10.0 cel-python==0.5.0
cat > evaluate.py <<'PY'
import sys
import cel, celpy

NAMED, UNNAMED = {"name": "http", "containerPort": 8080}, {"containerPort": 9090}
CASES = {
    "exists, named first": ("ports.exists(p, p.name == 'http')", [NAMED, UNNAMED]),
    "exists, unnamed first": ("ports.exists(p, p.name == 'http')", [UNNAMED, NAMED]),
    "all, unnamed first": ("ports.all(p, p.name == 'dns')", [UNNAMED, NAMED]),
    "written with ||": ("ports[0].name == 'http' || ports[1].name == 'http'", [UNNAMED, NAMED]),
}

def outcome(rule, ports):
    try:
        return str(cel.evaluate(rule, {"ports": ports}))
    except Exception as error:
        return type(error).__name__

def other(rule, ports):
    environment = celpy.Environment()
    return str(bool(environment.program(environment.compile(rule)).evaluate({"ports": celpy.json_to_cel(ports)})))

seen = " | ".join(f"{name}: {outcome(*case)}" for name, case in CASES.items())
seen += " · cel-python: " + " ".join(other(*case) for case in CASES.values())
print(seen)
if seen != "exists, named first: True | exists, unnamed first: KeyError | all, unnamed first: KeyError | written with ||: True · cel-python: True True False True":
    sys.exit("exists() and all() now pass over elements that raise, or cel-python no longer does.")
PY
venv/bin/python evaluate.py
