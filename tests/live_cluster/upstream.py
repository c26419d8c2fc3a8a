"""A nameserver outside of the cluster, which the `forward` of a real CoreDNS asks."""

import socket
import threading
from collections.abc import Callable

import dns.message
import dns.rrset

HERE = "127.0.0.1"
Reply = Callable[[dns.message.Message, dns.rrset.RRset], bool]


def nameserver(reply: Reply) -> socket.socket:
    """Return the socket of a nameserver on a free port of loopback, which ends with it.

    `reply` is given an empty answer to fill in, and the question; it returns whether the answer is sent.
    """
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.bind((HERE, 0))

    def serve() -> None:
        while True:
            try:
                data, asker = opened.recvfrom(4096)
            except OSError:
                return
            asked = dns.message.from_wire(data)
            answer = dns.message.make_response(asked, recursion_available=True)
            if reply(answer, asked.question[0]):
                opened.sendto(answer.to_wire(), asker)

    threading.Thread(target=serve, daemon=True).start()
    return opened
