"""Sentences of kubelet and container runtime, letter by letter as Kubernetes 1.34 wrote them, and what is said of them.

Measured on two real nodes (containerd 1.6.20, runc 1.1.5); what differs each time is replaced by names in capitals.
"""

import json

import pytest
import yaml

from bot.checks.application._pull_errors import why_not_pulled
from bot.checks.application._start_errors import missing_in, why_not_started
from bot.checks.application._volume_errors import read_volume_error
from bot.checks.application.rollout_stuck import rollout_stuck
from bot.checks.facts.pod_state import Trouble, trouble_of
from bot.checks.facts.pod_words import why
from bot.checks.facts.probe_failures import Failing, read_failure
from bot.model.case import Case
from bot.model.kube.pods import ContainerProbe, ExecAction, GrpcAction, HttpGetAction, TcpSocketAction
from tests.checks.manifests import Written, case_of

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
        *(
            (_HTTP, f"failed: HTTP probe failed with statuscode: {each}", Failing.STATUS)
            for each in (400, 401, 429, 500, 503)
        ),
        (
            _HTTP,
            'failed: Get "http://PODIP:8080/": malformed HTTP response "SSH-2.0-OpenSSH_9.2"',
            Failing.OTHER,
        ),
        (
            _HTTP,
            (
                'failed: Get "http://PODIP:8080/": net/http: HTTP/1.x transport connection broken: malformed HTTP response '
                '"SSH-2.0-OpenSSH_9.2"'
            ),
            Failing.OTHER,
        ),
        (
            _HTTP,
            (
                'failed: Get "http://PODIP:8080/": net/http: HTTP/1.x transport connection broken: malformed HTTP response '
                '"\\x00\\x00\\x06\\x04\\x00"'
            ),
            Failing.OTHER,
        ),
        (_EXEC, "failed: db check: dial tcp 10.96.0.77:5432: connect: connection refused", Failing.OUTPUT),
        (_EXEC, "failed: GET http://payments/health -> statuscode: 404", Failing.OUTPUT),
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
    ("rest", "words"),
    [
        (
            "Volume is already used by pod(s) app-7f9c-abcde",
            "it is attached to another node, where app-7f9c-abcde uses it, and can be on one at a time (Multi-Attach)",
        ),
        (
            "Volume is already exclusively attached to one node and can't be attached to another",
            "it is attached to another node and can be on one at a time (Multi-Attach)",
        ),
    ],
)
def test_volumes_of_one_node(rest: str, words: str) -> None:
    """The attach-detach controller names the pods of the same namespace that hold it."""
    error = read_volume_error(f'Multi-Attach error for volume "pvc-1" {rest}')

    assert error is not None
    assert (error.words, error.volume) == (words, "pvc-1")


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
            f"{_REGISTRY}pulling from host HOST failed with status code [manifests 2]: 403 Forbidden",
            "the registry refuses these credentials (pull secret)",
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


_POD = 'pods "app-7b865cfb5c-bq54v" is forbidden: '
_CALLED = 'Internal error occurred: failed calling webhook "pods.policy.example.com": failed to call webhook: Post '


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("Error creating: ", "Deployment"),
        ("Error creating: ", "DaemonSet"),
        ("create Pod app-0 in StatefulSet app failed error: ", "StatefulSet"),
    ],
)
@pytest.mark.parametrize(
    ("refusal", "shown"),
    [
        (
            (
                f"{_POD}exceeded quota: team, requested: limits.cpu=1,requests.cpu=500m, used: limits.cpu=0,requests.cpu=0, "
                "limited: limits.cpu=200m,requests.cpu=100m"
            ),
            "resourcequota",
        ),
        (f"{_POD}failed quota: team: must specify limits.memory for: app; requests.cpu for: app", "resourcequota"),
        (f"{_POD}exceeded quota: team, requested: pods=1, used: pods=0, limited: pods=0", "resourcequota"),
        (f"{_POD}maximum cpu usage per Container is 100m, but limit is 1", "limitrange"),
        (f"{_POD}minimum memory usage per Container is 1Gi, but request is 64Mi", "limitrange"),
        (
            'pods "app-85f69bcf-" is forbidden: error looking up service account NS/shop: serviceaccount "shop" not found',
            "serviceaccount",
        ),
        ('pods "app-85f69bcf-" is forbidden: no PriorityClass with name gold was found', ""),
        ('pods "app-85f69bcf-" is forbidden: pod rejected: RuntimeClass "gvisor" not found', ""),
        (f'{_POD}violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)', ""),
        (
            (
                f"{_POD}ValidatingAdmissionPolicy 'must-have-team' with binding 'must-have-team' denied request: pods must "
                "carry the label team"
            ),
            "",
        ),
        (
            f'{_CALLED}"https://nobody.hooks.svc:443/validate?timeout=10s": no endpoints available for service "nobody"',
            "webhookconfigurations",
        ),
        (
            f'{_CALLED}"https://gone.hooks.svc:443/validate?timeout=10s": service "gone" not found',
            "webhookconfigurations",
        ),
        (
            f'{_CALLED}"https://hang.hooks.svc:443/validate?timeout=5s": context deadline exceeded',
            "webhookconfigurations",
        ),
        (
            f"{_CALLED[:-5]}tls: failed to verify certificate: x509: certificate is valid for app, not tls.hooks.svc",
            "webhookconfigurations",
        ),
    ],
)
def test_refusals(head: str, kind: str, refusal: str, shown: str) -> None:
    """The API server's sentence is told as it is, whoever passes it on, with the object that decides."""
    holder = {"Deployment": "ReplicaSet"}.get(kind, kind)
    case = written(
        f"""
apiVersion: apps/v1
kind: {kind}
metadata: {{name: app, namespace: shop, uid: u-app}}
spec: {{replicas: 2, selector: {{matchLabels: {{app: app}}}}, template: {{metadata: {{labels: {{app: app}}}}}}}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: app-7b865cfb5c
  namespace: shop
  ownerReferences: [{{apiVersion: apps/v1, kind: Deployment, name: app, uid: u-app, controller: true}}]
spec: {{replicas: 2, selector: {{matchLabels: {{app: app}}}}, template: {{metadata: {{labels: {{app: app}}}}}}}}
---
apiVersion: v1
kind: Service
metadata: {{name: app, namespace: shop}}
spec: {{clusterIP: 10.96.5.5, selector: {{app: app}}, ports: [{{port: 80, protocol: TCP, targetPort: 8080}}]}}
---
apiVersion: v1
kind: Event
metadata: {{name: refused, namespace: shop}}
involvedObject: {{kind: {holder}, namespace: shop, name: {"app-7b865cfb5c" if kind == "Deployment" else "app"}}}
reason: FailedCreate
message: {json.dumps(head + refusal)}
lastTimestamp: "2026-11-23T03:59:50Z"
""",
        "app -n shop",
    )
    (found,) = rollout_stuck.rule(case)

    assert f"the API server refuses to create them: {refusal}." in found.message
    assert any(shown in each for each in found.check)


@pytest.mark.parametrize(
    ("reason", "said", "trouble"),
    [
        ("CreateContainerConfigError", 'configmap "settings" not found', Trouble.CREATE),
        ("CreateContainerConfigError", "missing value for NOPE", Trouble.CREATE),
        (
            "CreateContainerError",
            'failed to generate container "ID" spec: failed to generate spec: no command specified',
            Trouble.CREATE,
        ),
        ("RunContainerError", f'{_RUNC}exec: "gunicorn": executable file not found in $PATH: unknown', Trouble.CREATE),
        (
            "ErrImageNeverPull",
            'Container image "k8snet.test/shop:2" is not present with pull policy of Never',
            Trouble.IMAGE,
        ),
        ("ErrImagePull", f"rpc error: code = NotFound desc = {_REGISTRY}X: not found", Trouble.IMAGE),
        ("ImagePullBackOff", f'Back-off pulling image "X": ErrImagePull: {_REGISTRY}X: not found', Trouble.IMAGE),
        (
            "InvalidImageName",
            (
                'Failed to apply default image tag "k8snet.test/Shop:2": couldn\'t parse image name "k8snet.test/Shop:2": '
                "invalid reference format: repository name (Shop) must be lowercase"
            ),
            Trouble.IMAGE,
        ),
        ("CrashLoopBackOff", "back-off 2m40s restarting failed container=app pod=POD_NS(UID)", Trouble.CRASH),
    ],
)
def test_waiting(reason: str, said: str, trouble: Trouble) -> None:
    """A container that waits has a reason, and the reason one kind of trouble."""
    case = written(
        f"""
apiVersion: v1
kind: Pod
metadata: {{name: user-service-1, namespace: shop}}
status:
  conditions: [{{type: Ready, status: "False", lastTransitionTime: "2026-11-23T03:50:00Z"}}]
  containerStatuses:
    - {{name: app, ready: false, restartCount: 3, state: {{waiting: {{reason: {reason}, message: {json.dumps(said)}}}}}}}
""",
        "user-service -n shop",
    )
    pod = next(each for each in case.backends.pods if each.name == "user-service-1")
    found = trouble_of(case, pod)

    assert found is not None
    assert (found.trouble, found.reason, why(case, pod)) == (trouble, reason, reason)


def written(text: str, ask: str) -> Case:
    """The base cluster with these objects in it."""
    documents = [each for each in yaml.load_all(text, yaml.CSafeLoader) if each]
    return case_of(Written("here", "here", {"ask": [ask]}, documents))
