"""The record: the name as it was typed leads to the Service, or the answer says that it does not."""

from typing import Any

import pytest

from bot.model.call.hop import Hop
from bot.model.result.status import Basis, Status
from tests.call.sights import CALLER, pod, sight

FQDN = "user-service.shop.svc.cluster.local"
HEADLESS = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "user-service", "namespace": "shop"},
    "spec": {"clusterIP": "None", "clusterIPs": ["None"]},
}


@pytest.mark.parametrize("name", ["user-service", "user-service.shop", "user-service.shop.svc", FQDN, f"{FQDN}."])
def test_name_of_the_service_is_sound(name: str) -> None:
    """Every way to write the name resolves for a caller of the namespace; so does a headless Service's."""
    assert sight(Hop.RECORD, ask=f"{CALLER} --name {name}").status is Status.OK
    assert sight(Hop.RECORD, HEADLESS, ask=f"{CALLER} --name {name}").status is Status.OK


@pytest.mark.parametrize("name", ["user-service.shop.cluster.local", "user-service.shopp", "user-service.shop.svc.x"])
def test_name_that_leads_nowhere_is_unknown(name: str) -> None:
    """A part too many or too few: the Service is there, and this name is not its own."""
    assert sight(Hop.RECORD, ask=f"{CALLER} --name {name}").status is Status.UNKNOWN


@pytest.mark.parametrize(("resolver", "status"), [("go", Status.OK), ("musl", Status.UNKNOWN), ("", Status.UNKNOWN)])
def test_resolver_that_was_asked_for_is_what_counts(resolver: str, status: Status) -> None:
    """A search domain is SERVFAIL: who is said to go on finds the name, whatever others make of it."""
    rule = "template ANY ANY ill.example {\n rcode SERVFAIL\n }"
    corefile = f".:53 {{\n {rule}\n kubernetes cluster.local\n }}"
    dns = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "coredns", "namespace": "kube-system"},
        "data": {"Corefile": corefile},
    }
    settings = {"nameservers": ["10.96.0.10"], "searches": ["ill.example", "svc.cluster.local"]}
    options = [{"name": "ndots", "value": "5"}]
    caller = pod(spec={"dnsPolicy": "None", "dnsConfig": {**settings, "options": options}})
    ask = f"{CALLER} --name user-service.shop" + (f" --resolver {resolver}" if resolver else "")

    assert sight(Hop.RECORD, dns, caller, ask=ask).status is status


@pytest.mark.parametrize(
    ("saw", "status"),
    [
        (f"dns service {FQDN}. @10.96.0.10 answered 10.96.12.7", Status.OK),
        (f"dns service {FQDN}. @10.96.0.10 answered 10.96.99.99", Status.UNKNOWN),
        (f"dns service {FQDN}. @10.96.0.10 timeout", Status.UNKNOWN),
        (f"dns service {FQDN}. @10.96.0.10 nxdomain", Status.UNKNOWN),
    ],
)
def test_answer_is_held_against_the_service(saw: str, status: Status) -> None:
    """An answer counts where it is the Service's own address."""
    seen = sight(Hop.RECORD, saw=saw)

    assert (seen.status, seen.basis) == (status, Basis.PROBED)


def test_headless_service_without_endpoints_has_no_address() -> None:
    """Its name exists without an address."""
    nobody = {**HEADLESS, "spec": {**HEADLESS["spec"], "selector": {"app": "nobody"}}}

    assert sight(Hop.RECORD, nobody).status is Status.UNKNOWN
    assert "could not be read" in sight(Hop.RECORD, drop="Service shop/user-service", gap="services").because


def test_kubernetes_plugin_of_the_root_zone_has_no_name_of_the_cluster() -> None:
    """Without zones, in the block of all names, it counts them from the root: `local` is neither `svc` nor `pod`."""
    meta = {"name": "coredns", "namespace": "kube-system"}
    dns = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"Corefile": ".:53 {\n kubernetes\n}\n"}}

    assert sight(Hop.RECORD, dns).status is Status.UNKNOWN


@pytest.mark.parametrize(("more", "is_lacking"), [("", True), (" answer auto", False)])
def test_name_that_a_rule_of_the_corefile_makes(more: str, *, is_lacking: bool) -> None:
    """It is no name of the cluster's own; which rule takes it is said, and that what comes back may bear another name."""
    rule = r"rewrite name regex (.*)\.apps\.example {1}.shop.svc.cluster.local" + more
    corefile = f".:53 {{\n {rule}\n kubernetes cluster.local\n }}"
    dns = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "coredns", "namespace": "kube-system"},
        "data": {"Corefile": corefile},
    }
    told = sight(Hop.RECORD, dns, ask="--name user-service.apps.example --from shop/checkout-1")

    assert told.status is Status.UNKNOWN
    assert (
        "makes user-service.apps.example user-service.shop.svc.cluster.local, of Service shop/user-service"
        in told.because
    )
    assert ("it lacks `answer auto`" in told.because) is is_lacking


def cache(listens: str) -> dict[str, Any]:
    containers = [{"name": "node-cache", "image": "k8s-dns-node-cache:1.26.4", "args": ["-localip", listens]}]
    spec = {"nodeName": "node-1", "hostNetwork": True, "containers": containers}
    return pod("node-local-dns-a", "kube-system", labels={"k8s-app": "node-local-dns"}, spec=spec)


RENAMES = (
    "cluster.local:53 {\n bind 169.254.20.10\n forward . 10.96.0.10\n}\n"
    ".:53 {\n bind 169.254.20.10\n%s forward . /etc/resolv.conf\n}"
)


@pytest.mark.parametrize(
    ("listens", "rule", "words"),
    [
        (
            "169.254.20.10,10.96.0.10",
            " rewrite name git.example FQDN\n",
            f"makes git.example {FQDN} and hands it on (forward . /etc/",
        ),
        ("169.254.20.10,10.96.0.10", "", "who answers git.example is not in the cluster's objects"),
        (
            "169.254.20.10",
            " rewrite name git.example FQDN\n",
            "whether the node-local cache or the DNS Service is asked is not known",
        ),
        ("169.254.20.10", "", "who answers git.example is not in the cluster's objects"),
    ],
)
def test_a_name_that_is_made_another_and_handed_on(listens: str, rule: str, words: str) -> None:
    """The block of the cache that renames it asks the node's nameservers, which know no name of the cluster."""
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "node-local-dns", "namespace": "kube-system"},
        "data": {"Corefile": RENAMES % rule.replace("FQDN", FQDN)},
    }
    found = sight(Hop.RECORD, cache(listens), config, ask="--name git.example -n shop --from shop/checkout-1")

    assert found.status is Status.UNKNOWN
    assert words in found.because
