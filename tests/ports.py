"""Ports for programs that must be told one before they start.

They are taken from below those that the kernel gives to outgoing connections (`ip_local_port_range`, from 32768 on): a port of
that range that was free a moment ago may be the near end of somebody's connection when the program wants to listen on it.
"""

import contextlib
import random
import socket

FIRST, LAST = 20_000, 32_767
KINDS = (socket.SOCK_STREAM, socket.SOCK_DGRAM)


def free_ports(number: int, host: str = "127.0.0.1") -> list[int]:
    """Return so many different ports of `host` on which nothing listens by TCP or UDP, chosen at random."""
    found: list[int] = []
    for port in random.sample(range(FIRST, LAST + 1), LAST + 1 - FIRST):
        if len(found) == number:
            return found
        if _is_free(host, port):
            found.append(port)
    raise OSError(f"fewer than {number} ports are free on {host} between {FIRST} and {LAST}")


def free_port(host: str = "127.0.0.1") -> int:
    """Return one of them."""
    return free_ports(1, host)[0]


def _is_free(host: str, port: int) -> bool:
    with contextlib.ExitStack() as stack:
        try:
            for kind in KINDS:
                stack.enter_context(socket.socket(socket.AF_INET, kind)).bind((host, port))
        except OSError:
            return False
    return True
