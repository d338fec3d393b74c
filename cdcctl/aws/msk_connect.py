"""MSK Connect: connectors, custom plugins and worker configurations."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from cdcctl.aws.connect_requests import ConnectorRequest
from cdcctl.aws.connect_resources import Connector, Operation, Plugin, WorkerConfiguration
from cdcctl.aws.errors import translated
from cdcctl.errors import NotFoundError


class MskConnect:
    """The operations cdcctl uses; ``client`` is boto3's ``kafkaconnect``."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def list_plugins(self, prefix: str = "") -> list[Plugin]:
        """The custom plugins whose names start with ``prefix``; without the reasons of their states."""
        named = {"namePrefix": prefix} if prefix else {}
        return [Plugin.from_api(item) for item in self._list("list_custom_plugins", "customPlugins", **named)]

    def find_plugin(self, name: str) -> Plugin | None:
        """The custom plugin of that very name, described."""
        arn = next((each.arn for each in self.list_plugins(name) if each.name == name), None)
        try:
            return self.describe_plugin(arn) if arn else None
        except NotFoundError:
            return None

    def describe_plugin(self, arn: str) -> Plugin:
        """:raises NotFoundError: there is no such plugin."""
        with translated(f"custom plugin {arn}"):
            return Plugin.from_api(self._client.describe_custom_plugin(customPluginArn=arn))

    def create_plugin(self, name: str, bucket: str, key: str, tags: Mapping[str, str]) -> Plugin:
        """Make a custom plugin of the ZIP at ``s3://bucket/key``; it is CREATING when this returns."""
        request: dict[str, Any] = {
            "name": name,
            "contentType": "ZIP",
            "location": {"s3Location": {"bucketArn": f"arn:aws:s3:::{bucket}", "fileKey": key}},
        }
        if tags:
            request["tags"] = dict(tags)
        with translated(f"custom plugin {name}"):
            made = self._client.create_custom_plugin(**request)
        return Plugin(name, made["customPluginArn"], made["customPluginState"], made.get("revision", 1), key)

    def delete_plugin(self, arn: str) -> None:
        """Delete a custom plugin (asynchronous)."""
        with translated(f"custom plugin {arn}"):
            self._client.delete_custom_plugin(customPluginArn=arn)

    def list_worker_configurations(self, prefix: str) -> list[WorkerConfiguration]:
        """The worker configurations whose names start with ``prefix``; without their content."""
        items = self._list("list_worker_configurations", "workerConfigurations", namePrefix=prefix)
        return [WorkerConfiguration.from_api(item) for item in items]

    def find_worker_configuration(self, name: str) -> WorkerConfiguration | None:
        """The worker configuration of that very name, with its content."""
        arn = next((each.arn for each in self.list_worker_configurations(name) if each.name == name), None)
        try:
            return self.describe_worker_configuration(arn) if arn else None
        except NotFoundError:
            return None

    def describe_worker_configuration(self, arn: str) -> WorkerConfiguration:
        """:raises NotFoundError: there is no such worker configuration."""
        with translated(f"worker configuration {arn}"):
            found = self._client.describe_worker_configuration(workerConfigurationArn=arn)
        return WorkerConfiguration.from_api(found)

    def create_worker_configuration(self, name: str, content: str, tags: Mapping[str, str]) -> WorkerConfiguration:
        """Make a worker configuration. They cannot be changed later: other content needs another name."""
        request: dict[str, Any] = {
            "name": name,
            # The model says string, not blob: the properties file travels base64-encoded.
            "propertiesFileContent": base64.b64encode(content.encode()).decode(),
        }
        if tags:
            request["tags"] = dict(tags)
        with translated(f"worker configuration {name}"):
            made = self._client.create_worker_configuration(**request)
        return WorkerConfiguration(
            name,
            made["workerConfigurationArn"],
            made.get("workerConfigurationState", "ACTIVE"),
            made["latestRevision"]["revision"],
            content,
        )

    def delete_worker_configuration(self, arn: str) -> None:
        """Delete a worker configuration (asynchronous)."""
        with translated(f"worker configuration {arn}"):
            self._client.delete_worker_configuration(workerConfigurationArn=arn)

    def list_connectors(self, prefix: str = "") -> list[Connector]:
        """The connectors whose names start with ``prefix``; without their configurations."""
        named = {"connectorNamePrefix": prefix} if prefix else {}
        return [Connector.from_api(item) for item in self._list("list_connectors", "connectors", **named)]

    def find_connector(self, name: str) -> Connector | None:
        """The connector of that very name, described."""
        arn = next((each.arn for each in self.list_connectors(name) if each.name == name), None)
        try:
            return self.describe_connector(arn) if arn else None
        except NotFoundError:
            return None

    def describe_connector(self, arn: str) -> Connector:
        """:raises NotFoundError: there is no such connector (any more)."""
        with translated(f"connector {arn}"):
            return Connector.from_api(self._client.describe_connector(connectorArn=arn))

    def create_connector(self, request: ConnectorRequest) -> str:
        """Create a connector (asynchronous); returns its ARN."""
        with translated(f"connector {request.name}"):
            return str(self._client.create_connector(**request.to_api())["connectorArn"])

    @property
    def update_members(self) -> frozenset[str]:
        """What UpdateConnector takes in the installed SDK; ``plugins`` and ``workerConfiguration`` came late."""
        return frozenset(self._client.meta.service_model.operation_model("UpdateConnector").input_shape.members)

    def update_connector(
        self, connector: Connector, what: Mapping[str, Any], *, skip_health_validation: bool = False
    ) -> str | None:
        """Start an update and return the ARN of its operation, if the service tells one.

        :param connector: as just described: the update is refused when its version is no longer the current one.
        :param what: ``connectorConfiguration``, or one or more of ``capacity``, ``plugins``, ``workerConfiguration``;
            one request changes either the one or the others (API_UpdateConnector).
        :param skip_health_validation: no health checks and no rollback; needed while the connector is PAUSED.
        """
        skip = {"skipHealthValidation": True} if skip_health_validation else {}
        with translated(f"connector {connector.name}"):
            made = self._client.update_connector(
                connectorArn=connector.arn, currentVersion=connector.version, **what, **skip
            )
        return _operation_arn(made)

    def pause_connector(self, arn: str) -> str | None:
        """Start to pause a RUNNING connector; returns the ARN of the operation."""
        with translated(f"connector {arn}"):
            return _operation_arn(self._client.pause_connector(connectorArn=arn))

    def resume_connector(self, arn: str) -> str | None:
        """Start to resume a PAUSED connector; returns the ARN of the operation."""
        with translated(f"connector {arn}"):
            return _operation_arn(self._client.resume_connector(connectorArn=arn))

    def restart_connector(self, arn: str, *, only_failed_tasks: bool) -> str | None:
        """Start to restart a connector and all its tasks, or its failed tasks alone; returns the operation's ARN."""
        with translated(f"connector {arn}"):
            made = self._client.restart_connector(connectorArn=arn, onlyFailedTasks=only_failed_tasks)
        return _operation_arn(made)

    def delete_connector(self, arn: str) -> None:
        """Delete a connector (asynchronous)."""
        with translated(f"connector {arn}"):
            self._client.delete_connector(connectorArn=arn)

    def describe_operation(self, arn: str) -> Operation:
        """:raises NotFoundError: there is no such operation."""
        with translated(f"operation {arn}"):
            return Operation.from_api(self._client.describe_connector_operation(connectorOperationArn=arn))

    def list_operations(self, connector_arn: str) -> list[Operation]:
        """The operations on a connector, newest first; without their steps and reasons."""
        items = self._list("list_connector_operations", "connectorOperations", connectorArn=connector_arn)
        found = [Operation.from_api(item) for item in items]
        return sorted(found, key=lambda each: each.created.timestamp() if each.created else 0.0, reverse=True)

    def tags(self, arn: str) -> dict[str, str]:
        """The tags of a connector, custom plugin or worker configuration."""
        with translated(f"the tags of {arn}"):
            return dict(self._client.list_tags_for_resource(resourceArn=arn).get("tags", {}))

    def change_tags(self, arn: str, put: Mapping[str, str], remove: list[str]) -> None:
        """Add or replace tags, and remove others."""
        with translated(f"the tags of {arn}"):
            if put:
                self._client.tag_resource(resourceArn=arn, tags=dict(put))
            if remove:
                self._client.untag_resource(resourceArn=arn, tagKeys=remove)

    def _list(self, operation: str, items: str, **arguments: str) -> list[Any]:
        """The items of all pages. The service filters by prefix only."""
        with translated(f"the list of {items}"):
            return [
                item for page in self._client.get_paginator(operation).paginate(**arguments) for item in page[items]
            ]


def _operation_arn(made: Mapping[str, Any]) -> str | None:
    arn = made.get("connectorOperationArn")
    return str(arn) if arn else None
