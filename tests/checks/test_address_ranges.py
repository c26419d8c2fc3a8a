"""Ranges of pods and addresses of nodes are found at once as one by one."""

from ipaddress import ip_address, ip_network

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from bot.checks.facts.address_ranges import NodeRanges, neighbours
from bot.model.kube.services import Service
from bot.model.kube.workloads import Node
from bot.model.snapshot import Snapshot
from tests.checks.manifests import NOW
from tests.examples import examples

V4 = st.integers(0, 255).map(lambda each: f"10.{each % 4}.0.{each}")
V6 = st.integers(0, 15).map(lambda each: f"fd00::{each:x}")
ADDRESS = st.one_of(V4, V6, st.just("not-an-address"), st.just(""))
BLOCK = st.one_of(
    st.builds("{}/{}".format, V4, st.sampled_from([8, 15, 24, 28, 32])),
    st.builds("{}/{}".format, V6, st.sampled_from([64, 125])),
    st.sampled_from(["", "10.0.0.0/40"]),
)


def node(number: int, block: str, addresses: list[str]) -> Node:
    return msgspec.convert(
        {
            "metadata": {"name": f"node-{number}"},
            "spec": {"podCIDR": block},
            "status": {"addresses": [{"type": "InternalIP", "address": each} for each in addresses]},
        },
        Node,
    )


def lies_in(address: str, block: str) -> bool:
    try:
        return ip_address(address) in ip_network(block, strict=False)
    except ValueError:
        return False


@given(st.lists(st.tuples(BLOCK, st.lists(ADDRESS, max_size=2)), max_size=5), ADDRESS, BLOCK)
@examples(300)
def test_the_index_finds_what_a_look_at_each_node_finds(
    known: list[tuple[str, list[str]]], address: str, block: str
) -> None:
    nodes = tuple(node(place, *each) for place, each in enumerate(known))
    ranges = NodeRanges(nodes)
    inside = [(one.name, each) for one in nodes for each in one.addresses if lies_in(each, block)]
    found = ranges.within(block)

    assert [each.name for each in ranges.holding(address)] == [
        each.name for each in nodes if lies_in(address, each.spec.pod_cidr)
    ]
    assert (found[0].name if found else None) == (inside[0][0] if inside else None)
    assert found is None or (found[0].name, found[1]) in inside


@given(st.lists(ADDRESS, max_size=6), ADDRESS)
@examples(300)
def test_the_next_service_on_either_side(known: list[str], address: str) -> None:
    services = tuple(
        msgspec.convert({"metadata": {"name": f"s{place}"}, "spec": {"clusterIP": each, "clusterIPs": [each]}}, Service)
        for place, each in enumerate(known)
    )
    own = ip_address(address) if lies_in(address, f"{address}/0") else None
    alike = [ip_address(each) for each in known if own and lies_in(each, f"{address}/0")]
    below, above = [each for each in alike if each < own], [each for each in alike if each > own]  # type: ignore[operator]
    expected = (str(max(below)), str(min(above))) if below and above else None  # type: ignore[type-var]

    assert neighbours(address, Snapshot(taken_at=NOW, services=services)) == expected
