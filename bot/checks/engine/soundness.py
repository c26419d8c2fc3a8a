"""Whether a row of a table is plainly in order, found without asking those checks that have nothing to say of a plain Service.

The same as the judge's answer, only sooner: `tests/judge/test_soundness.py` holds one against the other.
"""

from functools import cache

from bot.checks.engine.check import Check
from bot.checks.engine.judge import found_in
from bot.checks.engine.registry import all_checks, loaded
from bot.model.call.hop import Hop
from bot.model.call.hops.dns_access import dns_access
from bot.model.call.hops.dns_server import dns_server
from bot.model.call.hops.mesh import mesh
from bot.model.call.hops.policy import policy
from bot.model.call.hops.record import record
from bot.model.call.plain import is_plain
from bot.model.case import Case
from bot.model.memo import memo
from bot.model.question.question import Question
from bot.model.result.status import Status
from bot.model.snapshot import Snapshot

# The hops that may be open though the Service is plain; all others are then in order, or off the path.
_HOPS = {
    Hop.DNS_ACCESS: dns_access,
    Hop.DNS_SERVER: dns_server,
    Hop.RECORD: record,
    Hop.POLICY: policy,
    Hop.MESH: mesh,
}
_IN_ORDER = (Status.OK, Status.OFF_PATH)


def is_plainly_sound(case: Case) -> bool:
    """Return that a row is `ok` where that is seen at once; False where the judge has to be asked."""
    if not case.in_table or not is_plain(case):
        return False
    try:
        for look in _HOPS.values():  # a loop, since this is asked of every Service of a digest
            if look(case).status not in _IN_ORDER:
                return False
        asked = [each for each in _left() if each.when is None or each.when(case)]
        return not _is_broken(case.snapshot) and not any(True for each in asked for _ in each.rule(case))
    except Exception:  # noqa: BLE001 (the judge tells it, as a gap of its own)
        return False


@cache
def _left() -> tuple[Check, ...]:
    """The checks that may find something though the Service is plain."""
    left = (each for each in all_checks() if not (each.by_probes or each.of_cluster or each.silent_when_plain))
    return tuple(loaded(each.module) for each in left)


@memo
def _is_broken(snapshot: Snapshot) -> bool:
    """Return whether some check finds what all Services share."""
    nobody = Case(Question(), snapshot, in_table=True)
    return any(each.applies(nobody) and found_in(snapshot, each.rule) for each in all_checks() if each.of_cluster)
