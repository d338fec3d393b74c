"""MySQL in a container, through testcontainers: any version that an image exists for.

The container is not testcontainers' to remove (its reaper ends containers with the process that made them, a stack
outlives it), so it carries the stack's state folder as a label, by which any later process finds it. mysqld is started
by our own few lines instead of the image's entry point: these would want the password as an environment variable, and
they differ from image to image.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker.errors  # type: ignore[import-untyped]
import requests
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient
from testcontainers.core.transferable import build_transfer_tar

from cdcctl.errors import LocalEnvironmentError
from cdcctl.local.mysql import accounts, connection
from cdcctl.local.mysql.accounts import LOOPBACK
from cdcctl.local.mysql.base import PROCESS, MySQLServer, Progress, Unavailable
from cdcctl.local.mysql.settings import INITIALISE, RUN
from cdcctl.local.processes import ProcessTable

IMAGE = "mysql:8.4"
LABEL = "cdcctl.stack"
_CURE = "start Docker and make sure that this user may use it (docker info)"
# Says that a container may exist; without it, stopping a stack need not ask Docker at all.
_MARKER = "container"
_INIT = "/cdcctl-init.sql"
_DATA = "/var/lib/cdcctl-mysql"
# $0 is where the data goes. The init-file is the one thing in the container with passwords in it.
_SCRIPT = f"""set -eu
user=root; if id -u mysql >/dev/null 2>&1; then user=mysql; fi
chown "$user" {_INIT}
if ! test -d "$0"; then
  rm -rf "$0.new"; mkdir -p "$0.new"; chown "$user" "$0.new"
  mysqld --no-defaults --user="$user" --datadir="$0.new" {" ".join(INITIALISE)}
  mv "$0.new" "$0"
fi
exec mysqld --no-defaults --user="$user" --datadir="$0" --init-file={_INIT} --socket= "$@"
"""
_Failure = (docker.errors.DockerException, requests.RequestException)


class DockerProvider:
    """A container of ``image``."""

    name = "docker"

    def __init__(self, image: str | None = None) -> None:
        self._image = image or IMAGE

    def available(self) -> Unavailable | None:
        """None when a Docker engine answers; whether the image can be had is for ``prepare`` to find out."""
        try:
            client = DockerClient().client
            client.ping()
            client.close()
        except _Failure:
            return Unavailable("no Docker engine answers", _CURE)
        return None

    def prepare(self, progress: Progress) -> None:
        """Pull the image if the engine does not have it."""
        with _engine("the image cannot be pulled", f"check the name {self._image} and the registry") as client:
            try:
                client.images.get(self._image)
            except docker.errors.ImageNotFound:
                progress(f"pulling {self._image}")
                client.images.pull(self._image)

    def start(self, table: ProcessTable, state: Path, port: int) -> MySQLServer:
        """Run a container, with a process of the stack that follows its log and ends when it does."""
        home = (state / PROCESS).absolute()
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        words = accounts.passwords(home)
        (home / _MARKER).touch()
        container_id = _again(state, port, words) or self._run(state, port, words)
        follower = table.spawn(PROCESS, [sys.executable, "-m", "cdcctl.local.mysql.container_log", container_id])
        version, sql_mode = connection.await_facts(
            follower, lambda: connection.facts(LOOPBACK, port, accounts.ADMIN, words.admin)
        )
        _forget_init_file(container_id)
        return accounts.record(home, words, port=port, provider=self.name, version=version, sql_mode=sql_mode)

    def stop(self, table: ProcessTable, state: Path) -> None:
        """Remove the container with its data, and stop following its log."""
        remove(state)
        table.stop(PROCESS)

    def _run(self, state: Path, port: int, words: accounts.Passwords) -> str:
        testcontainers_config.ryuk_disabled = True
        try:
            container = DockerContainer(
                self._image, entrypoint=["/bin/sh", "-c", _SCRIPT, _DATA], labels={LABEL: _label(state)}
            )
            container.with_command([*RUN, "--port=3306"])
            container.with_copy_into_container(accounts.statements(words).encode(), _INIT, 0o600)
            # Loopback only, which with_bind_ports cannot say.
            ports: dict[str, Any] = container.ports
            ports["3306/tcp"] = (LOOPBACK, port)
            return container.start().get_container_id()
        except _Failure as error:
            raise LocalEnvironmentError(
                f"no container of {self._image} could be started: {error}", hint=_CURE
            ) from error


def remove(state: Path) -> None:
    """Remove every container of the stack whose state folder is ``state``; does nothing if there never was one."""
    marker = state / PROCESS / _MARKER
    if not marker.exists():
        return
    with _engine("the stack's MySQL container cannot be removed", _CURE) as client:
        for container in _containers(client, state):
            container.remove(force=True, v=True)
    marker.unlink(missing_ok=True)


def _again(state: Path, port: int, words: accounts.Passwords) -> str | None:
    """Start the stack's container again if there is a stopped one on this port, and return its id."""
    with _engine("the stack's MySQL container cannot be started again", _CURE) as client:
        for container in _containers(client, state):
            bindings = container.attrs["HostConfig"]["PortBindings"] or {}
            if [binding["HostPort"] for binding in bindings.get("3306/tcp", [])] != [str(port)]:
                raise LocalEnvironmentError(
                    f"the stack's MySQL container does not belong to port {port}", hint="stop the stack first"
                )
            container.put_archive("/", build_transfer_tar(accounts.statements(words).encode(), _INIT, 0o600))
            container.start()
            return str(container.id)
    return None


def _containers(client: Any, state: Path) -> list[Any]:
    return list(client.containers.list(all=True, filters={"label": f"{LABEL}={_label(state)}"}))


def _forget_init_file(container_id: str) -> None:
    with _engine("the container's init-file cannot be removed", _CURE) as client:
        client.containers.get(container_id).exec_run(["rm", "-f", _INIT], user="root")


def _label(state: Path) -> str:
    return str(state.resolve())


@contextmanager
def _engine(problem: str, cure: str) -> Iterator[Any]:
    """A connection to the engine, its errors turned into ours."""
    try:
        client = DockerClient().client
        try:
            yield client
        finally:
            client.close()
    except _Failure as error:
        raise LocalEnvironmentError(f"{problem}: {error}", hint=cure) from error
