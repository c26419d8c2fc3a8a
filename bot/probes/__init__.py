"""Measures the network. Rule: nothing is ever written, every try has its own limit, errno is kept.

The only room with `dns`, sockets and ssl. `run` is the door: probes in, observations out, in the same order.
"""

from bot.probes.run import run
from bot.probes.vantage import find_vantage
from bot.probes.walk import walk

__all__ = ["find_vantage", "run", "walk"]
