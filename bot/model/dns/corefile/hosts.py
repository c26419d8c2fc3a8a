"""The `hosts` plugin: names of a hosts file, and of lines inside the Corefile.

https://github.com/coredns/coredns/blob/v1.13.2/plugin/hosts/hosts.go. A name that it does not have is SERVFAIL, unless it says
`fallthrough`. Without a file it reads /etc/hosts of its own pod, which has no names but its own and its hostAliases.
"""

import posixpath
from collections.abc import Iterator
from ipaddress import ip_address

from msgspec import Struct

from bot.model.dns.corefile.reply import Query, Records, Reply, fixed, unknown
from bot.model.dns.corefile.syntax import Directive, Files
from bot.model.dns.corefile.zones import covers, fqdn, zones_of
from bot.model.probe import Outcome

OWN_FILE = "/etc/hosts"
_OPTIONS = ("fallthrough", "no_reverse", "ttl", "reload", "fallthrough_unsupported")
# What the kubelet writes into every pod's: https://kubernetes.io/docs/tasks/network/customize-hosts-file-for-pods/
_OWN_LINES = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback"
_REVERSE = ("in-addr.arpa.", "ip6.arpa.")


class Hosts(Struct, frozen=True):
    """One `hosts [FILE [ZONE…]]` with its block. `entries` are name and address; `file` is one that was not read."""

    by: Directive
    zones: tuple[str, ...]
    entries: tuple[tuple[str, str], ...]
    fallthrough: tuple[str, ...]
    file: str = ""

    def answer(self, query: Query, records: Records) -> Reply | Query:
        """Return the addresses of a name that it has."""
        del records
        if not any(covers(each, query.name) for each in self.zones):
            return query
        if self.by.is_unknown:
            return unknown("a hosts plugin holds what was not read", self.by, query)
        own = list(dict.fromkeys(address for name, address in self.entries if name == query.name))
        wild = f"*.{query.name.partition('.')[2]}"
        if not own and any(name == wild for name, _ in self.entries):
            return unknown("whether hosts takes a * for a name depends on the version of CoreDNS", self.by, query)
        if self.file and not own and not query.name.endswith(_REVERSE):
            return unknown(f"the hosts file {self.file} was not read", self.by, query)
        if own:
            fitting = tuple(
                each for each in own if (":" in each) == (query.type == "AAAA") and query.type in ("A", "AAAA")
            )
            return fixed(self.by, query, Outcome.ANSWERED if fitting else Outcome.NO_DATA, fitting)
        if any(covers(each, query.name) for each in self.fallthrough):
            return query
        return fixed(self.by, query, Outcome.SERVFAIL)


def hosts_of(by: Directive, zones: tuple[str, ...], files: Files) -> Hosts:
    """Return the plugin that a directive makes, in a server block of these zones."""
    args = [each.text for each in by.args]
    path = args[0] if args else OWN_FILE
    own = zones_of(args[1:]) or zones
    lines = [[each.text for each in line] for line in by.body]
    inline = [line for line in lines if line and line[0] not in _OPTIONS]
    read = [
        line.partition("#")[0].split()
        for line in files.texts.get(path, _OWN_LINES if path == OWN_FILE else "").splitlines()
    ]
    falls = [zones_of(line[1:]) or (".",) for line in lines if line and line[0] == "fallthrough"]
    is_read = (
        path in files.texts or path == OWN_FILE or posixpath.dirname(path) in (files.folder, *files.folders)
    )  # else it does not exist
    return Hosts(
        by=by,
        zones=own,
        entries=tuple(each for line in (*read, *inline) for each in _entries(line)),
        fallthrough=falls[-1] if falls else (),
        file="" if is_read else path,
    )


def _entries(words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield name and address of one line; a line that begins with no address is left out."""
    try:
        address = str(ip_address(words[0])) if words else ""
    except ValueError:
        return
    for each in words[1:]:
        yield fqdn(each), address
