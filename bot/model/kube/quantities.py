"""Quantities as the API writes them: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/."""

from bot.model.pattern import pattern

_CPU = pattern(r"^(\d{1,9}(?:\.\d{1,9})?)([mun]?)$")
_SHARE = {"": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}


def cpu_cores(quantity: str | float | None) -> float | None:
    """Return an amount of cpu in cores, e.g. 0.25 for `250m`; None for what is none."""
    found = _CPU.match(str(quantity)) if quantity is not None else None
    return float(found[1]) * _SHARE[found[2]] if found else None
