"""Says in words where a real resolver and its row of the table differ in a scene."""

from bot.model.dns.search.conclusion import Conclusion
from bot.model.dns.search.simulate import simulate
from bot.model.dns.search.table import WORDS
from tests.resolvers.run import Measured
from tests.resolvers.scene import Scene

_BUSY = 4.0  # seconds that a loaded machine may take longer
_JITTER = 0.35  # of the time: c-ares spreads its own at random


def concluded(resolver: str, scene: Scene) -> Conclusion:
    """Return what the simulation says."""
    return simulate(scene.asked, scene.conf, scene.step, WORDS[resolver])


def differ(told: Conclusion, real: Measured) -> list[str]:
    """Return one sentence for each fact in which the two differ; none where they agree."""
    wrong = []
    # Of an answer that is taken in part, which addresses these are is the nameserver's order, not the resolver's.
    same = len(told.addresses) == len(real.addresses) and (told.reason or set(told.addresses) == set(real.addresses))
    if not same:
        wrong.append(f"addresses: ours {len(told.addresses)} ({told.error}), real {len(real.addresses)} ({real.error})")
    asked = tuple(each.lower() for each in told.asked)
    if real.log and asked != real.names:
        wrong.append(f"names: ours {asked}, real {real.names}")
    least, most = told.seconds * (1 - _JITTER) - 0.5, told.seconds * (1 + _JITTER) + _BUSY
    if not least <= real.seconds <= most:
        wrong.append(f"seconds: ours {told.seconds:.1f}, real {real.seconds:.1f}")
    return wrong
