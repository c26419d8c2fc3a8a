"""Where the API server is and who we are there: kubeconfig or service account, through `kubernetes.aio`.

The only module that imports `kubernetes`: it costs half a second, so `transport` imports it when a cluster is opened.
What the library leaves out is done here: a failing credential plugin is an error (it would go on as anonymous), a plugin
has a deadline, its certificates count, and credentials know when to be read again.
"""

# mypy: allow-untyped-calls
# (the library's configuration half has no annotations)

import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from kubernetes.aio.client import Configuration
from kubernetes.aio.config.config_exception import ConfigException
from kubernetes.aio.config.incluster_config import (
    SERVICE_HOST_ENV_NAME,
    load_incluster_config,
)
from kubernetes.aio.config.kube_config import ENV_KUBECONFIG_PATH_SEPARATOR, KubeConfigLoader, KubeConfigMerger

from bot.cluster.exec_plugin import Plugin
from bot.errors import ClusterUnreachableError, SettingError
from bot.model.question.suggest import suggest
from bot.model.text import listing, one_line

PLUGIN_SECONDS = 30
_EARLY = timedelta(seconds=60)  # a credential is renewed this long before it ends
_TOKEN_FILE_AGE = timedelta(seconds=60)  # the kubelet rewrites a projected token; client-go reads it every minute, too
_NAMESPACE_FILE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


class Access(NamedTuple):
    """All that a request needs. `renew_at` is when it should be read again, None for never."""

    server: str
    name: str
    namespace: str
    in_cluster: bool
    authorization: str
    tls: ssl.SSLContext | None
    tls_name: str | None
    proxy: str | None
    renew_at: datetime | None


async def read_access(kubeconfig: str, context: str) -> Access:
    """Read a kubeconfig (a path list as in KUBECONFIG; empty: that variable, else ~/.kube/config) or service account.

    In a pod the service account is used unless a kubeconfig is named, as kubectl does. Raises SettingError for what is
    wrong in a file (NoAccountError where a pod has none), ClusterUnreachableError where a credential plugin fails.
    """
    named = kubeconfig or os.environ.get("KUBECONFIG", "")
    if not named and not context and os.environ.get(SERVICE_HOST_ENV_NAME):
        return _service_account()
    paths = named or str(Path.home() / ".kube" / "config")
    _must_exist(paths)
    try:
        return await _kubeconfig(paths, context)
    except (ConfigException, yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError, OSError) as error:
        # the library lets a malformed file fail wherever it is first used
        raise SettingError(f"The kubeconfig {paths} cannot be used: {one_line(str(error), limit=200)}.") from error


def _must_exist(paths: str) -> None:
    named = (Path(each).expanduser() for each in paths.split(ENV_KUBECONFIG_PATH_SEPARATOR) if each)
    files = [each for each in named if each.is_file()]
    if not files:
        raise SettingError(
            f"There is no kubeconfig at {paths}.",
            hint="Name one with --kubeconfig or KUBECONFIG, or give saved objects with --dump.",
        )
    if all(not each.stat().st_size for each in files):
        raise SettingError(f"The kubeconfig {paths} is empty.")


def _expect_context(context: str, merger: Any, paths: str) -> None:
    """Raise SettingError for a context that was named and that no file has."""
    names = [str(each["name"]) for each in merger.config.value.get("contexts") or ()]
    if context and context not in names:
        near = suggest(context, names)
        hint = "" if near else f"Contexts: {listing(names, most=10)}." if names else "There is none in it."
        raise SettingError(f"There is no context {context} in {paths}.", suggestions=near, hint=hint)


def _service_account() -> Access:
    configuration = Configuration()
    try:
        load_incluster_config(client_configuration=configuration)
        namespace = _NAMESPACE_FILE.read_text().strip() if _NAMESPACE_FILE.exists() else ""
    except (ConfigException, OSError) as error:
        raise SettingError(f"The pod's service account cannot be used: {error}.") from error
    return _access(configuration, "in-cluster", namespace, in_cluster=True, renew_at=_now() + _TOKEN_FILE_AGE)


async def _kubeconfig(paths: str, context: str) -> Access:
    merger = KubeConfigMerger(paths)
    _expect_context(context, merger, paths)
    active = context or _current_context(merger)
    loader = _Loader(config_dict=merger.config, config_base_path=None, active_context=active)
    configuration = Configuration()
    await loader.load_and_set(configuration)
    chosen = loader.current_context
    namespace = chosen["context"].get("namespace") or ""
    return _access(configuration, str(chosen["name"]), str(namespace), in_cluster=False, renew_at=loader.renew_at)


def _current_context(merger: Any) -> str | None:
    """Return the context of the first file that sets one, as kubectl does; the library itself takes the last."""
    return next((name for file in merger.config_files.values() if (name := file.get("current-context"))), None)


class _Loader(KubeConfigLoader):
    """The library's loader, but for credential plugins (client.authentication.k8s.io)."""

    renew_at: datetime | None = None

    async def load_from_exec_plugin(self) -> bool:
        user: Any = self._user
        plugin = user["exec"]
        command = one_line(str(plugin["command"]), limit=80)
        try:
            self._take(await Plugin(plugin).status(PLUGIN_SECONDS))
        except TimeoutError:
            raise ClusterUnreachableError(
                f"The credential plugin {command} did not answer within {PLUGIN_SECONDS} s.",
                hint="It may wait for a login: run `kubectl get ns` once in this terminal.",
            ) from None
        except (ConfigException, OSError, KeyError, TypeError, ValueError) as error:  # and answers of another shape
            raise ClusterUnreachableError(
                f"The credential plugin {command} failed: {one_line(str(error), limit=200)}.",
                hint="Try `kubectl get ns` with the same kubeconfig: it runs the same plugin.",
            ) from error
        return True

    def _take(self, status: dict[str, Any]) -> None:
        if not status.keys() & {"token", "clientCertificateData"}:
            raise ConfigException("it gave no credential")
        if "token" in status:
            self.token = f"Bearer {status['token']}"
        if "clientCertificateData" in status:
            self.cert_file, self.key_file = (
                self._file(str(status[key])) for key in ("clientCertificateData", "clientKeyData")
            )
        if "expirationTimestamp" in status:
            expires = datetime.fromisoformat(str(status["expirationTimestamp"]))
            self.renew_at = max(expires - _EARLY, _now() + timedelta(seconds=5))

    @staticmethod
    def _file(content: str) -> str:
        """OpenSSL loads a client certificate from a file only; the library removes its files at exit."""
        from kubernetes.aio.config.kube_config import _create_temp_file_with_content  # noqa: PLC0415 - private, and needed by few

        return str(_create_temp_file_with_content(content))


def _access(configuration: Any, name: str, namespace: str, *, in_cluster: bool, renew_at: datetime | None) -> Access:
    return Access(
        server=configuration.host.rstrip("/"),
        name=name,
        namespace=namespace,
        in_cluster=in_cluster,
        authorization=configuration.api_key.get("BearerToken", ""),
        tls=_tls(configuration) if configuration.host.startswith("https") else None,
        tls_name=configuration.tls_server_name or None,
        proxy=configuration.proxy or None,
        renew_at=renew_at,
    )


def _tls(configuration: Any) -> ssl.SSLContext:
    """As Go does it: no X.509 strictness (Python 3.13 refuses authorities that kubeadm of old made)."""
    context = ssl.create_default_context(cafile=configuration.ssl_ca_cert)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if configuration.cert_file:
        context.load_cert_chain(configuration.cert_file, keyfile=configuration.key_file)
    if not configuration.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _now() -> datetime:
    return datetime.now(UTC)
