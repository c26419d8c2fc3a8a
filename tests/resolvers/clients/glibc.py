"""Looks a name up by the C library."""

import json
import socket
import sys

_NAMES = {getattr(socket, name): name for name in dir(socket) if name.startswith("EAI_")}
try:
    found = socket.getaddrinfo(sys.argv[1], 80, type=socket.SOCK_STREAM)
    print(json.dumps({"addresses": [each[4][0] for each in found]}))
except socket.gaierror as error:
    print(json.dumps({"addresses": [], "error": _NAMES.get(error.errno, str(error))}))
