"""What a rule does with a caller, in words: one that comes in is admitted, and one that goes out is let out."""

from bot.model.policy.rules import Direction


def lets_through(direction: Direction, whom: str) -> str:
    """Return what a rule does with a caller, e.g. `admits shop/checkout`, `lets shop/checkout out`."""
    return f"admits {whom}" if direction is Direction.INGRESS else f"lets {whom} out"


def would_let_through(direction: Direction, whom: str) -> str:
    """Return what a rule would do with a caller, e.g. `would admit shop/checkout`, `would let shop/checkout out`."""
    return f"would admit {whom}" if direction is Direction.INGRESS else f"would let {whom} out"


def let_through(direction: Direction) -> str:
    """Return what a caller is that a rule lets through: `admitted`, or `let out there`."""
    return "admitted" if direction is Direction.INGRESS else "let out there"


def risk_of_port(direction: Direction, port: str | int) -> str:
    """Return what a port that is added to a rule opens besides."""
    if direction is Direction.INGRESS:
        return f"the rule's peers are admitted on {port} of every pod that it concerns"
    return f"the pods that it concerns are let out to all of the rule's peers on {port}"


def before_peers(direction: Direction, *, only: bool = False) -> str:
    """Return the verb before a rule's peers: `admits`, or `lets out to`."""
    rest = " only" if only else ""
    return f"admits{rest}" if direction is Direction.INGRESS else f"lets out{rest} to"
