"""The Service: it was read, and has the port that is called."""

from bot.model.call.hop import Hop
from bot.model.result.status import Status
from tests.call.sights import CALLER, sight


def test_service_with_the_port_is_sound() -> None:
    """Asked for by number or not at all."""
    assert sight(Hop.SERVICE).status is Status.OK
    assert sight(Hop.SERVICE, ask=f"{CALLER} --port 80").status is Status.OK


def test_service_without_the_port_or_unread_is_unknown() -> None:
    """A port that it does not have, and a Service that may be there."""
    assert sight(Hop.SERVICE, ask=f"{CALLER} --port 81").status is Status.UNKNOWN
    seen = sight(Hop.SERVICE, drop="Service shop/user-service", gap="services")
    assert (seen.status, "could not be read" in seen.because) == (Status.UNKNOWN, True)


def test_front_hops_are_off_the_path_of_a_service() -> None:
    """A call to a Service's name passes no Ingress and no Gateway."""
    assert {sight(hop).status for hop in (Hop.INGRESS, Hop.GATEWAY)} == {Status.OFF_PATH}


def test_host_name_of_a_load_balancer_is_told() -> None:
    """It is no Service's own name, and whose balancer it is stands in its status."""
    status = {"loadBalancer": {"ingress": [{"hostname": "a1.elb.example"}]}}
    balanced = {"kind": "Service", "metadata": {"name": "user-service", "namespace": "shop"}, "status": status}

    told = sight(Hop.SERVICE, balanced, ask="--name a1.elb.example --from shop/checkout-1")
    assert (told.status, "is the load balancer of Service shop/user-service" in told.because) == (Status.UNKNOWN, True)
