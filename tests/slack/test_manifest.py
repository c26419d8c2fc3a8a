"""The Slack app manifest, both variants, held against Slack's own schemas (tests/slack/manifest-schema, with their source)."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.errors import UsageError
from handlers.blockkit.manifest import OPTIONAL_SCOPES
from handlers.register import register
from k8snet.surfaces import manifest

ROOT = Path(__file__).parents[2]
SCHEMAS = sorted(Path(__file__).parent.glob("manifest-schema/*.json"))
ADDRESS = "https://k8snet.example.com"
URL = f"{ADDRESS}/slack/events"
MISTAKES: dict[str, Callable[[Any], Any]] = {
    "a name of 36 characters": lambda app: app["display_information"].update(name="k" * 36),
    "a command without its stroke": lambda app: app["features"]["slash_commands"][0].update(command="k8snet"),
    "an unknown setting": lambda app: app["settings"].update(socket_mode=True),
    "an unknown key": lambda app: app["features"].update(slash_command=[]),
}


def found(app: Any, schema: Path) -> list[str]:
    """Return what a schema says against a manifest; a version has to be named in it, which Slack adds by itself."""
    major = int(schema.name.split(".")[2])
    checked = {"_metadata": {"major_version": major}, **app}
    validator = jsonschema.Draft7Validator(json.loads(schema.read_text()))
    return [each.message for each in validator.iter_errors(checked)]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda path: path.stem)
@pytest.mark.parametrize("address", ["", ADDRESS], ids=["socket", "http"])
def test_slack_would_take_it(schema: Path, address: str) -> None:
    assert found(yaml.safe_load(manifest(address)), schema) == []


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda path: path.stem)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_schema_finds_mistakes(schema: Path, mistake: str) -> None:
    """The schema is no rubber stamp."""
    app = yaml.safe_load(manifest())
    MISTAKES[mistake](app)

    assert found(app, schema)


def test_http_sends_everything_to_one_address() -> None:
    """Command, events, buttons and typeahead come to the path that the Slack process answers; Socket Mode is off."""
    app = yaml.safe_load(manifest(ADDRESS))

    assert app["features"]["slash_commands"][0]["url"] == URL
    assert app["settings"]["event_subscriptions"]["request_url"] == URL
    assert app["settings"]["interactivity"] == {"is_enabled": True, "request_url": URL, "message_menu_options_url": URL}
    assert app["settings"]["socket_mode_enabled"] is False
    assert "https://k8snet.example.com/bot" in manifest(f"{ADDRESS}/bot")


@pytest.mark.parametrize("address", ["http://k8snet.example.com", "k8snet.example.com", "https://", "https://a/?b=c"])
def test_address_that_slack_would_refuse(address: str) -> None:
    with pytest.raises(UsageError, match="https address only"):
        manifest(address)


def test_optional_scopes_say_what_they_buy() -> None:
    """Manifest, its head, docs and the table of the program name the same scopes."""
    scopes = yaml.safe_load(manifest())["oauth_config"]["scopes"]
    docs = (ROOT / "docs/slack.md").read_text()

    assert set(scopes["bot_optional"]) == set(OPTIONAL_SCOPES) < set(scopes["bot"])
    for each in OPTIONAL_SCOPES:
        assert f"#   {each} " in manifest()
        assert f"`{each}`" in docs


def test_app_hears_what_the_program_listens_to() -> None:
    """Every event, command and shortcut of the manifest has its listener, and the other way round."""
    app = yaml.safe_load(manifest())
    source = Path(sys.modules[register.__module__].__file__ or "").read_text()

    for event in app["settings"]["event_subscriptions"]["bot_events"]:
        assert f'"{event.partition(".")[0]}"' in source, event
    assert f'"{app["features"]["slash_commands"][0]["command"]}"' in source
    assert f'"{app["features"]["shortcuts"][0]["callback_id"]}"' in source


def test_command_prints_it() -> None:
    command = [sys.executable, "-m", "bot", "manifest", "--http"]
    done = subprocess.run([*command, ADDRESS], capture_output=True, text=True, check=True, cwd=ROOT)
    refused = subprocess.run([*command, "http://x"], capture_output=True, text=True, check=False, cwd=ROOT)

    assert yaml.safe_load(done.stdout)["settings"]["socket_mode_enabled"] is False
    assert refused.returncode == 2
    assert "https" in refused.stderr
