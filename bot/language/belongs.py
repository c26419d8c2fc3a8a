"""Which Service an address, or a host outside of the cluster, is said to be of: `10.42.2.55:9102 … belongs to svc queue`."""

import re

from msgspec import Struct

from bot.language import vocabulary as words
from bot.language.names import LABEL

_NAME = rf"(?P<kind>svc|service|deployment|deploy|pods? of)?[ /]?`?(?P<name>{LABEL})`?(?![-\w.:/])"
_PLACE = (
    r"(?: (?:service|svc|pods?))?"
    rf"(?:,? \(?(?:in |of )?(?:the )?(?:ns|namespace|in)[ :]+`?(?P<ns>{LABEL})`?)?"
)
_LEADS = (
    r"(?:belong(?:s|ing)? to|(?:go|rout|point|map|forward|lead)(?:es?|s)? (?:\w+ )?to"
    r"|(?:is|are) (?:part of|behind|backed by|an? (?:endpoint|pod|replica|backend) of)|(?:endpoint|pod|replica|backend) of)"
)
_BELONGS = re.compile(
    rf"[,;(\s-]*\b(?:which |that |it |this )?(?:should |must )?{_LEADS} (?:the |our )?{_NAME}{_PLACE}\)?"
)
_IS = re.compile(
    r"[,;(\s-]*\b(?:that(?:'s| is)|which is|it'?s|it is|this is) (?:on |from |about )?"
    r"(?:the |our )?(?:[a-z]+ (?:of|for) (?:the )?)?"
    rf"{_NAME}{_PLACE}\)?"
)
_ASIDE = re.compile(rf"\s\({_NAME}{_PLACE}\)\s*$")
_FOR = re.compile(rf"\s(?:for|of) (?:the |our )?{_NAME}{_PLACE}\)?\s*$")
_FOR_SERVICE = re.compile(rf"\bfor (?:the |our )?(?=svc|service){_NAME}{_PLACE}\)?")
_SERVICE_ASIDE = re.compile(rf"\((?=svc |service ){_NAME}{_PLACE}[^()]*\)")
_ARROW = re.compile(
    r"(?P<caller>[a-z][-a-z0-9]*(?:/[a-z][-a-z0-9]*)?) ?(?:->|→|=>) ?(?P<name>[a-z][-a-z0-9]*[a-z0-9])(?=\W*$)"
)
# A line or a remark that says who calls whom: `web in edge calling graphql`, `gateway to menu in shop`.
_WORD = r"[a-z][-a-z0-9]*[a-z0-9]"
_CALLER = rf"(?P<caller>{_WORD})(?: (?:pods?|service|svc))?(?:,? (?:in |\()(?P<of>{_WORD})\)?)?"
_CALLED = rf"(?P<name>{_WORD})(?: (?:service|svc))?(?:,? (?:in |\()(?P<ns>{_WORD})\)?)?(?=[\W_]*$)"
_CALLING = re.compile(
    rf"(?:^|<-+ ?|← ?|\()\W*{_CALLER} (?:(?:is )?calling|calls|(?:is )?hitting|hits|(?:is )?(?:talking|connecting) to"
    rf"|(?:talks|connects) to|to) (?:the )?{_CALLED}",
    re.MULTILINE,
)
PROBE = re.compile(r"(?:[Rr]eadiness|[Ll]iveness|[Ss]tartup) probe")  # by the kubelet, of the pod that is spoken of
_PROBED = re.compile(rf"{PROBE.pattern}|[Pp]robe (?:failed|errored)")
_SCRAPE = re.compile(r"\b(?:[Pp]rometheus|[Ss]crap(?:e|es|ing|ed)|[Tt]arget)\b")
_ADDRESS = re.compile(r"(?:\w+://)?(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\])(?=[:/]|$)")


class Owner(Struct, frozen=True):
    """A Service with its namespace, who is said to call it, and where in a text that stands."""

    name: str
    namespace: str
    begin: int
    end: int
    caller: str = ""


def is_address(called: str) -> bool:
    """Return whether what is called is an address, or a URL with one, and no name."""
    return bool(_ADDRESS.match(called))


def owner_of(called: str, text: str) -> Owner | None:
    """Return the Service that what is `called` is said to be of; None where it has a name of its own, or nobody says so."""
    is_numeric = is_address(called)
    if not is_numeric and not ("://" in called and not _is_inside(called)):
        return None
    if is_numeric and (arrow := _ARROW.search(text)):
        return Owner(arrow["name"], "", arrow.start(), arrow.end(), arrow["caller"])
    if is_numeric and (calling := _CALLING.search(text)) and not {calling["name"], calling["caller"]} & words.KNOWN:
        caller = f"{calling['of']}/{calling['caller']}" if calling["of"] else calling["caller"]
        return Owner(calling["name"], calling["ns"] or "", calling.start("caller"), calling.end(), caller)
    rows = [_BELONGS] if not is_numeric else [_BELONGS, _IS, _FOR_SERVICE]
    rows += [_SERVICE_ASIDE] if is_numeric else []
    rows += [_ASIDE] if is_numeric and _PROBED.search(text) else []
    rows += [_FOR] if is_numeric and _SCRAPE.search(text) else []
    for row in rows:
        for each in row.finditer(text):
            if each["name"] not in words.KNOWN and (each["kind"] or each["ns"] or row is _BELONGS):
                return Owner(each["name"], each["ns"] or "", each.start(), each.end())
    return None


def _is_inside(url: str) -> bool:
    """Return whether a URL's host may be a Service: `http://web`, `http://web.shop:80`, no `https://shop.example.com`."""
    host = re.split(r"[:/]", url.partition("://")[2])[0]
    return host.count(".") <= 1 or ".svc" in host
