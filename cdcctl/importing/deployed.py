"""Connectors that run in an account, with all that they run with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cdcctl.aws.connect_resources import Connector
from cdcctl.aws.target import Target
from cdcctl.connector_files import ConnectorFile, parse_connector_files
from cdcctl.errors import InputError
from cdcctl.importing.given import Given, given

# Of connectors without a worker configuration (MSK guide, "Default worker configuration").
_DEFAULT = dict.fromkeys(("key.converter", "value.converter"), "org.apache.kafka.connect.storage.StringConverter")


def from_msk(target: Target, names: Sequence[str]) -> list[Given]:
    """The connectors of these names, and the worker configuration that they share.

    :raises InputError: one does not exist, or they run with different worker configurations.
    """
    connectors = [_find(target, name) for name in dict.fromkeys(names)]
    found = [_given(target, connector) for connector in connectors]
    workers = sorted({each.worker_configuration_arn for each in connectors if each.worker_configuration_arn})
    if len(workers) > 1:
        raise InputError(
            "the connectors run with different worker configurations, and a pipeline has one",
            hint="import them one by one",
            details=workers,
        )
    if workers:
        worker = target.msk_connect.describe_worker_configuration(workers[0])
        if worker.content.strip():
            name = f"worker configuration {worker.name}"
            found += [given(each) for each in parse_connector_files(worker.content.encode(), name)]
    else:
        found.append(given(ConnectorFile("the service's own worker configuration", _DEFAULT)))
    return found


def _find(target: Target, name: str) -> Connector:
    found = target.msk_connect.find_connector(name)
    if found is None:
        known = ", ".join(sorted(each.name for each in target.msk_connect.list_connectors())[:10])
        raise InputError(
            f"{target.description} has no connector {name}",
            hint=f"there are: {known}" if known else "there are none; name another --profile or --region",
        )
    return found


def _given(target: Target, connector: Connector) -> Given:
    one = given(ConnectorFile(f"connector {connector.name}", dict(connector.configuration), connector.name))
    plugin = target.msk_connect.describe_plugin(connector.plugin_arn) if connector.plugin_arn else None
    return replace(
        one,
        settings=connector.settings,
        tags=target.msk_connect.tags(connector.arn),
        plugin=f"{plugin.name} {plugin.file_key}" if plugin else "",
        bucket=plugin.bucket if plugin else "",
    )
