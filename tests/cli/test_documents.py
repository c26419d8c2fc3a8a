"""Generated documents are what the program would write now: `make docs` writes them again."""

from pathlib import Path

from bot.commands.manual import manual
from tests.cli.program import ROOT, k8snet


def test_pages_are_current(tmp_path: Path) -> None:
    """docs/checks is what `explain --all --to` writes: the same files, the same words."""
    assert k8snet("explain", "--all", "--to", str(tmp_path)).returncode == 0

    written = {each.name: each.read_text() for each in tmp_path.iterdir()}
    kept = {each.name: each.read_text() for each in (ROOT / "docs" / "checks").iterdir()}

    assert kept == written, "run: make docs"


def test_old_pages_are_removed(tmp_path: Path) -> None:
    """A page whose check is gone goes as well; other files of the folder stay."""
    (tmp_path / "OLD-001.md").write_text("gone")
    (tmp_path / "notes.md").write_text("mine")

    assert k8snet("explain", "--all", "--to", str(tmp_path)).returncode == 0

    assert not (tmp_path / "OLD-001.md").exists()
    assert (tmp_path / "notes.md").read_text() == "mine"


def test_manual_is_current() -> None:
    """docs/cli.md is what the commands' own help says."""
    assert (ROOT / "docs" / "cli.md").read_text() == manual(), "run: make docs"


def test_help_has_examples() -> None:
    """Every command that takes words shows how to use them."""
    page = manual()
    sections = {each.split("\n")[0]: each for each in page.split("## k8snet ")[1:]}

    for name in ("why", "check", "dns", "path", "digest", "snapshot", "explain"):
        assert f"  k8snet {name} " in sections[name]
