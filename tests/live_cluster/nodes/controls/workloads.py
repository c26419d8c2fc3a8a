"""Healthy workloads that look odd: their pods, their states and their revisions."""

from tests.live_cluster.nodes.controls.words import (
    NAMED,
    ON_N1,
    SPACE,
    Control,
    body,
    deployment,
    job,
    policy,
    service,
    stateful,
)
from tests.live_cluster.nodes.faults.words import CONTAINER, IMAGE, goes_on, replace, stopped

CALLERS = [{"from": [{"podSelector": {"matchLabels": {"role": "client"}}}], "ports": [{"port": "http"}]}]

WORKLOADS = (
    Control("a single replica", "single", (service("single"), deployment("single"))),
    Control(
        "a rollout in progress, maxUnavailable 2 of 4",
        "rolling",
        (
            service("rolling"),
            deployment("rolling", 4, spec={"strategy": {"rollingUpdate": {"maxUnavailable": 2, "maxSurge": 0}}}),
        ),
        actions=(
            replace("deploy/rolling", f"{CONTAINER}/command", ["sh", "-c", "sleep 60; exec /serve"]),
            ("wait", "deploy/rolling", "--for=jsonpath={.status.unavailableReplicas}=2", "--timeout=180s"),
        ),
    ),
    Control(  # what goes away between reading and probing is no bad backend
        "a rollout that replaces pods while they are asked about",
        "turning",
        (
            service("turning"),
            deployment("turning", 4, spec={"strategy": {"rollingUpdate": {"maxUnavailable": 1, "maxSurge": 1}}}),
        ),
        actions=(replace("deploy/turning", f"{CONTAINER}/command", ["sh", "-c", "sleep 1; exec /serve"]),),
    ),
    Control(
        "an alias that resolves",
        "alias",
        objects=(
            service("behind-alias"),
            deployment("behind-alias"),
            body(
                "Service",
                "alias",
                spec={"type": "ExternalName", "externalName": f"behind-alias.{SPACE}.svc.cluster.local"},
            ),
        ),
    ),
    Control("headless, one replica", "lone", (service("lone", clusterIP="None"), deployment("lone")), port=8080),
    Control(
        "a container port that nobody declared",
        "undeclared",
        (service("undeclared"), deployment("undeclared", ports=None)),
    ),
    Control(
        "a finished Job with the Service's labels",
        "with-job",
        (service("with-job"), deployment("with-job", labels={"tier": "web"}), job("Job", "migration", "with-job")),
        actions=(("wait", "job/migration", "--for=condition=Complete", "--timeout=180s"),),
    ),
    Control(
        "a suspended CronJob with the Service's labels",
        "with-cron",
        (service("with-cron"), deployment("with-cron", labels={"tier": "web"}), job("CronJob", "report", "with-cron")),
    ),
    Control(
        "unready addresses published on purpose",
        "peers",
        (
            service("peers", clusterIP="None", publishNotReadyAddresses=True),
            stateful(
                "peers", 2, readinessProbe={"exec": {"command": ["test", "-e", "/tmp/joined"]}, "periodSeconds": 1}
            ),
        ),
        port=8080,  # the pods' own, which is not the Service's: nobody measures it, and no pod is ready
        outcome="unknown",
    ),
    Control(
        "policies that allow",
        "guarded",
        (
            service("guarded"),
            deployment("guarded", ports=NAMED),
            policy("callers-only", "guarded", ingress=CALLERS),
        ),
    ),
    Control(
        "default deny elsewhere",
        "open",
        (
            service("open"),
            deployment("open"),
            policy("closed", "", "silence-elsewhere", policyTypes=["Ingress", "Egress"]),
            policy("others-closed", "nobody", policyTypes=["Ingress"]),
        ),
    ),
    Control(
        "restarted a moment ago",
        "restarted",
        (service("restarted"), deployment("restarted")),
        actions=(
            # A moment later: else what is told to end it may end with it, before its own exit code is known.
            ("exec", "deploy/restarted", "--", "sh", "-c", "(sleep 1; kill -TERM 1) >/dev/null 2>&1 &"),
            (
                "wait",
                "pod",
                "-l",
                "app=restarted",
                "--for=jsonpath={.status.containerStatuses[0].restartCount}=1",
                "--timeout=180s",
            ),
            ("wait", "pod", "-l", "app=restarted", "--for=condition=Ready", "--timeout=180s"),
        ),
    ),
    Control(
        "a Service that nobody is said to call", "uncalled", (service("uncalled"), deployment("uncalled")), source=""
    ),
    Control(
        "two ports, one for metrics",
        "dual",
        (
            service(
                "dual",
                ports=[
                    {"name": "http", "port": 80, "targetPort": "web"},
                    {"name": "metrics", "port": 9090, "targetPort": "metrics"},
                ],
            ),
            deployment(
                "dual", ports=[{"name": "web", "containerPort": 8080}, {"name": "metrics", "containerPort": 9090}]
            ),
        ),
    ),
    Control(
        "backend on the host network",
        "host",
        (
            service("host", ports=[{"port": 80, "targetPort": 18080}]),
            deployment(
                "host",
                hostNetwork=True,
                nodeSelector=ON_N1,
                args=["-port", "18080"],
                readinessProbe={"httpGet": {"path": "/healthz", "port": 18080}, "periodSeconds": 1},
            ),
        ),
    ),
    Control(
        "a native sidecar",
        "sidecar",
        (
            service("sidecar"),
            deployment(
                "sidecar",
                initContainers=[
                    {"name": "proxy", "image": IMAGE, "args": ["-port", "15001"], "restartPolicy": "Always"}
                ],
            ),
        ),
    ),
    Control(
        "one port name, two numbers",
        "versions",
        (
            service("versions", ports=[{"port": 80, "targetPort": "http"}]),
            deployment("versions-1", app="versions", labels={"version": "v1"}, ports=NAMED),
            deployment(
                "versions-2",
                app="versions",
                labels={"version": "v2"},
                args=["-port", "8081"],
                ports=[{"name": "http", "containerPort": 8081}],
                readinessProbe={"httpGet": {"path": "/healthz", "port": 8081}, "periodSeconds": 1},
            ),
        ),
    ),
    Control("session affinity", "sticky", (service("sticky", sessionAffinity="ClientIP"), deployment("sticky", 2))),
    Control(
        "local traffic with a local endpoint",
        "local",
        (service("local", internalTrafficPolicy="Local"), deployment("local", nodeSelector=ON_N1)),
    ),
    Control(
        "an old version scaled to zero",
        "replaced",
        (
            service("replaced"),
            deployment("replaced-1", 0, app="replaced", labels={"version": "v1"}),
            deployment("replaced-2", app="replaced", labels={"version": "v2"}),
        ),
    ),
    Control(
        "a pod that takes its time to end",
        "leaving",
        (
            service("leaving"),
            deployment(
                "leaving", 2, command=["sh", "-c", "trap '' TERM; /serve -port 8080; true"], args=None, grace=20
            ),
        ),
        actions=(("scale", "deploy", "leaving", "--replicas=1"),),
    ),
    Control(
        "a lost node without our endpoints",
        "elsewhere",
        (service("elsewhere"), deployment("elsewhere", 2, nodeSelector=ON_N1)),
        actions=(stopped("n2", "kubelet"), ("wait", "node/n2", "--for=condition=Ready=Unknown", "--timeout=180s")),
        undo=(goes_on("n2", "kubelet"), ("wait", "node/n2", "--for=condition=Ready", "--timeout=180s")),
        is_long=True,
    ),
)
