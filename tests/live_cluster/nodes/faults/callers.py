"""Faults of the caller's own: its DNS settings, its files, its program, and what it calls."""

from typing import Any

from tests.live_cluster.nodes.faults.resolvers import FROM_LOOKUPS, caller
from tests.live_cluster.nodes.faults.words import IMAGE, LOOKUPS, Fault, Lookups
from tests.live_cluster.nodes.layout import CLUSTER_DNS

FROM_OUTSIDER = "storefront -n NAMESPACE --from NAMESPACE/outsider"
FULL = "storefront.NAMESPACE.svc.cluster.local"
FEW_DOTS = {"dnsConfig": {"options": [{"name": "ndots", "value": "1"}]}}


def _outsider(name: str, code: str, traffic: str, ill: dict[str, Any], **more: Any) -> Fault:
    """A caller that is made anew with other settings; a pod that stands for itself cannot be changed, so none is printed."""
    well = caller("outsider", more.pop("well", {}))
    rest = {"layer": "dns", "about": "Pod/outsider", "is_long": True, **more}
    return Fault(
        name=name,
        before=well,
        inject=(("delete", "pod", "outsider"), *caller("outsider", ill)),
        undo=(("delete", "pod", "outsider", "--ignore-not-found"), *well),
        traffic=traffic,
        code=code,
        mends=False,
        client="outsider",
        ask_before=FROM_OUTSIDER,
        ask=FROM_OUTSIDER,
        **rest,
    )


def _calls(port: int) -> dict[str, Any]:
    variable = {"name": "STOREFRONT_URL", "value": f"http://storefront:{port}"}
    return {"containers": [{"name": "caller", "image": IMAGE, "args": ["-refuse"], "env": [variable]}]}


CALLERS = (
    _outsider("a caller with the DNS of its node", "DNS-014", "no-such-name", {"dnsPolicy": "Default"}),
    _outsider(
        "on the host network without cluster DNS",
        "DNS-015",
        "no-such-name",
        {"hostNetwork": True},
        well={"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"},
    ),
    _outsider(
        "a line of hosts", "DNS-027", "timeout", {"hostAliases": [{"ip": "192.0.2.1", "hostnames": ["storefront"]}]}
    ),
    _outsider(
        "a search list without its namespace",
        "DNS-016",
        "no-such-name",
        {"dnsPolicy": "None", "dnsConfig": {"nameservers": [CLUSTER_DNS], "searches": ["svc.cluster.local"]}},
    ),
    _outsider(
        "a caller that uses another port",
        "APP-024",
        "timeout|refused",
        _calls(8080),
        well=_calls(80),
        layer="application",
        url_broken="http://storefront:8080",
        url_mended="http://storefront",
    ),
    Fault(
        name="too few dots for musl",
        before=(Lookups(FEW_DOTS),),
        inject=(),
        traffic="answer",
        code="DNS-020",
        layer="dns",
        about="Pod/lookups",
        mends=False,
        client=LOOKUPS,
        url="http://storefront.NAMESPACE",
        url_mended="http://storefront",
        ask_before=f"storefront -n NAMESPACE {FROM_LOOKUPS}",
        ask=f"storefront.NAMESPACE {FROM_LOOKUPS}",
        ask_mended=f"storefront -n NAMESPACE {FROM_LOOKUPS}",
        looked_up="storefront.NAMESPACE",
        finds=("glibc", "go"),
        fails=("musl",),
        is_long=True,
    ),
    Fault(
        name="a program without the search list",
        before=(Lookups({}),),
        inject=(),
        traffic="answer",  # Go has it; nginx is the one that is asked about
        code="DNS-032",
        layer="dns",
        about="Pod/lookups",
        mends=False,  # the name stands in the caller's own settings
        client=LOOKUPS,
        ask_before=f"{FULL} {FROM_LOOKUPS}",
        ask=f"storefront -n NAMESPACE {FROM_LOOKUPS} --resolver nginx",
        ask_mended=f"{FULL} {FROM_LOOKUPS}",
        is_long=True,
    ),
)
