"""A cluster that is there already (K8SNET_TEST_KUBECONFIG, or kind's): the same handle as our own control plane.

Its own controllers, kubelets and DNS are used. Pods run the image that our manifests mean by `agnhost`. What the tests
made is deleted at the end, namespace by namespace; nothing else of the cluster is touched.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import yaml

AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.53"


class ExistingCluster:
    """`pod_network` says whether pods can be reached from here, which only some tests need."""

    pod_network = False

    def __init__(self, kubeconfig: str, binaries: Path, home: Path) -> None:
        self.kubeconfig, self.binaries, self.home = kubeconfig, binaries, home
        self._made: set[str] = set()

    def kubectl(self, *words: str, input: str | None = None, check: bool = True) -> str:  # noqa: A002 (subprocess's word)
        """Run kubectl; a failure raises with kubectl's own words."""
        program = shutil.which("kubectl") or str(self.binaries / "kubectl")
        done = subprocess.run(
            [program, "--kubeconfig", self.kubeconfig, *words], input=input, capture_output=True, text=True, check=False
        )
        if check and done.returncode:
            raise AssertionError(f"kubectl {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def apply(self, manifest: str) -> None:
        """Apply, with an image that a registry has, and remember the namespaces."""
        text = re.sub(r"image: agnhost\b", f"image: {AGNHOST}", manifest)
        self._made |= {
            each["metadata"]["name"] for each in yaml.safe_load_all(text) if each and each["kind"] == "Namespace"
        }
        self.kubectl("apply", "-f", "-", input=text)

    def kubeconfig_for(self, user: str, token: str) -> str:
        """Write a kubeconfig of the same cluster for a bearer token, and give its path."""
        config = json.loads(self.kubectl("config", "view", "--raw", "--minify", "--flatten", "-o", "json"))
        config["users"] = [{"name": user, "user": {"token": token}}]
        config["contexts"][0]["context"]["user"] = user
        path = self.home / f"{user}.kubeconfig"
        path.write_text(json.dumps(config))
        path.chmod(0o600)
        return str(path)

    def clean(self) -> None:
        """Delete the namespaces that the tests made, without waiting."""
        if self._made and not os.environ.get("K8SNET_TEST_KEEP"):
            self.kubectl("delete", "namespace", *sorted(self._made), "--wait=false", "--ignore-not-found")
