"""The process that serves the AWS side of a local stack: ``python -m cdcctl.local.emulator CONFIG.json``."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Any

from cdcctl.local.account import CREDENTIALS, session
from cdcctl.local.emulator.connect_lifecycle import ConnectorSpec, WorkerLifecycle
from cdcctl.local.emulator.connect_worker import ConnectWorker, Place
from cdcctl.local.emulator.glue_registry import GlueRegistryApi
from cdcctl.local.emulator.log_delivery import LogDelivery
from cdcctl.local.emulator.msk_connect import MskConnectApi
from cdcctl.local.emulator.plugin_store import PluginStore
from cdcctl.local.emulator.server import serve
from cdcctl.local.ports import LOOPBACK
from cdcctl.local.processes import ProcessTable
from cdcctl.plugins.cache import cache_folder


def main(config_file: str) -> None:
    """Serve until terminated.

    :param config_file: JSON with ``state`` (folder), ``port``, ``region``, ``bootstrap_servers``, ``classpath``.
    """
    config = json.loads(Path(config_file).read_text())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serve(
        LOOPBACK,
        config["port"],
        glue_registry=GlueRegistryApi(region=config["region"]),
        msk_connect=_msk_connect(config),
    )


def _msk_connect(config: dict[str, Any]) -> MskConnectApi:
    endpoint = f"http://{LOOPBACK}:{config['port']}"
    region = config["region"]
    table = ProcessTable(Path(config["state"]))
    place = Place(
        table,
        tuple(Path(entry) for entry in config["classpath"]),
        config["bootstrap_servers"],
        endpoint,
        region,
        CREDENTIALS,
    )
    account = session()
    s3, logs, secrets = (account.client(name, endpoint_url=endpoint) for name in ("s3", "logs", "secretsmanager"))

    def secret_value(name: str) -> str:
        return str(secrets.get_secret_value(SecretId=name)["SecretString"])

    def new_lifecycle(spec: ConnectorSpec) -> WorkerLifecycle:
        worker = ConnectWorker(place, spec.name, spec.identifier)
        stream = f"{spec.name}-{spec.identifier}"
        delivery = LogDelivery(logs, spec.log_group, stream, worker.log) if spec.log_group else None
        return WorkerLifecycle(worker, spec, delivery, secret_value)

    def log_group_exists(group: str) -> bool:
        found = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        return any(item["logGroupName"] == group for item in found)

    return MskConnectApi(region, PluginStore(cache_folder("worker-plugins"), s3), new_lifecycle, log_group_exists)


if __name__ == "__main__":
    main(sys.argv[1])
