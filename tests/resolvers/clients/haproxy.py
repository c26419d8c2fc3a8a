"""Lets a real HAProxy resolve a name for its servers, for a few seconds, and asks its socket which addresses they have."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

_CONFIG = """global
  stats socket {folder}/socket level admin
defaults
  mode tcp
  timeout connect 1s
  timeout client 1s
  timeout server 1s
resolvers pod
  parse-resolv-conf
  resolve_retries 3
  timeout resolve 1s
  timeout retry 1s
backend all
  server-template s 1-130 {name}:8081 resolvers pod init-addr none check
frontend in
  bind 127.0.0.99:8080
  default_backend all
"""
_PATIENCE = 6.0  # seconds after which a server without an address is told to have none


def _addresses(path: str) -> list[str]:
    with socket.socket(socket.AF_UNIX) as talk:
        talk.connect(path)
        talk.sendall(b"show servers state all\n")
        said = b"".join(iter(lambda: talk.recv(65536), b"")).decode()
    rows = [line.split() for line in said.splitlines() if line[:1].isdigit() and len(line.split()) > 5]
    return sorted({row[4] for row in rows if row[4] not in ("-", "0.0.0.0")})


def main(haproxy: str, name: str, place: str) -> None:
    """Print the addresses that HAProxy has after a while."""
    folder = Path(place)
    (folder / "haproxy.cfg").write_text(_CONFIG.format(folder=place, name=name))
    server = subprocess.Popen([haproxy, "-f", str(folder / "haproxy.cfg")], stderr=subprocess.DEVNULL)
    while not (folder / "socket").exists():
        time.sleep(0.02)
    began = time.monotonic()
    found: list[str] = []
    while not found and time.monotonic() - began < _PATIENCE:
        time.sleep(0.2)
        found = _addresses(str(folder / "socket"))
    time.sleep(0.5)
    found = _addresses(str(folder / "socket"))
    server.terminate()
    server.wait()
    print(json.dumps({"addresses": found, "error": "" if found else "no address", "seconds": 0.0}))


if __name__ == "__main__":
    main(*sys.argv[1:])
