"""What differs between a connector and what it should be, property by property."""

from __future__ import annotations

from collections.abc import Mapping

import javaproperties

from cdcctl.aws.connect_resources import Connector, settings_of
from cdcctl.deploy.desired import Desired, DesiredConnector
from cdcctl.deploy.observe import Observed
from cdcctl.deploy.plan import Change

CONFIGURATION = "configuration"
PLUGIN = "plugin"
WORKER = "worker configuration"
CAPACITY = "capacity"
TAGS = "tags"
# Everything else that a connector is created with.
SETTINGS = "settings"


def connector_changes(
    wanted: DesiredConnector, desired: Desired, found: Connector, observed: Observed
) -> tuple[Change, ...]:
    """All of them; none when the connector is what it should be."""
    return (
        *_changes(CONFIGURATION, found.configuration, wanted.request.configuration),
        *_plugin(wanted, found),
        *_worker(desired, found, observed),
        *_settings(wanted, found),
        *_changes(TAGS, observed.tags.get(found.name, {}), desired.tags),
    )


def resource_name(arn: str) -> str:
    """``NAME`` of ``arn:aws:kafkaconnect:…:custom-plugin/NAME/ID``; "" when there is none."""
    parts = arn.split("/")
    return parts[1] if len(parts) > 1 else ""


def offset_topic_of(content: str) -> str | None:
    """``offset.storage.topic`` of a worker configuration."""
    found: str | None = javaproperties.loads(content).get("offset.storage.topic")
    return found


def _changes(part: str, old: Mapping[str, str], new: Mapping[str, str]) -> list[Change]:
    return [
        Change.of(part, name, old.get(name), new.get(name))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]


def _plugin(wanted: DesiredConnector, found: Connector) -> list[Change]:
    old = resource_name(found.plugin_arn)
    return [] if old == wanted.plugin.name else [Change.of(PLUGIN, "name", old or None, wanted.plugin.name)]


def _worker(desired: Desired, found: Connector, observed: Observed) -> list[Change]:
    """The properties that differ; the name alone where the content cannot be compared or is the same."""
    old = resource_name(found.worker_configuration_arn)
    if old == desired.worker_name:
        return []
    used = observed.worker_configurations.get(found.worker_configuration_arn)
    before = javaproperties.loads(used.content) if used else {}
    changes = _changes(WORKER, before, javaproperties.loads(desired.worker_content))
    return [Change.of(WORKER, "name", old or None, desired.worker_name), *changes]


def _settings(wanted: DesiredConnector, found: Connector) -> list[Change]:
    new = settings_of(wanted.request.to_api())
    changes = _changes(SETTINGS, found.settings, new)
    return [
        Change.of(CAPACITY, name, found.settings.get(name), new.get(name)) if name.startswith("capacity.") else change
        for change in changes
        for name in (change.property,)
    ]
