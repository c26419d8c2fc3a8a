"""The image that the nodes run is the Dockerfile's: the same settings, the same distributions, this checkout's program."""

import json
import subprocess
import tarfile
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path, PurePosixPath

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.live_cluster.binaries import uv
from tests.live_cluster.nodes.debian import prepare
from tests.live_cluster.nodes.dockerfile import stages
from tests.live_cluster.nodes.images import Image, write_archive
from tests.live_cluster.nodes.layout import repository
from tests.live_cluster.nodes.program import program
from tests.live_cluster.nodes.store import store

PACKAGES = ("bot", "handlers", "k8snet", "playground")

pytestmark = pytest.mark.nodes


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("image")


@pytest.fixture(scope="module")
def image(folder: Path) -> Image:
    prepare()
    return program(folder)


def files(image: Image) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Every file of the image but those of its root file system."""
    for layer in image.layers[1:]:
        with tarfile.open(layer) as opened:
            for entry in opened:
                if entry.isfile() and (content := opened.extractfile(entry)):
                    yield PurePosixPath(entry.name), content.read()


def test_runs_as_the_dockerfile_says(image: Image) -> None:
    """Read without our parser: each setting stands in the last stage as it is in the image."""
    last = (repository() / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    environ = dict(pair.split("=", 1) for pair in image.config["Env"])

    assert f"\nUSER {image.config['User']}\n" in last
    assert f"\nENTRYPOINT {json.dumps(image.config['Entrypoint'])}\n" in last
    assert f"\nCMD {json.dumps(image.config['Cmd'])}\n" in last
    assert environ.pop("PATH") == "/src/.venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    assert f"\nENV PATH=/src/.venv/bin:$PATH {' '.join(f'{k}={v}' for k, v in environ.items())}\n" in last


def test_holds_what_the_lock_says(image: Image) -> None:
    """Name and version of every distribution: those of uv.lock without the tests', and k8snet."""
    words = [uv(), "export", "--locked", "--no-dev", "--no-emit-project", "--no-hashes", "--no-annotate", "--no-header"]
    printed = subprocess.run(words, cwd=repository(), capture_output=True, text=True, check=True).stdout
    paths = {path: content for path, content in files(image) if path.match("*.dist-info/METADATA")}
    told = [message_from_bytes(content) for content in paths.values()]
    (python,) = {path.parts[3].removeprefix("python") for path in paths}
    place = {"python_version": python, "python_full_version": f"{python}.0"}
    locked = [Requirement(line) for line in printed.splitlines()]
    wanted = {each.name: str(each.specifier) for each in locked if not each.marker or each.marker.evaluate(place)}

    assert {canonicalize_name(each["Name"]): f"=={each['Version']}" for each in told} == wanted | {"k8snet": "==0.1.0"}


def test_holds_the_program_of_this_checkout(image: Image) -> None:
    """Every file of the packages, byte for byte, and no other."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *PACKAGES],
        cwd=repository(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    places = {"/".join(path.parts[5:]): content for path, content in files(image) if path.suffix != ".pyc"}
    installed = {path: content for path, content in places.items() if path.split("/")[0] in PACKAGES}

    assert installed == {path: (repository() / path).read_bytes() for path in listed if (repository() / path).exists()}


def test_an_archive_holds_a_shared_layer_once(image: Image, folder: Path) -> None:
    write_archive(folder / "both.tar", [image, store(folder)])
    with tarfile.open(folder / "both.tar") as archive:
        names = archive.getnames()
        manifest = json.load(archive.extractfile("manifest.json") or pytest.fail("no manifest"))

    assert len(names) == len(set(names))
    assert manifest[0]["Layers"][0] == manifest[1]["Layers"][0]
    print(f"{(folder / 'both.tar').stat().st_size / 1e6:.0f} MB")


def test_an_unknown_instruction_is_refused() -> None:
    with pytest.raises(ValueError, match="HEALTHCHECK is not an instruction"):
        stages("FROM scratch\nHEALTHCHECK NONE\n")
