"""Sentences of kubelet and container runtime, letter by letter as Kubernetes 1.34 wrote them, and what is said of them.

Measured on two real nodes (containerd 1.6.20, runc 1.1.5); what differs each time is replaced by names in capitals.
"""

import pytest

from bot.checks.application._pull_errors import why_not_pulled
from bot.checks.application._start_errors import missing_in, why_not_started
from bot.checks.application._volume_errors import read_volume_error
from bot.checks.facts.probe_failures import Failing, read_failure
from bot.model.kube.pods import ContainerProbe, ExecAction, GrpcAction, HttpGetAction, TcpSocketAction

_HTTP, _TCP = ContainerProbe(http_get=HttpGetAction(port=8080)), ContainerProbe(tcp_socket=TcpSocketAction(port=8080))
_EXEC, _GRPC = ContainerProbe(exec=ExecAction(command=("sh",))), ContainerProbe(grpc=GrpcAction(port=8080))
_RUNC = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
    "unable to start container process: "
)
_NOT_RUN = (
    "errored and resulted in unknown state: rpc error: code = Unknown desc = failed to exec in container: failed to start exec "
    '"ID": OCI runtime exec failed: exec failed: unable to start container process: '
)
_REGISTRY = 'failed to pull and unpack image "X": failed to resolve reference "X": '


@pytest.mark.parametrize(
    ("probe", "said", "kind"),
    [
        (_HTTP, 'failed: Get "http://PODIP:8080/": dial tcp PODIP:8080: connect: connection refused', Failing.REFUSED),
        (
            _HTTP,
            'failed: Get "http://PODIP:8080/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
            Failing.TIMEOUT,
        ),
        (
            _HTTP,
            'failed: Get "http://PODIP:8080/": read tcp NODEIP:60744->PODIP:8080: read: connection reset by peer',
            Failing.OTHER,
        ),
        (_HTTP, 'failed: Get "http://PODIP:8080/": EOF', Failing.OTHER),
        (_HTTP, "failed: HTTP probe failed with statuscode: 404", Failing.STATUS),
        (_HTTP, 'failed: Get "https://PODIP/ok": dial tcp PODIP:443: connect: connection refused', Failing.REFUSED),
        (_HTTP, 'failed: Get "/again": stopped after 10 redirects', Failing.OTHER),
        (
            _HTTP,
            'failed: Get "https://PODIP:8080/": http: server gave HTTP response to HTTPS client',
            Failing.SPEAKS_HTTP,
        ),
        (_HTTP, 'errored and resulted in unknown state: strconv.Atoi: parsing "web": invalid syntax', Failing.NO_PORT),
        (_TCP, "failed: dial tcp PODIP:8080: connect: connection refused", Failing.REFUSED),
        (_TCP, "failed: dial tcp PODIP:8080: i/o timeout", Failing.TIMEOUT),
        (_EXEC, "failed: ", Failing.OUTPUT),
        (_EXEC, 'failed: command timed out: "sh -c echo started; sleep 30" timed out after 1s', Failing.TIMEOUT),
        (_EXEC, f'{_NOT_RUN}exec: "curl": executable file not found in $PATH: unknown', Failing.NO_COMMAND),
        (
            _EXEC,
            f'{_NOT_RUN}exec: "/bin/grpc_health_probe": stat /bin/grpc_health_probe: no such file or directory: unknown',
            Failing.NO_COMMAND,
        ),
        (_EXEC, "failed: open /data/ready: no such file or directory", Failing.OUTPUT),
        (
            _GRPC,
            'failed: timeout: failed to connect service "PODIP:8080" within 1s: context deadline exceeded',
            Failing.TIMEOUT,
        ),
        (
            _GRPC,
            (
                "failed: error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown "
                "service grpc.health.v1.Health"
            ),
            Failing.NO_HEALTH_SERVICE,
        ),
        (_GRPC, 'failed: service unhealthy (responded with "NOT_SERVING")', Failing.NOT_SERVING),
        (
            _GRPC,
            "failed: error: health rpc probe failed: rpc error: code = NotFound desc = unknown service",
            Failing.UNKNOWN_HEALTH_NAME,
        ),
        (_GRPC, "failed: timeout: health rpc did not complete within 1s", Failing.TIMEOUT),
    ],
)
@pytest.mark.parametrize("of", ["Readiness", "Liveness", "Startup"])
def test_probes(of: str, probe: ContainerProbe, said: str, kind: Failing) -> None:
    """Whose words they are depends on the probe's kind, and what they mean on the sentence's head."""
    assert read_failure(f"{of} probe {said}", probe).kind is kind


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            f'{_RUNC}exec: "gunicorn": executable file not found in $PATH: unknown',
            "its command is not in the image: gunicorn",
        ),
        (
            f'{_RUNC}exec: "/app/start.sh": stat /app/start.sh: no such file or directory: unknown',
            "its command, or a file that it needs, is not in the image: /app/start.sh",
        ),
        (
            f'{_RUNC}exec: "/tmp": permission denied: unknown',
            "its command may not be executed (permission denied): /tmp",
        ),
        (
            'failed to generate container "ID" spec: failed to generate spec: no command specified',
            "neither the image nor the container names a command",
        ),
        (
            f"{_RUNC}error during container init: mkdir /etc/passwd: not a directory: unknown",
            "its workingDir is a file of the image, or lies in one",
        ),
        (
            "OCI runtime create failed: runc create failed: Cwd must be an absolute path: unknown",
            "its workingDir is not an absolute path",
        ),
        ("missing value for NOPE", "subPathExpr names a variable that is not set"),
        (
            'container\'s runAsUser breaks non-root policy (pod: "POD_NS(UID)", container: app)',
            "runAsNonRoot forbids its runAsUser 0",
        ),
        (
            'container has runAsNonRoot and image will run as root (pod: "POD_NS(UID)", container: app)',
            "runAsNonRoot forbids the user that the image names (root, or a name instead of a number)",
        ),
        (
            (
                "failed to create containerd container: cannot load seccomp profile "
                '"/var/lib/kubelet/seccomp/nope.json": open /var/lib/kubelet/seccomp/nope.json: no such file or directory'
            ),
            "the node does not have its seccomp profile",
        ),
        ("back-off 2m40s restarting failed container=app pod=POD_NS(UID)", ""),
    ],
)
def test_starts(said: str, words: str) -> None:
    """What keeps a container from starting; a back-off says nothing."""
    assert why_not_started(said) == words


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('configmap "settings" not found', "ConfigMap settings does not exist"),
        ('secret "creds" not found', "Secret creds does not exist"),
        ("couldn't find key url in ConfigMap NS/settings", "ConfigMap settings has no key url"),
        ("couldn't find key password in Secret NS/creds", "Secret creds has no key password"),
    ],
)
def test_configuration(said: str, words: str) -> None:
    """The object that is missing has its name in the sentence."""
    missing = missing_in(said)

    assert missing is not None
    assert missing.words == words


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            'MountVolume.SetUp failed for volume "v" : configmap "settings" not found',
            "ConfigMap settings does not exist",
        ),
        ('MountVolume.SetUp failed for volume "v" : secret "creds" not found', "Secret creds does not exist"),
        (
            'MountVolume.SetUp failed for volume "v" : configmap references non-existent config key: app.yaml',
            "its ConfigMap has no key app.yaml",
        ),
        (
            'MountVolume.SetUp failed for volume "v" : references non-existent secret key: tls.crt',
            "its Secret has no key tls.crt",
        ),
    ],
)
def test_volumes(said: str, words: str) -> None:
    """Events about volumes name the volume, and what it lacks."""
    error = read_volume_error(said)

    assert error is not None
    assert (error.words, error.volume) == (words, "v")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            (
                f'{_REGISTRY}failed to do request: Head "https://HOST/v2/shop/manifests/2": dial tcp: lookup HOST on DNSIP:53: '
                "read udp NODEIP:38734->DNSIP:53: i/o timeout"
            ),
            "the node cannot reach the registry (time-out)",
        ),
        (
            (
                f'{_REGISTRY}failed to do request: Head "http://localhost:5999/v2/": dial tcp 127.0.0.1:5999: connect: '
                "connection refused"
            ),
            "the node cannot reach the registry (connection refused)",
        ),
        (
            f"rpc error: code = NotFound desc = {_REGISTRY}X: not found",
            "the image or its tag does not exist in the registry",
        ),
        (
            f"{_REGISTRY}pulling from host HOST failed with status code [manifests 2]: 401 Unauthorized",
            "the registry wants other credentials (pull secret)",
        ),
        (
            f"{_REGISTRY}pulling from host HOST failed with status code [manifests 2]: 429 Too Many Requests",
            "the registry limits the rate of pulls",
        ),
        (
            f"{_REGISTRY}pulling from host HOST failed with status code [manifests 2]: 500 Internal Server Error",
            "the registry answers with an error of its own (500)",
        ),
    ],
)
def test_images(said: str, words: str) -> None:
    """The present cause stands in the waiting message."""
    assert why_not_pulled("ErrImagePull", said) == words
