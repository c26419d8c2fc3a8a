"""A socket in another network namespace, for a server that stays in this process: it keeps the namespace it was made in."""

import ctypes
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CLONE_NEWNET = 0x40000000  # https://man7.org/linux/man-pages/man2/setns.2.html; Python has os.setns from 3.12 on


def listener(process: int, address: str, port: int = 0) -> socket.socket:
    """Bind a port of an address in the network of a process, 0: a free one. Only a thread of ours goes there, and it ends."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_enter, process, address, port).result()


def _enter(process: int, address: str, port: int) -> socket.socket:
    libc = ctypes.CDLL(None, use_errno=True)
    with Path(f"/proc/{process}/ns/net").open("rb") as namespace:
        if libc.setns(namespace.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"the network of process {process} cannot be entered")
    return socket.create_server((address, port))
