"""Container images without a registry or an engine: archives in Docker's format, written from files of this machine.

https://github.com/moby/docker-image-spec/blob/main/spec.md, which `ctr images import` reads. The images here are those that
the nodes themselves need; `program` and `store` hold those of the product.
"""

import json
import platform
import subprocess
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.live_cluster.nodes import layers
from tests.live_cluster.nodes.layout import REGISTRY

BUSYBOX = Path("/bin/busybox")
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Image:
    """An image as it goes into an archive: its layers, lowest first, and how it runs."""

    name: str
    layers: Sequence[Path]
    config: Mapping[str, Any]

    @property
    def reference(self) -> str:
        return f"{REGISTRY}/{self.name}:1"


def write_images(binaries: Path, folder: Path) -> None:
    """Write pause, coredns and serve; serve has busybox too, for whoever wants a shell in a client pod."""
    folder.mkdir(parents=True)
    listed = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for name, programs, applets in (
        ("pause", [binaries / "pause"], ()),
        ("coredns", [binaries / "coredns"], ()),
        ("serve", [binaries / "serve", BUSYBOX], listed),
    ):
        layer = folder.parent / f"{name}.layer"
        _programs(layer, programs, applets)
        write_archive(
            folder / f"{name}.tar", [Image(name, [layer], {"Env": ["PATH=/:/bin"], "Entrypoint": [f"/{name}"]})]
        )
        layer.unlink()


def write_archive(file: Path, images: Iterable[Image]) -> None:
    """Write images into one archive; a layer that several of them share is in it once."""
    manifest, written = [], set()
    with tarfile.open(file, "w") as archive:
        for image in images:
            digests = [layers.digest(layer) for layer in image.layers]
            for layer, digest in zip(image.layers, digests, strict=True):
                if digest not in written:
                    archive.add(layer, f"{digest}.tar")
                    written.add(digest)
            layers.write(archive, f"{image.name}.json", _config(image, digests), 0o644)
            names = [f"{digest}.tar" for digest in digests]
            manifest.append({"Config": f"{image.name}.json", "RepoTags": [image.reference], "Layers": names})
        layers.write(archive, "manifest.json", json.dumps(manifest).encode(), 0o644)


def _config(image: Image, digests: Sequence[str]) -> bytes:
    whole = {
        "architecture": ARCHITECTURES[platform.machine()],
        "os": "linux",
        "config": dict(image.config),
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
    }
    return json.dumps(whole).encode()


def _programs(file: Path, programs: Sequence[Path], applets: Sequence[str]) -> None:
    """One layer: the programs at the root, busybox's applets in /bin, /tmp, and user and group root."""
    with tarfile.open(file, "w") as layer:
        for name, mode in (("tmp", 0o1777), ("etc", 0o755), ("bin", 0o755)):
            layers.folder(layer, name, mode)
        layers.write(layer, "etc/passwd", b"root:x:0:0:root:/:/bin/sh\n", 0o644)
        layers.write(layer, "etc/group", b"root:x:0:\n", 0o644)
        for program in programs:
            layers.write(layer, program.name, program.read_bytes(), 0o755)
        for applet in applets:
            layers.link(layer, f"bin/{applet}", "/busybox")
