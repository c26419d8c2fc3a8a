"""A socket in another network namespace, for a server that stays in this process: a socket keeps the namespace it was made in."""

import ctypes
import socket
import threading
from pathlib import Path

CLONE_NEWNET = 0x40000000  # https://man7.org/linux/man-pages/man2/setns.2.html; Python has os.setns from 3.12 on


def listener(process: int, address: str) -> socket.socket:
    """Bind a free port of an address in the network of a process. Only a thread of ours goes there, and it ends."""
    made: list[socket.socket | OSError] = []

    def enter() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        try:
            with Path(f"/proc/{process}/ns/net").open("rb") as namespace:
                if libc.setns(namespace.fileno(), CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), f"the network of {process} cannot be entered")
            made.append(socket.create_server((address, 0)))
        except OSError as error:
            made.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    if isinstance(made[0], OSError):
        raise made[0]
    return made[0]
