"""How a SERVFAIL is told beside which a name that nobody asked before was answered: it may be one of before."""

from bot.model.probe import Observation


def kept_words(beside: Observation) -> str:
    """Return what a fresh name's answer says of a SERVFAIL, e.g. `a new name in corp.example is answered now (nxdomain): …`."""
    domain = beside.query.name.rstrip(".") or "the root"
    return (
        f"a new name in {domain} is answered now ({beside.outcome}): either CoreDNS keeps that SERVFAIL from before, for 5 "
        "seconds unless its cache says otherwise, so ask again, or that one name fails alone"
    )
