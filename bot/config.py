"""Every setting, read once into one frozen Config. The class is the table: field, type, variable, default, meaning.

A wrong value stops the start with one sentence that names the variable; the value of a secret is never repeated.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from bot import __version__
from bot.errors import SettingError

Port = Annotated[int, Meta(ge=0, le=65535)]
Seconds = Annotated[float, Meta(gt=0, le=3600)]
ClusterName = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._-]{1,63}\Z")]  # it becomes part of Redis keys
Names = tuple[str, ...]  # separated by commas


class Setting(Struct, frozen=True):
    """How a setting is told: variable, meaning, and whether it is secret (`url`: only the password in it)."""

    variable: str
    meaning: str
    secret: bool | Literal["url"] = False


class Config(Struct, frozen=True):
    """The settings of a process. The Slack process and the workers read the same variables and use their part."""

    slack_bot_token: Annotated[str, Setting("SLACK_BOT_TOKEN", "the app's token, xoxb-…", secret=True)] = ""
    slack_app_token: Annotated[str, Setting("SLACK_APP_TOKEN", "for Socket Mode, xapp-…", secret=True)] = ""
    slack_signing_secret: Annotated[str, Setting("SLACK_SIGNING_SECRET", "for HTTP mode", secret=True)] = ""
    slack_mode: Annotated[Literal["socket", "http"], Setting("K8SNET_SLACK_MODE", "how Slack reaches the bot")] = (
        "socket"
    )
    http_port: Annotated[Port, Setting("K8SNET_HTTP_PORT", "where HTTP mode listens")] = 3000
    slack_base_url: Annotated[str, Setting("K8SNET_SLACK_BASE_URL", "Slack's Web API, or a stand-in for tests")] = (
        "https://slack.com/api/"
    )
    allowed_team: Annotated[str, Setting("K8SNET_ALLOWED_TEAM", "the only workspace or company answered, T… or E…")] = (
        ""
    )
    allowed_channels: Annotated[
        Names, Setting("K8SNET_ALLOWED_CHANNELS", "channels shared with other companies in which k8snet answers, C…")
    ] = ()
    access_rules: Annotated[
        str, Setting("K8SNET_ACCESS_RULES", "path of the access rules, JSON; empty: every member may ask everything")
    ] = ""
    redis_url: Annotated[str, Setting("REDIS_URL", "where the two kinds of process meet", secret="url")] = (  # noqa: S106 - a mark, no password
        "redis://localhost:6379/0"
    )
    cluster: Annotated[
        ClusterName, Setting("K8SNET_CLUSTER", "this worker's cluster, and the one asked about by default")
    ] = "default"
    clusters: Annotated[
        tuple[ClusterName, ...], Setting("K8SNET_CLUSTERS", "clusters the bot serves; empty: that one")
    ] = ()
    namespace: Annotated[str, Setting("K8SNET_NAMESPACE", "namespace of a question that names none")] = ""
    cache_seconds: Annotated[
        Annotated[float, Meta(ge=0, le=3600)], Setting("K8SNET_CACHE_SECONDS", "how long an answer is shown again")
    ] = 60.0
    deadline: Annotated[
        Seconds, Setting("K8SNET_DEADLINE", "seconds for reading and probing of a question together")
    ] = 5.0
    probe: Annotated[bool, Setting("K8SNET_PROBE", "whether anything is measured; if not, only objects are read")] = (
        True
    )
    watch: Annotated[
        bool, Setting("K8SNET_WATCH", "whether a worker keeps what questions need up to date by watches")
    ] = False
    watch_megabytes: Annotated[
        Annotated[int, Meta(ge=0, le=1_000_000)],
        Setting("K8SNET_WATCH_MEGABYTES", "memory of a worker in MB over which it watches nothing; 0: no limit"),
    ] = 400
    caller_probe: Annotated[
        bool,
        Setting("K8SNET_CALLER_PROBE", "whether askers may have a container added to the caller's pod to measure from"),
    ] = False
    caller_probe_image: Annotated[str, Setting("K8SNET_CALLER_PROBE_IMAGE", "the image of that container")] = (
        f"ghcr.io/k8snet/k8snet:{__version__}"
    )
    caller_probe_seconds: Annotated[
        Annotated[float, Meta(gt=0, le=300)], Setting("K8SNET_CALLER_PROBE_SECONDS", "how long it is waited for")
    ] = 30.0
    job_timeout: Annotated[Seconds, Setting("K8SNET_JOB_TIMEOUT", "seconds for a run in all")] = 60.0
    concurrency: Annotated[
        Annotated[int, Meta(ge=1, le=100)], Setting("K8SNET_CONCURRENCY", "runs of a worker at one time")
    ] = 4
    health_port: Annotated[Port, Setting("K8SNET_HEALTH_PORT", "where /healthz and /readyz listen; 0: nowhere")] = 0
    pod_name: Annotated[str, Setting("K8SNET_POD_NAME", "this pod, from the downward API")] = ""
    pod_namespace: Annotated[str, Setting("K8SNET_POD_NAMESPACE", "its namespace")] = ""
    pod_labels: Annotated[str, Setting("K8SNET_POD_LABELS", "path of the downward API file with its labels")] = ""
    node_name: Annotated[str, Setting("K8SNET_NODE_NAME", "its node")] = ""
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Setting("K8SNET_LOG_LEVEL", "least level that is logged")
    ] = "info"

    @property
    def served(self) -> tuple[str, ...]:
        """Clusters that may be asked about."""
        return self.clusters or (self.cluster,)

    @property
    def default_cluster(self) -> str:
        """The cluster of a question that names none."""
        return self.cluster if self.cluster in self.served else self.served[0]

    def __repr__(self) -> str:
        """Tell the settings as they may be logged."""
        return f"Config({', '.join(f'{variable}={value}' for variable, value, _ in describe(self))})"


def _settings() -> dict[str, tuple[Any, Setting]]:
    """Return each field's type and how it is told."""
    found = {}
    for name, hint in get_type_hints(Config, include_extras=True).items():
        plain, *notes = get_args(hint)
        setting = next(each for each in notes if isinstance(each, Setting))
        bounds = tuple(each for each in notes if isinstance(each, Meta))
        found[name] = (Annotated[(plain, *bounds)] if bounds else plain, setting)
    return found


SETTINGS = _settings()


def read_config(environ: Mapping[str, str]) -> Config:
    """Read the settings from an environment; an empty variable counts as not set. Raises SettingError."""
    given = {}
    for field, (kind, setting) in SETTINGS.items():
        text = environ.get(setting.variable, "").strip()
        if text:
            given[field] = _parse(text, kind, setting)
    config = Config(**given)
    _check_redis_url(config.redis_url)
    _check_tokens(config)
    if config.deadline >= config.job_timeout:
        raise SettingError("K8SNET_DEADLINE must be below K8SNET_JOB_TIMEOUT: reading and probing are a part of a run.")
    if config.caller_probe and config.deadline + config.caller_probe_seconds >= config.job_timeout:
        raise SettingError("K8SNET_CALLER_PROBE_SECONDS and K8SNET_DEADLINE must together be below K8SNET_JOB_TIMEOUT.")
    return config


def require_slack(config: Config) -> None:
    """Raise SettingError unless all that the Slack process needs is set.

    HTTP mode without a signing secret would answer anybody, so it does not start:
    https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    needed = {"SLACK_BOT_TOKEN": config.slack_bot_token}
    if config.slack_mode == "http":
        needed["SLACK_SIGNING_SECRET"] = config.slack_signing_secret
    else:
        needed["SLACK_APP_TOKEN"] = config.slack_app_token
    missing = [variable for variable, value in needed.items() if not value]
    if missing:
        raise SettingError(f"{' and '.join(missing)} must be set to run the Slack process in {config.slack_mode} mode.")


def describe(config: Config) -> tuple[tuple[str, str, str], ...]:
    """Return (variable, value as it may be shown, meaning) of each setting, for `k8snet doctor`."""
    return tuple(
        (setting.variable, _shown(getattr(config, field), setting), setting.meaning)
        for field, (_, setting) in SETTINGS.items()
    )


def _shown(value: Any, setting: Setting) -> str:
    if setting.secret == "url":  # noqa: S105 - a mark, no password
        return _without_password(value)
    if setting.secret:
        return f"set ({len(value)} characters)" if value else "not set"
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _without_password(url: str) -> str:
    """Redis takes a password before the @ and, for sockets, as a parameter."""
    url = re.sub(r"(?i)(password=)[^&]*", r"\1•••", url)
    credentials, at, rest = url.rpartition("@")
    scheme, separator, user = credentials.partition("://")
    return f"{scheme}{separator}{user.partition(':')[0]}:•••@{rest}" if at else url


def _parse(text: str, kind: Any, setting: Setting) -> Any:
    words: Any = text
    if get_origin(kind) is tuple:
        words = tuple(dict.fromkeys(each.strip() for each in text.split(",") if each.strip()))
    try:
        return msgspec.convert(words, kind, strict=False)
    except msgspec.ValidationError as error:
        said = f'{setting.variable} is "{" ".join(text.split())}"'
        raise SettingError(f"{said}: {_expected(kind, error)}.", hint=_hint(text)) from None


def _expected(kind: Any, error: msgspec.ValidationError) -> str:
    if get_origin(kind) is Literal:
        return f"it must be one of {', '.join(get_args(kind))}"
    if "matching regex" in str(error):
        return "it may hold letters, digits, dots, dashes and underscores"
    if kind is bool:
        return "it must be true or false"
    number = "a whole number" if str(error).startswith("Expected `int") else "a number"
    bound = re.search(r"([<>]=? [\d.]+)", str(error))
    return f"it must be {number}{f' {bound[1]}' if bound else ''}"


def _hint(text: str) -> str:
    """Kubernetes sets NAME_PORT=tcp://… for each Service of the namespace, so one called k8snet-http hides our port."""
    return "Kubernetes wrote this for a Service: set enableServiceLinks: false." if text.startswith("tcp://") else ""


def _check_tokens(config: Config) -> None:
    if config.slack_bot_token and not config.slack_bot_token.startswith(("xoxb-", "xoxe.xoxb-")):
        raise SettingError(
            "SLACK_BOT_TOKEN does not begin with xoxb-: take the bot's token, not the user's or the app's."
        )
    if config.slack_app_token and not config.slack_app_token.startswith("xapp-"):
        raise SettingError("SLACK_APP_TOKEN does not begin with xapp-: take an app-level token with connections:write.")
    if not config.slack_base_url.startswith(("https://", "http://")):
        raise SettingError("K8SNET_SLACK_BASE_URL must be a URL that begins with https:// (or http:// for tests).")


REDIS_SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel")


def _check_redis_url(url: str) -> None:
    """Refuse what cannot work. The URL is not repeated: it may hold a password."""
    scheme = url.partition("://")[0].lower()
    if scheme in ("redis+cluster", "rediss+cluster"):
        raise SettingError(
            "REDIS_URL names a Redis Cluster, which the job queue cannot use: its scripts touch several keys at once.",
            hint="Give one Redis or Valkey, or Sentinel: redis+sentinel://host:26379,host:26379/name-of-the-primary",
        )
    if "://" not in url or scheme not in REDIS_SCHEMES:
        raise SettingError(f"REDIS_URL must begin with one of {', '.join(f'{each}://' for each in REDIS_SCHEMES)}.")
    try:
        path = urlsplit(url).path.strip("/")
        if not scheme.endswith("+sentinel"):
            _ = urlsplit(url).port
    except ValueError:
        raise SettingError("REDIS_URL has a port that is no number.") from None
    if scheme.endswith("+sentinel") and not path.partition("/")[0]:
        raise SettingError(
            "REDIS_URL must end in the name of Sentinel's primary, e.g. redis+sentinel://host:26379/main."
        )
    if scheme == "unix" and not path:
        raise SettingError("REDIS_URL must hold the path of the socket, e.g. unix:///run/valkey.sock.")
