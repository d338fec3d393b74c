"""MSK Connect on one machine: the service's API, with a real Connect worker behind every connector.

States, errors and restrictions follow the MSK Connect API reference and developer guide. A connector whose worker or
tasks fail becomes FAILED with the same empty words as on AWS; the reason is in its log group, as there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from cdcctl.local.emulator.connector_runtime import ConnectorSpec, Runtime
from cdcctl.local.emulator.faults import Faults
from cdcctl.local.emulator.msk_connectors import Connectors
from cdcctl.local.emulator.msk_operations import ConnectorOperations
from cdcctl.local.emulator.msk_plugins import CustomPlugins
from cdcctl.local.emulator.msk_tags import TagOperations
from cdcctl.local.emulator.msk_worker_configurations import WorkerConfigurations
from cdcctl.local.emulator.pace import Pace
from cdcctl.local.emulator.plugin_store import PluginStore


class MskConnectApi:
    """The operations, one attribute each, named like boto3's; requests and responses are those of the botocore model.

    :param plugins: keeps the unpacked plugin ZIPs.
    :param new_runtime: makes what runs a connector.
    :param log_group_exists: asks CloudWatch Logs.
    """

    def __init__(
        self,
        region: str,
        plugins: PluginStore,
        new_runtime: Callable[[ConnectorSpec], Runtime],
        log_group_exists: Callable[[str], bool],
        pace: Pace | None = None,
        faults: Faults | None = None,
    ) -> None:
        # One lock: a plugin must not go while a connector that uses it is being made.
        lock = threading.RLock()
        pace, faults = pace or Pace(), faults or Faults()

        def user_of(arn: str) -> str | None:
            return connectors.user_of(arn)

        custom_plugins = CustomPlugins(region, plugins, lock, user_of, pace)
        worker_configurations = WorkerConfigurations(region, lock, user_of, pace)
        connectors = Connectors(
            region, lock, custom_plugins, worker_configurations, new_runtime, log_group_exists, pace, faults
        )
        operations = ConnectorOperations(lock, connectors)
        tags = TagOperations(lock, (connectors.shelf, custom_plugins.shelf, worker_configurations.shelf))

        def reset() -> None:
            """Stop all connectors and forget everything."""
            connectors.reset()
            with lock:
                custom_plugins.shelf.clear()
                worker_configurations.shelf.clear()

        self.reset = reset
        self.create_custom_plugin = custom_plugins.create
        self.describe_custom_plugin = custom_plugins.describe
        self.list_custom_plugins = custom_plugins.list
        self.delete_custom_plugin = custom_plugins.delete
        self.create_worker_configuration = worker_configurations.create
        self.describe_worker_configuration = worker_configurations.describe
        self.list_worker_configurations = worker_configurations.list
        self.delete_worker_configuration = worker_configurations.delete
        self.create_connector = connectors.create
        self.describe_connector = connectors.describe
        self.list_connectors = connectors.list
        self.delete_connector = connectors.delete
        self.update_connector = operations.update
        self.pause_connector = operations.pause
        self.resume_connector = operations.resume
        self.restart_connector = operations.restart
        self.describe_connector_operation = operations.describe
        self.list_connector_operations = operations.list
        self.tag_resource = tags.tag
        self.untag_resource = tags.untag
        self.list_tags_for_resource = tags.list
