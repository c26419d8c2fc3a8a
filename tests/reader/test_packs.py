"""A packed dump is read as its folder is; a broken one is refused in a sentence, and nothing of it is believed."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from bot.cluster import dump_packs
from bot.cluster.dump import read_dump
from bot.errors import DumpUnreadableError

FOLDER = Path(__file__).parent / "cluster-info"
NODES = FOLDER / "nodes.json"


def tar(mode: str) -> bytes:
    """The folder, below one of its own as must-gathers have it, with what macOS puts beside each file."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as pack:
        pack.add(FOLDER, "./must-gather.local.1/dump")
        pack.addfile(tarfile.TarInfo("./must-gather.local.1/dump/._nodes.json"), io.BytesIO())
        link = tarfile.TarInfo("./must-gather.local.1/dump/latest.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        pack.addfile(link)
    return data.getvalue()


def zipped() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as pack:
        for file in sorted(each for each in FOLDER.rglob("*") if each.is_file()):
            pack.write(file, f"dump/{file.relative_to(FOLDER)}")
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.tar.gz", tar("w:gz")),
        ("x.tgz", tar("w:gz")),
        ("x.tar", tar("w:")),
        ("x.zip", zipped()),
        ("bundle", tar("w:gz")),
    ],
    ids=["tar.gz", "tgz", "tar", "zip", "nameless"],
)
def test_pack_is_its_folder(name: str, data: bytes, tmp_path: Path) -> None:
    """By its first bytes, whatever it is called; hidden files and links in it are left alone."""
    path = tmp_path / name
    path.write_bytes(data)

    assert read_dump([str(path)]) == read_dump([str(FOLDER)])


def test_packed_file_is_that_file(tmp_path: Path) -> None:
    """`kubectl get … -o json | gzip`, also beside others: its name still says what it holds."""
    path = tmp_path / "nodes.json.gz"
    path.write_bytes(gzip.compress(NODES.read_bytes()))

    assert read_dump([str(path)]) == read_dump([str(NODES)])


@pytest.mark.parametrize(
    "data",
    [tar("w:gz")[:-200], tar("w:")[:9000], zipped()[:-30], gzip.compress(b"")[:-4], b"PK\x03\x04" + b"x" * 600],
    ids=["tgz", "tar", "zip", "gz", "noise"],
)
def test_broken_pack_is_refused(data: bytes, tmp_path: Path) -> None:
    """What came before the break is not taken for all there is."""
    path = tmp_path / "x.tgz"
    path.write_bytes(data)

    with pytest.raises(DumpUnreadableError, match=r"x\.tgz cannot be unpacked: "):
        read_dump([str(path)])


@pytest.mark.parametrize("data", [tar("w:gz"), zipped()], ids=["tgz", "zip"])
def test_pack_that_is_too_large_is_refused(data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unpacked it may be a thousand times what it is packed."""
    monkeypatch.setattr(dump_packs, "MOST", 1 << 10)
    path = tmp_path / "x.tgz"
    path.write_bytes(data)

    with pytest.raises(DumpUnreadableError, match="unpack it and give the folder"):
        read_dump([str(path)])
