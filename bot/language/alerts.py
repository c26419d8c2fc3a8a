"""Alerts of Alertmanager, Datadog, Grafana and PagerDuty: their labels, read to Service, namespace, port and caller.

A label is `key=value`, `key="value"`, `key: value` or `key:value`, with Slack's emphasis around either. Those that name the
Service go before those that name a workload or a pod; a label that names the exporter (kube-state-metrics) names nothing.
"""

import re
from collections.abc import Iterable, Mapping

from bot.language import refusals
from bot.language.names import LABEL
from bot.language.printed import is_machine
from bot.language.slots import Slots, caller_word, owner_of_pod, pod_note
from bot.language.symptoms import symptom_in
from bot.language.vocabulary import is_place
from bot.model.refs import is_dns_name

_PEERS = (
    "peer_service",
    "peer_service_name",
    "upstream_service",
    "remote_service",
    "server_service",
    "out_host",
    "peer_hostname",
)
_TARGETS = (
    *_PEERS,
    "destination_service", "destination_service_name", "kube_service", "service", "svc", "service_name", "destination_workload",
    "upstream", "backend", "destination_app", "kube_deployment", "deployment", "kube_stateful_set", "statefulset", "workload",
    "kube_daemon_set", "daemonset", "target", "url", "instance", "host", "app", "app_kubernetes_io_name", "application",
    "kube_app_name", "component", "pod", "pod_name", "kube_pod", "container", "kube_container_name", "job",
)  # fmt: skip
_NAMESPACES = (
    "destination_service_namespace", "destination_workload_namespace", "destination_namespace", "exported_namespace",
    "kube_namespace", "namespace",
    "ns", "kubernetes_namespace", "k8s_namespace_name",
)  # fmt: skip
_CALLERS = ("source_workload", "source_app", "source_service", "caller", "client", "source")
_CALLER_NAMESPACES = ("source_workload_namespace", "source_namespace", "client_namespace")
_CLUSTERS = ("cluster", "kube_cluster_name", "cluster_name", "k8s_cluster")
_PORTS = ("port", "destination_port", "peer_port", "net_peer_port", "server_port")
_KEYS = frozenset((*_TARGETS, *_NAMESPACES, *_CALLERS, *_CALLER_NAMESPACES, *_CLUSTERS, *_PORTS))
_LABEL = re.compile(
    r"(?<![\w./-])(?P<key>[A-Za-z][A-Za-z0-9_.]*(?: (?=name\b"
    r"|namespace\b)[a-z]+)?)[*_`\"]{0,3} ?[=:]+~?[*_`]{0,3} ?[\"'`*_]{0,3}"
    r"(?P<value>(?![A-Za-z_][\w.]*(?:=|:(?!//|\d)))[^\s\"'`,|{}<>*\]]+)(?P<more>[ \t]+[A-Za-z0-9][^\n,|=:]*(?=\n|$))?"
)
_ALERT = re.compile(
    r"\[?(?:FIRING|RESOLVED|Triggered|Recovered|Re-Triggered|No data)\b|\[(?:Alerting|OK)\]"
    r"|\[Warn on\b|alert ?name|alertmanager|^alert: "
    r"|\bincident: |\bincident\b.{0,40}\b(?:triggered|#\d+)"
    r"|\bMonitor\b|\bLabels:|pagerduty|\bSeverity\b|\bTags:|Annotations:|\bDashboard:",
    re.IGNORECASE | re.MULTILINE,
)
_EXPORTERS = re.compile(
    r"kube-state-metrics|node-exporter|prometheus|blackbox|cadvisor|kubelet|alertmanager|opentelemetry|grafana"
)
# The same, and where they show it, but for what they do themselves: `prometheus can't scrape cart`.
_WATCHES = re.compile(
    rf"(?<![-\w.])(?:\w+://)?[-\w/]*(?:{_EXPORTERS.pattern})[-\w.:/?=]*+(?! (?:can|could|does|is|says|sees|gets|fails)\b)",
    re.IGNORECASE,
)
_PAIR = re.compile(r"\b[a-z][a-z_]*=[\"']?[a-z0-9]")
_SELECTOR = re.compile(r"\b[a-z]\w*\{[^}\n]*\w=~?\"[^}\n]*\}")  # of PromQL
_IN_NAMESPACE = re.compile(r"\bin (?:the )?(?:ns|namespace) ([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)(?![-\w])")
_FROM_CALLER = re.compile(
    rf"\b(?:unreachable|calls|requests|traffic|connections|timeouts) from (?!the\b|a\b)({LABEL})(?![-\w])"
)
_SOURCE = re.compile(rf"\b(?:source|client) (?:pod|app|workload|service|deployment): ?`?({LABEL})(?![-\w./:])")
_TITLE = re.compile(rf"(?:\*|`)(?P<name>{LABEL})(?:\*|`)(?= [-—–] | ?\([a-z_]+:)")  # `*cart* — high error rate`
_TO = re.compile(
    rf"\b(?:requests|calls|connections|connects|traffic|dials) to (?:the )?(?P<name>(?!the\b|a\b|an\b|all\b|any\b"
    rf"|be\b){LABEL})(?![-\w./])"
)
_RAISED = re.compile(
    r"\[(?:FIRING|Alerting)\b|\b(?:re-)?triggered\b|\balert ?name\b|alertmanager|pagerduty", re.IGNORECASE
)
_OVER = re.compile(r"\[(?:RESOLVED|Recovered|OK)\b|\bRESOLVED\b")
_IS_OVER = re.compile(r"\W{0,3}\[(?:RESOLVED|Recovered|OK)(?::\d+)?\]")  # how all of it begins
# Where it was raised and of whom: `host: prod-eu-1`, `TRIGGERED on Rides - Production (High)`; no Service is in capitals.
_HOST = re.compile(
    r"(?<![\w./-])(?:host|node|nodename|hostname|instance) ?[:=] ?[\"'`]?(?P<value>[\w-]+)(?![\w./:-])[\"'`]?"
)
_RAISED_ON = re.compile(r"\bTRIGGERED on [A-Z]\w*(?: [A-Z]\w*)*(?: - [A-Z]\w*)?(?: \(\w+\))?(?=\n|$)")
# Where people read on: `runbook: https://wiki.example.com/bank-gw`.
_LINK = re.compile(
    r"\b(?:run ?book|playbook|dashboard|panel|silence|graph|source|wiki|docs?)(?:[_ ]?url)?\W{1,6}https?://[^\s>|\"']+[>\"']?",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def read_alert(text: str) -> Slots | None:
    """Return what an alert's labels name; None for a text that is no alert or whose labels name no Service.

    Raises UsageError for an alert about several Services.
    """
    labels = _labels(text)
    if not _ALERT.search(text) and not _is_labelled(text, labels):
        return None
    key, targets = _targets(labels)
    if not targets and (title := _TITLE.search(text)):
        key, targets = "title", (title["name"],)
        labels = {**labels, "title": targets}
    if not targets and len(labels) > 1:
        raise refusals.no_name("The alert names no Service. Try: why user-service in shop")
    if not targets:
        return None
    namespace = _single(labels, _NAMESPACES) or _said(_IN_NAMESPACE, text)
    caller = _single(labels, _CALLERS) or _said(_SOURCE, text) or _said(_FROM_CALLER, text)
    if not caller and key in _PEERS:
        caller = next((each for each in _targets(labels, besides=_PEERS)[1][:1] if each != targets[0]), "")
    elif not caller and (called := _called(text, targets)):
        targets, caller, key = (called,), targets[0], "called"
        labels = {**labels, "called": targets}
    if caller and (key in _PEERS or key == "called") and namespace:
        caller, namespace = f"{namespace}/{caller}", ""
    caller = "" if "://" in caller else caller  # the `Source:` of Grafana is where the alert is shown
    is_over = bool(_OVER.search(text))
    slots = Slots(
        verb="check" if is_over and not caller else "why",
        target=targets[0],
        namespace="" if "." in targets[0] or "/" in targets[0] else namespace,
        caller=caller_word(caller, namespace=_single(labels, _CALLER_NAMESPACES)) if caller else "",
        port=_single(labels, _PORTS),
        symptom="" if is_over else symptom_in(_CAMEL.sub(" ", text)),
        notes=_notes(key, labels, targets[0]),
    )
    if len(targets) > 1:
        questions = tuple(_with(slots, each, _beside(text, each)).words() for each in targets)
        raise refusals.several(targets, "Service", questions)
    return slots


def without_watchers(text: str) -> str:
    """Return an alert without those that only watch, export or show it, which every cluster has; any other text as it is."""
    is_alert = _ALERT.search(text) or _is_labelled(text, _labels(text))
    return _WATCHES.sub(" ", text) if is_alert else text


def is_raised(text: str) -> bool:
    """Return whether a text says of itself that it is an alert; a log line has a severity as well."""
    return bool(_RAISED.search(text))


def without_furniture(text: str) -> str:
    """Return an alert without the node it was seen on, and without whose it is; any other text as it is."""
    if not _ALERT.search(text):
        return text
    text = _LINK.sub("", text)
    return _RAISED_ON.sub("TRIGGERED", _HOST.sub(lambda found: "" if is_place(found["value"]) else found[0], text))


def is_only_over(text: str) -> bool:
    """Return whether a text is an alert that is over and has no labels to look at: `[RESOLVED] TargetDown cart`."""
    return bool(_IS_OVER.match(text)) and not (_targets(_labels(text))[1] or _TITLE.search(text))


def _is_labelled(text: str, labels: Mapping[str, tuple[str, ...]]) -> bool:
    """Return whether a text is labels though nothing calls it an alert: `service=cart namespace=shop`, and no log line."""
    pairs = len(_PAIR.findall(text))
    if _SELECTOR.search(text) and any(key in labels for key in _TARGETS):
        return True
    return pairs > 1 and pairs >= len(labels) > 1 and not is_machine(text) and any(key in labels for key in _TARGETS)


def _beside(text: str, target: str) -> str:
    """Return the namespace in the same line as a Service, where an alert is about several."""
    lines = (line for line in text.splitlines() if target in line)
    return next((place for line in lines if (place := _single(_labels(line), _NAMESPACES))), "")


def _with(slots: Slots, target: str, namespace: str) -> Slots:
    return Slots(
        target=target,
        namespace=namespace or slots.namespace,
        caller=slots.caller,
        port=slots.port,
        symptom=slots.symptom,
    )


def _labels(text: str) -> Mapping[str, tuple[str, ...]]:
    """Return the values of each known label in the order of the text; values of several words name nothing."""
    found: dict[str, dict[str, None]] = {}
    for match in _LABEL.finditer(text):
        key = re.sub(r"[. ]", "_", match["key"].lower())
        key = key if key in _KEYS else re.sub(r"\.", "_", match["key"].lower().rpartition(" ")[2])
        value = match["value"].rstrip(".;)")
        if key in _KEYS and value and not _is_prose(match):
            found.setdefault(key, {}).setdefault(value)
    return {key: tuple(values) for key, values in found.items()}


def _is_prose(label: re.Match[str]) -> bool:
    """Return whether a value goes on for several words, which name nothing: `Host: something is wrong`."""
    before = label[0][: label.start("value") - label.start()]
    return bool(label["more"]) and "=" not in before and before.rstrip("*_`\"'").endswith(" ")


def _called(text: str, targets: tuple[str, ...]) -> str:
    """Return what an alert about one workload says that it calls: `portal-web: 38% of requests to chat failing`."""
    found = {each["name"] for each in _TO.finditer(text)} - {*targets}
    return found.pop() if len(found) == 1 and len(targets) == 1 else ""


def _targets(labels: Mapping[str, tuple[str, ...]], besides: tuple[str, ...] = ()) -> tuple[str, tuple[str, ...]]:
    for key in (each for each in _TARGETS if each not in besides):
        named = [each for each in labels.get(key, ()) if _may_name(key, each)]
        if named:
            return key, tuple(dict.fromkeys(_service(key, each) for each in named))
    return "", ()


def _may_name(key: str, value: str) -> bool:
    if _EXPORTERS.search(value):
        return False
    if key in ("instance", "host") and re.match(r"\d|ip-|node|.*\.(?:compute|internal)\b", value):
        return False  # a node, or a pod's address that is another one by now
    host = re.sub(r"^\w+://", "", value).split("/")[-1 if key == "job" else 0].split(":")[0]
    return is_dns_name(host.lower())


def _service(key: str, value: str) -> str:
    if key.startswith(("pod", "kube_pod")):
        return owner_of_pod(value) or re.sub(r"-\d+$", "", value)
    return value.lower() if "://" not in value else value


def _single(labels: Mapping[str, tuple[str, ...]], keys: Iterable[str]) -> str:
    """Return the value of the first label of these that is said, if it has one value only."""
    values = next((labels[key] for key in keys if key in labels), ())
    return values[0] if len(values) == 1 else ""


def _said(where: re.Pattern[str], text: str) -> str:
    """Return what an alert says in words and not as a label."""
    found = where.search(text)
    return found[1] if found else ""


def _notes(key: str, labels: Mapping[str, tuple[str, ...]], target: str) -> tuple[str, ...]:
    value = labels[key][0]
    cluster = _single(labels, _CLUSTERS)
    told = (f"cluster {cluster} of the alert was not used",) if cluster else ()
    return told if value.lower() == target.lower() else (pod_note(value, target), *told)
