"""How often a method may be called: token buckets on the fake's clock. https://docs.slack.dev/apis/web-api/rate-limits."""

import math

from playground.fake_slack.clock import Clock

TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
SPECIAL = 0  # chat.postMessage: one a second and channel, short bursts more
SPECIAL_BURST = 10
UNLIMITED = -1


class RateLimits:
    """The buckets of one app in one workspace. Switch `on` off for tests that are about something else."""

    def __init__(self, clock: Clock) -> None:
        self.on = True
        self._clock = clock
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def take(self, method: str, tier: int, channel: str) -> int:
        """Return 0 when the call may pass, else the whole seconds after which it may."""
        if not self.on or tier == UNLIMITED:
            return 0
        capacity, rate = (SPECIAL_BURST, 1.0) if tier == SPECIAL else (TIERS[tier], TIERS[tier] / 60)
        key = (method, channel if tier == SPECIAL else "")
        now = self._clock.now()
        left, at = self._buckets.get(key, (float(capacity), now))
        left = min(capacity, left + (now - at) * rate)
        if left < 1:
            self._buckets[key] = (left, now)
            return max(1, math.ceil((1 - left) / rate))
        self._buckets[key] = (left - 1, now)
        return 0
