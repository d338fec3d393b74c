"""The emulator put together: the APIs, what is behind them, and the port they are served on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from botocore.config import Config
from werkzeug.serving import BaseWSGIServer

from cdcctl.local.account import CREDENTIALS, session
from cdcctl.local.emulator.connect_worker import ConnectWorker, Place, heap_mb, worker_log
from cdcctl.local.emulator.connector_runtime import ConnectorSpec
from cdcctl.local.emulator.faults import Faults, Kind
from cdcctl.local.emulator.glue_registry import GlueRegistryApi
from cdcctl.local.emulator.glue_store import RegistryOptions
from cdcctl.local.emulator.incoming import OWN_CALLS
from cdcctl.local.emulator.log_delivery import LogDelivery
from cdcctl.local.emulator.msk_connect import MskConnectApi
from cdcctl.local.emulator.pace import Change, Pace
from cdcctl.local.emulator.plugin_store import PluginStore
from cdcctl.local.emulator.server import make_server
from cdcctl.local.emulator.task_metrics import TaskMetrics
from cdcctl.local.emulator.worker_runtime import WorkerRuntime
from cdcctl.local.ports import LOOPBACK, free_ports, require_free
from cdcctl.local.processes import ProcessTable
from cdcctl.plugins.cache import cache_folder
from cdcctl.plugins.catalogue import load_lock
from cdcctl.plugins.fetch import unpacked


@dataclass(frozen=True)
class Settings:
    """What an emulator is to be.

    :ivar state: folder for logs and for what workers need while they run.
    :ivar classpath: of a Connect worker; asked for the first time when one is started, for it may be a download.
    :ivar host: the interface; who reaches it can run code here, for that is what plugins are.
    :ivar port: 0 takes a free one.
    """

    state: Path
    region: str
    classpath: Callable[[], tuple[Path, ...]]
    host: str = LOOPBACK
    port: int = 0
    pace: Pace = field(default_factory=Pace)


@contextmanager
def serving(settings: Settings) -> Iterator[BaseWSGIServer]:
    """A server that answers in the background; in the end, it and all workers are stopped.

    :raises LocalEnvironmentError: the address cannot be bound.
    """
    port = settings.port or free_ports(1)[0]
    require_free(settings.host, port)
    faults = Faults()
    table = ProcessTable(settings.state)
    own = _OwnCalls(f"http://{LOOPBACK}:{port}", settings.region)
    connect = _msk_connect(settings, table, own, faults)
    registry = GlueRegistryApi(region=settings.region, options=_registry_options(settings.pace), faults=faults)
    server = make_server(settings.host, port, glue_registry=registry, msk_connect=connect, faults=faults)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        connect.reset()
        server.shutdown()
        thread.join()
        server.server_close()


def worker_classpath(given: Sequence[str] | None = None) -> tuple[Path, ...]:
    """The class path of a Connect worker: the one given, else the pinned jars, fetched unless they are there."""
    if given is not None:
        return tuple(map(Path, given))
    return (unpacked(load_lock("kafka")) / "*",)


class _OwnCalls:
    """What MSK Connect asks of other services of the same emulator; no fault strikes it."""

    def __init__(self, endpoint: str, region: str) -> None:
        account = session()
        config = Config(user_agent_extra=OWN_CALLS, s3={"addressing_style": "path"})
        self.endpoint = endpoint
        self.s3, self.logs, self.cloudwatch, self._secrets = (
            account.client(service, region_name=region, endpoint_url=endpoint, config=config)
            for service in ("s3", "logs", "cloudwatch", "secretsmanager")
        )

    def secret_value(self, name: str) -> str:
        """A secret's string."""
        return str(self._secrets.get_secret_value(SecretId=name)["SecretString"])

    def log_group_exists(self, group: str) -> bool:
        """Whether there is a log group of that very name."""
        pages = self.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=group)
        return any(item["logGroupName"] == group for page in pages for item in page["logGroups"])


def _msk_connect(settings: Settings, table: ProcessTable, own: _OwnCalls, faults: Faults) -> MskConnectApi:
    def place(bootstrap_servers: str) -> Place:
        return Place(table, settings.classpath(), bootstrap_servers, own.endpoint, settings.region, CREDENTIALS)

    def new_runtime(spec: ConnectorSpec) -> WorkerRuntime:
        return WorkerRuntime(
            lambda: ConnectWorker(place(spec.bootstrap_servers), spec.name, spec.identifier, heap_mb(spec.mcu)),
            delivery(spec) if spec.log_group else None,
            own.secret_value,
            settings.pace.seconds(Change.BROKERS_GIVEN_UP),
            replaces=lambda: faults.strikes(Kind.LOST_WORKER, spec.name) is None,
            metrics=TaskMetrics(own.cloudwatch, spec.name),
            notices=lambda: faults.strikes(Kind.LOST_TASK, spec.name) is None,
        )

    def delivery(spec: ConnectorSpec) -> LogDelivery:
        return LogDelivery(
            own.logs,
            str(spec.log_group),
            f"{spec.name}-{spec.identifier}",
            worker_log(table, spec.name),
            is_lost=lambda: faults.strikes(Kind.LOST_LOGS, spec.name) is not None,
        )

    store = PluginStore(cache_folder("worker-plugins"), own.s3)
    return MskConnectApi(settings.region, store, new_runtime, own.log_group_exists, settings.pace, faults)


def _registry_options(pace: Pace) -> RegistryOptions:
    return replace(
        RegistryOptions(),
        pending_seconds=pace.seconds(Change.SCHEMA_VERSION_JUDGED),
        deleting_seconds=pace.seconds(Change.REGISTRY_DELETED),
    )
