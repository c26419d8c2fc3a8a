"""The healthy that look odd: workloads of which k8snet must say nothing above info.

All live in one namespace and are called from its pods, which are on n1.
"""

from tests.live_cluster.nodes.controls.callers import CALLERS
from tests.live_cluster.nodes.controls.services import SERVICES
from tests.live_cluster.nodes.controls.states import STATES
from tests.live_cluster.nodes.controls.words import CLIENT, SPACE, Control
from tests.live_cluster.nodes.controls.workloads import WORKLOADS

__all__ = ["CLIENT", "CONTROLS", "SPACE", "Control"]

CONTROLS = (*WORKLOADS, *STATES, *SERVICES, *CALLERS)
