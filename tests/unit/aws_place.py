"""The emulated AWS as a place to deploy to; its connectors run, or not, as a test wants, without a Kafka."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import urllib3

from cdcctl.aws.target import Target
from cdcctl.local.account import REGION, session
from cdcctl.local.emulator.connector_runtime import ConnectorSpec
from cdcctl.local.emulator.faults import Faults
from cdcctl.local.emulator.msk_connect import MskConnectApi
from cdcctl.local.emulator.pace import Pace
from cdcctl.local.emulator.plugin_store import PluginStore
from cdcctl.local.emulator.server import MOTO_RESET_PATH

# What a pipeline file says about a place without brokers.
PLACE: dict[str, Any] = {
    "kafka": {"bootstrap_servers": "127.0.0.1:1", "authentication": "NONE", "encryption": "PLAINTEXT"}
}


def target_at(endpoint: str, made: Any = None) -> Target:
    """The endpoint as a place to act on."""
    return Target(
        made or session(), REGION, "the test", endpoint_url=endpoint, poll_seconds=0.01, resolves_secrets=True
    )


class Obedient:
    """A runtime that does at once what it is told; healthy unless its world says otherwise."""

    def __init__(self, world: World, spec: ConnectorSpec) -> None:
        self._world = world
        self._name = spec.name

    def start(self, spec: ConnectorSpec) -> bool:
        self._world.acts[f"start {spec.name}"] += 1
        return self._world.healthy(spec)

    def change(self, spec: ConnectorSpec, *, paused: bool) -> bool:
        self._world.acts[f"change {spec.name}"] += 1
        return self._world.healthy(spec)

    def pause(self) -> bool:
        return True

    def resume(self) -> bool:
        return True

    def restart(self, *, only_failed: bool) -> bool:
        return True

    def is_healthy(self) -> bool:
        return True

    def say(self, line: str) -> None:
        self._world.lines.append((self._name, line))

    def stop(self) -> None:
        self._world.acts[f"stop {self._name}"] += 1

    def close(self) -> None:
        pass


class World:
    """An account with a bucket, and what has been done to its connectors.

    :ivar healthy: whether a connector comes to run with a specification.
    """

    def __init__(self, endpoint: str, behind: dict[str, Any], store: Path) -> None:
        self.endpoint = endpoint
        self.target = target_at(endpoint)
        self.faults: Faults = behind["faults"]
        self.healthy: Callable[[ConnectorSpec], bool] = lambda _spec: True
        self.acts: Counter[str] = Counter()
        self.lines: list[tuple[str, str]] = []
        self.faults.clear()
        s3 = self.target.client("s3")
        behind["api"] = MskConnectApi(
            REGION,
            PluginStore(store, s3),
            lambda spec: Obedient(self, spec),
            self.target.logs.has_group,
            Pace(),
            self.faults,
        )
        urllib3.request("POST", endpoint + MOTO_RESET_PATH)
        s3.create_bucket(Bucket="bucket")

    def changes(self) -> Counter[str]:
        """What was done to the connectors so far, how often."""
        return Counter(self.acts)

    def everything(self) -> dict[str, Any]:
        """All that exists once nothing is being deleted any more, by name, without what differs from run to run."""
        connect, s3 = self.target.msk_connect, self.target.client("s3")
        while any(
            each.state == "DELETING" for each in (*connect.list_plugins(), *connect.list_worker_configurations(""))
        ):
            time.sleep(0.01)
        connectors = [connect.describe_connector(each.arn) for each in connect.list_connectors()]
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket="bucket").get("Contents", ())]
        return {
            "connectors": {
                each.name: {
                    "state": each.state,
                    "configuration": dict(each.configuration),
                    "settings": dict(each.settings),
                    "plugin": each.plugin_arn.split("/")[1],
                    "worker": each.worker_configuration_arn.split("/")[1],
                    "tags": connect.tags(each.arn),
                }
                for each in connectors
            },
            "plugins": sorted(f"{each.name} {each.state}" for each in connect.list_plugins()),
            "workers": sorted(f"{each.name} {each.state}" for each in connect.list_worker_configurations("")),
            "groups": sorted(g["logGroupName"] for g in self.target.client("logs").describe_log_groups()["logGroups"]),
            "registries": sorted(
                each["RegistryName"] for each in self.target.client("glue").list_registries()["Registries"]
            ),
            "databases": [each["Name"] for each in self.target.client("glue").get_databases()["DatabaseList"]],
            "objects": sorted(key for key in keys if "/journal/" not in key),
        }
