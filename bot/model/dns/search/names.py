"""The names that a resolver asks in turn, by resolv.conf and its own row of the table (failure-modes C.1). Pure."""

from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.search.resolver import Order, Resolver, Search

_MOST_NAME = 253  # characters of a domain name in text (RFC 1035, 2.3.4)


def names(name: str, conf: ResolvConf, resolver: Resolver) -> tuple[str, ...]:
    """Return the names that are tried in turn, each with its trailing dot."""
    if name.endswith("."):
        return (name,)
    as_is = f"{name}."
    searches = searched(name, conf, resolver)
    if not searches:
        return (as_is,)
    expanded = [f"{name}.{each.strip('.')}." if each.strip(".") else as_is for each in searches]
    dots = name.count(".")
    if resolver.search is Search.ONE_LABEL or (not dots and resolver.order in (Order.FIRST, Order.FIRST_OR_ALONE)):
        return _asked(expanded)
    last = resolver.order in (Order.BY_NDOTS, Order.BY_NDOTS_ALONE) and dots < conf.ndots
    return _asked([*expanded, as_is] if last else [as_is, *expanded])


def _asked(order: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in order if len(each) <= _MOST_NAME + 1))


def searched(name: str, conf: ResolvConf, resolver: Resolver) -> tuple[str, ...]:
    """Return the search domains with which this resolver completes the name; none where it leaves the list out."""
    dots = name.count(".")
    if resolver.search is Search.NO or (resolver.search is Search.ONE_LABEL and dots):
        return ()
    if resolver.order in (Order.BY_NDOTS_ALONE, Order.FIRST_OR_ALONE) and dots >= conf.ndots:
        return ()
    if drops_line(conf, resolver):
        return ()
    return conf.searches[: resolver.most_domains or None]


def drops_line(conf: ResolvConf, resolver: Resolver) -> bool:
    """Return whether the search line is longer than this resolver reads, so that it has none."""
    return bool(resolver.most_characters) and len(" ".join(conf.searches)) > resolver.most_characters
