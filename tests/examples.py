"""How many examples a property is tried with: few where one waits for the tests, thirty times as many in `make fuzz`.

The number at a property is what it gets in a short run. `--hypothesis-profile=fuzz` multiplies all of them.
"""

from typing import Any

from hypothesis import settings

SHORT = 100  # examples of a property that says no number, as Hypothesis has it
LONG = 30 * SHORT


def register() -> None:
    """Make the profiles known, and take the short one; time limits for an example say more of the machine than of the code."""
    settings.register_profile("short", settings.default, max_examples=SHORT, deadline=None)
    settings.register_profile("fuzz", settings.default, max_examples=LONG, deadline=None, print_blob=True)
    settings.load_profile("short")


def examples(number: int, **more: Any) -> settings:
    """Return the settings of a property: `number` examples in a short run, more in a long one."""
    return settings(max_examples=number * settings().max_examples // SHORT, **more)


def every(number: int) -> int:
    """Return the step through a list that is walked whole in a long run alone: `number` in a short one."""
    return number if settings().max_examples == SHORT else 1
