"""What the caller's resolver is told, from a question and what was read for it: shared by the command line and workers."""

from bot.model.case import Case
from bot.model.dns.cluster_dns import DNS_PORT
from bot.model.dns.resolv_conf import ResolvConf, resolv_conf
from bot.model.question.question import Question
from bot.model.snapshot import Snapshot

# A name outside the cluster is no Service's; the one that every cluster has stands in, so that DNS and the caller are read.
ANY_SERVICE = Question(service="kubernetes", namespace="default")


def resolver_of(question: Question, snapshot: Snapshot) -> tuple[str, ResolvConf]:
    """Give the caller's namespace and resolv.conf."""
    case = Case(question, snapshot)
    return case.source_namespace, resolv_conf(case.source_pod, case.source_namespace, case.dns)


def server_port(question: Question, snapshot: Snapshot) -> int:
    """The port of the DNS Service: 53 but in a sandbox."""
    port = Case(question, snapshot).dns.port
    return port.port if port else DNS_PORT
