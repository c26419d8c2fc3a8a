"""Runs a credential plugin of a kubeconfig (client.authentication.k8s.io). It never outlives its time.

The library's own runner leaves a plugin that hangs behind, with its pipes, and reads one pipe after the other, so that a
plugin with much to complain about blocks for ever. https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

import asyncio
import contextlib
import json
import sys
from typing import Any

from kubernetes.aio.config.config_exception import ConfigException
from kubernetes.aio.config.exec_provider import ExecProvider


class Plugin(ExecProvider):
    """Made from the `exec` entry of a kubeconfig's user."""

    async def status(self, seconds: float) -> dict[str, Any]:
        """Run it and give the credential's status.

        Raises TimeoutError after `seconds`, OSError where it cannot be started, ConfigException for what it says.
        """
        info = {
            "apiVersion": self.api_version,
            "kind": "ExecCredential",
            "spec": {"interactive": sys.stdout.isatty()},
        }
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *self.args, env={**self.env, "KUBERNETES_EXEC_INFO": json.dumps(info)}, stdout=pipe, stderr=pipe
        )
        try:
            output, complaint = await asyncio.wait_for(process.communicate(), seconds)
        finally:
            await _end(process)
        if process.returncode:
            raise ConfigException(f"it ended with {process.returncode}. {complaint.decode(errors='replace').strip()}")
        return self._read(output)

    def _read(self, output: bytes) -> dict[str, Any]:
        try:
            credential = json.loads(output)
        except ValueError as error:
            raise ConfigException(f"its answer is no JSON: {error}") from error
        if not isinstance(credential, dict) or not isinstance(credential.get("status"), dict):
            raise ConfigException("its answer has no status")
        if credential.get("apiVersion") != self.api_version:
            raise ConfigException(
                f"it answers for {credential.get('apiVersion')}, and was asked for {self.api_version}"
            )
        return dict(credential["status"])


async def _end(process: asyncio.subprocess.Process) -> None:
    """Leave neither a process nor an open pipe."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    with contextlib.suppress(TimeoutError):  # a child of its own may hold the pipes
        await asyncio.wait_for(process.communicate(), 1)
