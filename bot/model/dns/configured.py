"""The cluster's DNS as its Corefile configures it: who answers a name, and what. Read once a snapshot.

None where no Corefile was read, or none is known: then nobody can tell, and the zone alone is gone by.
"""

from msgspec import Struct

from bot.model.dns.cluster_dns import ClusterDns, cluster_dns
from bot.model.dns.corefile.hosts import OWN_FILE
from bot.model.dns.corefile.reader import DNS_PORT, Corefile, read
from bot.model.dns.corefile.reply import Query, Reply
from bot.model.dns.corefile.syntax import FOLDER, Files
from bot.model.dns.corefile.zones import fqdn
from bot.model.dns.objects import found_in
from bot.model.kube.workloads import ConfigMap
from bot.model.memo import memo
from bot.model.snapshot import Snapshot

COREFILE = "Corefile"
# Where k3s and AKS mount what users add: https://docs.k3s.io/networking/networking-services,
# https://learn.microsoft.com/azure/aks/coredns-custom
CUSTOM = "coredns-custom"
CUSTOM_FOLDER = f"{FOLDER}/custom"
IMPORTED = (".override", ".server")
NODE_HOSTS = "NodeHosts"


class Configured(Struct, frozen=True):
    """A Corefile, the ConfigMap that holds it, and the port at which the DNS pods are asked."""

    config: ConfigMap
    corefile: Corefile
    port: int = DNS_PORT

    @property
    def text(self) -> str:
        """Return the Corefile as it was read."""
        return (self.config.data or {}).get(COREFILE, "")


@memo
def configured_dns(snapshot: Snapshot) -> Configured | None:
    """Return the Corefile of the cluster's DNS; None where it was not read, or there is none."""
    dns = cluster_dns(snapshot)
    text = (dns.config.data or {}).get(COREFILE, "") if dns.config else ""
    if dns.config is None or not text or not snapshot.has("corefile"):
        return None
    corefile = read(text, _files(snapshot, dns, dns.config))
    port = next((each.port for each in dns.usable if each.port), DNS_PORT)
    listening = sorted({each.port for each in corefile.servers})
    if len(listening) == 1:  # a DNS Service that leads past it is a fault of its own (DNS-008)
        port = listening[0]
    return Configured(dns.config, corefile, port)


def reply_for(snapshot: Snapshot, name: str, kind: str = "A", client: str = "") -> Reply | None:
    """Return who answers a full name, and what; None where no Corefile was read. `client` is the asker's address."""
    known = configured_dns(snapshot)
    if known is None:
        return None
    query = Query(fqdn(name), kind, client)
    return known.corefile.reply(query, lambda asked, scope: found_in(snapshot, asked, scope), known.port)


def _files(snapshot: Snapshot, dns: ClusterDns, config: ConfigMap) -> Files:
    """The files that CoreDNS has from ConfigMaps, and its own /etc/hosts where its pods have hostAliases."""
    texts = {f"{FOLDER}/{key}": text for key, text in (config.data or {}).items() if key != COREFILE}
    for each in snapshot.config_maps:
        if (each.namespace, each.name) == (config.namespace, CUSTOM):
            texts |= {f"{CUSTOM_FOLDER}/{key}": text for key, text in (each.data or {}).items()}
    aliases = {each for pod in dns.pods for each in pod.spec.host_aliases or ()}
    if aliases:
        lines = sorted(f"{each.ip} {' '.join(each.hostnames or ())}" for each in aliases)
        texts[OWN_FILE] = "\n".join(lines)
    return Files(texts, (CUSTOM_FOLDER,))
