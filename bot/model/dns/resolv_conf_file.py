"""A resolv.conf as it stands in a pod (resolv.conf(5)): what its resolver is really told, its node's part included."""

from bot.model.dns.resolv_conf import DEFAULT_NDOTS, MOST_NAMESERVERS, MOST_NDOTS, USE_VC, ResolvConf, numbers
from bot.model.refs import is_ip

_COMMENTS = ("#", ";")


def read_resolv_conf(text: str, why: str, known: tuple[str, ...]) -> ResolvConf:
    """Return what a file says. `known` are addresses that answer for the cluster; `why` says in words where it was read.

    As glibc reads it: of `search` and `domain` the last counts, of nameservers the first three, and what is not
    understood is passed over.
    """
    servers: list[str] = []
    searches: tuple[str, ...] = ()
    options: dict[str, int] = {}
    over_tcp = False
    for line in text.splitlines():
        word, *rest = line.split() or ("",)
        if word.startswith(_COMMENTS):
            continue
        if word == "nameserver" and rest and is_ip(rest[0]):
            servers.append(rest[0])
        elif word in ("search", "domain"):
            searches = tuple(each.rstrip(".") for each in rest if each != ".")
        elif word == "options":
            options |= numbers(rest)
            over_tcp = over_tcp or USE_VC in rest
    nameservers = tuple(dict.fromkeys(servers[:MOST_NAMESERVERS]))
    ndots = min(options.get("ndots", DEFAULT_NDOTS), MOST_NDOTS)
    reaches = any(each in known for each in nameservers)
    waits = options.get("timeout"), options.get("attempts")
    return ResolvConf(nameservers, searches, ndots, why, reaches, *waits, over_tcp)
