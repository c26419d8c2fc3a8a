#!/usr/bin/env bash
# aiohttp 3.14.5 on CPython 3.11 or newer.
# Expected: importing an HTTP client opens no file of certificates; a context that verifies nothing never needs one.
#   Both contexts are made at first use at the earliest, the one of `ssl=False` without authorities.
# Seen: `import aiohttp` makes both, and both read the system's authorities, also the one whose verify_mode is CERT_NONE.
# Output: read at import: 2; by the context that verifies nothing: 1
# Why it matters: a program that only speaks HTTP on loopback pays for two readings of the system's bundle at each start: with OpenSSL 3
#   some 17 ms each, which is a third of what a short command line takes.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q aiohttp==3.14.5
venv/bin/python - <<'PY'
import ssl
import sys

read = []


def watched(name):
    plain = getattr(ssl.SSLContext, name)

    def call(self, *words):
        read.append(self.verify_mode)
        depth = len(read)
        done = plain(self, *words)
        del read[depth:]  # what one reading calls inside of itself is the same reading
        return done

    setattr(ssl.SSLContext, name, call)


for name in ("set_default_verify_paths", "load_default_certs"):
    watched(name)

import aiohttp  # noqa: F401

unverified = read.count(ssl.CERT_NONE)
print(f"read at import: {len(read)}; by the context that verifies nothing: {unverified}")
if (len(read), unverified) != (2, 1):
    sys.exit("aiohttp no longer reads authorities twice at import.")
PY
