#!/usr/bin/env bash
# grpcio 1.85.3 (C core); Python's ssl (OpenSSL 3) as the client.
# Expected: a server that requires a client's certificate and gets none sends the alert certificate_required
#   (RFC 8446, 6.2: "sent by servers when a client certificate is desired but none was provided").
# Seen: the handshake ends well for the client, then the connection is closed without any alert: a plain end of the stream.
# Output: handshake TLSv1.3, then b''
# Why it matters: from outside, mutual TLS looks like a server that hangs up; only that it does so before any request tells.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q grpcio==1.85.3
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost 2>/dev/null
venv/bin/python - <<'PY' 2>/dev/null
import socket, ssl, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import grpc

cert, key = Path("cert.pem").read_bytes(), Path("key.pem").read_bytes()
server = grpc.server(ThreadPoolExecutor(1))
port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, cert)], cert, require_client_auth=True))
server.start()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
context.set_alpn_protocols(["h2"])
context.options |= ssl.OP_IGNORE_UNEXPECTED_EOF
with socket.create_connection(("127.0.0.1", port)) as plain, context.wrap_socket(plain) as talk:
    talk.settimeout(5)
    version = talk.version()
    try:
        came = talk.recv(100)
    except (ssl.SSLError, OSError) as error:
        came = f"{type(error).__name__}: {error}"
print(f"handshake {version}, then {came!r}")
server.stop(None)
sys.exit(0 if came == b"" else 1)
PY
