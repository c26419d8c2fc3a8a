"""KUBECONFIG may list several files: which cluster is asked then, as kubectl has it."""

from pathlib import Path

import pytest

from bot.cluster.errors import unreachable
from bot.cluster.transport import Cluster
from bot.errors import SettingError

CLUSTER = """
apiVersion: v1
kind: Config
{current}
clusters: [{{name: {name}, cluster: {{server: "http://127.0.0.1:9"}}}}]
users: [{{name: {name}, user: {{token: t-1}}}}]
contexts: [{{name: {name}, context: {{cluster: {name}, user: {name}}}}}]
"""


def files(folder: Path, *currents: str) -> str:
    """Write a kubeconfig for each line and give their list; each file also has a context of its own, c0, c1."""
    paths = [folder / f"c{number}" for number in range(len(currents))]
    for path, current in zip(paths, currents, strict=True):
        path.write_text(CLUSTER.format(name=path.name, current=current))
    return ":".join(map(str, paths))


@pytest.mark.parametrize(
    ("currents", "asked"),
    [
        (("current-context: c0", "current-context: c1"), "c0"),
        (("current-context: c1", "current-context: c0"), "c1"),  # the first file may name a context of the second
        (("", "current-context: c1"), "c1"),
        (('current-context: ""', "current-context: c1"), "c1"),
        (("current-context: c0", 'current-context: ""'), "c0"),
    ],
)
async def test_first_current_context_counts(tmp_path: Path, currents: tuple[str, ...], asked: str) -> None:
    """Kubernetes' page on kubeconfig files: "Preserve the context of the first file to set current-context"."""
    async with Cluster(kubeconfig=files(tmp_path, *currents)) as cluster:
        assert cluster.name == asked


async def test_named_context_is_of_any_file(tmp_path: Path) -> None:
    """--context stands over all of them."""
    paths = files(tmp_path, "current-context: c0", "current-context: c0")
    async with Cluster(kubeconfig=paths, context="c1") as cluster:
        assert cluster.name == "c1"


@pytest.mark.parametrize(
    ("context", "told", "near", "hint"),
    [
        ("prod-us", "There is no context prod-us in ", ("prod-eu",), ""),
        ("zzz", "There is no context zzz in ", (), "Contexts: c0 and prod-eu."),
    ],
)
async def test_context_that_no_file_has(
    tmp_path: Path, context: str, told: str, near: tuple[str, ...], hint: str
) -> None:
    """Refused with those that there are."""
    other = tmp_path / "other"
    other.write_text(CLUSTER.format(name="prod-eu", current=""))
    with pytest.raises(SettingError, match=told) as raised:
        await Cluster(kubeconfig=f"{files(tmp_path, '')}:{other}", context=context).__aenter__()

    assert (raised.value.suggestions, raised.value.hint) == (near, hint)


async def test_empty_kubeconfig(tmp_path: Path) -> None:
    """Said as that, in place of the library's TypeError."""
    (tmp_path / "config").touch()
    with pytest.raises(SettingError, match="config is empty"):
        await Cluster(kubeconfig=str(tmp_path / "config")).__aenter__()


def test_unreachable_server_is_told_without_objects_of_python() -> None:
    """What aiohttp says of a connection names its TLS context."""
    said = "Cannot connect to host a:1 ssl:<ssl.SSLContext object at 0x7f6922de6ba0> [Connect call failed]"

    assert "host a:1 [Connect call failed]." in str(unreachable("https://a:1", said))
    assert "host a:1 [x]." in str(unreachable("https://a:1", "Cannot connect to host a:1 ssl:default [x]"))
