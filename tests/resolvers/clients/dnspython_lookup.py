"""Looks a name up by dnspython."""

import json
import sys

import dns.exception
import dns.resolver

try:
    found = dns.resolver.resolve(sys.argv[1], "A")
    print(json.dumps({"addresses": [each.address for each in found]}))
except dns.exception.DNSException as error:
    print(json.dumps({"addresses": [], "error": type(error).__name__}))
