"""Imports of the official client. Its asynchronous configuration is all that is used, and its packages import all the rest.

`kubernetes/__init__.py` imports the synchronous client with requests and oauthlib, `kubernetes/aio/__init__.py` the dynamic
client with urllib3: a third of a command's CPU, and 8 MB (docs/decisions.md, "The synchronous client is not imported").
The asynchronous configuration asks for ApiClient, which nobody here makes, and with it for pydantic: four fifths of the rest.
"""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_PACKAGES = ("kubernetes", "kubernetes.aio")


def skip_package_imports() -> None:
    """Let submodules of the client be imported without what its packages import; what was imported before stays."""
    for name in _PACKAGES:
        spec = importlib.util.find_spec(name) if name not in sys.modules else None
        if spec is not None:
            sys.modules[name] = importlib.util.module_from_spec(spec)


@contextmanager
def without_api_client() -> Iterator[None]:
    """Within it the library's configuration is imported with nothing in the place of ApiClient; afterwards all is as it was."""
    client = importlib.import_module("kubernetes.aio.client")  # gives its classes when they are asked for
    if "ApiClient" in vars(client) or "kubernetes.aio.config.kube_config" in sys.modules:
        yield
        return
    vars(client)["ApiClient"] = object
    try:
        yield
    finally:
        del vars(client)["ApiClient"]
