"""Free ports, and waiting until something listens on one."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable

from cdcctl.errors import LocalEnvironmentError

LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """``count`` different ports of the loopback interface that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def require_free(host: str, port: int) -> None:
    """:raises LocalEnvironmentError: nobody can listen on the address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise LocalEnvironmentError(
                f"{host}:{port} cannot be listened on: {error}", hint="choose another address or port"
            ) from error


def wait_until(ready: Callable[[], bool], what: str, check: Callable[[], None], timeout: float) -> None:
    """Return as soon as ``ready`` says so.

    :param what: named in the error, e.g. ``the Kafka broker``.
    :param check: called in every round; raises when there is no point in waiting on.
    :param timeout: seconds.
    :raises LocalEnvironmentError: not ready in time.
    """
    deadline = time.monotonic() + timeout
    while not ready():
        check()
        if time.monotonic() > deadline:
            raise LocalEnvironmentError(
                f"{what} was not ready after {timeout:.0f} s", hint="see its log: cdcctl local logs"
            )
        time.sleep(0.05)


def listens(port: int) -> bool:
    """Whether something accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def reaches_any(servers: str, timeout: float = 1.0) -> bool:
    """Whether one of ``host:port,host:port`` accepts a connection within ``timeout`` seconds."""
    for server in servers.split(","):
        host, _, port = server.strip().rpartition(":")
        with contextlib.suppress(OSError, ValueError), socket.create_connection((host, int(port)), timeout):
            return True
    return False
