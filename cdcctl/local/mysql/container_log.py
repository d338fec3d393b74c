"""Follow a container's log until it ends: ``python -m cdcctl.local.mysql.container_log ID``.

This makes a container look like any other process of the stack: its output is in the stack's logs folder, and when it
dies this process ends, so that whoever watches the stack's processes sees it at once.
"""

from __future__ import annotations

import sys

from testcontainers.core.docker_client import DockerClient


def follow(container_id: str) -> None:
    """Copy the log to stdout; returns when the container has ended."""
    container = DockerClient().client.containers.get(container_id)
    for chunk in container.logs(stream=True, follow=True):
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    follow(sys.argv[1])
