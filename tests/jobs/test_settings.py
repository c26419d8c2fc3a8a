"""Settings: defaults, wrong values in one sentence that names the variable, secrets that are never shown."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import SETTINGS, Config, describe, read_config, require_slack
from bot.errors import SettingError
from bot.model.ulid import ulid


def test_without_any_variable_the_defaults_hold() -> None:
    """Nothing is needed to start; empty variables, as charts write them, count as not set."""
    config = read_config({"K8SNET_CLUSTER": "", "K8SNET_HEALTH_PORT": " "})
    assert config == Config()
    assert (config.cluster, config.served, config.cache_seconds, config.slack_base_url) == (
        "default",
        ("default",),
        60.0,
        "https://slack.com/api/",
    )


def test_values_are_read() -> None:
    """Numbers, lists and flags come from text."""
    config = read_config(
        {
            "K8SNET_CLUSTERS": "prod-eu, prod-us,prod-eu",
            "K8SNET_DEADLINE": "2.5",
            "K8SNET_PROBE": "false",
            "K8SNET_HEALTH_PORT": "8080",
            "REDIS_URL": "rediss://user:secret@redis:6380/1",
        }
    )
    assert (config.served, config.deadline, config.probe) == (("prod-eu", "prod-us"), 2.5, False)
    assert (config.default_cluster, config.health_port) == ("prod-eu", 8080)


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("K8SNET_HTTP_PORT", "70000", 'K8SNET_HTTP_PORT is "70000": it must be a whole number <= 65535.'),
        (
            "K8SNET_HTTP_PORT",
            "tcp://10.0.0.1:80",
            'K8SNET_HTTP_PORT is "tcp://10.0.0.1:80": it must be a whole number.',
        ),
        ("K8SNET_DEADLINE", "-1", 'K8SNET_DEADLINE is "-1": it must be a number > 0.0.'),
        ("K8SNET_DEADLINE", "nan", 'K8SNET_DEADLINE is "nan": it must be a number > 0.0.'),
        ("K8SNET_PROBE", "perhaps", 'K8SNET_PROBE is "perhaps": it must be true or false.'),
        ("K8SNET_SLACK_MODE", "rtm", 'K8SNET_SLACK_MODE is "rtm": it must be one of socket, http.'),
        (
            "K8SNET_CLUSTER",
            "a:b",
            'K8SNET_CLUSTER is "a:b": it may hold letters, digits, dots, dashes and underscores.',
        ),
        (
            "K8SNET_CLUSTERS",
            "a,b:c",
            'K8SNET_CLUSTERS is "a,b:c": it may hold letters, digits, dots, dashes and underscores.',
        ),
        ("K8SNET_DEADLINE", "60", "K8SNET_DEADLINE must be below K8SNET_JOB_TIMEOUT: reading and probing"),
        ("REDIS_URL", "localhost:6379", "REDIS_URL must begin with one of redis://, rediss://, unix://"),
        ("REDIS_URL", "unix://", "REDIS_URL must hold the path of the socket"),
        ("REDIS_URL", "redis+cluster://a", "REDIS_URL names a Redis Cluster, which the job queue cannot use"),
        ("REDIS_URL", "redis+sentinel://a:1", "REDIS_URL must end in the name of Sentinel's primary"),
        ("REDIS_URL", "redis://:secret@host:port/0", "REDIS_URL has a port that is no number."),
        ("SLACK_BOT_TOKEN", "xapp-secret", "SLACK_BOT_TOKEN does not begin with xoxb-"),
        ("SLACK_APP_TOKEN", "xoxb-secret", "SLACK_APP_TOKEN does not begin with xapp-"),
    ],
)
def test_a_wrong_value_is_one_sentence(variable: str, value: str, sentence: str) -> None:
    """The sentence names the variable, and never repeats what may be secret."""
    with pytest.raises(SettingError) as wrong:
        read_config({variable: value})
    assert str(wrong.value).startswith(sentence)
    assert "secret" not in str(wrong.value)


def test_kubernetes_service_links_are_explained() -> None:
    """A Service called k8snet-http sets K8SNET_HTTP_PORT=tcp://… in every pod beside it."""
    with pytest.raises(SettingError) as wrong:
        read_config({"K8SNET_HTTP_PORT": "tcp://10.96.0.7:80"})
    assert "enableServiceLinks: false" in wrong.value.hint


def test_secrets_are_never_shown() -> None:
    """Neither the table for `doctor` nor the repr of a Config holds one."""
    config = read_config(
        {
            "SLACK_BOT_TOKEN": "xoxb-hush",
            "SLACK_APP_TOKEN": "xapp-hush",
            "SLACK_SIGNING_SECRET": "hush",
            "REDIS_URL": "redis://who:hush@host:6379/0?password=hush",
        }
    )
    shown = {variable: value for variable, value, _ in describe(config)}
    assert "hush" not in f"{config!r} {config} {shown}"
    assert shown["SLACK_BOT_TOKEN"] == "set (9 characters)"
    assert shown["REDIS_URL"] == "redis://who:•••@host:6379/0?password=•••"


def test_every_setting_is_in_the_table() -> None:
    """Each field has a variable of its own and a meaning."""
    variables = [setting.variable for _, setting in SETTINGS.values()]
    assert set(SETTINGS) == set(Config.__struct_fields__)
    assert len(set(variables)) == len(variables)
    assert all(setting.meaning for _, setting in SETTINGS.values())


def test_the_slack_process_needs_its_tokens() -> None:
    """By mode; HTTP without a signing secret would answer anybody and does not start."""
    with pytest.raises(SettingError, match="SLACK_BOT_TOKEN and SLACK_APP_TOKEN must be set"):
        require_slack(read_config({}))
    http = {"K8SNET_SLACK_MODE": "http", "SLACK_BOT_TOKEN": "xoxb-1"}
    with pytest.raises(SettingError, match="SLACK_SIGNING_SECRET must be set"):
        require_slack(read_config(http))
    require_slack(read_config({**http, "SLACK_SIGNING_SECRET": "s"}))


def test_a_known_ulid() -> None:
    """The vector of the specification: 1469918176385 ms begin with 01ARYZ6S41."""
    at = datetime.fromtimestamp(1469918176.385, UTC)
    assert ulid(at, bytes(10)) == "01ARYZ6S410000000000000000"


@given(
    st.floats(0, 2**33).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.floats(0, 2**33).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.binary(min_size=10, max_size=10),
)
def test_ids_sort_by_time(one: datetime, other: datetime, chance: bytes) -> None:
    """Later ids are greater as text, and every id has the 26 characters of a ULID, within 48 bits of time."""
    made = [ulid(each, chance) for each in (one, other)]
    assert all(re.fullmatch(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", each) for each in made)
    if (other - one).total_seconds() > 0.002:
        assert made[0] < made[1]
