"""Opens a gRPC channel to a name: its error tells whether the name was resolved."""

import json
import re
import sys

import grpc

channel = grpc.insecure_channel(f"dns:///{sys.argv[1]}:80")
try:
    channel.unary_unary("/k8snet/Look")(b"", timeout=60)
except grpc.RpcError as error:
    said = error.details()
    found = re.findall(r"ipv[46]:(?:%5B)?([\da-f.:]+?)(?:%5D)?:80", said)
    print(json.dumps({"addresses": sorted(set(found)), "error": "" if found else said}))
