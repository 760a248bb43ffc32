"""Ports for servers that tests start in processes of their own."""

import socket
import sys


class KeptPort:
    """A free port that nobody else is given until it is let go, though a server of this machine can listen there.

    A port that is merely looked up and let go may be taken before the server comes, by another test's server or by any
    connection. Linux allows a server beside a bound socket that does not listen if both may reuse the address.
    """

    def __init__(self) -> None:
        self.kept = socket.socket()
        self.kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.kept.bind(("127.0.0.1", 0))
        self.number: int = self.kept.getsockname()[1]
        if sys.platform != "linux":
            self.kept.close()

    def let_go(self) -> None:
        """The port may be given to anyone."""
        self.kept.close()
