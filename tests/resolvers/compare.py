"""Says in words where a real resolver and its row of the table differ in a scene."""

from ipaddress import ip_address

from bot.model.dns.search.conclusion import Conclusion
from bot.model.dns.search.simulate import simulate
from bot.model.dns.search.table import WORDS
from tests.resolvers.run import Client, Measured, measure
from tests.resolvers.scene import PIN, PINNED, Scene

_JITTER = 0.35  # of the time: c-ares spreads its own at random
_TRIES = 3  # where the time alone is off: a busy machine is late, a wrong row is so each time
_SHORTEST = 0.25  # seconds, of a try of a client that adapts


def differences(client: Client, scene: Scene) -> list[str]:
    """Measure the real resolver, and return one sentence for each fact in which its row of the table differs."""
    told = concluded(client.resolver, scene)
    wrong: list[str] = []
    for _ in range(_TRIES):
        wrong = differ(told, measure(client, scene), client, scene)
        if not wrong or any(not each.startswith("seconds") for each in wrong):
            break
    return wrong


def concluded(resolver: str, scene: Scene) -> Conclusion:
    """Return what the simulation says."""
    row = WORDS[resolver]
    if scene.asked == PINNED and row.reads_hosts:
        return Conclusion(row, hit=f"{PINNED}.", addresses=(PIN,))
    return simulate(scene.asked, scene.conf, scene.step, row)


def differ(told: Conclusion, real: Measured, client: Client, scene: Scene) -> list[str]:
    """Return one sentence for each fact in which the two differ; none where they agree, or where it is luck."""
    if told.resolver.picks_servers and len(scene.worlds) > 1:
        return []
    wrong = []
    if not _same(told, real, client):
        wrong.append(f"addresses: ours {len(told.addresses)} ({told.error}), real {len(real.addresses)} ({real.error})")
    asked = tuple(each.lower() for each in told.asked)
    if real.log and scene.asked != PINNED and asked != real.names:
        wrong.append(f"names: ours {asked}, real {real.names}")
    if scene.over_tcp and (alone := all(each.transport == "tcp" for each in real.log)) != told.resolver.obeys_use_vc:
        wrong.append(f"over TCP alone: ours {told.resolver.obeys_use_vc}, real {alone}")
    least, most = _least(told, client, scene) * (1 - _JITTER) - 0.5, told.seconds * (1 + _JITTER) + client.slack
    if client.times and not least <= real.seconds <= most:
        wrong.append(f"seconds: ours {told.seconds:.1f}, real {real.seconds:.1f}")
    return wrong


def _least(told: Conclusion, client: Client, scene: Scene) -> float:
    """Return the seconds it takes where every try waits as short as this client may."""
    if not client.adapts or len(told.asked) < 2:  # the two types of one name: too few answers to adapt
        return told.seconds
    return told.seconds * _SHORTEST / (scene.timeout or told.resolver.silence.seconds)


def _same(told: Conclusion, real: Measured, client: Client) -> bool:
    """Of an answer that is taken in part, which addresses these are is the nameserver's order, not the resolver's."""
    if not client.counts:
        return bool(told.addresses) == bool(real.addresses)
    return len(told.addresses) == len(real.addresses) and (
        bool(told.reason) or set(map(ip_address, told.addresses)) == set(map(ip_address, real.addresses))
    )
