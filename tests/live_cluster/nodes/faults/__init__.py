"""The faults, declared: one file a layer. The last one waits longest for its turn, which its Service needs to be old."""

from tests.live_cluster.nodes.faults.application import APPLICATION, BLIND
from tests.live_cluster.nodes.faults.callers import CALLERS
from tests.live_cluster.nodes.faults.dns import DNS
from tests.live_cluster.nodes.faults.endpoints import ENDPOINTS
from tests.live_cluster.nodes.faults.policies import POLICIES
from tests.live_cluster.nodes.faults.resolvers import RESOLVERS
from tests.live_cluster.nodes.faults.routing import ROUTING
from tests.live_cluster.nodes.faults.starting import STARTING
from tests.live_cluster.nodes.faults.words import Fault, OnNode

__all__ = ["FAULTS", "Fault", "OnNode"]

FAULTS = (*APPLICATION, *STARTING, *POLICIES, *DNS, *RESOLVERS, *CALLERS, *ENDPOINTS, BLIND, *ROUTING)
