"""The faults, declared: one file a layer. The last one waits longest for its turn, which its Service needs to be old."""

from tests.cluster.nodes.faults.application import APPLICATION
from tests.cluster.nodes.faults.dns import DNS
from tests.cluster.nodes.faults.policies import POLICIES
from tests.cluster.nodes.faults.routing import ROUTING
from tests.cluster.nodes.faults.words import Fault, OnNode

__all__ = ["FAULTS", "Fault", "OnNode"]

FAULTS = (*APPLICATION, *POLICIES, *DNS, *ROUTING)
