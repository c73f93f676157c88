"""Free TCP ports on loopback, and whose they are while nobody listens."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from contextlib import ExitStack
from pathlib import Path

_held: dict[int, int] = {}  # file descriptor by port; closed by the end of the process


def free_ports(count: int) -> list[int]:
    """Return `count` different ports that nothing listens on at this moment."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def is_listening(port: int, timeout_seconds: float = 0.2) -> bool:
    """Tell whether something accepts connections on the port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=timeout_seconds):
            return True
    except OSError:
        return False


def reserve(port: int) -> bool:
    """Keep the port for this process until it ends; False if another process keeps it.

    A server that is killed and started again leaves its port for a moment. Another stack that took it then would be given this
    stack's records.
    """
    if port in _held:
        return True
    folder = Path(tempfile.gettempdir()) / f"tapewire-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    kept = os.open(folder / str(port), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(kept, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(kept)
        return False
    _held[port] = kept
    return True
