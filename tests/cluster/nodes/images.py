"""Container images without a registry or an engine: archives in Docker's format, written from programs of this machine.

https://github.com/moby/docker-image-spec/blob/main/spec.md, which `ctr images import` reads.
"""

import hashlib
import io
import json
import platform
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

from tests.cluster.nodes.layout import REGISTRY

BUSYBOX = Path("/bin/busybox")
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def write_images(binaries: Path, folder: Path) -> None:
    """Write pause, coredns and serve; serve has busybox too, for whoever wants a shell in a client pod."""
    folder.mkdir(parents=True)
    for name in ("pause", "coredns"):
        _image(folder, name, [binaries / name], (), [f"/{name}"])
    listed = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split()
    _image(folder, "serve", [binaries / "serve", BUSYBOX], listed, ["/serve"])


def _image(
    folder: Path, name: str, programs: Sequence[Path], applets: Sequence[str], entrypoint: Sequence[str]
) -> None:
    layer = _layer(programs, applets)
    digest = hashlib.sha256(layer).hexdigest()
    config = json.dumps(
        {
            "architecture": ARCHITECTURES[platform.machine()],
            "os": "linux",
            "config": {"Env": ["PATH=/:/bin"], "Entrypoint": list(entrypoint)},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        }
    ).encode()
    manifest = [{"Config": "config.json", "RepoTags": [f"{REGISTRY}/{name}:1"], "Layers": ["layer.tar"]}]
    with tarfile.open(folder / f"{name}.tar", "w") as archive:
        for path, content in (
            ("config.json", config),
            ("layer.tar", layer),
            ("manifest.json", json.dumps(manifest).encode()),
        ):
            _add(archive, path, content, 0o644)


def _layer(programs: Sequence[Path], applets: Sequence[str]) -> bytes:
    """One layer: the programs at the root, busybox's applets in /bin, /tmp, and a user called root."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as layer:
        for folder, mode in (("tmp", 0o1777), ("etc", 0o755), ("bin", 0o755)):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, mode
            layer.addfile(entry)
        _add(layer, "etc/passwd", b"root:x:0:0:root:/:/bin/sh\n", 0o644)
        for program in programs:
            _add(layer, program.name, program.read_bytes(), 0o755)
        for applet in applets:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "/busybox"
            layer.addfile(link)
    return buffer.getvalue()


def _add(archive: tarfile.TarFile, path: str, content: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))
